//! The public page of a decision: what was decided about which ad and why, as far as each policy's disclosure goes, and
//! the form to appeal it. And what a reviewer sees of an appeal.
//!
//! Called by `appeal` and the task page. It must never show a score, a reviewer's name or note, or evidence that
//! disclosure withholds.

use super::{
    days::day,
    page::Shell,
    preview::host,
    text::{self, Tone, When, words},
};
use crate::{
    domain::{
        Effect, Millis, PolicyCode,
        ad::TextField,
        appeal::{Appeal, AppealState, Appellant},
        decision::{Automation, DisclosedFinding},
        finding::Evidence,
        verdict::Conclusion,
    },
    flows::{App, steps::outcome},
    intake,
    store::{judgements::StoredDecision, views::console::appeals::PublicView},
};
use askama::Template;
use std::collections::{BTreeMap, btree_map::Entry};

/// `templates/appeal.html`.
#[derive(Debug, Template)]
#[template(path = "appeal.html")]
pub struct PublicPage {
    shell: Shell,
    ended: Option<String>,
    token: String,
    external_id: String,
    texts: Vec<(&'static str, String)>,
    said: String,
    tone: &'static str,
    limits: Vec<String>,
    how: &'static str,
    at: Option<When>,
    until: String,
    reasons: Vec<Reason>,
    appeals: Vec<Row>,
    open: Option<Row>,
    may_appeal: bool,
    overtaken: Option<String>,
    statement: String,
    error: Option<String>,
    most_chars: usize,
    most_files: usize,
    most_mib: usize,
}

/// Why, as far as it is told.
#[derive(Debug)]
struct Reason {
    title: String,
    effect: &'static str,
    tone: &'static str,
    clause: String,
    words: Vec<String>,
    fix: Option<String>,
}

#[derive(Debug)]
struct Row {
    state: String,
    tone: &'static str,
    statement: String,
    files: Vec<String>,
    opened: When,
    due: String,
    withdrawable: bool,
}

/// What was typed, and why it was refused.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The statement.
    pub(crate) statement: String,
    /// The refusal.
    pub(crate) error: Option<String>,
}

/// The tone that goes with an appeal's state.
pub(crate) const fn tone(state: AppealState) -> &'static str {
    match state {
        AppealState::Open => "info",
        AppealState::Confirmed => "bad",
        AppealState::Modified => "warn",
        AppealState::Overturned => "good",
        AppealState::Withdrawn | AppealState::Lapsed => "",
    }
}

fn nothing(app: &App) -> PublicPage {
    PublicPage {
        shell: Shell::anonymous(app.clock.now()),
        ended: None,
        token: String::new(),
        external_id: String::new(),
        texts: vec![],
        said: String::new(),
        tone: "",
        limits: vec![],
        how: "",
        at: None,
        until: String::new(),
        reasons: vec![],
        appeals: vec![],
        open: None,
        may_appeal: false,
        overtaken: None,
        statement: String::new(),
        error: None,
        most_chars: intake::STATEMENT_CHARS,
        most_files: intake::FILES,
        most_mib: intake::FILES_BYTES / (1024 * 1024),
    }
}

impl PublicPage {
    /// The page behind a link whose time is over.
    pub(crate) fn ended(app: &App, at: Millis) -> Self {
        Self { ended: Some(day(at)), ..nothing(app) }
    }

    /// The page of a decision.
    pub(crate) fn of(app: &App, token: &str, view: &PublicView, said: Said) -> Self {
        let decision = &view.decision;
        let told = outcome::disclosed(&decision.findings, &view.bundle);
        let (words, tone) = match decision.verdict.conclusion {
            Conclusion::Approve => ("This ad may be shown.", "good"),
            Conclusion::Limited => ("This ad may be shown with limits.", "warn"),
            Conclusion::Prohibited => ("This ad may not be shown.", "bad"),
            Conclusion::Review => ("This ad waits for review.", "info"),
        };
        let field = |name, of| (name, view.content.text(of));
        let mut texts = vec![
            field("Headline", TextField::Headline),
            field("Text", TextField::Body),
            field("Button", TextField::CallToAction),
        ];
        texts.push(("Leads to", host(view.content.landing_url.as_deref().unwrap_or_default())));
        texts.retain(|(_, text)| !text.is_empty());
        let rows: Vec<Row> = view.appeals.iter().map(row).collect();
        let (mut open, ended): (Vec<Row>, Vec<Row>) =
            rows.into_iter().zip(&view.appeals).fold((vec![], vec![]), |(mut open, mut ended), (row, appeal)| {
                if appeal.state == AppealState::Open {
                    open.push(row)
                } else {
                    ended.push(row)
                }
                (open, ended)
            });
        let stands = view.outcome.decision == Some(decision.id) && !view.withdrawn;
        Self {
            token: token.to_owned(),
            external_id: view.outcome.external_id.clone(),
            texts,
            said: words.to_owned(),
            tone,
            limits: text::limits(&outcome::disclosed_serving(&decision.verdict.serving, &view.bundle)),
            how: match decision.automation {
                Automation::Fully => "This was decided automatically.",
                Automation::Partially => "A person decided this, helped by automated signals.",
                Automation::NotAutomated => "A person decided this.",
            },
            at: Some(When(decision.effective_at)),
            until: day(decision.effective_at.plus(app.settings.appeal_window_ms)),
            reasons: reasons(&told, view),
            may_appeal: stands && open.is_empty() && decision.verdict.conclusion != Conclusion::Approve,
            overtaken: (!stands).then(|| {
                let (now, _) = text::status(view.outcome.review_status, view.outcome.approval_status);
                format!("This decision no longer stands. The ad is now: {}.", now.to_lowercase())
            }),
            open: open.pop(),
            appeals: ended,
            statement: said.statement,
            error: said.error,
            ..nothing(app)
        }
    }
}

