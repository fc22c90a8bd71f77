//! What ads delivered: a row an ad and hour as the submitter told it last, and what an ad delivered in all.

super::sql_migration!(
    "m20261124_000060_delivery",
    up: "
CREATE TABLE delivery (
    ad_id {uuid} NOT NULL REFERENCES ad (id),
    hour BIGINT NOT NULL,
    impressions BIGINT NOT NULL,
    micros BIGINT NOT NULL,
    currency TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (ad_id, hour)
);
CREATE INDEX delivery_by_hour ON delivery (hour, ad_id, impressions);
CREATE TABLE delivery_total (
    ad_id {uuid} PRIMARY KEY REFERENCES ad (id),
    impressions BIGINT NOT NULL
)",
    down: "
DROP TABLE delivery_total;
DROP TABLE delivery"
);
