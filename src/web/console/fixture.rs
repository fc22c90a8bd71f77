//! Pages filled with made-up data, for tests of what pages say and for looking at them.
//!
//! `ADJUDGE_PAGES=DIR cargo test --lib console::fixture` writes every page as a file.
#![allow(clippy::unwrap_used)]

use super::{
    ad_page::AdPage,
    ads_page::AdsPage,
    days::{Asked, Days},
    error_page::ErrorPage,
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

pub(crate) fn content() -> AdContent {
    serde_json::from_value(serde_json::json!({
        "creative": {
            "headline": "Double your savings in 7 days, guaranteed",
            "body": "Our c@s1n0-tested trading robot <b>never loses</b>. Deposit 250 € today and watch it grow. Only 12 places left! Join 40,000 happy families who already quit their jobs. Withdraw whenever you like, no questions asked.",
            "call_to_action": "Claim my place",
            "images": [{"asset": {"digest": format!("sha256:{}", "ab".repeat(32)), "media_type": "image/png", "width": 1200, "height": 628, "bytes": 48211}, "alt_text": "A couple on a yacht, holding bundles of cash"}]
        },
        "landing_url": "https://grow-fast.example/start?ref=ad17",
        "targeting": {"countries": ["DE", "GB", "IE"], "min_age": 25, "interests": ["investing", "side income"]},
        "budget": {"micros": 1_500_000_000_i64, "currency": "EUR"},
        "on_behalf_of": "Northwind Capital Ltd",
        "paid_by": "Adway GmbH"
    }))
    .unwrap()
}

fn span(text: &str, words: &str, field: TextField, list: &str, term: &str, disguised: bool) -> Evidence {
    let start = text.find(words).unwrap();
    Evidence::Span {
        field,
        start: start as u32,
        end: (start + words.len()) as u32,
        list: list.into(),
        term: term.into(),
        disguised,
    }
}

fn finding(n: u128, policy: &str, rule: Option<&str>, effect: Effect, evidence: Vec<Evidence>) -> Finding {
    Finding {
        id: FindingId(Uuid::from_u128(n)),
        policy: policy.parse().unwrap(),
        clause_version: 3,
        rule: rule.map(Into::into),
        effect,
        evidence,
        constraints: vec![],
        undecided: false,
    }
}

fn findings() -> Vec<Finding> {
    let c = content().creative;
    let score = |head: &str, value, threshold| Evidence::Score {
        head: head.parse().unwrap(),
        value,
        threshold,
        field: TextField::Joined,
    };
    let missing = |n, policy: &str| Finding {
        undecided: true,
        ..finding(
            n,
            policy,
            None,
            Effect::Review,
            vec![Evidence::Unavailable { signal: format!("score({policy})"), cause: Cause::LanguageNotCovered }],
        )
    };
    vec![
        finding(
            1,
            "scam",
            Some("scam/guaranteed_returns"),
            Effect::Prohibited,
            vec![
                span(&c.headline, "guaranteed", TextField::Headline, "scam_promises", "guaranteed", false),
                span(&c.body, "never loses", TextField::Body, "scam_promises", "never loses", false),
                score("scam", 0.91, 0.62),
                Evidence::Fact { name: "advertiser.verified".into(), value: "not told".into() },
            ],
        ),
        Finding {
            constraints: rules()[1].constraints.clone(),
            ..finding(
                2,
                "gambling",
                Some("gambling/licensed_only"),
                Effect::Limited,
                vec![
                    span(&c.body, "c@s1n0", TextField::Body, "gambling_terms", "casino", true),
                    score("gambling", 0.58, 0.55),
                ],
            )
        },
        finding(
            3,
            "circumvention",
            Some("circumvention/disguise"),
            Effect::Review,
            vec![Evidence::Fact { name: "disguise(body)".into(), value: "0.03 (leet)".into() }],
        ),
        missing(4, "health"),
        missing(5, "political"),
    ]
}

fn signals() -> Signals {
    let known = |value: f64, gap: f64| {
        Reading::Known(PolicyScore {
            value,
            field: TextField::Joined,
            gap,
            fields: vec![FieldScore { field: TextField::Joined, raw: value - gap, normalised: value }],
        })
    };
    let code = |c: &str| c.parse().unwrap();
    Signals {
        engine: Engine {
            normaliser: "normalise-1".into(),
            detector: "whatlang-0.18".into(),
            encoder: None,
            heads: None,
            kernel: "candle-0.11 f32".into(),
            build: "0.1.0 x86_64".into(),
        },
        texts: vec![],
        language: Reading::Known(DetectedLanguage { language: "en".parse().unwrap(), confidence: 0.97 }),
        scores: BTreeMap::from([
            (code("adult"), known(0.02, 0.0)),
            (code("scam"), known(0.91, 0.01)),
            (code("gambling"), known(0.58, 0.44)),
            (code("health"), Reading::Unavailable(Cause::LanguageNotCovered)),
        ]),
        matches: vec![],
        similarities: BTreeMap::new(),
    }
}

fn advertiser() -> AdvertiserView {
    AdvertiserView {
        external_id: "adv-77".into(),
        name: "Northwind Growth".into(),
        facts: AdvertiserFacts {
            account_created_at: Some(ago(9 * Millis::DAY)),
            verified: Some(false),
            certificates: Some(vec!["finance_eu".into()]),
            spend_30d_micros: Some(820_000_000),
            currency: Some("EUR".into()),
        },
        standing: Standing::Active,
        strikes: 1,
        rejected_ads: 4,
        decided_ads: 11,
        first_seen_at: ago(8 * Millis::DAY),
    }
}

fn line(n: u128, headline: &str, review: &str, approval: &str) -> AdLine {
    AdLine {
        id: id(n),
        external_id: format!("cmp-{n}"),
        headline: headline.into(),
        advertiser: "Northwind Growth".into(),
        review_status: review.parse().unwrap(),
        approval_status: approval.parse().unwrap(),
        created_at: ago(n as i64 * 37 * Millis::MINUTE),
    }
}

fn lines() -> Vec<AdLine> {
    vec![
        line(1, "Earn from home with our proven system", "reviewed", "rejected"),
        line(2, "Savings account with 2.1 % interest", "reviewed", "approved"),
        line(3, "Trade like the professionals do", "reviewed", "limited"),
        line(4, "Last chance: 12 places left for the live webinar on the markets of tomorrow", "in_review", "none"),
        line(5, "", "pending", "none"),
    ]
}

fn screening(findings: Vec<Finding>) -> Screening {
    let verdict = conclude(&findings, &content().targeting, &[]);
    let trace = |rule: &str, truth| RuleTrace { rule: rule.into(), truth, shadow: false, snoozed: false };
    Screening {
        id: id(50),
        revision: id(60),
        trigger: Trigger::Submitted,
        release: id(70),
        signals: signals(),
        facts: Facts {
            evaluated_at: NOW,
            advertiser: advertiser(),
            counts: WindowCounts::default(),
            destination: None,
        },
        evaluation: Evaluation {
            findings,
            trace: vec![
                trace("scam/guaranteed_returns", Truth::True),
                trace("gambling/licensed_only", Truth::True),
                trace("health/cure", Truth::Unknown),
            ],
            rules: 4,
            verdict,
        },
        created_at: ago(3 * Millis::MINUTE),
    }
}

pub(crate) fn task(kind: TaskKind) -> TaskView {
    TaskView {
        id: id(10),
        kind,
        state: TaskState::Open,
        queue: id(20),
        queue_title: "Scams and finance".into(),
        round: id(30),
        trigger: if kind == TaskKind::Blind { RoundTrigger::Quality } else { RoundTrigger::Screening },
        opened_at: ago(12 * Millis::MINUTE),
        deadline: Some(NOW.plus(38 * Millis::MINUTE)),
        lease: Some(LeaseView {
            user: id(1),
            name: "maria".into(),
            until: NOW.plus(96_000),
            token: Some(Uuid::from_u128(9)),
        }),
        ad: id(40),
        external_id: "cmp-2041".into(),
        submitter: "Contoso Ads".into(),
        revision: id(60),
        revision_number: 2,
        submitted_at: ago(14 * Millis::MINUTE),
        content: content(),
        screening: screening(findings()),
        release: ReleaseNumber { major: 3, minor: 2 },
        policies: policies(),
        rules: rules(),
        advertiser: id(80),
        advertiser_now: advertiser(),
        last_ads: lines(),
        others: vec![],
    }
}

pub(crate) fn task_page(view: &TaskView, typed: &Typed, error: Option<&str>) -> TaskPage {
    let shell = shell(Role::Lead, Here::Queues).with_undo(&own());
    let shown = if view.kind == TaskKind::Blind { vec![] } else { view.screening.evaluation.findings.clone() };
    let live = live();
    let made = outcome::preview(&shown, &typed.judgement(|_| None), &view.content.targeting, &[]);
    let made = Made::of(&live.bundle.policies, typed, &made);
    let said =
        Said { typed, made, error: error.map(Into::into), queue: "", live: &live.bundle, shown: &shown, why: &[] };
    task_page::build(shell, view, said, id(1))
}

fn own() -> Vec<OwnJudgement> {
    let answer = |n: u128, headline: &str, outcome, undo: Option<i64>, undone| OwnJudgement {
        id: id(n),
        task: id(n + 100),
        kind: TaskKind::Primary,
        ad: id(n + 200),
        external_id: format!("cmp-{n}"),
        headline: headline.into(),
        outcome,
        at: ago(n as i64 * 40 * Millis::SECOND),
        undo_until: undo.map(|ms| NOW.plus(ms)),
        undone,
    };
    vec![
        answer(1, "Win a phone today, only 3 left", JudgementOutcome::Reject, Some(9_000), false),
        answer(2, "Fresh bread from the bakery next door", JudgementOutcome::Approve, None, false),
        answer(3, "Play responsibly at Lucky Harbour", JudgementOutcome::Limited, None, true),
        answer(4, "Which candidate hides this?", JudgementOutcome::Escalate, None, false),
    ]
}

fn queues() -> Vec<QueueRow> {
    let row = |n: u128, title: &str, open, leased, oldest: Option<i64>, due: Option<i64>, overdue| QueueRow {
        id: id(n),
        title: title.into(),
        open,
        leased,
        oldest_at: oldest.map(ago),
        next_deadline: due.map(|ms| NOW.plus(ms)),
        overdue,
    };
    vec![
        row(1, "Scams and finance", 31, 2, Some(52 * Millis::MINUTE), Some(-4 * Millis::MINUTE), 3),
        row(2, "Adult and weapons", 12, 1, Some(18 * Millis::MINUTE), Some(22 * Millis::MINUTE), 0),
        row(3, "Everything else", 9, 0, Some(6 * Millis::MINUTE), Some(3 * Millis::HOUR), 0),
        row(4, "Blind checks", 0, 0, None, None, 0),
    ]
}

fn metrics(shift: f64) -> HeadMetrics {
    let estimate =
        |v: f64| Some(Estimate { value: v - shift, low: v - shift - 0.04, high: (v - shift + 0.03).min(1.0) });
    let steps = || (0..=50).map(|i| f64::from(i) / 50.0);
    HeadMetrics {
        n: 640,
        positives: 112,
        auc: estimate(0.93),
        average_precision: estimate(0.81),
        threshold: 0.62,
        precision: estimate(0.84),
        recall: estimate(0.71),
        false_positive_rate: estimate(0.06),
        recall_at_95_precision: estimate(0.52),
        recall_at_1_fpr: estimate(0.44),
        precision_at_1_prevalence: estimate(0.38),
        ece: Some(Estimate { value: 0.031 + shift, low: 0.02, high: 0.06 + shift }),
        roc: steps().map(|x| (x, x.powf(0.18 + shift))).collect(),
        precision_recall: steps().map(|x| (x, 1.0 - (0.75 + shift) * x.powi(4))).collect(),
        reliability: (0..10)
            .map(|i| {
                let p = (f64::from(i) + 0.5) / 10.0;
                ReliabilityBin {
                    predicted: p,
                    observed: (p + 0.06 * (p * 9.0).sin() - shift / 2.0).clamp(0.0, 1.0),
                    n: 120 - 10 * i as u32,
                }
            })
            .collect(),
    }
}

fn model(state: ModelState) -> ModelLine {
    let head = || HeadCard {
        train_n: 4_210,
        train_positives: 733,
        validation_n: 640,
        threshold_rule: "highest recall at precision 0.80".into(),
        held_out: metrics(0.0),
        live: (state == ModelState::Candidate).then(|| metrics(0.05)),
        by_source: BTreeMap::from([("console".to_owned(), metrics(0.02)), ("sms-spam".to_owned(), metrics(0.01))]),
        vector_share: 0.7,
        left_out: BTreeMap::from([("sms-spam".to_owned(), 0.88)]),
        ece_before: Some(0.12),
        ranks_only: None,
    };
    ModelLine {
        id: if state == ModelState::Candidate { id::<ModelId>(0xfeed) } else { id(0xbeef) },
        state,
        digest: Digest([7; 32]),
        created_by: "adjudge train".into(),
        created_at: ago(Millis::HOUR),
        releases: if state == ModelState::Live {
            vec![ReleaseNumber { major: 3, minor: 1 }, ReleaseNumber { major: 3, minor: 2 }]
        } else {
            vec![]
        },
        card: Card {
            encoder: "all-MiniLM-L6-v2 int8".into(),
            encoder_digest: Digest([3; 32]),
            languages: vec!["en".into()],
            snapshot_digest: Digest([5; 32]),
            trained_at: ago(Millis::HOUR),
            split: "by advertiser and near-duplicate cluster, 70/15/15".into(),
            seed: 20_260_101,
            sources: BTreeMap::from([
                ("sms-spam".to_owned(), "CC BY 4.0".to_owned()),
                ("console".to_owned(), "own labels".to_owned()),
            ]),
            heads: BTreeMap::from([("scam".parse().unwrap(), head()), ("gambling".parse().unwrap(), head())]),
            caveats: vec![
                "Trained on English texts only.".into(),
                "Precision holds at this set's base rate, not at yours.".into(),
            ],
        },
    }
}

fn ad_view() -> AdView {
    let s = screening(findings());
    let decided = |n: u128, conclusion, state: &str| DecisionView {
        id: id(n),
        revision_number: Some(2),
        conclusion,
        decided_by: crate::domain::decision::DecidedBy::Person,
        user: Some("maria".into()),
        automation: crate::domain::decision::Automation::Partially,
        release: ReleaseNumber { major: 3, minor: 2 },
        findings: findings().into_iter().take(1).collect(),
        state: state.parse().unwrap(),
        supersedes: None,
        effective_at: NOW,
        created_at: ago(20_000),
    };
    AdView {
        line: line(1, &content().creative.headline, "reviewed", "rejected"),
        submitter: "Contoso Ads".into(),
        advertiser: id(80),
        serving_revision: None,
        serving: Serving { eligible: false, ..Serving::default() },
        outcome_version: 4,
        updated_at: ago(20_000),
        revisions: vec![RevisionView { id: id(60), number: 2, content: content(), created_at: ago(900_000) }],
        screenings: vec![ScreeningView {
            id: s.id,
            revision_number: 2,
            trigger: s.trigger,
            release: ReleaseNumber { major: 3, minor: 2 },
            conclusion: Conclusion::Prohibited,
            signals: s.signals,
            findings: s.evaluation.findings,
            trace: s.evaluation.trace,
            rules: s.evaluation.rules,
            created_at: s.created_at,
        }],
        decisions: vec![decided(1, Conclusion::Prohibited, "effective"), decided(2, Conclusion::Approve, "undone")],
        rounds: vec![RoundView {
            id: id(30),
            trigger: RoundTrigger::Screening,
            state: crate::domain::review::RoundState::Resolved,
            opened_at: ago(600_000),
            tasks: vec![TaskLine {
                id: id(10),
                kind: TaskKind::Primary,
                state: TaskState::Done,
                user: Some("maria".into()),
                outcome: Some(JudgementOutcome::Reject),
                note: "Same promise as last week.".into(),
            }],
        }],
        events: vec![
            EventView { position: Some(88), type_name: "ad.outcome".into(), created_at: ago(9_000) },
            EventView { position: Some(61), type_name: "ad.submitted".into(), created_at: ago(900_000) },
        ],
    }
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

/// One signal that fails widely, one that was back yesterday, one that never failed.
fn signal_lines() -> Vec<SignalLine> {
    let failing = Breaker {
        state: BreakerState::Open,
        opened_at: Some(ago(400_000)),
        since: Some(ago(700_000)),
        next_probe_at: Some(NOW.plus(9_000)),
        probes: 26,
        counts: breaker::Counts { screenings: 23, failed: 19 },
        held: 412,
        ..Breaker::closed(Producer::Encoder)
    };
    let back = Breaker {
        opened_at: Some(ago(Millis::DAY)),
        closed_at: Some(ago(Millis::DAY - 900_000)),
        ..Breaker::closed(Producer::SecondEncoder)
    };
    let line = |breaker: Breaker, held, affected, screenings| SignalLine {
        counts: breaker::Counts { screenings, failed: breaker.counts.failed },
        breaker,
        held,
        affected,
    };
    vec![line(failing, 412, 19, 23), line(back, 0, 0, 61), line(Breaker::closed(Producer::Language), 0, 0, 84)]
}

fn trainings(running: bool) -> Trainings {
    let run = |n: u128, state| Training {
        id: id(n),
        encoder: None,
        state,
        progress: Progress { stage: TrainingStage::Embedding, done: 1_472, total: 5_310 },
        notice: None,
        model: None,
        created_by: "operator".into(),
        created_at: ago(90_000),
        finished_at: None,
    };
    let failed = Training {
        notice: Some("Nothing can be fitted yet: collect more labels.".into()),
        ..run(1, TrainingState::Failed)
    };
    let done = Training { model: Some(id(7)), ..run(2, TrainingState::Done) };
    let encoder = StoredEncoder {
        digest: Digest::of(b"second"),
        name: "multilingual-e5-small".into(),
        languages: ["de", "fr", "es"].map(|l| l.parse().unwrap()).to_vec(),
        dimensions: 384,
        licence: "MIT".into(),
        size: 1,
        created_by: "operator".into(),
        created_at: ago(1),
    };
    let mut runs = vec![done, failed];
    if running {
        runs.insert(0, run(3, TrainingState::Running));
    }
    Trainings { runs, encoders: vec![encoder], first: "all-MiniLM-L6-v2".into(), names: BTreeMap::new() }
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
