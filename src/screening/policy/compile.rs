//! Compiles a release's bundle, and evaluates it: ad, signals and facts to findings, trace and verdict.
//!
//! Compiled once per release by every process, and by the pack's check; evaluated by `flows::screen` and by replay.
//! A bundle that does not compile is refused whole, with everything that is wrong. Evaluation is a pure function; it
//! must never depend on the order of anything but the rules.
//!
//! A rule that cannot hold without a match of certain lists is not evaluated where none of them matched: see `index`.

use super::{
    check::{Names, check},
    environment::{Environment, Symbols},
    eval,
    explain::{Explained, explain},
    index::Index,
    problem::{Complaint, Problem},
    rests,
    tree::{Argument, Kind, Node, Span},
};
use crate::{
    domain::{
        Shared,
        ad::AdContent,
        digest::Digest,
        finding::{Effect, Finding},
        id::FindingId,
        policy::{Policy, PolicyCode, Rule, RuleState, STARTER_CODES},
        release::Bundle,
        screening::{Evaluation, Facts, RuleTrace, Truth},
        signal::Signals,
        verdict,
    },
    screening::signals::CompiledLists,
};
use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Most rules of a release.
const MOST_RULES: usize = 10_000;
/// Rules that hold on one ad, usually no more.
const USUAL: usize = 16;
/// Most advertisers that one rule snoozes.
const MOST_SNOOZES: usize = 1_000;

/// A release, ready to conclude.
pub struct CompiledRelease {
    /// What it was compiled from.
    pub bundle: Bundle,
    /// Its lists, for the signals.
    pub lists: Arc<CompiledLists>,
    /// Heads that live and shadow rules read: the ones worth computing. Sorted.
    pub heads_wanted: Vec<PolicyCode>,
    /// Lists of examples that live and shadow rules compare with: the ones worth measuring. Sorted.
    pub banks_wanted: Vec<String>,
    rules: Vec<CompiledRule>,
    index: Index,
    symbols: Symbols,
}

impl std::fmt::Debug for CompiledRelease {
    /// Counts alone: rules and automata are long.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CompiledRelease({} rules, {} lists)", self.rules.len(), self.bundle.lists.len())
    }
}

#[derive(Debug)]
struct CompiledRule {
    /// Its place in the bundle.
    rule: usize,
    /// Its name, as traces and findings hold it.
    name: Shared,
    /// Its policy's place in the bundle.
    policy: usize,
    condition: Node,
}

impl CompiledRelease {
    /// Compiles a bundle, or says everything that is wrong with it.
    pub fn compile(bundle: &Bundle) -> Result<Self, Vec<Problem>> {
        if bundle.rules.len() > MOST_RULES {
            let message = format!("a release has at most {MOST_RULES} rules, and this has {}", bundle.rules.len());
            return Err(vec![outside("rules", message)]);
        }
        let mut problems = bundle_problems(bundle);
        let names = names(bundle);
        let mut rules = Vec::with_capacity(bundle.rules.len());
        for (index, rule) in bundle.rules.iter().enumerate() {
            match compile_rule(bundle, &names, index, rule) {
                Ok(compiled) => rules.push(compiled),
                Err(complaints) => {
                    problems.extend(complaints.iter().map(|c| c.in_text("", Some(&rule.name), &rule.when)));
                }
            }
        }
        let lists = match CompiledLists::compile(&bundle.lists) {
            Ok(lists) if problems.is_empty() => lists,
            Ok(_) => return Err(problems),
            Err(bad) => {
                let message = format!("entry `{}`: {}", bad.entry, bad.reason);
                problems.push(outside(&format!("list {}", bad.list), message));
                return Err(problems);
            }
        };
        rules.retain(|r| bundle.rules[r.rule].state != RuleState::Draft);
        let heads_wanted = heads(&rules).into_iter().collect();
        let banks_wanted = banks(&rules).into_iter().collect();
        let symbols = Symbols::new(&names, &bundle.thresholds, bundle.second.as_ref());
        let index = Index::new(rules.iter().map(|r| &r.condition), symbols.lists(), symbols.heads());
        let lists = Arc::new(lists);
        Ok(Self { bundle: bundle.clone(), lists, heads_wanted, banks_wanted, rules, index, symbols })
    }

