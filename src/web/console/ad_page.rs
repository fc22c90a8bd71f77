//! One ad as a page: what it is, what was measured, who decided what, and what the outside was told.
//!
//! Called by `ads`. Scores and traces are for staff: the handler asks for the permission.

use super::{
    appeal_page::AppealCard,
    facts::{Fact, content_facts, delivery_facts, language},
    page::{self, Shell},
    preview::Preview,
    task_page::heading,
    text::{self, Tone, When, cause, score, status, words},
};
use crate::{
    domain::{
        AdId, AdvertiserId, ReviewStatus, ScreeningId, TaskId,
        appeal::AppealState,
        decision::Automation,
        finding::{Evidence, Finding},
        review::TaskState,
        role::Permission,
        screening::{Trigger, Truth},
        signal::Reading,
    },
    store::views::console::ads::{AdView, DecisionView, RoundView, ScreeningView, TaskLine},
};
use askama::Template;

/// `templates/ad.html`.
#[derive(Debug, Template)]
#[template(path = "ad.html")]
pub struct AdPage {
    shell: Shell,
    id: AdId,
    title: String,
    review: String,
    approval: String,
    tone: &'static str,
    preview: Preview,
    submitter: String,
    external_id: String,
    advertiser: String,
    advertiser_id: AdvertiserId,
    facts: Vec<Fact>,
    created: When,
    updated: When,
    outcome_version: i64,
    serving: String,
    decisions: Vec<DecisionRow>,
    appeals: Vec<AppealCard>,
    csrf: String,
    may_correct: bool,
    may_withdraw: bool,
    may_read_files: bool,
    appeal_url: Option<String>,
    rounds: Vec<RoundRow>,
    screenings: Vec<ScreeningRow>,
    revisions: Vec<RevisionRow>,
    events: Vec<EventRow>,
}

#[derive(Debug)]
struct DecisionRow {
    conclusion: &'static str,
    tone: &'static str,
    revision: Option<i32>,
    by: String,
    automation: String,
    because: String,
    state: String,
    release: String,
    at: When,
}

#[derive(Debug)]
struct RoundRow {
    why: String,
    state: String,
    opened: When,
    tasks: Vec<TaskRow>,
}

#[derive(Debug)]
struct TaskRow {
    id: TaskId,
    kind: &'static str,
    said: String,
    note: String,
}

#[derive(Debug)]
struct ScreeningRow {
    id: ScreeningId,
    conclusion: String,
    tone: &'static str,
    trigger: &'static str,
    revision: i32,
    release: String,
    at: When,
    findings: Vec<FindingRow>,
    scores: Vec<ScoreRow>,
    rules_true: usize,
    rules_unknown: usize,
    rules_false: usize,
    trace: Vec<TraceRow>,
    engine: String,
}

#[derive(Debug)]
struct FindingRow {
    title: String,
    effect: &'static str,
    tone: &'static str,
    evidence: String,
}

#[derive(Debug)]
struct ScoreRow {
    head: String,
    value: String,
    bar: Option<String>,
    field: String,
    gap: String,
}

#[derive(Debug)]
struct TraceRow {
    rule: String,
    truth: String,
    shadow: bool,
}

#[derive(Debug)]
struct RevisionRow {
    number: i32,
    at: When,
    content: String,
}

#[derive(Debug)]
struct EventRow {
    position: String,
    type_name: String,
    at: When,
}

impl AdPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, view: &AdView) -> Self {
        let content = view.revisions.first().map(|r| r.content.clone()).unwrap_or_default();
        let mut facts: Vec<Fact> = view.screenings.first().map(|s| language(&s.signals)).into_iter().collect();
        facts.extend(content_facts(&content, vec![]));
        facts.extend(delivery_facts(&view.delivered));
        let limits = text::limits(&view.serving);
        let serving = match (view.serving.eligible, limits.is_empty()) {
            (true, true) => "everywhere it targets".to_owned(),
            (true, false) => limits.join(", "),
            (false, true) => "nowhere".to_owned(),
            (false, false) => format!("nowhere: {}", limits.join(", ")),
        };
        let person = shell.person.as_ref();
        let may = |permission| person.is_some_and(|p| p.permissions.contains(&permission));
        let under_appeal = view.appeals.iter().any(|a| a.state == AppealState::Open);
        let decided = view.decision.is_some() && view.line.review_status != ReviewStatus::Withdrawn;
        Self {
            appeals: view.appeals.iter().map(|a| AppealCard::of(a, None)).collect(),
            csrf: person.map(|p| p.csrf.clone()).unwrap_or_default(),
            may_correct: decided && !under_appeal && may(Permission::Override),
            may_withdraw: may(Permission::Override),
            may_read_files: may(Permission::Judge),
            appeal_url: view.appeal_url.clone().filter(|_| may(Permission::Override)),
            id: view.line.id,
            title: page::title(&content.creative.headline, &view.line.external_id, 90),
            review: words(view.line.review_status),
            approval: words(view.line.approval_status),
            tone: status(ReviewStatus::Reviewed, view.line.approval_status).1,
            preview: Preview::of(&content, &view.line.advertiser, false, |_| vec![]),
            submitter: view.submitter.clone(),
            external_id: view.line.external_id.clone(),
            advertiser: view.line.advertiser.clone(),
            advertiser_id: view.advertiser,
            facts,
            created: When(view.line.created_at),
            updated: When(view.updated_at),
            outcome_version: view.outcome_version,
            serving,
            decisions: view.decisions.iter().map(decision).collect(),
            rounds: view.rounds.iter().map(round).collect(),
            screenings: view.screenings.iter().map(screening).collect(),
            revisions: view
                .revisions
                .iter()
                .map(|r| RevisionRow {
                    number: r.number,
                    at: When(r.created_at),
                    content: serde_json::to_string_pretty(&r.content).unwrap_or_default(),
                })
                .collect(),
            events: view
                .events
                .iter()
                .map(|e| EventRow {
                    position: e.position.map_or_else(|| "–".to_owned(), |p| p.to_string()),
                    type_name: e.type_name.clone(),
                    at: When(e.created_at),
                })
                .collect(),
            shell,
        }
    }
}

