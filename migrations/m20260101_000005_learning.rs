//! What the machine learns from: labels, snapshots, cached embeddings.

super::sql_migration!(
    "m20260101_000005_learning",
    up: "
CREATE TABLE label (
    id {uuid} PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    revision_id {uuid} REFERENCES revision (id),
    text TEXT,
    policy TEXT NOT NULL,
    clause_version INTEGER NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL,
    group_key TEXT NOT NULL,
    judgement_id {uuid} REFERENCES judgement (id),
    user_id {uuid},
    blind BOOLEAN NOT NULL,
    propagated BOOLEAN NOT NULL,
    sampling_probability DOUBLE PRECISION NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX label_by_policy ON label (policy, created_at);
CREATE INDEX label_by_judgement ON label (judgement_id);
CREATE TABLE snapshot (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL,
    spec TEXT NOT NULL,
    counts TEXT NOT NULL,
    members {bytes} NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE embedding (
    text_digest {bytes} NOT NULL,
    encoder_digest {bytes} NOT NULL,
    vectors {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (text_digest, encoder_digest)
)",
    down: "
DROP TABLE embedding;
DROP TABLE snapshot;
DROP TABLE label"
);
