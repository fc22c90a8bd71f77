//! Pages filled with made-up data, for tests of what pages say and for looking at them.
//!
//! `ADJUDGE_PAGES=DIR cargo test --lib console::fixture` writes every page as a file.
#![allow(clippy::unwrap_used)]

use super::{
    ad_page::AdPage,
    ads_page::AdsPage,
    days::{Asked, Days},
    error_page::ErrorPage,
    hooks_page::{HookPage, HooksPage},
    lists_page::{ListPage, ListsPage},
    models_page::{ModelPage, ModelsPage, PromotePage, Trainings},
    page::{Here, Notice, Shell},
    policies_page::PoliciesPage,
    policy_page::PolicyPage,
    queues_page::QueuesPage,
    registry_page::RegistryPage,
    sign_in_page::SignInPage,
    signals_page::SignalsPage,
    task_page::{self, Made, Said, TaskPage},
    typed::Typed,
};
use crate::{
    domain::{
        AdContent, Effect, Evidence, Finding, FindingId, Millis, ModelId,
        ad::TextField,
        advertiser::{AdvertiserFacts, AdvertiserView, Standing},
        audit::Actor,
        breaker::{self, Breaker, BreakerLimits, BreakerState},
        digest::Digest,
        finding::Constraint,
        id::TypedId,
        metrics::{Card, Estimate, HeadCard, HeadMetrics, ReliabilityBin},
        policy::{Disclosure, List, ListEntry, ListKind, OnUnavailable, Policy, Rule, RuleState, Severity},
        release::{Bundle, ReleaseNumber, Sampling},
        review::{JudgementOutcome, RoundTrigger, TaskKind, TaskState},
        role::{Role, Scope},
        screening::{Evaluation, Facts, RuleTrace, Screening, Trigger, Truth, WindowCounts},
        signal::{Cause, DetectedLanguage, Engine, FieldScore, PolicyScore, Producer, Reading, Signals},
        training::{Progress, Training, TrainingStage, TrainingState},
        verdict::{Conclusion, Serving, conclude},
    },
    review::outcome,
    store::{
        breakers::SignalLine,
        deliveries::Unreceived,
        encoders::StoredEncoder,
        releases::{ModelState, StoredRelease},
        views::console::{
            ads::{
                AdFilter, AdLine, AdView, DecisionView, EventView, RevisionView, RoundView, ScreeningView, TaskLine,
            },
            list_hits::ListHits,
            models::ModelLine,
            queues::{OwnJudgement, QueueRow},
            task::{LeaseView, OtherAnswer, TaskView},
            usage::{Counts, Usage},
        },
    },
};
use std::collections::BTreeMap;
use uuid::Uuid;

mod hooks;
mod learning;
mod review;

use hooks::*;
use learning::*;
use review::*;
pub(crate) use review::{task, task_page};

pub(crate) const NOW: Millis = Millis(1_790_000_000_000);

pub(crate) fn id<T: TypedId>(n: u128) -> T {
    T::from_uuid(Uuid::from_u128(0x0190_a000_0000_7000_8000_0000_0000_0000 + n))
}

fn ago(ms: i64) -> Millis {
    NOW.plus(-ms)
}

pub(crate) fn shell(role: Role, here: Here) -> Shell {
    let scope = Scope {
        actor: Actor::Operator,
        user: Some(id(1)),
        submitter: None,
        roles: vec![role],
        policy_classes: None,
        queues: None,
        request_id: None,
    };
    Shell::of(&scope, "maria", "csrf-token", NOW, here)
}

fn policy(code: &str, title: &str, severity: Severity) -> Policy {
    Policy {
        code: code.parse().unwrap(),
        title: title.into(),
        clause: format!(
            "Ads must not promote what our {} clause forbids. That includes promises of guaranteed returns, urgency that \
             is not real, and offers that hide who stands behind them.",
            title.to_lowercase()
        ),
        clause_version: 3,
        severity,
        disclosure: Disclosure::Full,
        fix_hint: "Remove the promise and name the seller.".into(),
        on_unavailable: OnUnavailable::Review,
        sensitive: code == "adult",
        no_score_alone: false,
        mappings: Default::default(),
        translations: Default::default(),
    }
}

