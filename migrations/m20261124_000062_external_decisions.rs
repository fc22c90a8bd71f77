//! What submitters in observe mode decided themselves, to be compared with what was concluded here.

super::sql_migration!(
    "m20261124_000062_external_decisions",
    up: "
CREATE TABLE external_decision (
    revision_id {uuid} PRIMARY KEY REFERENCES revision (id),
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    outcome TEXT NOT NULL,
    policies TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX external_decision_by_submitter ON external_decision (submitter_id, decided_at)",
    down: "
DROP TABLE external_decision"
);
