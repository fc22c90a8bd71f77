//! A draft's rules are tried on stored screenings: their signals and facts of that time, the draft's rules and lists.
//!
//! Called by the rule editor as one types. Scores are those measured then; words are looked for again, since the draft's
//! lists may be others. It must never store anything.

use crate::{
    domain::{
        AdId, Effect, Evidence, FindingId, PolicyCode, ScreeningId,
        draft::PackTexts,
        policy::RuleState,
        role::Scope,
        screening::{Screening, Truth},
        verdict::Conclusion,
    },
    flows::{App, Error, steps::pack},
    screening::{
        policy::{CompiledRelease, Explained, Problem},
        signals::measure,
    },
    store::{ads, ads::StoredRevision, releases::StoredModel, screenings},
};
use uuid::Uuid;

/// Most screenings tried at once.
pub const MOST_TRIED: usize = 50;

/// What a policy's rules make of one stored screening.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The screening.
    pub screening: ScreeningId,
    /// Its ad.
    pub ad: AdId,
    /// The ad's headline, or its body.
    pub headline: String,
    /// What was concluded then, by all policies of that release.
    pub then: Conclusion,
    /// What the draft concludes, by all its policies.
    pub now: Conclusion,
    /// The policy's rules in order.
    pub rules: Vec<TriedRule>,
}

/// One rule tried.
#[derive(Debug, Clone)]
pub struct TriedRule {
    /// Its name, `<policy>/<rule>`.
    pub name: String,
    /// What it does where it holds.
    pub effect: Effect,
    /// How it came out.
    pub truth: Truth,
    /// What that rests on, where it made a finding.
    pub evidence: Vec<Evidence>,
    /// Its condition as a tree with the value of every part; for a rule that was asked for by name, or that speaks.
    pub explained: Option<Explained>,
}

/// Tries the rules of one policy in these files on stored screenings; `rule` is the one that is explained even where it
/// finds nothing, and may be empty. Rules in every state are evaluated as if live:
/// one who writes a draft rule wants to see it. The inner error is what is wrong with the files.
///
/// # Errors
/// When the store fails. Screenings outside the scope are left out.
pub async fn try_files(
    app: &App,
    scope: &Scope,
    files: PackTexts,
    model: Option<StoredModel>,
    (policy, rule): (PolicyCode, String),
    chosen: &[ScreeningId],
) -> Result<Result<Vec<Tried>, Vec<Problem>>, Error> {
    let mut stored = Vec::new();
    for id in chosen.iter().take(MOST_TRIED) {
        let Some(screening) = screenings::get(&app.db, *id).await? else { continue };
        let Some(revision) = ads::revision(&app.db, screening.revision).await? else { continue };
        let Some(ad) = ads::ad(&app.db, revision.ad).await? else { continue };
        if scope.submitter.is_none_or(|own| own == ad.submitter) {
            stored.push((screening, revision));
        }
    }
    let work = move || {
        let (_, mut bundle) = pack::read(&files, model.as_ref())?;
        for rule in bundle.rules.iter_mut().filter(|r| r.policy == policy) {
            rule.state = RuleState::Live;
        }
        let compiled = CompiledRelease::compile(&bundle)?;
        Ok(stored.iter().map(|(screening, revision)| attempt(&compiled, &policy, &rule, screening, revision)).collect())
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))
}

fn attempt(
    release: &CompiledRelease,
    policy: &PolicyCode,
    asked: &str,
    screening: &Screening,
    revision: &StoredRevision,
) -> Tried {
    let content = &revision.content;
    let mut signals = screening.signals.clone();
    signals.matches =
        measure(content, &screening.facts.advertiser.external_id, &release.lists, screening.facts.evaluated_at).matches;
    let mut next = 0;
    let evaluation = release.evaluate(content, &signals, &screening.facts, &mut || {
        next += 1;
        FindingId(Uuid::from_u128(next))
    });
    let rules = release.bundle.rules.iter().filter(|r| &r.policy == policy).map(|rule| {
        let truth = evaluation.trace.iter().find(|t| t.rule == rule.name).map_or(Truth::False, |t| t.truth);
        let found = evaluation.findings.iter().find(|f| f.rule.as_deref() == Some(rule.name.as_str()));
        let evidence = found.map(|f| f.evidence.clone()).unwrap_or_default();
        let wanted = truth != Truth::False || rule.name.rsplit('/').next() == Some(asked);
        let explain = || release.explain(&rule.name, content, &signals, &screening.facts);
        let explained = if wanted { explain() } else { None };
        TriedRule { name: rule.name.clone(), effect: rule.effect, truth, evidence, explained }
    });
    let creative = &content.creative;
    Tried {
        screening: screening.id,
        ad: revision.ad,
        headline: if creative.headline.is_empty() { creative.body.clone() } else { creative.headline.clone() },
        then: screening.evaluation.verdict.conclusion,
        now: evaluation.verdict.conclusion,
        rules: rules.collect(),
    }
}
