//! What operators and load balancers ask: alive, ready, metrics.
//!
//! Open to all, since nothing here names an ad or a person. It must never answer slowly: no query
//! beyond a table of a few rows.

use crate::{
    domain::signal::Producer,
    flows::{App, try_write::try_write},
    screening::normalise::NORMALISER_VERSION,
    store::breakers,
    web::error::ApiError,
};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether the process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// Version of the binary.
    version: &'static str,
}

/// Whether the process can take work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Everything below holds.
    ready: bool,
    /// The database answers.
    database: bool,
    /// The database takes writes, as found within the last seconds; a full disk does not.
    writable: bool,
    /// Number of the release that decides.
    #[schema(example = "1.0")]
    release: String,
    /// Signals that fail widely: ads that need one of them wait until it is back. The process takes work all the same.
    #[schema(example = json!([]))]
    failing: Vec<Producer>,
    /// What scores are computed with: equal values give equal bits. Missing where the encoder cannot be loaded.
    engine: Option<EngineReport>,
}

/// The engine's fingerprint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EngineReport {
    /// SHA-256 of the encoder file.
    encoder: String,
    /// Instruction set, precision, and a digest of probe vectors.
    #[schema(example = "avx512 f32 0a1b2c3d4e5f")]
    kernel: String,
    /// Version and target.
    build: String,
    /// Version of the normaliser.
    normaliser: &'static str,
}

/// Alive
#[utoipa::path(get, path = "/healthz", tag = "Operation", responses((status = 200, description = "The process runs.", body = Health)))]
pub(crate) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Ready
#[utoipa::path(
    get, path = "/readyz", tag = "Operation",
    responses(
        (status = 200, description = "Send work.", body = Readiness),
        (status = 503, description = "Send none yet; the body says what is missing.", body = Readiness),
    )
)]
pub(crate) async fn ready(app: web::Data<App>) -> HttpResponse {
    let open = breakers::not_closed(&app.db).await;
    let database = open.is_ok();
    let writable = database && try_write(&app).await;
    let failing = open.unwrap_or_default().into_iter().map(|breaker| breaker.signal).collect();
    let release = app.live.get().release.number.to_string();
    let engine = app.first.running().await.ok().map(|running| {
        let fingerprint = running.engine.fingerprint();
        EngineReport {
            encoder: fingerprint.encoder.hex(),
            kernel: fingerprint.kernel.clone(),
            build: fingerprint.build.clone(),
            normaliser: NORMALISER_VERSION,
        }
    });
    let report = Readiness { ready: writable && engine.is_some(), database, writable, release, failing, engine };
    let mut response = if report.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(report)
}

/// Metrics
///
/// In the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "Operation", responses((status = 200, description = "All series.", body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let text = app.metrics.render().map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}
