//! Encoders that were added to an installation, and which release runs a model on a second one.

super::sql_migration!(
    "m20261124_000010_encoders",
    up: "
CREATE TABLE encoder (
    digest {bytes} PRIMARY KEY,
    name TEXT NOT NULL,
    languages TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    licence TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
ALTER TABLE release ADD COLUMN second_model_id {uuid}",
    down: "
ALTER TABLE release DROP COLUMN second_model_id;
DROP TABLE encoder"
);
