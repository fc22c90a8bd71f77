//! The integration checklist (Appendix A of the specification): what a bidder must know of this exchange, as a page
//! and as JSON.
//!
//! Open to everybody. It must never say of a seat what only its bidder may know.

use super::collection::base_url;
use crate::{domain::Millis, flows::App, platform::config::Settings, web::error::ApiError};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Serialize;
use utoipa::ToSchema;

/// What a bidder must know to integrate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationChecklist {
    /// Name of the exchange.
    exchange: String,
    /// What every path of the API begins with.
    base_url: String,
    /// What stands for the bidder in a path.
    bidder_id: &'static str,
    /// Version of the specification.
    version: &'static str,
    /// How many requests are answered.
    rate_limit: String,
    /// Most ads of one answer.
    max_ads_per_response: u32,
    /// Whether new ads may serve before they are audited, and who keeps the markup.
    markup_and_bidding_policy: &'static str,
    /// When ads expire, are deleted, and come back.
    ad_retention_policy: String,
    /// Whose ids name ads.
    ad_ids_of_record: &'static str,
    /// What an ad must have.
    attributes_required: &'static str,
    /// What else is good to know.
    notes: Vec<&'static str>,
}

const NOTES: [&str; 7] = [
    "Send Authorization: Bearer KEY with every request.",
    "A known id with the same content answers with what is there; with other content it is as PUT.",
    "New content is audited at once. An approved ad that changed has status 5 until then, and what was approved may serve on; a denied one has status 1.",
    "A touch re-activates an expired ad with its last status, and it is audited again. An ad that the rules denied is audited again when it is touched. What a person denied stays denied until it changes or is appealed.",
    "An ad that was approved within limits has status 3 and audit.ext.serving, which says where and to whom.",
    "PATCH merges objects member by member; null removes a field. Fields that are not AdCOM's are kept and returned.",
    "Answers to POST, PUT and PATCH and pages are sparse; Prefer: return=representation asks for whole ads.",
];

fn checklist(all: &Settings, request: &HttpRequest) -> IntegrationChecklist {
    let settings = &all.iab;
    let rate_limit = match all.quotas.requests_per_minute {
        0 => "None is set. When too much comes at once the answer is 429 with Retry-After.".to_owned(),
        usual => format!(
            "{usual} requests a minute, unless your key was given another number: RateLimit and RateLimit-Policy tell it with every answer. Beyond it, or when too much comes at once, the answer is 429 with Retry-After."
        ),
    };
    let retention = match settings.expiry_ms {
        Some(ms) => format!(
            "Ads expire {} days after the last touch (POST, PUT or PATCH) and are never deleted for it. Expired ads may not serve; a touch re-activates them.",
            ms / Millis::DAY
        ),
        None => "Ads do not expire and are never deleted for their age.".to_owned(),
    };
    IntegrationChecklist {
        exchange: settings.exchange.clone(),
        base_url: base_url(settings.base_url.as_deref(), request),
        bidder_id: "The seat that comes with your key; the submitter's name and its id stand for it too.",
        version: "1.1",
        rate_limit,
        max_ads_per_response: settings.page,
        markup_and_bidding_policy: "Restrictive bidding (status 1 until audited) unless your seat was agreed to be permissive (status 2). Markup in the bid response must be that of the ad here.",
        ad_retention_policy: retention,
        ad_ids_of_record: "Bidder",
        attributes_required: "Ad: id; one of display, video, audio; adomain, unless a bundle or a link says who advertises. Display: one of banner, native, adm, curl, or an iurl in the ad. Video, audio: adm or curl, or an iurl in the ad.",
        notes: NOTES.to_vec(),
    }
}

/// Read the integration checklist
///
/// Appendix A of the specification, filled in. The same for people is at `/iab`.
#[utoipa::path(
    get, path = "/iab/v1/checklist", tag = "IAB",
    responses((status = 200, description = "The checklist.", body = IntegrationChecklist))
)]
pub(crate) async fn document(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok().json(checklist(&app.settings, &request))
}

#[derive(Template)]
#[template(path = "iab.html")]
struct ChecklistPage {
    list: IntegrationChecklist,
}

/// Answers the checklist as a page.
pub(crate) async fn page(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let page = ChecklistPage { list: checklist(&app.settings, &request) };
    let body = page.render().map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}