/// One reason a policy: several findings of one say its clause once, under the strongest effect.
fn reasons(told: &[DisclosedFinding], view: &PublicView) -> Vec<Reason> {
    let mut by_policy: BTreeMap<&PolicyCode, (Effect, Reason)> = BTreeMap::new();
    for finding in told {
        let more = reason(finding, view);
        match by_policy.entry(&finding.policy) {
            Entry::Vacant(place) => {
                place.insert((finding.effect, more));
            }
            Entry::Occupied(mut place) => {
                let (effect, kept) = place.get_mut();
                kept.words.extend(more.words);
                kept.words.sort();
                kept.words.dedup();
                if finding.effect > *effect {
                    *effect = finding.effect;
                    (kept.effect, kept.tone) = (more.effect, more.tone);
                }
            }
        }
    }
    by_policy.into_values().map(|(_, reason)| reason).collect()
}

fn reason(finding: &DisclosedFinding, view: &PublicView) -> Reason {
    let clause = view.bundle.policy(&finding.policy).map(|p| p.clause.trim().to_owned()).unwrap_or_default();
    let mut words: Vec<String> = finding
        .evidence
        .iter()
        .filter_map(|e| match e {
            Evidence::Span { field, start, end, .. } => {
                view.content.text(*field).get(*start as usize..*end as usize).map(str::to_owned)
            }
            _ => None,
        })
        .collect();
    words.sort();
    words.dedup();
    Reason {
        title: finding.title.clone(),
        effect: text::effect(finding.effect),
        tone: finding.effect.tone(),
        clause,
        words,
        fix: finding.fix_hint.clone().filter(|hint| !hint.trim().is_empty()),
    }
}

fn row(appeal: &Appeal) -> Row {
    Row {
        state: words(appeal.state),
        tone: tone(appeal.state),
        // What one of ours wrote is for our own.
        statement: if appeal.appellant == Appellant::Staff { String::new() } else { appeal.statement.clone() },
        files: appeal.attachments.iter().map(|f| f.name.clone()).collect(),
        opened: When(appeal.created_at),
        due: day(appeal.due),
        withdrawable: appeal.appellant != Appellant::Staff,
    }
}

/// An appeal on our own pages.
#[derive(Debug)]
pub struct AppealCard {
    pub(crate) id: String,
    pub(crate) who: &'static str,
    pub(crate) statement: String,
    pub(crate) files: Vec<FileRow>,
    pub(crate) state: String,
    pub(crate) tone: &'static str,
    pub(crate) open: bool,
    pub(crate) opened: When,
    pub(crate) due: When,
    pub(crate) contested: Option<Contested>,
}

/// A file that an appellant added.
#[derive(Debug)]
pub struct FileRow {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) kind: &'static str,
    pub(crate) size: String,
}

/// The decision that is contested, without who made it: the next judge shall not defer to a name.
#[derive(Debug)]
pub struct Contested {
    pub(crate) conclusion: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) because: String,
    pub(crate) by: &'static str,
    pub(crate) at: When,
}

impl AppealCard {
    /// The card of an appeal, with the decision that it contests.
    pub(crate) fn of(appeal: &Appeal, contested: Option<&StoredDecision>) -> Self {
        let file = |(place, f): (usize, &crate::domain::appeal::Attachment)| FileRow {
            name: f.name.clone(),
            href: format!("/appeals/{}/files/{place}", appeal.id),
            kind: match f.media_type.as_str() {
                "image/png" => "PNG image",
                "image/jpeg" => "JPEG image",
                "application/pdf" => "PDF",
                _ => "Text",
            },
            size: format!("{} KiB", f.size.div_ceil(1024)),
        };
        Self {
            id: appeal.id.to_string(),
            who: match appeal.appellant {
                Appellant::Submitter => "The submitter says",
                Appellant::Advertiser => "The advertiser says",
                Appellant::Staff => "A lead says",
            },
            statement: appeal.statement.clone(),
            files: (1..).zip(&appeal.attachments).map(file).collect(),
            state: words(appeal.state),
            tone: tone(appeal.state),
            open: appeal.state == AppealState::Open,
            opened: When(appeal.created_at),
            due: When(appeal.due),
            contested: contested.map(|d| {
                let mut because: Vec<String> = d.findings.iter().map(|f| words(&f.policy)).collect();
                because.dedup();
                Contested {
                    conclusion: text::conclusion(d.verdict.conclusion),
                    tone: d.verdict.conclusion.tone(),
                    because: because.join(", "),
                    by: if d.user.is_some() { "by a person" } else { "by the release alone" },
                    at: When(d.effective_at),
                }
            }),
        }
    }
}
