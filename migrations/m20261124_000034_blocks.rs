//! What leads blocked at once, until a second person confirms it or it lapses.

super::sql_migration!(
    "m20261124_000034_blocks",
    up: "
CREATE TABLE block (
    id {uuid} PRIMARY KEY,
    state TEXT NOT NULL,
    what TEXT NOT NULL,
    path TEXT NOT NULL,
    snippet TEXT NOT NULL,
    reason TEXT NOT NULL,
    release_id {uuid} NOT NULL REFERENCES release (id),
    sweep_id {uuid} NOT NULL REFERENCES sweep (id),
    created_by {uuid},
    created_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    lapses_at BIGINT NOT NULL,
    confirmed_by TEXT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX block_by_sweep ON block (sweep_id);
CREATE INDEX block_by_time ON block (created_at)",
    down: "
DROP TABLE block"
);
