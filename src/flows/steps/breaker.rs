//! The breaker's part in a screening: what it asks for, what keeps it from being stored, and what it adds to the counts.
//!
//! Called by `flows::screen` inside its commit, and by `flows::probe`. It must never let a failed screening through while
//! its signal's breaker is not closed.

use super::{audit, scoring::Scorer};
use crate::{
    domain::{
        audit::Actor,
        breaker::Breaker,
        role::Scope,
        screening::Screening,
        signal::{DetectedLanguage, Producer, Reading},
    },
    flows::{App, Error},
    screening::breaker,
    store::{Tx, breakers},
};
use serde_json::json;
use std::collections::BTreeSet;

/// The producers that an ad's screening asks: language detection wherever there is something to read, and the encoder
/// that reads it.
pub fn asked(language: &Reading<DetectedLanguage>, texts: &[String], scorer: &Scorer) -> BTreeSet<Producer> {
    let detector = (language.known().is_some() || language.has_failed()).then_some(Producer::Language);
    let encoder = (!texts.is_empty()).then_some(scorer.producer);
    detector.into_iter().chain(encoder).collect()
}

/// The first of these failed producers whose breaker keeps their screening from being stored.
pub async fn stops(tx: &Tx, failed: &BTreeSet<Producer>) -> Result<Option<Producer>, Error> {
    for signal in failed {
        if !breakers::breaker(tx, *signal).await?.is_closed() {
            return Ok(Some(*signal));
        }
    }
    Ok(None)
}

/// Counts a screening, remembers its failures, and opens the breakers of signals that fail widely; returns those.
pub async fn count(
    app: &App,
    tx: &Tx,
    screening: &Screening,
    asked: &BTreeSet<Producer>,
    failed: &BTreeSet<Producer>,
) -> Result<Vec<Breaker>, Error> {
    let (now, limits) = (screening.created_at, &app.settings.breaker);
    let mut opened = Vec::new();
    for signal in asked.union(failed).copied() {
        let has_failed = failed.contains(&signal);
        breakers::tally(tx, signal, app.sealer_token, has_failed, now).await?;
        if !has_failed {
            continue;
        }
        breakers::add_failure(tx, screening.id, signal, screening.revision, now).await?;
        let counts = breakers::counts(tx, signal, now.plus(-limits.window_ms)).await?;
        let breaker = breakers::breaker(tx, signal).await?;
        let Some(next) = breaker::opened(&breaker, counts, limits, now) else { continue };
        if breakers::advance(tx, &next).await? {
            let system = Scope::system(Actor::System("breaker".into()));
            let details = json!({"screenings": counts.screenings, "failed": counts.failed});
            audit::record(app, tx, &system, "breaker.opened", signal, details, now).await?;
            opened.push(next);
        }
    }
    Ok(opened)
}

/// Tells operators what a commit did to breakers.
pub fn tell(app: &App, moved: &[Breaker]) {
    for breaker in moved {
        let signal = breaker.signal.as_str();
        app.metrics.breaker_open.with_label_values(&[signal]).set(i64::from(!breaker.is_closed()));
        if breaker.is_closed() {
            tracing::info!(signal, probes = breaker.probes, "a signal is back; routing goes on");
        } else {
            let (screenings, failed) = (breaker.counts.screenings, breaker.counts.failed);
            tracing::error!(signal, screenings, failed, "a signal fails widely; ads that need it wait");
        }
    }
}
