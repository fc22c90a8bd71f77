//! What is concluded by machine: models, releases, queues they route to, screenings and their findings.

super::sql_migration!(
    "m20260101_000003_screening",
    up: "
CREATE TABLE model (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL,
    encoder_digest {bytes} NOT NULL,
    state TEXT NOT NULL,
    heads {bytes} NOT NULL,
    thresholds TEXT NOT NULL,
    card TEXT NOT NULL,
    snapshot_id {uuid},
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE release (
    id {uuid} PRIMARY KEY,
    major INTEGER NOT NULL,
    minor INTEGER NOT NULL,
    state TEXT NOT NULL,
    live_key INTEGER UNIQUE,
    bundle TEXT NOT NULL,
    digest {bytes} NOT NULL,
    model_id {uuid} REFERENCES model (id),
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    published_at BIGINT,
    retired_at BIGINT,
    UNIQUE (major, minor)
);
CREATE TABLE queue (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    policies TEXT NOT NULL,
    rank INTEGER NOT NULL,
    sla_ms BIGINT NOT NULL,
    lease_ms BIGINT NOT NULL
);
CREATE TABLE screening (
    id {uuid} PRIMARY KEY,
    revision_id {uuid} NOT NULL REFERENCES revision (id),
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    trigger_key TEXT NOT NULL,
    trigger_detail TEXT NOT NULL,
    release_id {uuid} NOT NULL REFERENCES release (id),
    signals TEXT NOT NULL,
    facts TEXT NOT NULL,
    evaluation TEXT NOT NULL,
    conclusion TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (revision_id, trigger_key)
);
CREATE INDEX screening_by_ad ON screening (ad_id, created_at);
CREATE TABLE finding (
    id {uuid} PRIMARY KEY,
    revision_id {uuid} NOT NULL REFERENCES revision (id),
    screening_id {uuid},
    judgement_id {uuid},
    policy TEXT NOT NULL,
    effect TEXT NOT NULL,
    undecided BOOLEAN NOT NULL,
    detail TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX finding_by_policy ON finding (policy, created_at);
CREATE INDEX finding_by_revision ON finding (revision_id)",
    down: "
DROP TABLE finding;
DROP TABLE screening;
DROP TABLE queue;
DROP TABLE release;
DROP TABLE model"
);
