//! What people do: rounds, tasks, judgements, decisions.
//!
//! `open_key`, `active_task` and `active_answer` are null once a row no longer holds its place, so that plain unique
//! indexes keep the invariants: one open round per subject and trigger, one standing answer per task, and one per
//! person and round.

super::sql_migration!(
    "m20260101_000004_review",
    up: "
CREATE TABLE round (
    id {uuid} PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id {uuid} NOT NULL,
    ad_id {uuid} REFERENCES ad (id),
    revision_id {uuid} REFERENCES revision (id),
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    advertiser_id {uuid} REFERENCES advertiser (id),
    trigger_kind TEXT NOT NULL,
    state TEXT NOT NULL,
    open_key TEXT UNIQUE,
    screening_id {uuid},
    queue_id {uuid} NOT NULL REFERENCES queue (id),
    answers_wanted INTEGER NOT NULL,
    sampling_probability DOUBLE PRECISION NOT NULL,
    rank BIGINT NOT NULL,
    deadline BIGINT,
    decision_id {uuid},
    opened_at BIGINT NOT NULL,
    resolved_at BIGINT
);
CREATE INDEX round_by_revision ON round (revision_id);
CREATE TABLE round_policy (
    round_id {uuid} NOT NULL REFERENCES round (id),
    policy TEXT NOT NULL,
    PRIMARY KEY (round_id, policy)
);
CREATE TABLE task (
    id {uuid} PRIMARY KEY,
    round_id {uuid} NOT NULL REFERENCES round (id),
    queue_id {uuid} NOT NULL REFERENCES queue (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    rank BIGINT NOT NULL,
    deadline BIGINT,
    lease_user_id {uuid},
    lease_token {uuid},
    lease_since BIGINT,
    lease_until BIGINT NOT NULL,
    draft TEXT,
    draft_user_id {uuid},
    created_at BIGINT NOT NULL,
    completed_at BIGINT
);
CREATE INDEX task_order ON task (state, queue_id, rank, id);
CREATE INDEX task_by_rank ON task (state, rank, id);
CREATE INDEX task_by_round ON task (round_id);
CREATE TABLE task_skip (
    task_id {uuid} NOT NULL REFERENCES task (id),
    user_id {uuid} NOT NULL REFERENCES app_user (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (task_id, user_id)
);
CREATE TABLE judgement (
    id {uuid} PRIMARY KEY,
    task_id {uuid} NOT NULL REFERENCES task (id),
    round_id {uuid} NOT NULL REFERENCES round (id),
    user_id {uuid} NOT NULL REFERENCES app_user (id),
    active_task {uuid} UNIQUE,
    active_answer TEXT UNIQUE,
    outcome TEXT NOT NULL,
    body TEXT NOT NULL,
    shown TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX judgement_by_round ON judgement (round_id);
CREATE INDEX judgement_by_user ON judgement (user_id, created_at);
CREATE TABLE decision (
    id {uuid} PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id {uuid} NOT NULL,
    ad_id {uuid} REFERENCES ad (id),
    revision_id {uuid} REFERENCES revision (id),
    round_id {uuid},
    screening_id {uuid},
    judgement_id {uuid},
    release_id {uuid} NOT NULL REFERENCES release (id),
    conclusion TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    user_id {uuid},
    automation TEXT NOT NULL,
    ground TEXT,
    territory TEXT,
    ends_at BIGINT,
    findings TEXT NOT NULL,
    serving TEXT NOT NULL,
    supersedes {uuid},
    state TEXT NOT NULL,
    effective_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX decision_by_ad ON decision (ad_id, created_at);
CREATE INDEX decision_by_revision ON decision (revision_id, created_at)",
    down: "
DROP TABLE decision;
DROP TABLE judgement;
DROP TABLE task_skip;
DROP TABLE task;
DROP TABLE round_policy;
DROP TABLE round"
);