    /// Concludes. `new_finding_id` is called once for every finding; all else follows from the arguments alone.
    pub fn evaluate(
        &self,
        content: &AdContent,
        signals: &Signals,
        facts: &Facts,
        new_finding_id: &mut dyn FnMut() -> FindingId,
    ) -> Evaluation {
        let environment = Environment::new(content, signals, facts, &self.symbols);
        let revision = OnceCell::new();
        let mut trace = Vec::with_capacity(USUAL);
        let mut findings: Vec<Finding> = Vec::with_capacity(USUAL);
        let mut unknown: Vec<&CompiledRule> = Vec::new();
        for at in self.index.candidates(&environment) {
            let compiled = &self.rules[at];
            let rule = &self.bundle.rules[compiled.rule];
            let truth = eval::truth(&compiled.condition, &rule.when, &environment);
            if truth == Truth::False || !acts_on(rule, content, facts, &revision) {
                continue;
            }
            let (shadow, snoozed) = (rule.state == RuleState::Shadow, is_snoozed(rule, facts));
            trace.push(RuleTrace { rule: compiled.name.clone(), truth, shadow, snoozed });
            match truth {
                _ if shadow || snoozed => {}
                Truth::True => findings.push(self.finding(compiled, &environment, new_finding_id)),
                _ => unknown.push(compiled),
            }
        }
        self.add_undecided(&mut findings, &unknown, &environment, new_finding_id);
        let certificates = facts.advertiser.facts.certificates.as_deref().unwrap_or_default();
        let verdict = verdict::conclude(&findings, &content.targeting, certificates);
        Evaluation { findings, trace, rules: self.rules.len() as u32, verdict }
    }

    /// Why a rule came out as it did: its condition as a tree with the value of every part. `None` for a rule that this
    /// release does not evaluate.
    pub fn explain(&self, rule: &str, content: &AdContent, signals: &Signals, facts: &Facts) -> Option<Explained> {
        let compiled = self.rules.iter().find(|r| self.bundle.rules[r.rule].name == rule)?;
        let environment = Environment::new(content, signals, facts, &self.symbols);
        Some(explain(&compiled.condition, &self.bundle.rules[compiled.rule].when, &environment))
    }

    /// The policies of the findings that this release knows, worst severity first.
    pub fn policies_of<'r>(&'r self, findings: &[Finding]) -> Vec<&'r Policy> {
        let codes: BTreeSet<&PolicyCode> =
            findings.iter().filter(|f| f.effect > Effect::Descriptive).map(|f| &f.policy).collect();
        let mut policies: Vec<&Policy> = codes.into_iter().filter_map(|code| self.bundle.policy(code)).collect();
        policies.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.code.cmp(&b.code)));
        policies
    }

    fn finding<'e>(
        &'e self,
        compiled: &'e CompiledRule,
        environment: &'e Environment<'e>,
        new_finding_id: &mut dyn FnMut() -> FindingId,
    ) -> Finding {
        let rule = &self.bundle.rules[compiled.rule];
        let (truth, evidence) = eval::truth_with_evidence(&compiled.condition, &rule.when, environment);
        let undecided = truth == Truth::Unknown;
        Finding {
            id: new_finding_id(),
            policy: rule.policy.clone(),
            clause_version: self.bundle.policies[compiled.policy].clause_version,
            rule: Some(compiled.name.clone()),
            // Whatever the policy's on_unavailable says of the time until then, a person looks.
            effect: if undecided { Effect::Review } else { rule.effect },
            evidence,
            constraints: if undecided { Vec::new() } else { rule.constraints.clone() },
            undecided,
        }
    }

    /// At most one undecided finding a policy, and none where the policy already stops the ad or asks a person: it
    /// would add a line to read and change nothing. Rules whose effect is descriptive decide nothing, so they leave none.
    fn add_undecided<'e>(
        &'e self,
        findings: &mut Vec<Finding>,
        unknown: &[&'e CompiledRule],
        environment: &'e Environment<'e>,
        new_finding_id: &mut dyn FnMut() -> FindingId,
    ) {
        for compiled in unknown {
            let rule = &self.bundle.rules[compiled.rule];
            let asked_already = findings.iter().any(|f| f.policy == rule.policy && f.effect >= Effect::Review);
            if rule.effect > Effect::Descriptive && !asked_already {
                findings.push(self.finding(compiled, environment, new_finding_id));
            }
        }
    }
}

