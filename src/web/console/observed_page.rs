//! A submitter's own decisions beside ours, as a page: counts by policy with intervals, and where the two differ.
//!
//! Called by `observed`. It must never show a share without what it was counted on.

use super::{
    observed::DAYS,
    page::Shell,
    text::{self, Tone as _, When, percent, words},
};
use crate::domain::{
    AdId, PolicyCode, SubmitterId,
    external::{Compared, Confusion, ExternalOutcome, tally},
    metrics::Estimate,
    verdict::Conclusion,
};
use askama::Template;
use std::collections::BTreeSet;

/// Disagreements that are shown.
const SHOWN: usize = 100;

/// `templates/observed.html`.
#[derive(Debug, Template)]
#[template(path = "observed.html")]
pub struct ObservedPage {
    shell: Shell,
    days: i64,
    submitters: Vec<Choice>,
    compared: u64,
    waiting: u64,
    rows: Vec<Row>,
    differing: usize,
    disagreements: Vec<Difference>,
}

#[derive(Debug)]
struct Choice {
    id: SubmitterId,
    name: String,
    selected: bool,
}

#[derive(Debug)]
struct Row {
    what: String,
    counts: Confusion,
    agreement: String,
    confirmed: String,
    found: String,
}

#[derive(Debug)]
struct Difference {
    ad: AdId,
    name: String,
    theirs: &'static str,
    their_tone: &'static str,
    their_policies: String,
    ours: &'static str,
    our_tone: &'static str,
    our_policies: String,
    at: When,
}

impl ObservedPage {
    /// Builds the page.
    pub(crate) fn of(
        shell: Shell,
        submitters: &[(SubmitterId, String)],
        chosen: Option<SubmitterId>,
        decisions: &[Compared],
    ) -> Self {
        let tally = tally(decisions.iter());
        let mut rows = vec![row("Any restriction".to_owned(), tally.restricted)];
        rows.extend(tally.policies.iter().map(|(policy, counts)| row(words(policy), *counts)));
        let differing: Vec<&Compared> = decisions.iter().filter(|c| c.differs()).collect();
        Self {
            days: DAYS,
            submitters: submitters
                .iter()
                .map(|(id, name)| Choice { id: *id, name: name.clone(), selected: Some(*id) == chosen })
                .collect(),
            compared: tally.compared,
            waiting: tally.waiting,
            rows,
            differing: differing.len(),
            disagreements: differing.into_iter().take(SHOWN).map(difference).collect(),
            shell,
        }
    }
}

fn row(what: String, counts: Confusion) -> Row {
    Row {
        what,
        counts,
        agreement: said(counts.agreement()),
        confirmed: said(counts.confirmed()),
        found: said(counts.found()),
    }
}

fn said(share: Option<Estimate>) -> String {
    share
        .map_or_else(|| "–".to_owned(), |e| format!("{} ({} to {})", percent(e.value), percent(e.low), percent(e.high)))
}

fn difference(c: &Compared) -> Difference {
    let (theirs, their_tone) = match c.theirs {
        ExternalOutcome::Approved => ("Approved", Conclusion::Approve.tone()),
        ExternalOutcome::Limited => ("Limited", Conclusion::Limited.tone()),
        ExternalOutcome::Rejected => ("Rejected", Conclusion::Prohibited.tone()),
    };
    let ours = c.ours.unwrap_or(Conclusion::Review);
    Difference {
        ad: c.ad,
        name: c.external_id.clone(),
        theirs,
        their_tone,
        their_policies: named(&c.their_policies),
        ours: text::conclusion(ours),
        our_tone: ours.tone(),
        our_policies: named(&c.our_policies),
        at: When(c.decided_at),
    }
}

fn named(policies: &BTreeSet<PolicyCode>) -> String {
    policies.iter().map(words).collect::<Vec<_>>().join(", ")
}
