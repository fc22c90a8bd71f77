//! Breakers: their states, what they count, the screenings stored while a signal failed, and the jobs they hold back.

super::sql_migration!(
    "m20261124_000050_breakers",
    up: "
CREATE TABLE breaker (
    signal TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    since BIGINT,
    opened_at BIGINT,
    closed_at BIGINT,
    next_probe_at BIGINT,
    probes INTEGER NOT NULL,
    streak INTEGER NOT NULL,
    screenings BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    held BIGINT NOT NULL
);
CREATE TABLE signal_tally (
    signal TEXT NOT NULL,
    slot BIGINT NOT NULL,
    writer {uuid} NOT NULL,
    screenings BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    PRIMARY KEY (signal, slot, writer)
);
CREATE TABLE signal_failure (
    screening_id {uuid} NOT NULL REFERENCES screening (id),
    signal TEXT NOT NULL,
    revision_id {uuid} NOT NULL REFERENCES revision (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (screening_id, signal)
);
CREATE INDEX signal_failure_order ON signal_failure (signal, at);
ALTER TABLE job ADD COLUMN held_by TEXT;
CREATE INDEX job_held ON job (held_by, id)",
    down: "
DROP INDEX job_held;
ALTER TABLE job DROP COLUMN held_by;
DROP TABLE signal_failure;
DROP TABLE signal_tally;
DROP TABLE breaker"
);
