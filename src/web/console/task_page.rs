//! The task page: what a reviewer sees and answers, made from a task's view and what was typed so far.
//!
//! Called by the task's handlers. It must never put a score or a finding on a blind task's page.

use super::{
    appeal_page::AppealCard,
    facts::{Fact, ad_facts, advertiser_facts},
    finding_card::{FindingCard, Undecided, cards, in_order},
    marked::spans,
    page::{self, Shell},
    preview::Preview,
    text::{self, Tone, When},
    typed::{Typed, limiting, only_limits},
};
use crate::{
    domain::{
        AdId, Millis, ScreeningId, TaskId, UserId,
        ad::TextField,
        finding::Finding,
        policy::Policy,
        release::Bundle,
        review::{JudgementOutcome, RoundTrigger, TaskKind, TaskState},
        role::Permission,
        verdict::Conclusion,
    },
    flows::why::ExplainedRule,
    review::{
        lease::{LEASE_MS, hides_findings},
        outcome::Preview as Preliminary,
    },
    store::views::console::{ads::AdLine, task::TaskView},
};
use askama::Template;

/// `templates/task.html`.
#[derive(Debug, Template)]
#[template(path = "task.html")]
pub struct TaskPage {
    shell: Shell,
    csrf: String,
    id: TaskId,
    heading: String,
    queue: String,
    why: String,
    deadline: Option<When>,
    mine: bool,
    token: String,
    lease_until: i64,
    lease_left: String,
    lease_ms: i64,
    not_mine: Option<NotMine>,
    error: Option<String>,
    blind: bool,
    preview: Preview,
    facts: Vec<Fact>,
    document: Option<String>,
    ad: AdId,
    advertiser: AdvertiserCard,
    reports: Vec<ReportRow>,
    others: Vec<Other>,
    appeal: Option<AppealCard>,
    screening: ScreeningId,
    findings: Vec<FindingCard>,
    undecided: Vec<Undecided>,
    policies: Vec<PolicyRow>,
    working: String,
    made: Option<Made>,
    note: String,
    outcome: &'static str,
    may_override: bool,
}

/// Why the task cannot be answered here and now.
#[derive(Debug)]
struct NotMine {
    tone: &'static str,
    text: String,
    claimable: bool,
}

#[derive(Debug)]
struct AdvertiserCard {
    name: String,
    facts: Vec<Fact>,
    last_ads: Vec<AdRow>,
}

#[derive(Debug)]
struct AdRow {
    id: AdId,
    title: String,
    status: String,
    tone: &'static str,
}

#[derive(Debug)]
struct ReportRow {
    reporter: String,
    policy: String,
    at: When,
    statement: String,
}

#[derive(Debug)]
struct Other {
    name: String,
    outcome: &'static str,
    tone: &'static str,
    at: When,
    note: String,
}

/// A policy that can be added, or on a blind page marked.
#[derive(Debug)]
struct PolicyRow {
    code: String,
    title: String,
    severity: String,
    clause: String,
    broken: bool,
    clean: bool,
    adds: String,
    limits: Vec<LimitRow>,
}

#[derive(Debug)]
struct LimitRow {
    rule: String,
    text: String,
    added: bool,
}

/// What the release makes of the answers so far.
#[derive(Debug)]
pub struct Made {
    title: &'static str,
    tone: &'static str,
    detail: String,
}

/// The fragment that the preview endpoint answers with.
#[derive(Debug, Template)]
#[template(source = r#"{% import "parts.html" as parts %}{{ parts::made(made) }}"#, ext = "html")]
pub struct MadeFragment {
    made: Option<Made>,
}