fn decision(d: &DecisionView) -> DecisionRow {
    let mut because: Vec<String> = d.findings.iter().map(|f| words(&f.policy)).collect();
    because.dedup();
    DecisionRow {
        conclusion: text::conclusion(d.conclusion),
        tone: d.conclusion.tone(),
        revision: d.revision_number,
        by: d.user.clone().unwrap_or_else(|| words(d.decided_by)),
        automation: match d.automation {
            Automation::Fully => "by machine alone".into(),
            Automation::Partially => "with the machine's scores".into(),
            Automation::NotAutomated => "without scores".into(),
        },
        because: because.join(", "),
        state: words(d.state),
        release: d.release.to_string(),
        at: When(d.created_at),
    }
}

fn round(r: &RoundView) -> RoundRow {
    RoundRow {
        why: words(r.trigger),
        state: words(r.state),
        opened: When(r.opened_at),
        tasks: r.tasks.iter().map(task).collect(),
    }
}

fn task(t: &TaskLine) -> TaskRow {
    let said = match (&t.outcome, &t.user, t.state) {
        (Some(outcome), Some(user), _) => format!("{} by {user}", text::done(*outcome).to_lowercase()),
        (Some(outcome), None, _) => text::done(*outcome).to_lowercase(),
        (None, _, TaskState::Open) => "open".to_owned(),
        (None, _, state) => words(state).to_lowercase(),
    };
    TaskRow { id: t.id, kind: heading(t.kind), said, note: t.note.clone() }
}

fn screening(s: &ScreeningView) -> ScreeningRow {
    let held = |truth| s.trace.iter().filter(|t| t.truth == truth).count();
    let scores = s.signals.scores.iter().map(|(head, reading)| match reading {
        Reading::Known(p) => ScoreRow {
            head: words(head),
            value: score(p.value),
            bar: Some(format!("{:.1}", p.value.clamp(0.0, 1.0) * 120.0)),
            field: words(p.field),
            gap: score(p.gap),
        },
        Reading::Unavailable(why) => ScoreRow {
            head: words(head),
            value: cause(*why).to_owned(),
            bar: None,
            field: String::new(),
            gap: String::new(),
        },
    });
    ScreeningRow {
        id: s.id,
        conclusion: words(s.conclusion),
        tone: s.conclusion.tone(),
        trigger: match s.trigger {
            Trigger::Submitted => "submitted",
            Trigger::Released { .. } => "new release",
            Trigger::Recovered { .. } => "a signal recovered",
            Trigger::Touched { .. } => "its submitter asked again",
            Trigger::Certificate { .. } => "a certificate changed",
            Trigger::Sweep { .. } => "a release swept the ads that live",
        },
        revision: s.revision_number,
        release: s.release.to_string(),
        at: When(s.created_at),
        findings: s.findings.iter().map(finding).collect(),
        scores: scores.collect(),
        rules_true: held(Truth::True),
        rules_unknown: held(Truth::Unknown),
        rules_false: (s.rules as usize).saturating_sub(held(Truth::True) + held(Truth::Unknown)),
        trace: s
            .trace
            .iter()
            .map(|t| TraceRow { rule: t.rule.to_string(), truth: t.truth.to_string(), shadow: t.shadow })
            .collect(),
        engine: format!(
            "{} · {} · {}",
            s.signals.engine.kernel, s.signals.engine.normaliser, s.signals.engine.detector
        ),
    }
}

fn finding(f: &Finding) -> FindingRow {
    let evidence = f.evidence.iter().map(|e| match e {
        Evidence::Span { term, field, disguised, .. } => {
            format!("“{term}” in {field}{}", if *disguised { ", disguised" } else { "" })
        }
        Evidence::Score { head, value, threshold, .. } => {
            format!("{head} score {} of {}", score(*value), score(*threshold))
        }
        Evidence::Fact { name, value } => format!("{name} = {value}"),
        Evidence::Unavailable { signal, cause: why } => format!("{signal}: {}", cause(*why)),
        Evidence::Note { text } => text.clone(),
    });
    FindingRow {
        title: words(&f.policy),
        effect: text::effect(f.effect),
        tone: f.effect.tone(),
        evidence: evidence.collect::<Vec<_>>().join("; "),
    }
}