/// Whether a rule acts on this revision now: not expired, and the revision is in its share. A revision is drawn by the
/// digest of its content, which is made at most once an evaluation.
fn acts_on(rule: &Rule, content: &AdContent, facts: &Facts, revision: &OnceCell<Option<Digest>>) -> bool {
    if rule.until.is_some_and(|until| facts.evaluated_at >= until) {
        return false;
    }
    let Some(percent) = rule.percent else { return true };
    // A content without a digest cannot be drawn: the rule acts, which is the strict side.
    let Some(digest) = revision.get_or_init(|| content.digest().ok()) else { return true };
    let drawn = Digest::of([rule.name.as_bytes(), &digest.0].concat().as_slice());
    let place = drawn.0.iter().take(8).fold(0u64, |place, byte| place << 8 | u64::from(*byte));
    (place as f64 / u64::MAX as f64) * 100.0 < percent
}

fn is_snoozed(rule: &Rule, facts: &Facts) -> bool {
    rule.snoozes.iter().any(|s| s.advertiser == facts.advertiser.external_id && facts.evaluated_at < s.until)
}

/// Names that the bundle's rules may use.
pub fn names(bundle: &Bundle) -> Names {
    let own = bundle.policies.iter().map(|p| p.code.to_string());
    let second = bundle.second.iter().flat_map(|second| second.thresholds.keys());
    let scored = bundle.thresholds.keys().chain(second).map(ToString::to_string);
    Names {
        heads: own.chain(scored).chain(STARTER_CODES.iter().map(ToString::to_string)).collect(),
        lists: bundle.lists.iter().map(|l| (l.name.clone(), l.kind)).collect(),
    }
}

fn compile_rule(bundle: &Bundle, names: &Names, index: usize, rule: &Rule) -> Result<CompiledRule, Vec<Complaint>> {
    let whole = super::parse::whole(&rule.when);
    let mut complaints = rule_complaints(rule, whole);
    let policy = bundle.policies.iter().position(|p| p.code == rule.policy);
    if policy.is_none() {
        let complaint = Complaint::new(whole, format!("the rule's policy `{}` is not in the release", rule.policy));
        complaints.push(complaint.likely(rule.policy.as_str(), bundle.policies.iter().map(|p| p.code.as_str())));
    }
    match (check(&rule.when, names), policy) {
        (Ok(condition), Some(policy)) => {
            let topic = bundle.policies[policy].no_score_alone;
            let why = match rule.effect {
                Effect::Prohibited => "a score alone may not prohibit",
                Effect::Limited if topic => "on this topic a score alone may not limit",
                _ => "",
            };
            if !why.is_empty()
                && let Some(span) = rests::on_scores_alone(&condition)
            {
                complaints.push(Complaint::new(
                    span,
                    format!("{why}: add a list, text or fact with &&, or use effect = \"review\""),
                ));
            }
            if complaints.is_empty() {
                Ok(CompiledRule { rule: index, name: rule.name.as_str().into(), policy, condition })
            } else {
                Err(complaints)
            }
        }
        (Ok(_), None) => Err(complaints),
        (Err(more), _) => {
            complaints.extend(more);
            Err(complaints)
        }
    }
}

