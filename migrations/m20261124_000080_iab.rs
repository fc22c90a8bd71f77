//! The IAB Ad Management API: how a submitter's seat is named and bids, and what the API keeps of an ad beside it.
//!
//! `version` grows with every change of the ad; the sealer copies it to `sealed_version` when it stamps `lastmod`, so
//! that rows between the two are those that wait for their stamp.

super::sql_migration!(
    "m20261124_000080_iab",
    up: "
ALTER TABLE submitter ADD COLUMN seat TEXT;
ALTER TABLE submitter ADD COLUMN bidding TEXT NOT NULL DEFAULT 'restrictive';
CREATE UNIQUE INDEX submitter_seat ON submitter (seat);
CREATE TABLE iab_ad (
    ad_id {uuid} PRIMARY KEY REFERENCES ad (id),
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    external_id TEXT NOT NULL,
    init BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    awake_since BIGINT,
    asked_revision_id {uuid},
    mrating INTEGER,
    version BIGINT NOT NULL,
    sealed_version BIGINT NOT NULL,
    sealed TEXT,
    lastmod BIGINT,
    UNIQUE (submitter_id, external_id)
);
CREATE UNIQUE INDEX iab_ad_lastmod ON iab_ad (lastmod);
CREATE INDEX iab_ad_page ON iab_ad (submitter_id, lastmod);
CREATE INDEX iab_ad_unsealed ON iab_ad (ad_id) WHERE version > sealed_version;
CREATE INDEX iab_ad_awake ON iab_ad (awake_since);
CREATE TABLE iab_document (
    revision_id {uuid} PRIMARY KEY REFERENCES revision (id),
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX iab_document_by_ad ON iab_document (ad_id)",
    down: "
DROP TABLE iab_document;
DROP TABLE iab_ad;
DROP INDEX submitter_seat;
ALTER TABLE submitter DROP COLUMN bidding;
ALTER TABLE submitter DROP COLUMN seat"
);
