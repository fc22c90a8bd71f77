//! What is submitted: ads, their revisions, the images and destinations they share.

super::sql_migration!(
    "m20260101_000002_ads",
    up: "
CREATE TABLE ad (
    id {uuid} PRIMARY KEY,
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    advertiser_id {uuid} NOT NULL REFERENCES advertiser (id),
    external_id TEXT NOT NULL,
    sandbox BOOLEAN NOT NULL,
    latest_revision_id {uuid} NOT NULL,
    serving_revision_id {uuid},
    decision_id {uuid},
    review_status TEXT NOT NULL,
    approval_status TEXT NOT NULL,
    outcome TEXT NOT NULL,
    outcome_version BIGINT NOT NULL,
    needed_by BIGINT,
    withdrawn_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (submitter_id, external_id)
);
CREATE INDEX ad_advertiser ON ad (advertiser_id, id);
CREATE INDEX ad_status ON ad (review_status, approval_status, id);
CREATE TABLE destination (
    id {uuid} PRIMARY KEY,
    url_digest {bytes} NOT NULL UNIQUE,
    url TEXT NOT NULL,
    domain TEXT,
    created_at BIGINT NOT NULL
);
CREATE TABLE revision (
    id {uuid} PRIMARY KEY,
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    advertiser_id {uuid} NOT NULL REFERENCES advertiser (id),
    number INTEGER NOT NULL,
    digest {bytes} NOT NULL,
    content TEXT NOT NULL,
    destination_id {uuid} REFERENCES destination (id),
    domain TEXT,
    screening_id {uuid},
    created_at BIGINT NOT NULL,
    UNIQUE (ad_id, number)
);
CREATE INDEX revision_by_advertiser ON revision (advertiser_id, created_at);
CREATE INDEX revision_by_domain ON revision (domain, created_at);
CREATE TABLE asset (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    media_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE revision_asset (
    revision_id {uuid} NOT NULL REFERENCES revision (id),
    asset_id {uuid} NOT NULL REFERENCES asset (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (revision_id, asset_id)
);
CREATE INDEX revision_by_asset ON revision_asset (asset_id, created_at);
CREATE TABLE dry_run (
    id {uuid} PRIMARY KEY,
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    actor TEXT NOT NULL,
    digest {bytes} NOT NULL,
    conclusion TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX dry_run_by_submitter ON dry_run (submitter_id, created_at)",
    down: "
DROP TABLE dry_run;
DROP TABLE revision_asset;
DROP TABLE asset;
DROP TABLE revision;
DROP TABLE destination;
DROP TABLE ad"
);
