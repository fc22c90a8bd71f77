//! Prometheus metrics: every series Adjudge exports, declared in one place with its help text.
//!
//! Counted by flows, jobs and the HTTP middleware, served by `GET /metrics`. Labels must never hold ids, names or any
//! other value without a small fixed set.

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// All series. One per process, shared.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests by method, route pattern and status.
    pub requests: IntCounterVec,
    /// Seconds a request took, by route pattern.
    pub request_seconds: HistogramVec,
    /// Screenings by conclusion.
    pub screenings: IntCounterVec,
    /// Seconds to measure one revision's signals and evaluate its rules.
    pub screening_seconds: Histogram,
    /// Signals that were unavailable, by cause.
    pub unavailable: IntCounterVec,
    /// Seconds that texts wait for the encoder, and that it works.
    pub encoder_seconds: EncoderSeconds,
    /// Judgements by outcome.
    pub judgements: IntCounterVec,
    /// Decisions by who decided and conclusion.
    pub decisions: IntCounterVec,
    /// Jobs run, by name and result.
    pub jobs: IntCounterVec,
    /// Jobs that wait or are dead.
    pub job_backlog: IntGaugeVec,
    /// Open tasks by queue.
    pub open_tasks: IntGaugeVec,
    /// Events and audit rows committed and not yet sealed.
    pub unsealed: IntGauge,
    /// Attempts to send webhooks, by lane and result.
    pub webhook_attempts: IntCounterVec,
    /// Seconds from an event to its receipt, by lane.
    pub webhook_seconds: HistogramVec,
    /// Deliveries that wait or are dead.
    pub webhook_deliveries: IntGaugeVec,
    /// Takedowns that happened more than five minutes ago and were not received.
    pub takedowns_unreceived: IntGauge,
    /// Webhooks that are disabled.
    pub webhooks_disabled: IntGauge,
    /// Whether routing pauses because a signal fails widely, by signal: 1 or 0.
    pub breaker_open: IntGaugeVec,
}

/// The encoder's times: in the queue by text; tokenising and inferring by batch.
#[derive(Debug, Clone)]
pub struct EncoderSeconds {
    /// From submission to the thread that takes the text.
    pub queue: Histogram,
    /// Texts to ids.
    pub tokenise: Histogram,
    /// Ids to vectors.
    pub infer: Histogram,
}

impl Metrics {
    /// Declares every series in a registry of its own.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| -> Result<IntCounterVec, prometheus::Error> {
            let series = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(series.clone()))?;
            Ok(series)
        };
        let gauges = |name: &str, help: &str, labels: &[&str]| -> Result<IntGaugeVec, prometheus::Error> {
            let series = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(series.clone()))?;
            Ok(series)
        };
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let request_seconds = HistogramVec::new(
            HistogramOpts::new("adjudge_http_request_seconds", "Seconds a request took, by route.")
                .buckets(buckets.clone()),
            &["route"],
        )?;
        registry.register(Box::new(request_seconds.clone()))?;
        let encoder_seconds = HistogramVec::new(
            HistogramOpts::new(
                "adjudge_encoder_seconds",
                "Seconds in the encoder's queue by text, and at work by batch.",
            )
            .buckets(buckets.clone()),
            &["stage"],
        )?;
        registry.register(Box::new(encoder_seconds.clone()))?;
        let stage = |name: &str| encoder_seconds.with_label_values(&[name]);
        let encoder_seconds =
            EncoderSeconds { queue: stage("queue"), tokenise: stage("tokenise"), infer: stage("infer") };
        let screening_seconds = Histogram::with_opts(
            HistogramOpts::new("adjudge_screening_seconds", "Seconds to measure and evaluate one revision.")
                .buckets(buckets),
        )?;
        registry.register(Box::new(screening_seconds.clone()))?;
        let unsealed = IntGauge::new("adjudge_unsealed_rows", "Events and audit rows committed and not yet sealed.")?;
        registry.register(Box::new(unsealed.clone()))?;
        let webhook_seconds = HistogramVec::new(
            HistogramOpts::new("adjudge_webhook_seconds", "Seconds from an event to its receipt, by lane.")
                .buckets(vec![0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3_600.0, 86_400.0]),
            &["lane"],
        )?;
        registry.register(Box::new(webhook_seconds.clone()))?;
        let takedowns_unreceived = IntGauge::new(
            "adjudge_takedowns_unreceived",
            "Takedowns that happened more than five minutes ago and were not received.",
        )?;
        registry.register(Box::new(takedowns_unreceived.clone()))?;
        let webhooks_disabled = IntGauge::new("adjudge_webhooks_disabled", "Webhooks that are disabled.")?;
        registry.register(Box::new(webhooks_disabled.clone()))?;
        Ok(Self {
            requests: counter("adjudge_http_requests_total", "Requests.", &["method", "route", "status"])?,
            request_seconds,
            screenings: counter("adjudge_screenings_total", "Screenings by conclusion.", &["conclusion"])?,
            screening_seconds,
            encoder_seconds,
            unavailable: counter("adjudge_signals_unavailable_total", "Missing signals by cause.", &["cause"])?,
            judgements: counter("adjudge_judgements_total", "Judgements by outcome.", &["outcome"])?,
            decisions: counter(
                "adjudge_decisions_total",
                "Decisions by who decided and conclusion.",
                &["by", "conclusion"],
            )?,
            jobs: counter("adjudge_jobs_total", "Jobs run by name and result.", &["name", "result"])?,
            job_backlog: gauges("adjudge_job_backlog", "Jobs that wait or are dead.", &["state"])?,
            open_tasks: gauges("adjudge_open_tasks", "Open tasks by queue.", &["queue"])?,
            unsealed,
            webhook_attempts: counter(
                "adjudge_webhook_attempts_total",
                "Attempts to send webhooks by lane and result.",
                &["lane", "result"],
            )?,
            webhook_seconds,
            webhook_deliveries: gauges("adjudge_webhook_deliveries", "Deliveries that wait or are dead.", &["state"])?,
            takedowns_unreceived,
            webhooks_disabled,
            breaker_open: gauges(
                "adjudge_breaker_open",
                "1 while routing pauses because the signal fails widely.",
                &["signal"],
            )?,
            registry,
        })
    }

    /// The exposition text of all series.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        let mut out = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut out)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }
}
