//! Webhooks: addresses, each event's way to each of them, and the attempts made.
//!
//! A webhook's `position` is its cursor over the sealed events; it moves in the commit that adds the deliveries.

super::sql_migration!(
    "m20261124_000070_webhooks",
    up: "
CREATE TABLE webhook (
    id {uuid} PRIMARY KEY,
    submitter_id {uuid} NOT NULL REFERENCES submitter (id),
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    types TEXT NOT NULL,
    profile TEXT NOT NULL,
    signing TEXT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT,
    public_key TEXT,
    old_key_until BIGINT,
    state TEXT NOT NULL,
    because TEXT,
    position BIGINT NOT NULL,
    throttled_until BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    last_success_at BIGINT,
    last_failure_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_by_submitter ON webhook (submitter_id, id);
CREATE INDEX webhook_by_state ON webhook (state, position);
CREATE TABLE webhook_delivery (
    id {uuid} PRIMARY KEY,
    webhook_id {uuid} NOT NULL REFERENCES webhook (id),
    event_id {uuid},
    type_name TEXT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    run_at BIGINT NOT NULL,
    lease_token {uuid},
    lease_until BIGINT NOT NULL,
    event_at BIGINT NOT NULL,
    delivered_at BIGINT
);
CREATE UNIQUE INDEX webhook_delivery_once ON webhook_delivery (webhook_id, event_id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, state, lane, run_at);
CREATE INDEX webhook_delivery_list ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_late ON webhook_delivery (state, lane, event_at);
CREATE INDEX webhook_delivery_age ON webhook_delivery (event_at);
CREATE TABLE webhook_attempt (
    delivery_id {uuid} NOT NULL REFERENCES webhook_delivery (id),
    number INTEGER NOT NULL,
    at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    status INTEGER,
    error TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
)",
    down: "
DROP TABLE webhook_attempt;
DROP TABLE webhook_delivery;
DROP TABLE webhook"
);
