//! `PUT /v1/advertisers/{external_id}`: what a submitter knows about an account.
//!
//! It must never change an advertiser's standing: that is Adjudge's to say.

use super::body;
use crate::{
    domain::{
        AdvertiserId,
        advertiser::{AdvertiserFacts, Standing},
    },
    flows::{self, App},
    intake,
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
    let most = intake::wire::EXTERNAL_ID_CHARS;
    if external_id.chars().count() > most || external_id.chars().any(char::is_control) {
        let detail = format!("An external id has at most {most} characters and no control characters.");
        return Err(ApiError::new(Kind::BAD_REQUEST, detail));
    }
    let bytes = body::read(&request, payload, intake::ADVERTISER_BYTES).await?;
    let update = body::take(bytes, intake::read_advertiser).await?;
    let kept = flows::advertiser::put(&app, &caller.scope, &external_id, &update).await?;
    Ok(HttpResponse::Ok().json(AdvertiserState {
        id: kept.id,
        external_id: kept.external_id,
        name: kept.name,
        facts: kept.facts,
        standing: kept.standing,
    }))
}
