//! Webhooks: addresses that a submitter's events are sent to, and each event's way to each of them.
//!
//! Used by flows, the store and pages. It must never hold a secret: keys stay in the store and are told once.

use super::{
    decision::Outcome,
    event::EventKind,
    id::{DeliveryId, EventId, SubmitterId, WebhookId},
    time::Millis,
};
use crate::named_enum;

named_enum!(
    /// What a receiver is sent, and which answers it accepts as received.
    Profile {
        /// A Standard Webhooks envelope; any 2xx is success.
        Standard = "standard",
        /// A sparse IAB collection; 204 is success.
        Iab = "iab",
    }
);

named_enum!(
    /// How messages are signed.
    Signing {
        /// HMAC-SHA256 with a secret that both sides know.
        Symmetric = "symmetric",
        /// Ed25519: the receiver knows the public key alone.
        Ed25519 = "ed25519",
    }
);

named_enum!(
    /// Whether events are sent.
    WebhookState {
        /// They are.
        Enabled = "enabled",
        /// They wait until it is enabled again.
        Disabled = "disabled",
    }
);

named_enum!(
    /// Why a webhook is disabled.
    DisabledBecause {
        /// Its owner, or somebody here, disabled it.
        Asked = "asked",
        /// The receiver answered 410.
        Gone = "gone",
    }
);

named_enum!(
    /// How far an event has come on its way to an address.
    DeliveryState {
        /// It is sent again until it is received.
        Waiting = "waiting",
        /// The receiver has it.
        Delivered = "delivered",
        /// Every attempt failed; somebody has to ask for more.
        Dead = "dead",
    }
);

named_enum!(
    /// Which deliveries go first.
    Lane {
        /// Something that served must not any more.
        Urgent = "urgent",
        /// Everything else.
        Normal = "normal",
    }
);

/// An address that events are sent to.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose events it gets.
    pub submitter: SubmitterId,
    /// Where they are sent.
    pub url: String,
    /// The owner's words.
    pub description: String,
    /// Types of events; empty is all.
    pub types: Vec<String>,
    /// What is sent.
    pub profile: Profile,
    /// How it is signed.
    pub signing: Signing,
    /// The public key of ed25519 signatures.
    pub public_key: Option<String>,
    /// Until when the key before also signs.
    pub old_key_until: Option<Millis>,
    /// Whether events are sent.
    pub state: WebhookState,
    /// Why not.
    pub because: Option<DisabledBecause>,
    /// The last position of the event cursor whose event was looked at.
    pub position: i64,
    /// Nothing is sent before this moment.
    pub throttled_until: Millis,
    /// Attempts that failed since the last one that did not.
    pub failures: u32,
    /// The last attempt that was received.
    pub last_success_at: Option<Millis>,
    /// The last attempt that failed.
    pub last_failure_at: Option<Millis>,
    /// When it was made.
    pub created_at: Millis,
}

impl Webhook {
    /// Whether it wants events of a type.
    pub fn wants(&self, type_name: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|t| t == type_name)
    }
}

/// One event on its way to one address.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The address.
    pub webhook: WebhookId,
    /// The event; `None` is a test message.
    pub event: Option<EventId>,
    /// The event's type.
    pub type_name: String,
    /// Which deliveries go before it.
    pub lane: Lane,
    /// How far it has come.
    pub state: DeliveryState,
    /// Attempts made in all.
    pub attempts: u32,
    /// Attempts made since it was last asked for; the pauses between them grow by this.
    pub tries: u32,
    /// The next attempt is not before this.
    pub run_at: Millis,
    /// When the event happened.
    pub event_at: Millis,
    /// When it was received.
    pub delivered_at: Option<Millis>,
}

impl Delivery {
    /// What `webhook-id` says: the same at every attempt, so that a receiver drops what it has.
    pub fn message_id(&self) -> String {
        self.event.map_or_else(|| self.id.to_string(), |event| event.to_string())
    }
}

/// The outcome of an event by which nothing of an ad serves any more, where that can be said from the event alone. It is
/// a takedown if something served before.
pub fn ends_serving(kind: &EventKind) -> Option<&Outcome> {
    match kind {
        EventKind::AdOutcome { outcome, .. } if outcome.serving_revision.is_none() => Some(outcome),
        _ => None,
    }
}
