//! Statements of reasons: one for each restriction that took effect, and one for each that was lifted again.
//!
//! `body` is the statement as the DSA transparency database takes it, built of what was known in that moment; the other
//! columns repeat what figures count. A row is never changed: a later one supersedes it.

super::sql_migration!(
    "m20261124_000100_statements",
    up: "
CREATE TABLE statement (
    id {uuid} PRIMARY KEY,
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    decision_id {uuid} NOT NULL REFERENCES decision (id),
    event_id {uuid} NOT NULL UNIQUE REFERENCES event (id),
    kind TEXT NOT NULL,
    supersedes {uuid} UNIQUE REFERENCES statement (id),
    body TEXT NOT NULL,
    category TEXT NOT NULL,
    ground TEXT NOT NULL,
    source TEXT NOT NULL,
    automation TEXT NOT NULL,
    restriction TEXT NOT NULL,
    delay_ms BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (decision_id, kind)
);
CREATE INDEX statement_by_time ON statement (created_at);
CREATE INDEX statement_by_ad ON statement (ad_id)",
    down: "
DROP TABLE statement"
);
