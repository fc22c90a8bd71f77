//! `/v1/ads/{id}/appeals`: a submitter contests the decision in effect, reads where appeals stand, and takes one back.
//!
//! It must never say who decided, nor show an appeal of another submitter's ad.

use super::body;
use crate::{
    domain::{
        AdId, AppealId, DecisionId, Millis,
        appeal::{Appeal, AppealState, Appellant},
    },
    flows::{self, App, Error},
    intake,
    store::appeals,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A file that was added to an appeal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttachmentStatus {
    /// Its name.
    name: String,
    /// What it is, as found out by looking at it.
    media_type: String,
    /// Bytes.
    size: u64,
}

/// An appeal and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppealStatus {
    /// Its id.
    id: AppealId,
    /// The ad.
    ad: AdId,
    /// The decision contested.
    decision: DecisionId,
    /// Who contests it.
    appellant: Appellant,
    /// What they say.
    statement: String,
    /// What they add.
    attachments: Vec<AttachmentStatus>,
    /// Where it stands, and what it came to.
    state: AppealState,
    /// The decision that it came to.
    result_decision: Option<DecisionId>,
    /// When it shall be decided.
    due: Millis,
    /// When it was opened.
    created_at: Millis,
    /// When it ended.
    decided_at: Option<Millis>,
}

impl From<Appeal> for AppealStatus {
    fn from(a: Appeal) -> Self {
        let attached = |f: crate::domain::appeal::Attachment| AttachmentStatus {
            name: f.name,
            media_type: f.media_type,
            size: f.size,
        };
        Self {
            id: a.id,
            ad: a.ad,
            decision: a.decision,
            appellant: a.appellant,
            statement: a.statement,
            attachments: a.attachments.into_iter().map(attached).collect(),
            state: a.state,
            result_decision: a.result,
            due: a.due,
            created_at: a.created_at,
            decided_at: a.decided_at,
        }
    }
}

/// Appeals about an ad.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Appeals {
    /// The appeals, newest first, at most 200.
    items: Vec<AppealStatus>,
}

/// Appeal the decision in effect
///
/// A person who had no part in it decides anew; until then the decision stands and the ad is `under_appeal`. One appeal of
/// a decision is open at a time, within six months unless this installation says otherwise, and what an appeal came to is
/// final: submit the ad again once it is changed. `appeal.opened` and `appeal.decided` events tell the way; where a
/// decision is overturned an `ad.outcome` event corrects it.
#[utoipa::path(
    post, path = "/v1/ads/{id}/appeals", tag = "Appeals", security(("key" = [])),
    request_body = intake::wire::AppealInput,
    params(("id" = AdId, Path, description = "The ad.")),
    responses(
        (status = 201, description = "It waits for a person.", body = AppealStatus),
        (status = 404, description = "No such ad.", body = ProblemDocument),
        (status = 409, description = "There is nothing to appeal, or not any more: `code` is `nothing_to_appeal`, `appeal_open`, `appeal_final`, `appeal_window_over`, `appeal_quota`, `decision_superseded` or `decision_pending`.", body = ProblemDocument),
        (status = 413, description = "The body is too large.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
    )
)]
pub(crate) async fn open(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    id: web::Path<AdId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    caller.scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let bytes = body::read(&request, payload, intake::APPEAL_BYTES).await?;
    let new = body::take(bytes, intake::read_appeal).await?;
    let opened = flows::appeal::open(&app, &caller.scope, Appellant::Submitter, *id, &new).await?;
    let place = format!("/v1/ads/{}/appeals/{}", opened.ad, opened.id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, place)).json(AppealStatus::from(opened)))
}

/// List an ad's appeals
#[utoipa::path(
    get, path = "/v1/ads/{id}/appeals", tag = "Appeals", security(("key" = [])),
    params(("id" = AdId, Path, description = "The ad.")),
    responses(
        (status = 200, description = "The appeals, newest first.", body = Appeals),
        (status = 404, description = "No such ad.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    id: web::Path<AdId>,
) -> Result<HttpResponse, ApiError> {
    let there = crate::store::views::ads::get(&app.db, &caller.scope, *id).await?;
    there.ok_or_else(ApiError::not_found)?;
    let all = appeals::of_ad(&app.db, &caller.scope, *id).await?;
    Ok(HttpResponse::Ok().json(Appeals { items: all.into_iter().map(Into::into).collect() }))
}

/// Read an appeal
#[utoipa::path(
    get, path = "/v1/ads/{id}/appeals/{appeal}", tag = "Appeals", security(("key" = [])),
    params(("id" = AdId, Path, description = "The ad."), ("appeal" = AppealId, Path, description = "The appeal.")),
    responses(
        (status = 200, description = "The appeal.", body = AppealStatus),
        (status = 404, description = "No such appeal.", body = ProblemDocument),
    )
)]
pub(crate) async fn get(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    path: web::Path<(AdId, String)>,
) -> Result<HttpResponse, ApiError> {
    let (ad, id) = place(path)?;
    let found = appeals::of_ad(&app.db, &caller.scope, ad).await?.into_iter().find(|a| a.id == id);
    Ok(HttpResponse::Ok().json(AppealStatus::from(found.ok_or_else(ApiError::not_found)?)))
}

/// Withdraw an appeal
///
/// The decision stands. Withdrawing twice answers the same; once a person decided it is too late.
#[utoipa::path(
    delete, path = "/v1/ads/{id}/appeals/{appeal}", tag = "Appeals", security(("key" = [])),
    params(("id" = AdId, Path, description = "The ad."), ("appeal" = AppealId, Path, description = "The appeal.")),
    responses(
        (status = 200, description = "The appeal, withdrawn.", body = AppealStatus),
        (status = 404, description = "No such appeal.", body = ProblemDocument),
        (status = 409, description = "It is decided already: `appeal_decided`.", body = ProblemDocument),
    )
)]
pub(crate) async fn withdraw(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    path: web::Path<(AdId, String)>,
) -> Result<HttpResponse, ApiError> {
    caller.scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let (ad, id) = place(path)?;
    let gone = flows::appeal::withdraw(&app, &caller.scope, ad, id, None).await?;
    Ok(HttpResponse::Ok().json(AppealStatus::from(gone)))
}

/// The ids of a path; an appeal that is none looks like one that is not there.
fn place(path: web::Path<(AdId, String)>) -> Result<(AdId, AppealId), ApiError> {
    let (ad, appeal) = path.into_inner();
    Ok((ad, appeal.parse().map_err(|_| ApiError::not_found())?))
}
