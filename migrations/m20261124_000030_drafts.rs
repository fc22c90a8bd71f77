//! Releases keep the files that they were written in; drafts are such files on their way to a release.
//!
//! Texts are kept once by their digest: a draft shares all files that it did not change with the release it began from.

super::sql_migration!(
    "m20261124_000030_drafts",
    up: "
CREATE TABLE pack_text (
    digest {bytes} PRIMARY KEY,
    text TEXT NOT NULL
);
CREATE TABLE release_file (
    release_id {uuid} NOT NULL REFERENCES release (id),
    path TEXT NOT NULL,
    digest {bytes} NOT NULL REFERENCES pack_text (digest),
    PRIMARY KEY (release_id, path)
);
CREATE TABLE draft (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    base_release_id {uuid} NOT NULL REFERENCES release (id),
    model_id {uuid} REFERENCES model (id),
    release_id {uuid} REFERENCES release (id),
    plan TEXT,
    planned_by TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX draft_by_state ON draft (state, updated_at);
CREATE TABLE draft_file (
    draft_id {uuid} NOT NULL REFERENCES draft (id),
    path TEXT NOT NULL,
    digest {bytes} NOT NULL REFERENCES pack_text (digest),
    PRIMARY KEY (draft_id, path)
);
CREATE TABLE draft_edit (
    draft_id {uuid} NOT NULL REFERENCES draft (id),
    version BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    path TEXT,
    digest {bytes},
    created_at BIGINT NOT NULL,
    PRIMARY KEY (draft_id, version)
);
ALTER TABLE release ADD COLUMN origin TEXT;
ALTER TABLE release ADD COLUMN share DOUBLE PRECISION",
    down: "
ALTER TABLE release DROP COLUMN share;
ALTER TABLE release DROP COLUMN origin;
DROP TABLE draft_edit;
DROP TABLE draft_file;
DROP TABLE draft;
DROP TABLE release_file;
DROP TABLE pack_text"
);
