//! A screening is run again, twice: from its stored signals and facts (equal to the bit on any machine), and from
//! recomputed signals (equal to the bit under the same engine, else compared by what it would change).
//!
//! Called by `adjudge replay`. It must never store anything.

use super::{App, Error, live, steps::scoring};
use crate::{
    domain::{
        FindingId, ScreeningId,
        screening::{Evaluation, Screening, Truth},
        signal::Signals,
        verdict::Conclusion,
    },
    screening::signals::measure,
    store::{ads, screenings},
};
use serde::Serialize;

/// What replaying found.
#[derive(Debug, Clone, Serialize)]
pub struct Replayed {
    /// The screening.
    pub screening: ScreeningId,
    /// Its stored conclusion.
    pub conclusion: Conclusion,
    /// Level 1: verdict, findings and trace from stored signals are equal to the bit.
    pub evaluation_equal: bool,
    /// Whether this process is the same engine as the one that measured.
    pub same_engine: bool,
    /// Level 2: recomputed signals are equal to the bit.
    pub signals_equal: bool,
    /// Greatest difference of any score; 0 when signals are equal.
    pub greatest_score_difference: f64,
    /// What recomputed signals conclude.
    pub recomputed_conclusion: Conclusion,
}

impl Replayed {
    /// Whether the screening is proved: level 1 always, and level 2 to the bit where the engine is the same.
    pub fn proved(&self) -> bool {
        self.evaluation_equal && (!self.same_engine || self.signals_equal)
    }
}

/// Replays a stored screening under the release that it ran with.
pub async fn replay(app: &App, id: ScreeningId) -> Result<Replayed, Error> {
    let stored = screenings::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let revision = ads::revision(&app.db, stored.revision).await?.ok_or(Error::NotFound)?;
    let live = live::load_release(&app.db, stored.release).await?;
    let evaluate = |signals: &Signals| {
        let mut ids = stored.evaluation.findings.iter().map(|f| f.id);
        live.compiled.evaluate(&revision.content, signals, &stored.facts, &mut || {
            ids.next().unwrap_or_else(|| app.clock.new_id::<FindingId>())
        })
    };
    let again = evaluate(&stored.signals);
    let measured =
        measure(&revision.content, &stored.facts.advertiser.external_id, &live.lists, stored.facts.evaluated_at);
    let signals = scoring::score(app, &live, measured).await?;
    let recomputed = evaluate(&signals);
    Ok(Replayed {
        screening: id,
        conclusion: stored.evaluation.verdict.conclusion,
        evaluation_equal: same_bits(&again, &as_kept_now(&stored.evaluation, again.rules))?,
        same_engine: signals.engine == stored.signals.engine,
        signals_equal: signals == stored.signals,
        greatest_score_difference: score_difference(&signals, &stored),
        recomputed_conclusion: recomputed.verdict.conclusion,
    })
}

/// A stored evaluation in the form that is kept now: the first ones listed the rules that ended false too, and did not
/// count rules.
fn as_kept_now(stored: &Evaluation, rules: u32) -> Evaluation {
    let mut kept = stored.clone();
    if kept.rules == 0 {
        kept.trace.retain(|t| t.truth != Truth::False);
        kept.rules = rules;
    }
    kept
}

/// Compares as stored bytes, so that "equal to the bit" means just that.
fn same_bits(a: &Evaluation, b: &Evaluation) -> Result<bool, Error> {
    let bytes = |e: &Evaluation| serde_json::to_vec(e).map_err(|e| Error::Internal(e.to_string()));
    Ok(bytes(a)? == bytes(b)?)
}

fn score_difference(signals: &Signals, stored: &Screening) -> f64 {
    let difference = |(code, reading): (&crate::domain::PolicyCode, _)| {
        let then: &crate::domain::signal::Reading<crate::domain::signal::PolicyScore> = reading;
        let now = signals.scores.get(code).and_then(|r| r.known()).map(|s| s.value);
        match (then.known().map(|s| s.value), now) {
            (Some(a), Some(b)) => (a - b).abs(),
            (None, None) => 0.0,
            _ => 1.0,
        }
    };
    stored.signals.scores.iter().map(difference).fold(0.0, f64::max)
}
