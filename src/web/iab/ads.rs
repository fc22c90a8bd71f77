//! `/iab/v1/bidder/{bidder}/ads`: submit, read, replace, change and touch ads in AdCOM.
//!
//! Called by bidders' programs. It must never show an ad of another seat, nor say that there is one.

use super::collection::{AdcomCollection, Extent, base_url, prefers_whole};
use crate::{
    domain::Millis,
    flows::{self, App},
    intake::{Problem, adcom},
    store::views::iab::{self as views, PageFilter},
    web::{
        api::body,
        auth::{Seat, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use std::collections::HashMap;
use utoipa::IntoParams;

/// The path of one ad.
#[derive(Debug, Deserialize)]
pub(crate) struct AdPath {
    ad: String,
}

/// What a page of ads is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters, which are read one by one to name the one that is wrong")]
pub(crate) struct PageQuery {
    /// Only ads whose audit's `lastmod` is after this moment, epoch ms; 0 for all.
    #[serde(rename = "auditStart")]
    #[param(minimum = 0, example = 0)]
    audit_start: i64,
    /// The last ad of the page before, which `auditStart` is the `lastmod` of; `nextPage` has both.
    #[serde(rename = "paginationId")]
    pagination_id: Option<String>,
    /// Only ads whose audit's `lastmod` is at or before this moment, epoch ms.
    #[serde(rename = "auditEnd")]
    #[param(minimum = 0)]
    audit_end: Option<i64>,
}

/// Submit an ad
///
/// One AdCOM ad. A new one is stored and audited in the background; the answer is sparse unless
/// `Prefer: return=representation` asks for the whole ad. A known id with the same content answers with what is there;
/// with other content it is as PUT.
#[utoipa::path(
    post, path = "/iab/v1/bidder/{bidder}/ads", tag = "IAB", request_body = adcom::wire::AdcomAd,
    security(("key" = [])),
    params(
        ("bidder" = String, Path, description = "Your seat: the submitter's seat, name or id."),
        ("Prefer" = Option<String>, Header, description = "`return=representation`: answer with whole ads."),
    ),
    responses(
        (status = 200, description = "The ad, as it stands now.", body = AdcomCollection),
        (status = 400, description = "The body is no ad; every bad field is named.", body = ProblemDocument),
        (status = 401, description = "No valid key.", body = ProblemDocument),
        (status = 404, description = "Not your seat.", body = ProblemDocument),
        (status = 429, description = "Too busy; wait as long as Retry-After says.", body = ProblemDocument),
        (status = 500, description = "Something is broken on our side.", body = ProblemDocument),
    )
)]
pub(crate) async fn submit(
    seat: Seat<perm::SubmitAds>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, adcom::ADCOM_BYTES).await?;
    let sent = body::take(bytes, |bytes| adcom::read(bytes, None)).await?;
    let kept = flows::iab::post(&app, &seat.scope, &sent).await?;
    Ok(answer(&kept, &request))
}

/// Replace an ad
///
/// The body is the whole ad; its `id` may be left out. Any PUT also touches the ad: one that the rules denied is audited
/// again, one that expired is re-activated, one that changed asks for its audit. Where that is refused (a person denied
/// the same content), the status stays as it was.
#[utoipa::path(
    put, path = "/iab/v1/bidder/{bidder}/ads/{ad}", tag = "IAB", request_body = adcom::wire::AdcomAd,
    security(("key" = [])),
    params(
        ("bidder" = String, Path, description = "Your seat: the submitter's seat, name or id."),
        ("ad" = String, Path, description = "Your id for the ad."),
    ),
    responses(
        (status = 200, description = "The ad, as it stands now.", body = AdcomCollection),
        (status = 400, description = "The body is no ad; every bad field is named.", body = ProblemDocument),
        (status = 404, description = "No such ad.", body = ProblemDocument),
    )
)]
pub(crate) async fn replace(
    seat: Seat<perm::SubmitAds>,
    app: web::Data<App>,
    path: web::Path<AdPath>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, adcom::ADCOM_BYTES).await?;
    let id = path.into_inner().ad;
    let sent = body::take(bytes, move |bytes| adcom::read(bytes, Some(&id))).await?;
    let kept = flows::iab::put(&app, &seat.scope, &sent).await?;
    Ok(answer(&kept, &request))
}

/// Change or touch an ad
///
/// Replaces the given fields; objects are merged member by member, and `null` removes a field (RFC 7396). `{}` changes
/// nothing and touches the ad, as PUT does.
#[utoipa::path(
    patch, path = "/iab/v1/bidder/{bidder}/ads/{ad}", tag = "IAB", security(("key" = [])),
    request_body(content = Object, description = "The fields to replace; `{}` to touch the ad."),
    params(
        ("bidder" = String, Path, description = "Your seat: the submitter's seat, name or id."),
        ("ad" = String, Path, description = "Your id for the ad."),
    ),
    responses(
        (status = 200, description = "The ad, as it stands now.", body = AdcomCollection),
        (status = 400, description = "The ad would not be one; every bad field is named.", body = ProblemDocument),
        (status = 404, description = "No such ad.", body = ProblemDocument),
    )
)]
pub(crate) async fn change(
    seat: Seat<perm::SubmitAds>,
    app: web::Data<App>,
    path: web::Path<AdPath>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, adcom::ADCOM_BYTES).await?;
    let patch = adcom::read_patch(&bytes, &path.ad)?;
    let kept = flows::iab::patch(&app, &seat.scope, &path.ad, &patch).await?;
    Ok(answer(&kept, &request))
}

