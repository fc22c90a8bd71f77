//! The content of an ad: what one immutable revision holds.
//!
//! Built by intake, hashed into the revision's digest, read by screening and pages. It must never hold bytes of
//! images (assets do), ids of the submitter, or anything that may change without the content changing.

use super::{
    digest::{Digest, NotCanonical},
    id::AssetId,
    place::{Country, Language},
    time::Millis,
};
use crate::named_enum;
use serde::{Deserialize, Serialize};

/// Version of the content schema; part of every revision digest.
pub const CONTENT_SCHEMA: u32 = 1;

/// Content of one revision, canonical: empty fields are absent, sets are sorted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AdContent {
    /// What people see.
    pub creative: Creative,
    /// Where a click leads, as submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_url: Option<String>,
    /// Who may see it.
    #[serde(default, skip_serializing_if = "Targeting::is_open")]
    pub targeting: Targeting,
    /// When it may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Planned spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// On whose behalf the ad runs (DSA article 26).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// Who pays, where that is somebody else (DSA article 26).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<String>,
    /// SHA-256 of the document that this content was read from, where that holds more than is here (AdCOM): what changes
    /// only there is a change all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Digest>,
}

/// The visible part of an ad.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Creative {
    /// Headline.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub headline: String,
    /// Body text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Text of the button.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub call_to_action: String,
    /// Images, in the order shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// A video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<Video>,
}

/// An image: by URL (not fetched) or by content (an asset).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Image {
    /// Where it is served from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The stored bytes, when they were submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetRef>,
    /// Text for people who do not see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt_text: String,
}

/// What a revision keeps of a stored image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AssetRef {
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    pub media_type: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size in bytes.
    pub bytes: u64,
}

impl AssetRef {
    /// The asset's id: a version-8 UUID made of the digest's first 16 bytes, so that equal bytes are one asset.
    pub fn id(&self) -> AssetId {
        let mut head = [0u8; 16];
        head.copy_from_slice(&self.digest.0[..16]);
        AssetId(uuid::Builder::from_custom_bytes(head).into_uuid())
    }
}

/// A video, by URL (not fetched).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Video {
    /// Where it is served from.
    pub url: String,
    /// Length in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
}

/// Who may see the ad. Absent means everyone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Targeting {
    /// Countries; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// Youngest age shown to, in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_age: Option<u8>,
    /// Oldest age shown to, in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u8>,
    /// Languages; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// Interests and keywords, free text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<String>,
}

impl Targeting {
    /// Whether nothing is narrowed.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// When the ad may run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Schedule {
    /// First moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Millis>,
    /// Last moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Millis>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Millionths of the currency's unit; canonical JSON is exact up to this maximum.
    #[schema(minimum = 0, maximum = 9007199254740991_i64)]
    pub micros: i64,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
}

named_enum!(
    /// A text field of an ad, as signals and evidence name it.
    TextField {
        /// `creative.headline`
        Headline = "headline",
        /// `creative.body`
        Body = "body",
        /// `creative.call_to_action`
        CallToAction = "call_to_action",
        /// All alternative texts of images, one a line.
        AltText = "alt_text",
        /// `landing_url`
        LandingUrl = "landing_url",
        /// Headline, body and call to action, one a line: what a person reads as one.
        Joined = "joined",
    }
);

impl AdContent {
    /// Digest over schema version and canonical JSON. Two contents with one digest are one revision.
    pub fn digest(&self) -> Result<Digest, NotCanonical> {
        #[derive(Serialize)]
        struct Versioned<'a> {
            schema: u32,
            content: &'a AdContent,
        }
        Digest::of_json(&Versioned { schema: CONTENT_SCHEMA, content: self })
    }

    /// The text of a field, empty when absent.
    pub fn text(&self, field: TextField) -> String {
        let c = &self.creative;
        match field {
            TextField::Headline => c.headline.clone(),
            TextField::Body => c.body.clone(),
            TextField::CallToAction => c.call_to_action.clone(),
            TextField::AltText => {
                c.images.iter().map(|i| i.alt_text.as_str()).filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n")
            }
            TextField::LandingUrl => self.landing_url.clone().unwrap_or_default(),
            TextField::Joined => [&c.headline, &c.body, &c.call_to_action]
                .into_iter()
                .filter(|t| !t.is_empty())
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }

    /// Stored images, in order.
    pub fn assets(&self) -> impl Iterator<Item = &AssetRef> {
        self.creative.images.iter().filter_map(|i| i.asset.as_ref())
    }
}
