//! Who there is: submitters and their keys, people and their sessions, advertisers.

super::sql_migration!(
    "m20260101_000001_accounts",
    up: "
CREATE TABLE submitter (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    mode TEXT NOT NULL,
    sandbox BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE api_key (
    id {uuid} PRIMARY KEY,
    submitter_id {uuid} REFERENCES submitter (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    secret_hash {bytes} NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE TABLE app_user (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    roles TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    policy_classes TEXT,
    queues TEXT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE TABLE session (
    id {uuid} PRIMARY KEY,
    token_hash {bytes} NOT NULL UNIQUE,
    user_id {uuid} NOT NULL REFERENCES app_user (id),
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_expires ON session (expires_at);
CREATE TABLE advertiser (
    id {uuid} PRIMARY KEY,
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    facts TEXT NOT NULL,
    standing TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (submitter_id, external_id)
)",
    down: "
DROP TABLE advertiser;
DROP TABLE session;
DROP TABLE app_user;
DROP TABLE api_key;
DROP TABLE submitter"
);