/// What is wrong with a rule besides its condition.
fn rule_complaints(rule: &Rule, whole: Span) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let prefix = format!("{}/", rule.policy);
    if !rule.name.strip_prefix(&prefix).is_some_and(|name| !name.is_empty() && name.len() <= 60) {
        complaints.push(Complaint::new(whole, format!("the rule's name `{}` must be `{prefix}<name>`", rule.name)));
    }
    match (rule.effect, rule.constraints.is_empty()) {
        (Effect::Limited, true) => {
            complaints.push(Complaint::new(whole, "a rule that limits needs constraints: what is it limited to?"));
        }
        (Effect::Limited, false) | (_, true) => {}
        (_, false) => complaints.push(Complaint::new(whole, "only a rule with effect = \"limited\" has constraints")),
    }
    if rule.percent.is_some_and(|percent| !(percent > 0.0 && percent < 100.0)) {
        complaints.push(Complaint::new(whole, "`percent` is above 0 and below 100; leave it out for all revisions"));
    }
    if rule.snoozes.len() > MOST_SNOOZES {
        complaints.push(Complaint::new(
            whole,
            format!("a rule snoozes at most {MOST_SNOOZES} advertisers; use a list of advertisers and advertiser_in"),
        ));
    }
    complaints
}

/// What is wrong with a bundle besides its rules.
fn bundle_problems(bundle: &Bundle) -> Vec<Problem> {
    let mut problems = Vec::new();
    let policies = bundle.policies.iter().map(|p| ("policy", p.code.as_str()));
    let rules = bundle.rules.iter().map(|r| ("rule", r.name.as_str()));
    let lists = bundle.lists.iter().map(|l| ("list", l.name.as_str()));
    let mut seen = BTreeSet::new();
    for (what, name) in policies.chain(rules).chain(lists) {
        if !seen.insert((what, name)) {
            problems
                .push(outside(&format!("{what} {name}"), format!("there are two: every {what} needs its own name")));
        }
    }
    let shares = [("blind_share", bundle.sampling.blind_share), ("overlap_share", bundle.sampling.overlap_share)];
    let second = bundle.second.iter().flat_map(|second| &second.thresholds);
    let thresholds = bundle.thresholds.iter().chain(second).map(|(head, t)| (head.as_str(), *t));
    for (name, value) in shares.into_iter().chain(thresholds) {
        if !(0.0..=1.0).contains(&value) {
            problems.push(outside(name, format!("{value} is not between 0 and 1")));
        }
    }
    problems
}

/// A problem that no rule's source shows.
fn outside(inside: &str, message: String) -> Problem {
    let complaint = Complaint { span: Span::default(), message, suggestion: None };
    complaint.in_text("", Some(inside), "")
}

fn heads(rules: &[CompiledRule]) -> BTreeSet<PolicyCode> {
    let mut heads = BTreeSet::new();
    for rule in rules {
        rule.condition.arguments(&mut |argument| {
            if let Argument::Head(head, _) = argument {
                heads.insert(head.clone());
            }
        });
    }
    heads
}

/// Lists of examples that rules compare with.
fn banks(rules: &[CompiledRule]) -> BTreeSet<String> {
    let mut banks = BTreeSet::new();
    for rule in rules {
        rule.condition.walk(&mut |node| {
            if let Kind::Call(function, arguments) = &node.kind
                && function.name == "similar_to"
            {
                banks.extend(arguments.iter().filter_map(|a| match a {
                    Argument::List(list, _) => Some(list.clone()),
                    _ => None,
                }));
            }
        });
    }
    banks
}

/// Which rules use each list, for the list's page and the pack's check: list to rule names.
pub fn list_uses(bundle: &Bundle) -> BTreeMap<String, Vec<String>> {
    let names = names(bundle);
    let mut uses: BTreeMap<String, Vec<String>> = bundle.lists.iter().map(|l| (l.name.clone(), Vec::new())).collect();
    for rule in &bundle.rules {
        let Ok(condition) = check(&rule.when, &names) else { continue };
        condition.arguments(&mut |argument| {
            if let Argument::List(list, _) = argument
                && let Some(users) = uses.get_mut(list)
                && users.last() != Some(&rule.name)
            {
                users.push(rule.name.clone());
            }
        });
    }
    uses
}
