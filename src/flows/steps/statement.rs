//! The statement of reasons about a decision that takes effect, captured with what is known in that moment.
//!
//! Called by `in_effect` inside the commit. A restriction gets one, and so does the end of a restriction. It must never
//! change an earlier statement: a later one supersedes it.

use crate::{
    domain::{
        DecisionId, EventId, Millis, StatementId, decision::Ground, dsa::SourceType, place::Language, release::Bundle,
        review::RoundTrigger, signal::Reading, statement::StatementKind, verdict::Conclusion,
    },
    flows::{App, Error},
    notify::statement::{Facts, Source, check, lifted, restriction},
    store::{
        Tx, ads, ads::StoredAd, judgements::StoredDecision, rounds, screenings, statements, statements::StoredStatement,
    },
};

/// Keeps the statement about a decision, if it restricts or ends a restriction.
pub(super) async fn record(
    app: &App,
    tx: &Tx,
    ad: &StoredAd,
    decision: &StoredDecision,
    bundle: &Bundle,
    event: EventId,
    now: Millis,
) -> Result<(), Error> {
    // An ad that was asked about anew names no earlier decision; what stands on its content is superseded all the same.
    let before = match before(tx, decision.supersedes).await? {
        Some(named) => Some(named),
        None => statements::standing_on(tx, decision.revision).await?,
    };
    let puid: StatementId = app.clock.new_id();
    let restricts = matches!(decision.verdict.conclusion, Conclusion::Limited | Conclusion::Prohibited);
    let (kind, body, since) = if restricts {
        let revision = ads::revision(tx, decision.revision).await?.ok_or(Error::NotFound)?;
        let screening = match decision.screening.or(revision.screening) {
            Some(id) => screenings::get(tx, id).await?,
            None => None,
        };
        let language: Option<Language> = screening.and_then(|s| match s.signals.language {
            Reading::Known(detected) => Some(detected.language),
            Reading::Unavailable(_) => None,
        });
        let body = restriction(&Facts {
            puid,
            content: &revision.content,
            submitted_at: revision.created_at,
            language,
            verdict: &decision.verdict,
            findings: &decision.findings,
            bundle,
            ground: decision.ground.unwrap_or(Ground::Incompatible),
            automation: decision.automation,
            source: source(tx, decision).await?,
            effective_at: now,
            terms_url: app.settings.terms_url.as_deref(),
        });
        (StatementKind::Restriction, body, revision.created_at)
    } else {
        let Some(before) = &before else { return Ok(()) };
        (StatementKind::Lifted, lifted(&before.body, puid, now), before.created_at)
    };
    for broken in check(&body) {
        tracing::error!(statement = %puid, field = broken.field, rule = broken.rule, "a statement breaks a rule");
    }
    let new = StoredStatement {
        submitter: ad.submitter,
        ad: ad.id,
        decision: decision.id,
        event,
        kind,
        supersedes: before.map(|b| b.body.puid),
        body,
        delay_ms: now.since(since),
        created_at: now,
    };
    Ok(statements::add(tx, &new).await?)
}

/// Keeps the statement that a decision's restriction has ended, where no other decision took its place.
pub(super) async fn end(app: &App, tx: &Tx, ended: DecisionId, event: EventId, now: Millis) -> Result<(), Error> {
    let Some(before) = before(tx, Some(ended)).await? else { return Ok(()) };
    let body = lifted(&before.body, app.clock.new_id(), now);
    let delay_ms = now.since(before.created_at);
    let supersedes = Some(before.body.puid);
    let new =
        StoredStatement { event, kind: StatementKind::Lifted, supersedes, body, delay_ms, created_at: now, ..before };
    Ok(statements::add(tx, &new).await?)
}

/// The restriction that stood until now.
async fn before(tx: &Tx, superseded: Option<DecisionId>) -> Result<Option<StoredStatement>, Error> {
    let Some(superseded) = superseded else { return Ok(None) };
    let found = statements::standing_of(tx, superseded).await?;
    Ok(found.filter(|s| s.kind == StatementKind::Restriction))
}

/// Who pointed to what was decided: a notice, where a round about one was resolved by it.
async fn source(tx: &Tx, decision: &StoredDecision) -> Result<Source, Error> {
    let Some(round) = decision.round else { return Ok(Source::OWN) };
    let reported = rounds::round(tx, round).await?.is_some_and(|r| r.trigger == RoundTrigger::Report);
    Ok(if reported { Source { kind: SourceType::TypeOtherNotification, identity: None } } else { Source::OWN })
}
