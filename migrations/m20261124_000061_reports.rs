//! Reports about ads: by users, rights holders, trusted flaggers and authorities. What may tell who reported stands in a
//! table of its own.

super::sql_migration!(
    "m20261124_000061_reports",
    up: "
CREATE TABLE report (
    id {uuid} PRIMARY KEY,
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    revision_id {uuid} NOT NULL REFERENCES revision (id),
    sender TEXT NOT NULL,
    reporter TEXT NOT NULL,
    policy TEXT NOT NULL,
    dedup_key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    outcome TEXT,
    round_id {uuid} REFERENCES round (id),
    decision_id {uuid} REFERENCES decision (id),
    times BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT
);
CREATE INDEX report_by_state ON report (state, id);
CREATE INDEX report_by_round ON report (round_id);
CREATE INDEX report_by_ad ON report (ad_id, created_at);
CREATE TABLE report_person (
    report_id {uuid} PRIMARY KEY REFERENCES report (id),
    reference TEXT NOT NULL,
    contact TEXT NOT NULL,
    statement TEXT NOT NULL
)",
    down: "
DROP TABLE report_person;
DROP TABLE report"
);
