//! Hooks as pages: the list with what is wrong, and one with its deliveries.
//!
//! Called by `hooks`. It must never call a hook healthy while something of it was not received.

use super::{
    page::Shell,
    releases_page::csrf,
    text::{When, words},
};
use crate::{
    domain::{
        Millis,
        webhook::{DeliveryState, DisabledBecause, Lane, WebhookState},
    },
    flows::hooks::send::body_of,
    store::{
        deliveries::{DeliveryLine, Unreceived},
        views::console::hooks::{HookLine, HookView},
    },
};
use askama::Template;

/// `templates/hooks.html`.
#[derive(Debug, Template)]
#[template(path = "hooks.html")]
pub struct HooksPage {
    shell: Shell,
    late: Option<Late>,
    rows: Vec<Row>,
}

/// `templates/hook.html`.
#[derive(Debug, Template)]
#[template(path = "hook.html")]
pub struct HookPage {
    shell: Shell,
    csrf: String,
    hook: Row,
    enabled: bool,
    types: String,
    signing: String,
    description: String,
    old_key_until: Option<When>,
    throttled_until: Option<When>,
    created: When,
    states: Vec<(DeliveryState, String, bool)>,
    narrowed: bool,
    deliveries: Vec<DeliveryRow>,
    next: Option<String>,
}

/// Takedowns that were not received in time, for a banner.
#[derive(Debug)]
pub struct Late {
    /// How many.
    pub n: i64,
    /// The oldest of them.
    pub oldest: When,
}

/// What a banner says about takedowns; nothing where all were received.
pub(super) fn late(unreceived: Unreceived) -> Option<Late> {
    unreceived.oldest.filter(|_| unreceived.n > 0).map(|at| Late { n: unreceived.n, oldest: When(at) })
}

#[derive(Debug)]
struct Row {
    id: String,
    url: String,
    submitter: String,
    profile: String,
    state: &'static str,
    tone: &'static str,
    failures: u32,
    waiting: i64,
    dead: i64,
    success: Option<When>,
    failure: Option<When>,
}

#[derive(Debug)]
struct DeliveryRow {
    id: String,
    what: String,
    message: String,
    urgent: bool,
    state: String,
    tone: &'static str,
    at: When,
    next: Option<When>,
    delivered: Option<When>,
    last: String,
    attempts: Vec<AttemptRow>,
    body: Option<String>,
}

#[derive(Debug)]
struct AttemptRow {
    number: u32,
    at: When,
    took: i64,
    said: String,
    answer: String,
}

fn row(line: &HookLine, now: Millis) -> Row {
    let w = &line.webhook;
    let (state, tone) = match (w.state, w.because) {
        (WebhookState::Disabled, Some(DisabledBecause::Gone)) => ("Receiver is gone", "bad"),
        (WebhookState::Disabled, _) => ("Disabled", ""),
        _ if w.failures > 0 => ("Failing", "bad"),
        _ if w.throttled_until > now => ("Paused by the receiver", "warn"),
        _ if line.dead > 0 => ("Not all received", "warn"),
        _ if w.last_success_at.is_none() => ("Nothing sent yet", "info"),
        _ => ("Healthy", "good"),
    };
    Row {
        id: w.id.to_string(),
        url: w.url.clone(),
        submitter: line.submitter.clone(),
        profile: words(w.profile),
        state,
        tone,
        failures: w.failures,
        waiting: line.waiting,
        dead: line.dead,
        success: w.last_success_at.map(When),
        failure: w.last_failure_at.map(When),
    }
}

impl HooksPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, all: &[HookLine], unreceived: Unreceived) -> Self {
        let now = shell.now;
        Self { rows: all.iter().map(|line| row(line, now)).collect(), late: late(unreceived), shell }
    }
}

impl HookPage {
    /// Builds the page. `more` says that there are older deliveries.
    pub(crate) fn of(shell: Shell, view: &HookView, state: Option<DeliveryState>, more: bool) -> Self {
        let (w, now) = (&view.line.webhook, shell.now);
        let oldest = view.deliveries.last().filter(|_| more).map(|d| d.delivery.id);
        let query = state.map(|s| format!("state={s}&")).unwrap_or_default();
        Self {
            csrf: csrf(&shell),
            hook: row(&view.line, now),
            enabled: w.state == WebhookState::Enabled,
            types: if w.types.is_empty() { "all".into() } else { w.types.join(", ") },
            signing: words(w.signing),
            description: w.description.clone(),
            old_key_until: w.old_key_until.filter(|until| *until > now).map(When),
            throttled_until: Some(w.throttled_until).filter(|until| *until > now).map(When),
            created: When(w.created_at),
            states: DeliveryState::ALL.iter().map(|s| (*s, words(s), state == Some(*s))).collect(),
            narrowed: state.is_some(),
            deliveries: view.deliveries.iter().map(|line| delivery(line, view)).collect(),
            next: oldest.map(|id| format!("/hooks/{}?{query}before={id}", w.id)),
            shell,
        }
    }
}

fn delivery(line: &DeliveryLine, view: &HookView) -> DeliveryRow {
    let d = &line.delivery;
    let said = |status: Option<u16>, error: &str| status.map_or_else(|| error.to_owned(), |s| s.to_string());
    let pretty = |text: String| {
        let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        value.and_then(|v| serde_json::to_string_pretty(&v).ok()).unwrap_or(text)
    };
    DeliveryRow {
        id: d.id.to_string(),
        what: d.type_name.clone(),
        message: d.message_id(),
        urgent: d.lane == Lane::Urgent,
        state: words(d.state),
        tone: match d.state {
            DeliveryState::Waiting if d.attempts == 0 => "info",
            DeliveryState::Waiting => "warn",
            DeliveryState::Delivered => "good",
            DeliveryState::Dead => "bad",
        },
        at: When(d.event_at),
        next: (d.state == DeliveryState::Waiting).then_some(When(d.run_at)),
        delivered: d.delivered_at.map(When),
        last: line.attempts.last().map(|a| said(a.status, &a.error)).unwrap_or_default(),
        attempts: line
            .attempts
            .iter()
            .map(|a| AttemptRow {
                number: a.number,
                at: When(a.at),
                took: a.took_ms,
                said: said(a.status, &a.error),
                answer: a.answer.clone(),
            })
            .collect(),
        body: body_of(d, view.line.webhook.profile, d.event.and_then(|id| view.events.get(&id))).map(pretty),
    }
}
