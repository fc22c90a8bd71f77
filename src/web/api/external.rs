//! `/v1/decisions/external`: what a submitter in observe mode decided itself, and where Adjudge concluded otherwise.
//!
//! It must never show one submitter another's decisions.

use super::{body, told, told::ToldResult};
use crate::{
    domain::{
        AdId, Millis, PolicyCode,
        external::{Compared, Confusion, ExternalOutcome, tally},
        metrics::Estimate,
        verdict::Conclusion,
    },
    flows::{self, App, Error},
    intake,
    store::external,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, Kind, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Days that are compared when the caller does not say.
const USUAL_DAYS: u32 = 30;

/// Disagreements that are listed.
const LISTED: usize = 200;

/// Tell decisions of your own
///
/// For a submitter in observe mode (`adjudge key create --observe`): Adjudge screens and queues its ads and affects
/// nothing. Each line is what you decided about the newest content of one ad; told again, it takes the place of what was
/// told before. Each line is answered by one line, in order; a bad line is refused alone. An array is taken too. At most
/// 20,000 lines and 8 MiB at once.
#[utoipa::path(
    post, path = "/v1/decisions/external", tag = "Observing", security(("key" = [])),
    request_body(
        content((intake::wire::ExternalDecisionInput = "application/x-ndjson"), (Vec<intake::wire::ExternalDecisionInput> = "application/json")),
        description = "One ad a line, or a JSON array.",
    ),
    responses(
        (status = 200, description = "One result a line, in the form that the lines came in.",
            content((ToldResult = "application/x-ndjson"), (Vec<ToldResult> = "application/json"))),
        (status = 400, description = "There are no lines.", body = ProblemDocument),
        (status = 409, description = "Adjudge decides about your ads; you are not in observe mode.", body = ProblemDocument),
        (status = 422, description = "There are too many lines.", body = ProblemDocument),
    )
)]
pub(crate) async fn tell(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read_lines(&request, payload, intake::LINES_BYTES).await?;
    let read = body::take(bytes, intake::read_external_decisions).await?;
    told::answer(read, async |good| flows::external::tell(&app, &caller.scope, &good).await).await
}

/// Which decisions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ComparisonQuery {
    /// Decisions of so many days, 1 to 366; 30 if left out.
    days: Option<u32>,
}

/// Your decisions beside Adjudge's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Comparison {
    /// Contents that both decided.
    compared: u64,
    /// Contents that wait for a person at Adjudge.
    waiting: u64,
    /// Whether the ad may not serve, or only under limits.
    restricted: Confusion,
    /// The share in which both say the same of that, with its 95 % interval.
    agreement: Option<Estimate>,
    /// The same by policy; a restriction for which you told no policy counts for none.
    policies: Vec<PolicyComparison>,
    /// Where the two differ, the newest first, at most 200.
    disagreements: Vec<Disagreement>,
}

/// One policy's part of a comparison.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyComparison {
    /// The policy.
    policy: PolicyCode,
    /// Decisions counted by who found it broken.
    counts: Confusion,
    /// The share in which both say the same, with its 95 % interval.
    agreement: Option<Estimate>,
    /// Of what Adjudge found, the share that you found, too.
    confirmed: Option<Estimate>,
    /// Of what you found, the share that Adjudge found, too.
    found: Option<Estimate>,
}

/// A content that the two decided differently.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Disagreement {
    /// The ad.
    ad: AdId,
    /// Your id for it.
    external_id: String,
    /// What you decided.
    theirs: ExternalOutcome,
    /// For which policies.
    their_policies: Vec<PolicyCode>,
    /// What Adjudge concluded.
    ours: Option<Conclusion>,
    /// For which policies.
    our_policies: Vec<PolicyCode>,
    /// When you decided.
    decided_at: Millis,
}

impl Comparison {
    fn of(all: Vec<Compared>) -> Self {
        let tally = tally(all.iter());
        let differing = all.into_iter().filter(Compared::differs).take(LISTED);
        Self {
            compared: tally.compared,
            waiting: tally.waiting,
            agreement: tally.restricted.agreement(),
            restricted: tally.restricted,
            policies: tally
                .policies
                .into_iter()
                .map(|(policy, counts)| PolicyComparison {
                    policy,
                    agreement: counts.agreement(),
                    confirmed: counts.confirmed(),
                    found: counts.found(),
                    counts,
                })
                .collect(),
            disagreements: differing
                .map(|c| Disagreement {
                    ad: c.ad,
                    external_id: c.external_id,
                    theirs: c.theirs,
                    their_policies: c.their_policies.into_iter().collect(),
                    ours: c.ours,
                    our_policies: c.our_policies.into_iter().collect(),
                    decided_at: c.decided_at,
                })
                .collect(),
        }
    }
}

/// Compare your decisions with Adjudge's
///
/// Counts by policy with 95 % intervals, and where the two differ. What waits for a person counts for nothing yet.
#[utoipa::path(
    get, path = "/v1/decisions/external", tag = "Observing", security(("key" = [])), params(ComparisonQuery),
    responses(
        (status = 200, description = "The comparison.", body = Comparison),
        (status = 400, description = "The days are none of 1 to 366.", body = ProblemDocument),
    )
)]
pub(crate) async fn compare(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    query: web::Query<ComparisonQuery>,
) -> Result<HttpResponse, ApiError> {
    let days = query.days.unwrap_or(USUAL_DAYS);
    if !(1..=366).contains(&days) {
        return Err(ApiError::new(Kind::BAD_REQUEST, format!("The parameter days must be 1 to 366, not {days}.")));
    }
    let submitter = caller.scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let since = app.clock.now().plus(-i64::from(days) * Millis::DAY);
    let all = external::compared(&app.db, &caller.scope, submitter, since).await.map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().json(Comparison::of(all)))
}
