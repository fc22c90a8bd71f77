//! Backtests: a bundle over stored screenings, with the signals and the facts of their time.
//!
//! Called by `flows::backtest`, which reads the screenings and hands them in. Scores, languages and facts are what was
//! stored; nothing is measured again, except that entries of lists which the bundle changes are looked for in the stored
//! texts, as the bundle would have found them. What the bundle needs and nobody stored makes a screening not evaluable:
//! it must never count as approved, nor as anything else.

mod report;
mod stored;
mod tally;

pub use tally::Tally;

use stored::StoredSignals;

use super::{
    policy::{CompiledRelease, Problem},
    signals::{CompiledLists, list_matches},
};
use crate::domain::{
    AdContent, Effect, Evidence,
    id::{AdId, AdvertiserId, FindingId, ReleaseId, ScreeningId},
    policy::{List, PolicyCode},
    release::Bundle,
    screening::{Facts, Truth},
    signal::Cause,
    time::Millis,
    verdict::Conclusion,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};
use uuid::Uuid;

/// A stored screening, its documents still as text: they are read by the threads that evaluate them.
#[derive(Debug, Clone)]
pub struct StoredRow {
    /// Its id.
    pub screening: ScreeningId,
    /// Its ad.
    pub ad: AdId,
    /// Whose ad.
    pub advertiser: AdvertiserId,
    /// The release that concluded.
    pub release: ReleaseId,
    /// What it concluded.
    pub conclusion: Conclusion,
    /// When.
    pub at: Millis,
    /// JSON of the content.
    pub content: String,
    /// JSON of the signals.
    pub signals: String,
    /// JSON of the facts.
    pub facts: String,
    /// JSON of the evaluation.
    pub evaluation: String,
}

/// What people said about a screening's revision.
#[derive(Debug, Clone, Default)]
pub struct Human {
    /// Their decision, with the probability that the revision was chosen for one.
    pub decided: Option<(Conclusion, f64)>,
    /// Labels: the policy, whether it is broken, and the probability of being asked.
    pub labels: Vec<(PolicyCode, bool, f64)>,
}

/// One screening, concluded again.
#[derive(Debug)]
pub struct Judged {
    /// As concluded.
    pub then: Conclusion,
    /// Policies found then, with an effect that asks for something.
    pub found_then: BTreeSet<PolicyCode>,
    /// What the bundle makes of it; the error names what was not stored.
    pub draft: Result<Drafted, BTreeSet<String>>,
}

/// What the bundle makes of a screening.
#[derive(Debug)]
pub struct Drafted {
    /// The conclusion.
    pub conclusion: Conclusion,
    /// Policies found, with an effect that asks for something.
    pub found: BTreeSet<PolicyCode>,
    /// Rules that hold.
    pub holds: Vec<String>,
    /// Rules that are unknown.
    pub unknown: Vec<String>,
}

/// A bundle, ready to be run over stored screenings.
pub struct Backtest {
    release: CompiledRelease,
    /// Heads that the bundle's model has.
    heads: BTreeSet<PolicyCode>,
    /// By release that concluded: lists of the bundle that it did not have just so.
    changed: HashMap<ReleaseId, Arc<ChangedLists>>,
    /// For releases that are not known any more: all lists.
    all: Arc<ChangedLists>,
}

struct ChangedLists {
    names: BTreeSet<String>,
    compiled: CompiledLists,
}

impl ChangedLists {
    fn of(lists: Vec<List>) -> Result<Self, Vec<Problem>> {
        let names = lists.iter().map(|l| l.name.clone()).collect();
        // Lists of a bundle that compiled compile alone too.
        let compiled = CompiledLists::compile(&lists).map_err(|_| vec![])?;
        Ok(Self { names, compiled })
    }
}

