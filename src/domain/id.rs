//! Typed identifiers: a UUIDv7 inside, a prefixed string outside (`ad_0190…`).
//!
//! Called by everyone. It must never make an id: `platform::clock` does, since time and randomness are parameters.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A string that is not an id of the expected kind.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("not an id of the form {prefix}_<32 hexadecimal digits>")]
pub struct BadId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// What every typed id can do; lets stores and clocks be generic over the kind.
pub trait TypedId: Copy {
    /// The outside prefix, without the underscore.
    const PREFIX: &'static str;
    /// Wraps a raw UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The raw UUID, as the store keeps it.
    fn uuid(self) -> Uuid;
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(s: &str) -> Result<Self, BadId> {
                s.strip_prefix($prefix)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(BadId { prefix: $prefix })
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )+};
}

typed_ids! {
    /// A party that submits ads.
    SubmitterId = "sub",
    /// An API key; the secret itself is never stored.
    KeyId = "key",
    /// A person who signs in to the console.
    UserId = "user",
    /// A signed-in browser.
    SessionId = "sess",
    /// An account that ads belong to.
    AdvertiserId = "adv",
    /// A certificate of an advertiser.
    CertificateId = "cert",
    /// An ad, over all its revisions.
    AdId = "ad",
    /// One immutable content of an ad.
    RevisionId = "rev",
    /// A content-addressed image or video.
    AssetId = "asset",
    /// A landing URL.
    DestinationId = "dest",
    /// One run of signals and rules over one revision.
    ScreeningId = "scr",
    /// One finding of a screening, or one that a reviewer added.
    FindingId = "find",
    /// One open question about a subject.
    RoundId = "rnd",
    /// One piece of work for one person.
    TaskId = "task",
    /// One person's answer to one task.
    JudgementId = "jdg",
    /// An outcome that takes effect.
    DecisionId = "dec",
    /// A report about an ad.
    ReportId = "rep",
    /// A statement of reasons for a restriction.
    StatementId = "sor",
    /// A contested decision.
    AppealId = "apl",
    /// One training label.
    LabelId = "lab",
    /// A frozen set of labels.
    SnapshotId = "snap",
    /// One run of training that somebody asked for.
    TrainingId = "trn",
    /// A set of heads with its encoder, calibration and card.
    ModelId = "mod",
    /// An immutable bundle of policies, rules, lists, thresholds and model digests.
    ReleaseId = "rel",
    /// An editable set of pack files on its way to a release.
    DraftId = "drf",
    /// One run of a draft over stored screenings.
    BacktestId = "bt",
    /// One walk over the ads that live, to screen them again.
    SweepId = "swp",
    /// One thing that a lead blocked at once.
    BlockId = "blk",
    /// A state change worth telling.
    EventId = "evt",
    /// An address that events are sent to.
    WebhookId = "wh",
    /// One event on its way to one address.
    DeliveryId = "dlv",
    /// One line of the audit chain.
    AuditId = "aud",
    /// One piece of background work.
    JobId = "job",
    /// A queue of tasks.
    QueueId = "que",
}