fn policies() -> Vec<Policy> {
    [
        ("adult", "Adult content", Severity::High),
        ("weapons", "Weapons", Severity::Critical),
        ("gambling", "Gambling", Severity::High),
        ("health", "Health claims", Severity::High),
        ("finance", "Financial products", Severity::High),
        ("scam", "Scams and fraud", Severity::Critical),
        ("clickbait", "Clickbait", Severity::Low),
        ("political", "Political ads", Severity::Medium),
        ("circumvention", "Circumvention of review", Severity::High),
        ("editorial", "Editorial quality", Severity::Low),
    ]
    .into_iter()
    .map(|(c, t, s)| policy(c, t, s))
    .collect()
}

fn rules() -> Vec<Rule> {
    let rule = |name: &str, effect, constraints| Rule {
        name: name.into(),
        policy: name.split('/').next().unwrap().parse().unwrap(),
        when: "flagged('scam') && (advertiser.verified != true || matches('urgency') > 0)".into(),
        effect,
        constraints,
        state: RuleState::Live,
        note: "Seen in the spring wave of fake investment ads.".into(),
        percent: None,
        until: None,
        snoozes: vec![],
    };
    vec![
        rule("scam/guaranteed_returns", Effect::Prohibited, vec![]),
        rule(
            "gambling/licensed_only",
            Effect::Limited,
            vec![
                Constraint::MinAge { years: 18 },
                Constraint::OnlyCountries { countries: vec!["GB".parse().unwrap(), "DE".parse().unwrap()] },
            ],
        ),
        rule("circumvention/disguise", Effect::Review, vec![]),
    ]
}

fn days() -> Days {
    Days::of(&Asked::default(), NOW)
}

fn counted() -> Usage {
    let counts = Counts { hits: 412, undecided: 9, answered: 118, dismissed: 14, restrictions: 231, overturned: 2 };
    let bundle = live().bundle;
    Usage {
        screenings: 10_240,
        rules: bundle.rules.iter().map(|r| (r.name.clone(), counts)).collect(),
        policies: bundle.policies.iter().take(1).map(|p| (p.code.to_string(), counts)).collect(),
    }
}

fn live() -> StoredRelease {
    StoredRelease {
        id: id(70),
        number: ReleaseNumber { major: 3, minor: 2 },
        state: crate::domain::release::ReleaseState::Live,
        digest: Digest([1; 32]),
        published_at: Some(ago(3 * Millis::DAY)),
        created_at: NOW,
        retired_at: None,
        origin: None,
        share: None,
        created_by: "operator".into(),
        bundle: Bundle {
            policies: policies(),
            rules: rules(),
            lists: vec![List {
                name: "scam_promises".into(),
                kind: ListKind::Phrases,
                entries: vec![ListEntry {
                    value: "never loses".into(),
                    negative: false,
                    note: String::new(),
                    until: None,
                }],
            }],
            model: None,
            second: None,
            thresholds: BTreeMap::from([("scam".parse().unwrap(), 0.62)]),
            sampling: Sampling::default(),
        },
    }
}

