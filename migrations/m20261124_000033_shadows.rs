//! What a shadow concludes otherwise than the live release: counts by verdict and rule, and some screenings of each.

super::sql_migration!(
    "m20261124_000033_shadows",
    up: "
CREATE TABLE shadow_count (
    release_id {uuid} NOT NULL REFERENCES release (id),
    key TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (release_id, key)
);
CREATE TABLE shadow_sample (
    release_id {uuid} NOT NULL REFERENCES release (id),
    key TEXT NOT NULL,
    screening_id {uuid} NOT NULL REFERENCES screening (id),
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    PRIMARY KEY (release_id, key, screening_id)
)",
    down: "
DROP TABLE shadow_sample;
DROP TABLE shadow_count"
);
