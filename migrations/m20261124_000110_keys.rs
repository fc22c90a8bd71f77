//! Keys end, are replaced, and say when they were used; what was asked with a key lately; dry runs by advertiser; a row to
//! try whether anything can be written.

super::sql_migration!(
    "m20261124_000110_keys",
    up: "
ALTER TABLE api_key ADD COLUMN expires_at BIGINT;
ALTER TABLE api_key ADD COLUMN last_used_at BIGINT;
ALTER TABLE api_key ADD COLUMN requests_per_minute INTEGER;
ALTER TABLE api_key ADD COLUMN replaced_by {uuid};
ALTER TABLE dry_run ADD COLUMN advertiser {bytes};
CREATE INDEX dry_run_by_advertiser ON dry_run (submitter_id, advertiser, created_at);
CREATE TABLE request_note (
    id {uuid} PRIMARY KEY,
    key_id {uuid} NOT NULL REFERENCES api_key (id),
    at BIGINT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    code TEXT,
    pointers TEXT NOT NULL,
    request_id TEXT NOT NULL,
    duration_us BIGINT NOT NULL
);
CREATE TABLE write_probe (
    id INTEGER PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX request_note_by_key ON request_note (key_id, id);
CREATE INDEX request_note_by_time ON request_note (at)",
    down: "
DROP TABLE write_probe;
DROP TABLE request_note;
DROP INDEX dry_run_by_advertiser;
ALTER TABLE dry_run DROP COLUMN advertiser;
ALTER TABLE api_key DROP COLUMN replaced_by;
ALTER TABLE api_key DROP COLUMN requests_per_minute;
ALTER TABLE api_key DROP COLUMN last_used_at;
ALTER TABLE api_key DROP COLUMN expires_at"
);
