//! Appeals with their attachments, and secrets of the installation, which sign links.
//!
//! `open_key` is null once an appeal has ended, so that a plain unique index keeps one open appeal a decision.

super::sql_migration!(
    "m20261124_000090_appeals",
    up: "
CREATE TABLE installation_secret (
    name TEXT PRIMARY KEY,
    value {bytes} NOT NULL
);
INSERT INTO installation_secret (name, value) VALUES ('links', {random});
CREATE TABLE appeal (
    id {uuid} PRIMARY KEY,
    decision_id {uuid} NOT NULL REFERENCES decision (id),
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    advertiser_id {uuid} NOT NULL REFERENCES advertiser (id),
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    appellant TEXT NOT NULL,
    user_id {uuid},
    statement TEXT NOT NULL,
    state TEXT NOT NULL,
    open_key TEXT UNIQUE,
    round_id {uuid} REFERENCES round (id),
    result_id {uuid} REFERENCES decision (id),
    due BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT
);
CREATE INDEX appeal_by_ad ON appeal (ad_id, created_at);
CREATE INDEX appeal_by_advertiser ON appeal (advertiser_id, created_at);
CREATE INDEX appeal_by_round ON appeal (round_id);
CREATE INDEX appeal_by_decision ON appeal (decision_id);
CREATE TABLE appeal_attachment (
    appeal_id {uuid} NOT NULL REFERENCES appeal (id),
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    digest {bytes} NOT NULL,
    PRIMARY KEY (appeal_id, place)
)",
    down: "
DROP TABLE appeal_attachment;
DROP TABLE appeal;
DROP TABLE installation_secret"
);
