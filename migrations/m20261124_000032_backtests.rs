//! Backtests: what a draft would have concluded, with progress and a report.

super::sql_migration!(
    "m20261124_000032_backtests",
    up: "
CREATE TABLE backtest (
    id {uuid} PRIMARY KEY,
    draft_id {uuid} NOT NULL REFERENCES draft (id),
    draft_version BIGINT NOT NULL,
    state TEXT NOT NULL,
    span TEXT NOT NULL,
    bundle TEXT,
    total BIGINT,
    done BIGINT NOT NULL,
    report TEXT,
    notice TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX backtest_by_draft ON backtest (draft_id, created_at)",
    down: "
DROP TABLE backtest"
);
