//! `/v1/advertisers/{external_id}`: what a submitter knows about an account, and the certificates it sends for review.
//!
//! It must never change an advertiser's standing: that is Adjudge's to say.

use super::body;
use crate::{
    domain::{
        AdvertiserId, CertificateId, Millis,
        advertiser::{AdvertiserFacts, Standing},
        certificate::{Certificate, CertificateState},
        place::Country,
    },
    flows::{self, App},
    intake,
    store::accounts::Advertiser,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, Kind, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// An advertiser as it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdvertiserState {
    /// Adjudge's id for it.
    id: AdvertiserId,
    /// Your id for it.
    external_id: String,
    /// Its name.
    name: String,
    /// The facts you told last.
    facts: AdvertiserFacts,
    /// Its standing, which overlays the serving of all its ads.
    standing: Standing,
}

impl From<Advertiser> for AdvertiserState {
    fn from(kept: Advertiser) -> Self {
        Self { id: kept.id, external_id: kept.external_id, name: kept.name, facts: kept.facts, standing: kept.standing }
    }
}

/// Tell facts about an advertiser
///
/// Makes the advertiser when it is not known. The facts replace those told before and count from the next screening on.
#[utoipa::path(
    put, path = "/v1/advertisers/{external_id}", tag = "Advertisers", security(("key" = [])),
    request_body = intake::wire::AdvertiserFactsInput,
    params(("external_id" = String, Path, description = "Your id for the account, percent-encoded.")),
    responses(
        (status = 200, description = "The advertiser.", body = AdvertiserState),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
    )
)]
pub(crate) async fn put(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    external_id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    check_id(&external_id)?;
    let bytes = body::read(&request, payload, intake::ADVERTISER_BYTES).await?;
    let update = body::take(bytes, intake::read_advertiser).await?;
    let kept = flows::advertiser::put(&app, &caller.scope, &external_id, &update).await?;
    Ok(HttpResponse::Ok().json(AdvertiserState::from(kept)))
}

/// Read an advertiser
#[utoipa::path(
    get, path = "/v1/advertisers/{external_id}", tag = "Advertisers", security(("key" = [])),
    params(("external_id" = String, Path, description = "Your id for the account, percent-encoded.")),
    responses(
        (status = 200, description = "The advertiser.", body = AdvertiserState),
        (status = 404, description = "You never named this advertiser.", body = ProblemDocument),
    )
)]
pub(crate) async fn get(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    external_id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    check_id(&external_id)?;
    let kept = flows::advertiser::get(&app, &caller.scope, &external_id).await?;
    Ok(HttpResponse::Ok().json(AdvertiserState::from(kept)))
}

fn check_id(external_id: &str) -> Result<(), ApiError> {
    let most = intake::wire::EXTERNAL_ID_CHARS;
    if external_id.chars().count() > most || external_id.chars().any(char::is_control) {
        let detail = format!("An external id has at most {most} characters and no control characters.");
        return Err(ApiError::new(Kind::BAD_REQUEST, detail));
    }
    Ok(())
}

/// A certificate and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CertificateStatus {
    /// Its id.
    id: CertificateId,
    /// What it certifies.
    kind: String,
    /// Countries that it is good for; empty is all.
    countries: Vec<Country>,
    /// The document.
    document: String,
    /// First moment at which it no longer counts.
    valid_until: Option<Millis>,
    /// Where it stands. Only an approved one counts.
    state: CertificateState,
    /// Why it was refused; empty otherwise.
    reason: String,
    /// When it was submitted.
    created_at: Millis,
    /// When the decision took effect.
    decided_at: Option<Millis>,
}

impl CertificateStatus {
    fn of(c: Certificate) -> Self {
        // What a person typed is told once it took effect: until then it can be taken back.
        let reason = if c.state == CertificateState::Refused { c.reason } else { String::new() };
        Self {
            id: c.id,
            kind: c.kind,
            countries: c.countries,
            document: c.document,
            valid_until: c.valid_until,
            state: c.state,
            reason,
            created_at: c.created_at,
            decided_at: c.decided_at,
        }
    }
}

/// Certificates of an advertiser.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Certificates {
    /// The certificates, newest first, at most 200.
    items: Vec<CertificateStatus>,
}

/// Submit a certificate for review
///
/// A person looks at it; `advertiser.certificate` events tell what came of it. Once approved it counts, beside those told
/// as facts, for ads that are shown only where it is good, until it lapses. Ads that it covers are screened again when it
/// comes into force and when it lapses. The same certificate again changes nothing; another of its kind takes the place
/// of one that still waits.
#[utoipa::path(
    post, path = "/v1/advertisers/{external_id}/certificates", tag = "Advertisers", security(("key" = [])),
    request_body = intake::wire::CertificateInput,
    params(("external_id" = String, Path, description = "Your id for the account, percent-encoded.")),
    responses(
        (status = 202, description = "It waits for a person.", body = CertificateStatus),
        (status = 404, description = "You never named this advertiser.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
    )
)]
pub(crate) async fn submit_certificate(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    external_id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    check_id(&external_id)?;
    let bytes = body::read(&request, payload, intake::ADVERTISER_BYTES).await?;
    let new = body::take(bytes, intake::read_certificate).await?;
    let kept = flows::certificates::submit(&app, &caller.scope, &external_id, &new).await?;
    Ok(HttpResponse::Accepted().json(CertificateStatus::of(kept)))
}

/// List an advertiser's certificates
#[utoipa::path(
    get, path = "/v1/advertisers/{external_id}/certificates", tag = "Advertisers", security(("key" = [])),
    params(("external_id" = String, Path, description = "Your id for the account, percent-encoded.")),
    responses(
        (status = 200, description = "The certificates, newest first.", body = Certificates),
        (status = 404, description = "You never named this advertiser.", body = ProblemDocument),
    )
)]
pub(crate) async fn certificates(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    external_id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    check_id(&external_id)?;
    let all = flows::certificates::of_advertiser(&app, &caller.scope, &external_id).await?;
    Ok(HttpResponse::Ok().json(Certificates { items: all.into_iter().map(CertificateStatus::of).collect() }))
}