/// Every page by name.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let html = |t: &dyn askama::DynTemplate| t.dyn_render().unwrap();
    let editor = |here| shell(Role::PolicyEditor, here);
    let mut taken = task(TaskKind::Primary);
    if let Some(lease) = &mut taken.lease {
        (lease.user, lease.name, lease.token) = (id(2), "jonas".into(), None);
    }
    let mut settle = task(TaskKind::Adjudication);
    settle.others = vec![
        OtherAnswer {
            name: "jonas".into(),
            outcome: JudgementOutcome::Approve,
            note: "A licensed broker, as far as I see.".into(),
            at: ago(400_000),
        },
        OtherAnswer { name: "aiko".into(), outcome: JudgementOutcome::Reject, note: String::new(), at: ago(300_000) },
    ];
    let half = Typed {
        answers: BTreeMap::from([
            (FindingId(Uuid::from_u128(1)), crate::domain::review::Answer::Confirmed),
            (FindingId(Uuid::from_u128(2)), crate::domain::review::Answer::Dismissed),
        ]),
        note: "Third ad with this robot today.".into(),
        ..Typed::default()
    };
    let mut told = shell(Role::Reviewer, Here::Queues).with_undo(&own());
    told.notice = Some(Notice { tone: "good", text: "All queues are empty. Nothing waits for you.".into() });
    let refused = SignInPage {
        shell: Shell::anonymous(NOW),
        name: "maria".into(),
        next: "/".into(),
        error: Some("Name or password is wrong. Check both and try again.".into()),
    };
    let first = SignInPage {
        error: None,
        name: String::new(),
        ..SignInPage { shell: Shell::anonymous(NOW), name: String::new(), next: "/".into(), error: None }
    };
    let (code, list) = (live().bundle.policies[0].code.clone(), live().bundle.lists[0].name.clone());
    let by_day: Vec<(Millis, u64)> = (0..30).map(|d| (ago((30 - d) * Millis::DAY), (d * 7 % 23) as u64)).collect();
    let policy_page = PolicyPage::of(editor(Here::Policies), &live(), &code, days(), &counted(), &by_day, &[]).unwrap();
    vec![
        ("sign_in", html(&first)),
        ("sign_in_refused", html(&refused)),
        (
            "error",
            html(&ErrorPage::of("Not found", "There is nothing here that you may see. Check the address.", "0190a0")),
        ),
        ("queues", html(&QueuesPage::of(told, &queues(), &own(), &[]))),
        ("queues_empty", html(&QueuesPage::of(shell(Role::Reviewer, Here::Queues), &[], &[], &[]))),
        (
            "queues_paused",
            html(&QueuesPage::of(shell(Role::Lead, Here::Queues), &queues(), &own(), &signal_lines()[..1])),
        ),
        (
            "queues_takedowns",
            html(
                &QueuesPage::of(shell(Role::Lead, Here::Queues), &queues(), &own(), &[])
                    .with_takedowns(Unreceived { n: 2, oldest: Some(ago(700_000)) }),
            ),
        ),
        ("hooks", html(&HooksPage::of(shell(Role::Lead, Here::Hooks), &[hook(3), hook(0)], Unreceived::default()))),
        ("hook", html(&HookPage::of(shell(Role::Lead, Here::Hooks), &hook_view(), None, true))),
        (
            "signals",
            html(&SignalsPage::of(shell(Role::Lead, Here::Models), &signal_lines(), &BreakerLimits::default())),
        ),
        ("task", html(&task_page(&task(TaskKind::Primary), &Typed::default(), None))),
        (
            "task_half",
            html(&task_page(&task(TaskKind::Overlap), &half, Some("Confirm or dismiss every finding first."))),
        ),
        ("task_blind", html(&task_page(&task(TaskKind::Blind), &Typed::default(), None))),
        ("task_taken", html(&task_page(&taken, &Typed::default(), None))),
        ("task_adjudication", html(&task_page(&settle, &half, None))),
        ("ads", html(&AdsPage::of(shell(Role::Reviewer, Here::Ads), &AdFilter::default(), &lines(), Some(id(5))))),
        ("ad", html(&AdPage::of(shell(Role::Reviewer, Here::Ads), &ad_view()))),
        (
            "models",
            html(&ModelsPage::of(
                editor(Here::Models),
                &[model(ModelState::Live), model(ModelState::Candidate)],
                &trainings(false),
                true,
            )),
        ),
        (
            "models_training",
            html(&ModelsPage::of(editor(Here::Models), &[model(ModelState::Live)], &trainings(true), false)),
        ),
        ("model", html(&ModelPage::of(editor(Here::Models), &model(ModelState::Candidate)))),
        ("promote", html(&PromotePage::of(editor(Here::Models), &model(ModelState::Candidate)))),
        ("policies", html(&PoliciesPage::of(editor(Here::Policies), &live(), days(), &counted()))),
        ("policy", html(&policy_page)),
        ("lists", html(&ListsPage::of(editor(Here::Policies), &live()))),
        (
            "list",
            html(&ListPage::of(editor(Here::Policies), &live(), &list, ("", 0), &[], &ListHits::default()).unwrap()),
        ),
        ("registry", html(&RegistryPage::of(editor(Here::Policies), &live()))),
    ]
}

#[test]
fn every_page_renders_without_inline_script_or_style_and_with_escaped_ad_text() {
    let folder = std::env::var_os("ADJUDGE_PAGES").map(std::path::PathBuf::from);
    for (name, html) in pages() {
        assert!(!html.contains("style=") && !html.contains("<style") && !html.contains("onclick"), "{name}");
        assert!(!html.contains("<script>") && !html.contains("<b>never"), "{name}");
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
    }
}

#[test]
fn a_blind_page_shows_no_finding_and_no_score() {
    let (_, html) = pages().into_iter().find(|(name, _)| *name == "task_blind").unwrap();
    for hidden in ["0.91", "<mark", "scam_promises", "threshold", "name=\"answer."] {
        assert!(!html.contains(hidden), "{hidden}");
    }
}
