//! Findings as cards: numbered, with their evidence in words, the undecided ones grouped by what is missing.
//!
//! Called by the task page. It must never show findings of a blind task: it is handed none.

use super::{
    editor_page::{Part, parts},
    text::{self, Tone, score, words},
    typed::Typed,
};
use crate::{
    domain::{
        FindingId,
        finding::{Evidence, Finding},
        review::Answer,
    },
    flows::why::ExplainedRule,
    store::views::console::task::TaskView,
};

/// One finding.
#[derive(Debug)]
pub struct FindingCard {
    pub(crate) number: usize,
    pub(crate) id: FindingId,
    pub(crate) title: String,
    pub(crate) effect: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) severity: String,
    pub(crate) terms: Vec<Term>,
    pub(crate) scores: Vec<ScoreBar>,
    pub(crate) facts: Vec<Known>,
    pub(crate) constraints: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) clause: String,
    pub(crate) clause_version: u32,
    pub(crate) rule_note: String,
    /// The rule's condition with the value of every part; empty where nothing explains it.
    pub(crate) why: Vec<Part>,
    pub(crate) confirmed: bool,
    pub(crate) dismissed: bool,
}

/// Words that a list found.
#[derive(Debug)]
pub struct Term {
    pub(crate) term: String,
    pub(crate) field: String,
    pub(crate) list: String,
    pub(crate) disguised: bool,
}

/// A score with its threshold; widths in units of the bar's 120.
#[derive(Debug)]
pub struct ScoreBar {
    pub(crate) value: String,
    pub(crate) threshold: String,
    pub(crate) width: String,
    pub(crate) tick: String,
    pub(crate) over: bool,
    pub(crate) head: String,
    pub(crate) field: String,
}

/// A fact that the rule read.
#[derive(Debug)]
pub struct Known {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Findings that could not be decided for one cause.
#[derive(Debug)]
pub struct Undecided {
    pub(crate) cause: String,
    pub(crate) findings: Vec<FindingCard>,
}

impl FindingCard {
    /// Whether anything stands between the head and the clause.
    pub(crate) fn has_evidence(&self) -> bool {
        !(self.terms.is_empty()
            && self.scores.is_empty()
            && self.facts.is_empty()
            && self.constraints.is_empty()
            && self.notes.is_empty())
    }
}

/// Findings in the order in which the page numbers them: measured ones first, then by what is missing.
pub(crate) fn in_order(shown: &[Finding]) -> Vec<&Finding> {
    let mut ordered: Vec<&Finding> = shown.iter().collect();
    ordered.sort_by_cached_key(|f| if f.undecided { (true, causes(f)) } else { (false, String::new()) });
    ordered
}

/// Cards for measured findings, then groups of undecided ones; numbers run through both.
pub(crate) fn cards(
    view: &TaskView,
    shown: &[Finding],
    typed: &Typed,
    why: &[ExplainedRule],
) -> (Vec<FindingCard>, Vec<Undecided>) {
    let (mut measured, mut undecided) = (Vec::new(), Vec::<Undecided>::new());
    for (index, finding) in in_order(shown).into_iter().enumerate() {
        let mut card = card(view, finding, index + 1, typed);
        if let Some(rule) = why.iter().find(|w| finding.rule.as_deref() == Some(w.rule.as_str())) {
            parts(&rule.condition, 0, &mut card.why);
        }
        if !finding.undecided {
            measured.push(card);
            continue;
        }
        let cause = causes(finding);
        match undecided.last_mut().filter(|group| group.cause == cause) {
            Some(group) => group.findings.push(card),
            None => undecided.push(Undecided { cause, findings: vec![card] }),
        }
    }
    (measured, undecided)
}

fn causes(finding: &Finding) -> String {
    let mut said: Vec<&str> = Vec::new();
    for evidence in &finding.evidence {
        if let Evidence::Unavailable { cause, .. } = evidence {
            let cause = text::cause(*cause);
            if !said.contains(&cause) {
                said.push(cause);
            }
        }
    }
    if said.is_empty() { "a fact is unknown".to_owned() } else { said.join(", ") }
}

fn card(view: &TaskView, finding: &Finding, number: usize, typed: &Typed) -> FindingCard {
    let policy = view.policies.iter().find(|p| p.code == finding.policy);
    let rule = finding.rule.as_deref().and_then(|name| view.rules.iter().find(|r| r.name == name));
    let answer = typed.answers.get(&finding.id);
    let mut card = FindingCard {
        number,
        id: finding.id,
        title: policy.map_or_else(|| words(&finding.policy), |p| p.title.clone()),
        effect: text::effect(finding.effect),
        tone: finding.effect.tone(),
        severity: policy.map(|p| words(p.severity)).unwrap_or_default(),
        terms: vec![],
        scores: vec![],
        facts: vec![],
        constraints: finding.constraints.iter().map(text::constraint).collect(),
        notes: vec![],
        clause: policy.map(|p| p.clause.trim().to_owned()).unwrap_or_default(),
        clause_version: finding.clause_version,
        rule_note: rule.map(|r| r.note.clone()).unwrap_or_default(),
        why: vec![],
        confirmed: answer == Some(&Answer::Confirmed),
        dismissed: answer == Some(&Answer::Dismissed),
    };
    for evidence in &finding.evidence {
        add(&mut card, evidence, finding.undecided);
    }
    card
}

fn add(card: &mut FindingCard, evidence: &Evidence, undecided: bool) {
    match evidence {
        Evidence::Span { field, list, term, disguised, .. } => {
            // The same word found twice in a field is one line; the preview marks both.
            let line = Term {
                term: term.to_string(),
                field: words(field).to_lowercase(),
                list: list.to_string(),
                disguised: *disguised,
            };
            let same = |t: &Term| t.term == line.term && t.field == line.field && t.disguised == line.disguised;
            if !card.terms.iter().any(same) {
                card.terms.push(line);
            }
        }
        Evidence::Score { head, value, threshold, field } => card.scores.push(ScoreBar {
            value: score(*value),
            threshold: score(*threshold),
            width: format!("{:.1}", value.clamp(0.0, 1.0) * 120.0),
            tick: format!("{:.1}", threshold.clamp(0.0, 1.0) * 120.0),
            over: value >= threshold,
            head: words(head),
            field: match field {
                crate::domain::ad::TextField::Joined => "whole text".to_owned(),
                field => words(field).to_lowercase(),
            },
        }),
        Evidence::Fact { name, value } if !undecided => card.facts.push(Known {
            name: name.clone(),
            value: if value.is_empty() { "not given".to_owned() } else { value.clone() },
        }),
        // What an undecided rule could read says less than what it could not; the group's heading says that.
        Evidence::Fact { .. } => {}
        Evidence::Note { text } => card.notes.push(text.clone()),
        // The group's heading says it once for all.
        Evidence::Unavailable { .. } => {}
    }
}
