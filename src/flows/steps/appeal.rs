//! What appeals do inside other flows' commits: the link in a restriction, the end of an appeal with its decision, and the
//! end of one whose ad changed.
//!
//! Called wherever an outcome is decided or open work is closed. It must never end an appeal as decided without a
//! person's decision.

use super::{audit, outcome};
use crate::{
    domain::{
        Millis,
        appeal::{Appeal, AppealState, result},
        decision::Outcome,
        event::EventKind,
        id::DecisionId,
        release::Bundle,
        role::Scope,
        verdict::Conclusion,
    },
    flows::{App, Error},
    platform::link,
    store::{Run, Tx, ads::StoredAd, appeals, judgements, judgements::StoredDecision},
};
use serde_json::json;

/// What links to the public page are signed for.
pub const PURPOSE: &str = "appeal of a decision";

/// The outcome once a decision takes effect, with the link to appeal it where it restricts.
pub async fn decided(
    app: &App,
    tx: &Tx,
    ad: &StoredAd,
    decision: &StoredDecision,
    bundle: &Bundle,
    now: Millis,
) -> Result<Outcome, Error> {
    let next = outcome::decided(ad, decision, bundle, now);
    Ok(Outcome { appeal_url: url(app, tx, decision, now).await?, ..next })
}

/// The address under which a restriction can be appealed; none without a public address, and none for what an appeal
/// came to: that was looked at twice.
async fn url(app: &App, tx: &Tx, decision: &StoredDecision, now: Millis) -> Result<Option<String>, Error> {
    let Some(base) = &app.settings.public_url else { return Ok(None) };
    if decision.verdict.conclusion == Conclusion::Approve || is_final(tx, decision).await? {
        return Ok(None);
    }
    let linked = link::Linked { subject: decision.id.0, until: now.plus(app.settings.appeal_window_ms).0 };
    let secret = appeals::link_secret(tx).await?;
    Ok(link::sign(&secret, PURPOSE, linked).map(|token| format!("{base}/appeal/{token}")))
}

/// Whether a decision came of an appeal.
pub async fn is_final(on: &impl Run, decision: &StoredDecision) -> Result<bool, Error> {
    match decision.round {
        Some(round) => Ok(appeals::decided_by_appeal(on, round).await?),
        None => Ok(false),
    }
}

/// A decision took effect: where it is an appeal's, the appeal ends with it.
pub async fn conclude(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    ad: &StoredAd,
    decision: &StoredDecision,
    now: Millis,
) -> Result<(), Error> {
    let Some(round) = decision.round else { return Ok(()) };
    let Some(appeal) = appeals::of_round(tx, round).await?.filter(|a| a.state == AppealState::Open) else {
        return Ok(());
    };
    let before = judgements::decision(tx, appeal.decision).await?.ok_or(Error::NotFound)?;
    let came_to = result((&before.verdict, &before.findings), (&decision.verdict, &decision.findings));
    end(app, tx, scope, ad, &appeal, came_to, Some(decision.id), now).await
}

/// The ad changed, was withdrawn, or was blocked: what was contested is no more, and an open appeal lapses.
pub async fn lapse(app: &App, tx: &Tx, scope: &Scope, ad: &StoredAd, now: Millis) -> Result<(), Error> {
    match appeals::open_of_ad(tx, ad.id).await? {
        Some(appeal) => end(app, tx, scope, ad, &appeal, AppealState::Lapsed, None, now).await,
        None => Ok(()),
    }
}

/// Ends an appeal, tells its submitter and the audit chain.
#[expect(clippy::too_many_arguments, reason = "one call; a struct would only rename the arguments")]
pub async fn end(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    ad: &StoredAd,
    appeal: &Appeal,
    result: AppealState,
    decision: Option<DecisionId>,
    now: Millis,
) -> Result<(), Error> {
    if !appeals::settle(tx, appeal.id, result, decision, now).await? {
        return Ok(());
    }
    let event = EventKind::AppealDecided {
        appeal: appeal.id,
        ad: ad.id,
        external_id: ad.outcome.external_id.clone(),
        decision: appeal.decision,
        result,
        result_decision: decision,
    };
    audit::tell(app, tx, ad.submitter, Some(ad.id), &event, now).await?;
    let details = json!({"ad": ad.id, "decision": appeal.decision, "result": result, "by": decision});
    audit::record(app, tx, scope, "appeal.ended", appeal.id, details, now).await
}