/// Read an ad
///
/// All that was sent, with our audit. Where the ad's newest content came through another door (`/v1`), only the sparse
/// ad is there: send the whole ad with PUT.
#[utoipa::path(
    get, path = "/iab/v1/bidder/{bidder}/ads/{ad}", tag = "IAB", security(("key" = [])),
    params(
        ("bidder" = String, Path, description = "Your seat: the submitter's seat, name or id."),
        ("ad" = String, Path, description = "Your id for the ad."),
    ),
    responses(
        (status = 200, description = "The ad.", body = AdcomCollection),
        (status = 404, description = "No such ad.", body = ProblemDocument),
    )
)]
pub(crate) async fn get(
    seat: Seat<perm::ReadAds>,
    app: web::Data<App>,
    path: web::Path<AdPath>,
) -> Result<HttpResponse, ApiError> {
    let ad = views::get(&app.db, &seat.scope, &path.ad).await?.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(AdcomCollection::of(&ad, Extent::Whole)))
}

/// Poll for updates
///
/// Sparse ads in the order in which their audits changed, so that a reader who polls from the greatest `lastmod` it saw
/// misses none. While `more` is 1, `nextPage` goes on.
#[utoipa::path(
    get, path = "/iab/v1/bidder/{bidder}/ads", tag = "IAB", security(("key" = [])),
    params(
        ("bidder" = String, Path, description = "Your seat: the submitter's seat, name or id."),
        PageQuery,
        ("Prefer" = Option<String>, Header, description = "`return=representation`: answer with whole ads."),
    ),
    responses(
        (status = 200, description = "A page.", body = AdcomCollection),
        (status = 400, description = "A parameter is missing or wrong.", body = ProblemDocument),
        (status = 404, description = "Not your seat.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    seat: Seat<perm::ReadAds>,
    app: web::Data<App>,
    query: web::Query<HashMap<String, String>>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let whole = prefers_whole(&request);
    let filter = filter(&query, whole)?;
    let most = app.settings.iab.page;
    let mut ads = views::page(&app.db, &seat.scope, &filter, most + 1).await?;
    let more = ads.len() > most as usize;
    ads.truncate(most as usize);
    let next = ads.last().filter(|_| more).map(|last| {
        let base = base_url(app.settings.iab.base_url.as_deref(), &request);
        let bidder = request.match_info().get("bidder").unwrap_or_default();
        next_page(&base, bidder, last, filter.end)
    });
    let extent = if whole { Extent::Whole } else { Extent::Sparse };
    Ok(HttpResponse::Ok().json(AdcomCollection::page(&ads, extent, next)))
}

fn next_page(base: &str, bidder: &str, last: &views::IabAd, end: Option<Millis>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("auditStart", &last.lastmod.0.to_string());
    query.append_pair("paginationId", &last.external_id);
    if let Some(end) = end {
        query.append_pair("auditEnd", &end.0.to_string());
    }
    format!("{base}/bidder/{bidder}/ads?{}", query.finish())
}

fn filter(query: &HashMap<String, String>, whole: bool) -> Result<PageFilter, ApiError> {
    let mut problems = vec![];
    let mut moment = |name: &str, needed: bool| {
        let wrong = |code, detail: &str| Problem { pointer: format!("/{name}"), code, detail: detail.to_owned() };
        match query.get(name).map(|text| text.parse::<i64>()) {
            Some(Ok(ms)) if ms >= 0 => return Some(Millis(ms)),
            Some(_) => {
                problems.push(wrong("not_a_time", "must be a moment in milliseconds since 1970, such as 1528221112000"))
            }
            None if needed => problems.push(wrong("required", "is required; 0 begins with the first ad")),
            None => {}
        }
        None
    };
    let (start, end) = (moment("auditStart", true), moment("auditEnd", false));
    match start {
        // Until version 1.1 was final, `paginationId` was called `id`.
        Some(start) if problems.is_empty() => {
            let id = query.get("paginationId").or_else(|| query.get("id")).cloned();
            Ok(PageFilter { start, id, end, whole })
        }
        _ => Err(ApiError::invalid(problems)),
    }
}

fn answer(ad: &views::IabAd, request: &HttpRequest) -> HttpResponse {
    let extent = if prefers_whole(request) { Extent::Whole } else { Extent::Submitted };
    HttpResponse::Ok().json(AdcomCollection::of(ad, extent))
}