impl Made {
    /// In words: the conclusion, then what it rests on, then what is missing.
    pub(crate) fn of(policies: &[Policy], typed: &Typed, made: &Preliminary) -> Self {
        let missing = match made.unanswered.len() {
            0 => None,
            1 => Some("1 finding has no answer yet".to_owned()),
            n => Some(format!("{n} findings have no answer yet")),
        };
        if typed.outcome == Some(JudgementOutcome::Escalate) {
            return Self { title: "Escalate", tone: "info", detail: "a lead decides; write what to look at".into() };
        }
        let title_of = |code: &_| {
            let policy = policies.iter().find(|p| &p.code == code);
            policy.map_or_else(|| text::words(code), |p| p.title.clone())
        };
        let verdict = &made.verdict;
        let mut said = text::limits(&verdict.serving);
        let because: Vec<String> = verdict.serving.because.iter().map(title_of).collect();
        if !because.is_empty() {
            said.push(because.join(", "));
        }
        if let Some(outcome) = typed.outcome.filter(|o| made.differs(*o)) {
            said.insert(0, format!("overridden to {}; write why", text::words(outcome)));
        }
        // Without an answer to everything there is no approval yet, and the page must not look as if there were.
        let (title, tone) = match missing {
            Some(_) if verdict.conclusion != Conclusion::Prohibited => ("Still open", "info"),
            _ => (text::conclusion(verdict.conclusion), verdict.conclusion.tone()),
        };
        said.extend(missing);
        Self { title, tone, detail: said.join(" · ") }
    }

    /// As the fragment.
    pub(crate) fn fragment(self) -> MadeFragment {
        MadeFragment { made: Some(self) }
    }
}

/// What the handlers hand in besides the view.
pub(crate) struct Said<'a> {
    /// What was typed so far.
    pub(crate) typed: &'a Typed,
    /// What the release makes of it.
    pub(crate) made: Made,
    /// Why the last answer was refused.
    pub(crate) error: Option<String>,
    /// The queue that the person works through; empty for all.
    pub(crate) queue: &'a str,
    /// What can be added.
    pub(crate) live: &'a Bundle,
    /// The findings to answer.
    pub(crate) shown: &'a [Finding],
    /// Why their rules found them.
    pub(crate) why: &'a [ExplainedRule],
    /// What the appellant says, where the task is about an appeal.
    pub(crate) appeal: Option<AppealCard>,
}

/// Builds the page.
pub(crate) fn build(shell: Shell, view: &TaskView, said: Said<'_>, me: UserId) -> TaskPage {
    let now = shell.now;
    let blind = hides_findings(view.kind);
    let typed = said.typed;
    let shown = said.shown;
    let (findings, undecided) = cards(view, shown, typed, said.why);
    let sensitive =
        shown.iter().filter(|f| !f.undecided).any(|f| view.policies.iter().any(|p| p.code == f.policy && p.sensitive));
    // Marks carry the numbers that the cards carry.
    let ordered = in_order(shown);
    let marks = |field: TextField| {
        let numbered = ordered.iter().enumerate().map(|(n, f)| {
            let policy = view.policies.iter().find(|p| p.code == f.policy);
            (n + 1, policy.map_or(f.policy.as_str(), |p| p.title.as_str()), *f)
        });
        spans(&view.content, field, numbered)
    };
    let lease = view.lease.as_ref().filter(|l| l.until > now);
    let held = lease.filter(|l| l.user == me && view.state == TaskState::Open);
    let csrf = shell.person.as_ref().map(|p| p.csrf.clone()).unwrap_or_default();
    let may = |permission| shell.person.as_ref().is_some_and(|p| p.permissions.contains(&permission));
    let may_override = may(Permission::Override);
    let lease_until = held.map_or(now, |l| l.until);
    let left = lease_until.since(now).max(0) / Millis::SECOND;
    TaskPage {
        csrf,
        id: view.id,
        heading: heading(view.kind).to_owned(),
        queue: view.queue_title.clone(),
        why: why(view.trigger).to_owned(),
        deadline: view.deadline.map(When),
        mine: held.is_some(),
        token: held.and_then(|l| l.token).map(|t| t.to_string()).unwrap_or_default(),
        lease_until: lease_until.0,
        lease_left: format!("{}:{:02}", left / 60, left % 60),
        lease_ms: LEASE_MS,
        not_mine: if held.is_some() { None } else { Some(not_mine(view, lease.map(|l| l.name.as_str()))) },
        error: said.error,
        blind,
        preview: Preview::of(&view.content, &view.advertiser_now.name, sensitive, marks),
        facts: ad_facts(view, marks(TextField::LandingUrl)),
        document: view.document.clone(),
        ad: view.ad,
        advertiser: AdvertiserCard {
            name: view.advertiser_now.name.clone(),
            facts: advertiser_facts(&view.advertiser_now, blind),
            last_ads: view.last_ads.iter().map(ad_row).collect(),
        },
        reports: view
            .reports
            .iter()
            .map(|r| ReportRow {
                reporter: text::words(r.reporter),
                policy: text::words(&r.policy),
                at: When(r.at),
                statement: r.statement.clone(),
            })
            .collect(),
        others: view
            .others
            .iter()
            .map(|o| Other {
                name: o.name.clone(),
                outcome: text::done(o.outcome),
                tone: o.outcome.tone(),
                at: When(o.at),
                note: o.note.clone(),
            })
            .collect(),
        appeal: said.appeal,
        screening: view.screening.id,
        findings,
        undecided,
        policies: policy_rows(said.live, typed, blind),
        working: said.queue.to_owned(),
        made: Some(said.made),
        note: typed.note.clone(),
        outcome: typed.outcome.map_or("", JudgementOutcome::as_str),
        may_override,
        shell,
    }
}

