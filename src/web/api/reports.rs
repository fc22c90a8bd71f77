//! `/v1/reports`: somebody reports an ad and learns what came of it.
//!
//! It must never tell one sender of another's report, nor who reported.

use super::body;
use crate::{
    domain::{
        AdId, DecisionId, Millis, ReportId,
        policy::PolicyCode,
        report::{Report, ReportOutcome, ReportState, Reporter},
    },
    flows::{self, App},
    intake,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A report and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportStatus {
    /// Its id.
    id: ReportId,
    /// The ad.
    ad: AdId,
    /// Who reports.
    reporter: Reporter,
    /// The policy that is said to be broken.
    policy: PolicyCode,
    /// Where it stands.
    state: ReportState,
    /// What came of it, once it is decided.
    outcome: Option<ReportOutcome>,
    /// The decision that it rests on, where there is one.
    decision: Option<DecisionId>,
    /// How often it was sent.
    times: i64,
    /// When it came in first.
    created_at: Millis,
    /// When it was decided.
    decided_at: Option<Millis>,
}

impl ReportStatus {
    fn of(r: Report) -> Self {
        Self {
            id: r.id,
            ad: r.ad,
            reporter: r.reporter,
            policy: r.policy,
            state: r.state,
            outcome: r.outcome,
            decision: r.decision,
            times: r.times,
            created_at: r.created_at,
            decided_at: r.decided_at,
        }
    }
}

/// Report an ad
///
/// Says that an ad breaks a policy, for somebody who saw it or for a rights holder; keys of trusted flaggers and of
/// authorities report for themselves, about any submitter's ad, by its `id`. A report moves the question that is open
/// about the ad ahead, or opens one; a person decides. The same reporter's report of the same content for the same policy
/// is one report: sent again it answers the first. `report.decided` tells the ad's submitter what came of it. Who
/// reported is shown to nobody outside, and stands in no event.
#[utoipa::path(
    post, path = "/v1/reports", tag = "Reports", security(("key" = [])),
    request_body = intake::wire::ReportInput,
    responses(
        (status = 202, description = "It waits for a person.", body = ReportStatus),
        (status = 200, description = "It was known.", body = ReportStatus),
        (status = 403, description = "This key may not report for such a reporter.", body = ProblemDocument),
        (status = 404, description = "There is no such ad in sight of this key.", body = ProblemDocument),
        (status = 409, description = "The ad is not shown.", body = ProblemDocument),
        (status = 422, description = "Fields are wrong; all of them are named.", body = ProblemDocument),
    )
)]
pub(crate) async fn submit(
    caller: Allowed<perm::Report>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, intake::ADVERTISER_BYTES).await?;
    let new = body::take(bytes, intake::read_report).await?;
    let taken = flows::reports::report(&app, &caller.scope, &new).await?;
    let mut answer = if taken.known { HttpResponse::Ok() } else { HttpResponse::Accepted() };
    Ok(answer.json(ReportStatus::of(taken.report)))
}

/// Read a report
#[utoipa::path(
    get, path = "/v1/reports/{id}", tag = "Reports", security(("key" = [])),
    params(("id" = ReportId, Path, description = "The report's id.")),
    responses(
        (status = 200, description = "The report.", body = ReportStatus),
        (status = 404, description = "You sent no such report.", body = ProblemDocument),
    )
)]
pub(crate) async fn get(
    caller: Allowed<perm::Report>,
    app: web::Data<App>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id: ReportId = id.parse().map_err(|_| ApiError::not_found())?;
    let report = flows::reports::get(&app, &caller.scope, id).await?;
    Ok(HttpResponse::Ok().json(ReportStatus::of(report)))
}
