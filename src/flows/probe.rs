//! A signal that failed widely is tried now and then on one of the ads that wait for it; once it measures again, they are
//! routed, and those that were screened without it are screened again.
//!
//! Called by the runner in every process; one of them takes each try. It must never store what it measures: the ad's own
//! screening does.

use super::{
    App, Error,
    recover::RecoverJob,
    steps::{audit, breaker as step, facts::facts, scoring::scorer, screen_job::ScreenJob},
};
use crate::{
    domain::{Millis, RevisionId, audit::Actor, breaker::Breaker, role::Scope, signal::Producer},
    screening::{breaker as moves, signals::measure},
    store::{
        ads, breakers, jobs,
        jobs::{JobName, NewJob},
    },
};
use serde_json::json;

/// Tries one breaker that is not closed, if it is time and nobody else does; says whether it was tried.
///
/// # Errors
/// The store's.
pub async fn probe(app: &App, breaker: &Breaker) -> Result<bool, Error> {
    let limits = &app.settings.breaker;
    let Some(begun) = moves::probing(breaker, limits, app.clock.now()) else { return Ok(false) };
    let taken =
        app.db.write("begin_probe", async |tx| breakers::advance(tx, &begun).await.map_err(Error::from)).await?;
    if !taken {
        return Ok(false);
    }
    let measured = match measures(app, &begun).await {
        Ok(measured) => measured,
        // A busy encoder or a database that is away says nothing good of the signal.
        Err(error) => {
            tracing::warn!(signal = %begun.signal, %error, "a signal could not be tried");
            false
        }
    };
    let now = app.clock.now();
    let next = moves::probed(&begun, measured, limits, now);
    let moved = app
        .db
        .write("end_probe", async |tx| {
            let moved = breakers::advance(tx, &next).await?;
            if moved && next.is_closed() {
                close(app, tx, &next, now).await?;
            }
            Ok::<bool, Error>(moved)
        })
        .await?;
    if moved && next.is_closed() {
        step::tell(app, std::slice::from_ref(&next));
        app.wake.notify_waiters();
    }
    Ok(true)
}

/// Lets the ads that wait go, and asks for those again that were screened without the signal.
async fn close(app: &App, tx: &crate::store::Tx, closed: &Breaker, now: Millis) -> Result<(), Error> {
    breakers::count_anew(tx, closed.signal).await?;
    let released = jobs::release_held(tx, closed.signal, now).await?;
    let opened_at = closed.opened_at.unwrap_or(now);
    let job =
        RecoverJob { signal: closed.signal, opened_at, since: closed.since.unwrap_or(opened_at), until: now, page: 0 };
    let job = NewJob::now(app.clock.new_id(), JobName::Recover, job.dedup_key(), &job, now)?;
    jobs::enqueue(tx, &job, now).await?;
    let system = Scope::system(Actor::System("breaker".into()));
    let details = json!({"probes": closed.probes, "released": released});
    audit::record(app, tx, &system, "breaker.closed", closed.signal, details, now).await
}

/// Whether the signal can be measured on an ad that waits for it. Where none is left, nothing suffers from it any more.
async fn measures(app: &App, breaker: &Breaker) -> Result<bool, Error> {
    let Some(revision) = candidate(app, breaker).await? else { return Ok(true) };
    let Some(revision) = ads::revision(&app.db, revision).await? else { return Ok(true) };
    let (live, now) = (app.live.get(), app.clock.now());
    let facts = facts(&app.db, revision.advertiser, &revision.content, revision.domain.as_deref(), now).await?;
    let measured = measure(&revision.content, &facts.advertiser.external_id, &live.lists, now);
    let scorer = scorer(app, &live, &measured.language).await;
    // What was measured before is remembered: each try brings words that nobody has seen.
    let salt = app.clock.new_uuid().simple().to_string();
    let texts = scorer.texts(&measured).into_iter().map(|text| format!("{text} {salt}")).collect();
    let embeddings = scorer.embed(texts).await?;
    let producer = scorer.producer;
    let banks = scorer.banks(&live).await?;
    let signals = scorer.signals(&live, measured, embeddings, &banks);
    Ok(!signals.failed(producer).contains(&breaker.signal))
}

/// Another ad at each try, so that one which breaks the producer by itself does not hold the others for ever.
async fn candidate(app: &App, breaker: &Breaker) -> Result<Option<RevisionId>, Error> {
    let nth = |n: i64| u64::from(breaker.probes) % u64::try_from(n).unwrap_or(1).max(1);
    let signal: Producer = breaker.signal;
    let waiting = jobs::held(&app.db, signal).await?;
    if let Some(ScreenJob { revision, .. }) = jobs::held_payload(&app.db, signal, nth(waiting)).await? {
        return Ok(Some(revision));
    }
    let since = breaker.since.unwrap_or(Millis(0));
    let failures = breakers::failures(&app.db, signal, since).await?;
    Ok(breakers::failed_revision(&app.db, signal, since, nth(failures)).await?)
}