impl Backtest {
    /// Compiles a bundle against the releases whose screenings it is run over.
    ///
    /// # Errors
    /// What is wrong with the bundle.
    pub fn new(bundle: &Bundle, releases: &BTreeMap<ReleaseId, Bundle>) -> Result<Self, Vec<Problem>> {
        let release = CompiledRelease::compile(bundle)?;
        // Releases with equal lists share what is looked for again: a compiled automaton can be large.
        let mut by_names: HashMap<BTreeSet<String>, Arc<ChangedLists>> = HashMap::new();
        let mut changed = HashMap::new();
        for (id, then) in releases {
            let same = |list: &&List| !then.lists.iter().any(|l| l == *list);
            let lists: Vec<List> = bundle.lists.iter().filter(same).cloned().collect();
            let names: BTreeSet<String> = lists.iter().map(|l| l.name.clone()).collect();
            let kept = match by_names.get(&names) {
                Some(kept) => Arc::clone(kept),
                None => {
                    let kept = Arc::new(ChangedLists::of(lists)?);
                    by_names.insert(names, Arc::clone(&kept));
                    kept
                }
            };
            changed.insert(*id, kept);
        }
        let all = Arc::new(ChangedLists::of(bundle.lists.clone())?);
        Ok(Self { release, heads: bundle.thresholds.keys().cloned().collect(), changed, all })
    }

    /// Lists that are looked for again somewhere.
    pub fn searched_again(&self) -> Vec<String> {
        let names: BTreeSet<&String> = self.changed.values().flat_map(|c| &c.names).collect();
        names.into_iter().cloned().collect()
    }

    /// Concludes one screening again.
    ///
    /// # Errors
    /// When a stored document does not parse.
    pub fn judge(&self, row: &StoredRow) -> Result<Judged, serde_json::Error> {
        let then: Then = serde_json::from_str(&row.evaluation)?;
        let content: AdContent = serde_json::from_str(&row.content)?;
        let stored: StoredSignals<'_> = serde_json::from_str(&row.signals)?;
        let facts: Facts = serde_json::from_str(&row.facts)?;
        let changed = self.changed.get(&row.release).unwrap_or(&self.all);
        let (anew, advertiser) = (!changed.names.is_empty(), facts.advertiser.external_id.as_str());
        // Most ads have no entry of a changed list, which the stored texts tell as they are.
        let none = anew && stored.rule_out(&changed.compiled, &content, advertiser);
        let mut signals = stored.into_signals(&self.release.heads_wanted);
        if anew {
            signals.matches.retain(|m| !changed.names.contains(m.list.as_str()));
            // Likeness was measured to the examples of then.
            signals.similarities.retain(|list, _| !changed.names.contains(list));
        }
        if anew && !none {
            signals.matches.extend(list_matches(&content, advertiser, &changed.compiled, facts.evaluated_at));
        }
        let evaluation = self.release.evaluate(&content, &signals, &facts, &mut || FindingId(Uuid::nil()));
        let missing: BTreeSet<String> = evaluation
            .findings
            .iter()
            .filter(|f| f.undecided)
            .flat_map(|f| &f.evidence)
            .filter_map(|e| self.not_stored(e))
            .collect();
        let draft = if missing.is_empty() {
            let named = |truth: Truth| -> Vec<String> {
                evaluation.trace.iter().filter(|t| t.truth == truth).map(|t| t.rule.to_string()).collect()
            };
            let asks = evaluation.findings.iter().filter(|f| f.effect > Effect::Descriptive);
            Ok(Drafted {
                conclusion: evaluation.verdict.conclusion,
                found: asks.map(|f| f.policy.clone()).collect(),
                holds: named(Truth::True),
                unknown: named(Truth::Unknown),
            })
        } else {
            Err(missing)
        };
        let asked = then.findings.into_iter().filter(|f| f.effect > Effect::Descriptive);
        Ok(Judged { then: row.conclusion, found_then: asked.map(|f| f.policy).collect(), draft })
    }

    /// The signal or fact, if it is missing only because nobody stored it then.
    fn not_stored(&self, evidence: &Evidence) -> Option<String> {
        let Evidence::Unavailable { signal, cause } = evidence else { return None };
        // A head that the model of then lacked and the bundle's has: the score was not measured either.
        let head = || signal.split_once('(').and_then(|(_, argument)| argument.trim_end_matches(')').parse().ok());
        let missed = match cause {
            Cause::NotStored => true,
            Cause::NoModel => head().is_some_and(|head: PolicyCode| self.heads.contains(&head)),
            _ => false,
        };
        missed.then(|| signal.clone())
    }
}

/// What is read of a stored evaluation.
#[derive(Deserialize)]
struct Then {
    findings: Vec<ThenFinding>,
}

#[derive(Deserialize)]
struct ThenFinding {
    policy: PolicyCode,
    effect: Effect,
}

#[cfg(test)]
mod tests;
