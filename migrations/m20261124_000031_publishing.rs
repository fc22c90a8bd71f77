//! What publishing needs: how a draft's cases came out, and sweeps over the ads that live.

super::sql_migration!(
    "m20261124_000031_publishing",
    up: "
ALTER TABLE draft ADD COLUMN notice TEXT;
CREATE TABLE draft_test (
    content_digest {bytes} PRIMARY KEY,
    run BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    problems TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE sweep (
    id {uuid} PRIMARY KEY,
    release_id {uuid} NOT NULL REFERENCES release (id),
    state TEXT NOT NULL,
    plan TEXT NOT NULL,
    filter TEXT,
    total BIGINT,
    done BIGINT NOT NULL,
    waits_until BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE TABLE sweep_item (
    sweep_id {uuid} NOT NULL REFERENCES sweep (id),
    position BIGINT NOT NULL,
    revision_id {uuid} NOT NULL REFERENCES revision (id),
    PRIMARY KEY (sweep_id, position)
);
CREATE INDEX screening_by_trigger ON screening (trigger_key, created_at)",
    down: "
DROP INDEX screening_by_trigger;
DROP TABLE sweep_item;
DROP TABLE sweep;
DROP TABLE draft_test;
ALTER TABLE draft DROP COLUMN notice"
);
