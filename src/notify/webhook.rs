//! An event as the body that a webhook's profile wants.
//!
//! Called when a delivery is sent and when it is shown, and gives the same bytes each time. It must never show more than
//! the event cursor does, nor grow beyond what receivers must take.

use crate::domain::{Millis, event::Event, id::WebhookId, webhook::Profile};
use serde_json::{Value, json};

/// Longest body, in bytes.
pub const LONGEST: usize = 20_000;

/// The type of a test message.
pub const TEST: &str = "webhook.test";

/// What is sent.
#[derive(Debug, Clone)]
pub enum Message<'a> {
    /// An event.
    Event(&'a Event),
    /// A message that tells nothing, to try the way.
    Test {
        /// The address that is tried.
        webhook: WebhookId,
        /// When somebody asked for it.
        at: Millis,
    },
}

/// Whether bodies of a profile can be made.
pub const fn speaks(profile: Profile) -> bool {
    matches!(profile, Profile::Standard)
}

/// The body, as JSON text.
pub fn body(profile: Profile, message: &Message<'_>) -> String {
    match profile {
        // An endpoint of the other profile is refused while `speaks` says no; the envelope tells it the same.
        Profile::Standard | Profile::Iab => envelope(message),
    }
}

/// Standard Webhooks: `{type, timestamp, data}`.
fn envelope(message: &Message<'_>) -> String {
    match message {
        Message::Test { webhook, at } => {
            json!({"type": TEST, "timestamp": at, "data": {"webhook": webhook}}).to_string()
        }
        Message::Event(event) => {
            let data = serde_json::to_value(&event.kind).unwrap_or_default()["data"].take();
            let whole = json!({"type": event.kind.type_name(), "timestamp": event.timestamp, "data": data}).to_string();
            if whole.len() < LONGEST { whole } else { shortened(event) }
        }
    }
}

/// An outcome with many findings says less of each, and its notice is left out: the ad itself says all. What is left out
/// is said to be.
fn shortened(event: &Event) -> String {
    let kind = event.kind.type_name();
    let mut data = serde_json::to_value(&event.kind).unwrap_or_default()["data"].take();
    let text = |data: &Value| json!({"type": kind, "timestamp": event.timestamp, "data": data}).to_string();
    data["shortened"] = true.into();
    if let Some(members) = data.as_object_mut() {
        members.remove("notice");
    }
    if let Some(findings) = data["outcome"]["findings"].as_array_mut() {
        for finding in findings {
            let Some(members) = finding.as_object_mut() else { continue };
            members.retain(|name, _| matches!(name.as_str(), "policy" | "title" | "effect" | "clause_version"));
        }
    }
    while text(&data).len() >= LONGEST {
        // Whole findings from the end; the statuses and the version always fit.
        match data["outcome"]["findings"].as_array_mut() {
            Some(findings) if !findings.is_empty() => {
                findings.pop();
            }
            _ => break,
        }
    }
    text(&data)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::{
        Effect, Evidence,
        decision::{DisclosedFinding, Outcome},
        event::EventKind,
        id::{AdId, EventId, RevisionId},
        verdict::Serving,
    };
    use uuid::Uuid;

    fn event(findings: usize) -> Event {
        let finding = DisclosedFinding {
            policy: "scam".parse().unwrap(),
            title: "Fraud and misrepresentation".into(),
            effect: Effect::Prohibited,
            clause_version: 3,
            evidence: vec![Evidence::Fact { name: "advertiser.verified".into(), value: "x".repeat(200) }],
            constraints: vec![],
            fix_hint: Some("Say what it costs.".into()),
        };
        let outcome = Outcome {
            id: AdId(Uuid::from_u128(1)),
            external_id: "sale-1".into(),
            revision: RevisionId(Uuid::from_u128(2)),
            serving_revision: None,
            review_status: crate::domain::ReviewStatus::Reviewed,
            approval_status: crate::domain::ApprovalStatus::Rejected,
            serving: Serving::default(),
            findings: vec![finding; findings],
            decided_by: None,
            decided_at: None,
            decision: None,
            expected_by: None,
            outcome_version: 7,
            appeal_url: None,
            sandbox: false,
        };
        Event {
            id: EventId(Uuid::from_u128(3)),
            position: 9,
            timestamp: Millis(1_790_000_000_000),
            kind: EventKind::AdOutcome { outcome: Box::new(outcome), notice: None },
        }
    }

    #[test]
    fn a_body_is_the_envelope_with_type_time_and_data() {
        let event = event(1);
        let text = body(Profile::Standard, &Message::Event(&event));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read.as_object().unwrap().keys().collect::<Vec<_>>(), ["type", "timestamp", "data"]);
        assert_eq!(read["type"], "ad.outcome");
        assert_eq!(read["timestamp"], "2026-09-21T14:13:20.000Z");
        assert_eq!(read["data"]["outcome"]["outcome_version"], 7);
        assert_eq!(read["data"]["outcome"]["findings"][0]["fix_hint"], "Say what it costs.");
        assert_eq!(text, body(Profile::Standard, &Message::Event(&event)), "the same bytes each time");
    }

    #[test]
    fn a_body_never_grows_beyond_what_receivers_must_take() {
        for findings in [60, 120, 2_000] {
            let text = body(Profile::Standard, &Message::Event(&event(findings)));
            assert!(text.len() < LONGEST, "{findings}: {}", text.len());
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["data"]["shortened"], true);
            assert_eq!(read["data"]["outcome"]["outcome_version"], 7);
            assert_eq!(read["data"]["outcome"]["findings"][0]["policy"], "scam");
        }
    }
}
