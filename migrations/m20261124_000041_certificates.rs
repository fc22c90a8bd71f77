//! Certificates of advertisers. A round about one has the advertiser as its subject and names the certificate.
//!
//! `waiting_key` is null once a certificate is decided or replaced, so that a plain unique index keeps one waiting
//! certificate an advertiser and kind.

super::sql_migration!(
    "m20261124_000041_certificates",
    up: "
CREATE TABLE certificate (
    id {uuid} PRIMARY KEY,
    advertiser_id {uuid} NOT NULL REFERENCES advertiser (id),
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    kind TEXT NOT NULL,
    countries TEXT NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    valid_until BIGINT,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    waiting_key TEXT UNIQUE,
    round_id {uuid} REFERENCES round (id),
    decision_id {uuid} REFERENCES decision (id),
    created_at BIGINT NOT NULL,
    decided_at BIGINT
);
CREATE INDEX certificate_by_advertiser ON certificate (advertiser_id, created_at);
CREATE INDEX certificate_by_round ON certificate (round_id);
CREATE INDEX certificate_by_decision ON certificate (decision_id)",
    down: "
DROP TABLE certificate"
);