fn policy_rows(live: &Bundle, typed: &Typed, blind: bool) -> Vec<PolicyRow> {
    let mut policies: Vec<_> = live.policies.iter().collect();
    policies.sort_by(|a, b| a.title.cmp(&b.title));
    let row = |p: &&Policy| PolicyRow {
        code: p.code.to_string(),
        title: p.title.clone(),
        severity: text::words(p.severity),
        clause: p.clause.clone(),
        broken: if blind { typed.broken.get(&p.code) == Some(&true) } else { typed.added.contains(p.code.as_str()) },
        clean: typed.broken.get(&p.code) == Some(&false),
        adds: match only_limits(&live.rules, &p.code) {
            Some(limits) => limits.iter().map(text::constraint).collect::<Vec<_>>().join(", "),
            None => "may not serve".to_owned(),
        },
        limits: limiting(&live.rules, &p.code)
            .filter(|_| only_limits(&live.rules, &p.code).is_none())
            .map(|r| LimitRow {
                rule: r.name.clone(),
                text: r.constraints.iter().map(text::constraint).collect::<Vec<_>>().join(", "),
                added: typed.added.contains(&r.name),
            })
            .collect(),
    };
    policies.iter().map(row).collect()
}

fn ad_row(ad: &AdLine) -> AdRow {
    let (status, tone) = text::status(ad.review_status, ad.approval_status);
    AdRow { id: ad.id, title: page::title(&ad.headline, &ad.external_id, 60), status, tone }
}

fn not_mine(view: &TaskView, holder: Option<&str>) -> NotMine {
    match (view.state, holder) {
        (TaskState::Done, _) => NotMine { tone: "good", text: "This task is answered.".into(), claimable: false },
        (TaskState::Cancelled, _) => NotMine {
            tone: "",
            text: "This task is closed: nobody needs to answer it any more.".into(),
            claimable: false,
        },
        (TaskState::Open, Some(name)) => {
            NotMine { tone: "warn", text: format!("{name} is answering this task."), claimable: false }
        }
        (TaskState::Open, None) => {
            NotMine { tone: "", text: "Nobody is answering this task. Take it to answer it.".into(), claimable: true }
        }
    }
}

/// The name of a kind of task as the page's heading. Golden tasks look blind: a test that shows itself measures nothing.
pub(crate) fn heading(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Primary | TaskKind::Overlap => "Review",
        TaskKind::Blind | TaskKind::Golden => "Blind review",
        TaskKind::Appeal => "Appeal",
        TaskKind::Adjudication => "Adjudication",
        TaskKind::Rereview => "Second look",
    }
}

fn why(trigger: RoundTrigger) -> &'static str {
    match trigger {
        RoundTrigger::Screening => "asked by screening",
        RoundTrigger::Change => "the ad changed",
        RoundTrigger::Report => "somebody reported it",
        RoundTrigger::Appeal => "the advertiser appealed",
        RoundTrigger::Quality => "measures how well we do",
        RoundTrigger::Sweep => "a new release asks again",
        RoundTrigger::Certificate => "a certificate was submitted",
    }
}
