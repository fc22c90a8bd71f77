//! Training runs that somebody asked for, with their progress; at most one runs.

super::sql_migration!(
    "m20261124_000051_trainings",
    up: "
CREATE TABLE training (
    id {uuid} PRIMARY KEY,
    encoder_digest {bytes},
    state TEXT NOT NULL,
    running_key INTEGER UNIQUE,
    stage TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    notice TEXT,
    model_id {uuid} REFERENCES model (id),
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
)",
    down: "
DROP TABLE training"
);
