//! What leaves and what is remembered: events, audit, the sealer's counters, jobs, idempotency keys, generations.

super::sql_migration!(
    "m20260101_000006_outbox",
    up: "
CREATE TABLE event (
    id {uuid} PRIMARY KEY,
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    ad_id {uuid},
    type_name TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    position BIGINT UNIQUE,
    sealed_at BIGINT
);
CREATE INDEX event_by_submitter ON event (submitter_id, position);
CREATE INDEX event_by_ad ON event (ad_id);
CREATE TABLE audit (
    id {uuid} PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    request_id TEXT,
    position BIGINT UNIQUE,
    hash {bytes},
    sealed_at BIGINT
);
CREATE INDEX audit_by_subject ON audit (subject);
CREATE TABLE sealer (
    name TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    hash {bytes} NOT NULL,
    lease_token {uuid},
    lease_until BIGINT NOT NULL
);
CREATE TABLE job (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL,
    dedup_key TEXT UNIQUE,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    lease_token {uuid},
    lease_until BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX job_order ON job (state, run_at, id);
CREATE TABLE idempotency (
    key_id {uuid} NOT NULL REFERENCES api_key (id),
    idempotency_key TEXT NOT NULL,
    fingerprint {bytes} NOT NULL,
    status INTEGER,
    body {bytes},
    running_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (key_id, idempotency_key)
);
CREATE INDEX idempotency_expires ON idempotency (expires_at);
CREATE TABLE generation (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
CREATE TABLE blob (
    digest {bytes} PRIMARY KEY,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL
)",
    down: "
DROP TABLE blob;
DROP TABLE generation;
DROP TABLE idempotency;
DROP TABLE job;
DROP TABLE sealer;
DROP TABLE audit;
DROP TABLE event"
);
