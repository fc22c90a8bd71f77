//! The native wire types: what a submitter may send, and the source of its JSON Schema and OpenAPI description.
//!
//! Deserialised by `build` once the schema and the checks found nothing; described by the API's OpenAPI document.
//! Lengths and counts live here and nowhere else. It must never refuse what its own schema allows.

use crate::domain::{
    DecisionId,
    ad::Money,
    external::ExternalOutcome,
    place::{Country, Language},
    report::Reporter,
    time::Millis,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Longest external id, in characters.
pub const EXTERNAL_ID_CHARS: usize = 200;

/// An ad to review.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdInput {
    /// Your id for the ad. Sending it again with other content makes a new revision of the same ad.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f]*$", example = "summer-sale-17")]
    pub external_id: String,
    /// The account the ad belongs to.
    pub advertiser: AdvertiserInput,
    /// What people see. At least one of headline, body, images and video must be there.
    pub creative: CreativeInput,
    /// Where a click leads: an http or https URL.
    #[serde(default)]
    #[schema(nullable = false, max_length = 2048, format = "uri", example = "https://shop.example/summer")]
    pub landing_url: Option<String>,
    /// Who may see it; leave out to show it to everyone.
    #[serde(default)]
    #[schema(nullable = false)]
    pub targeting: Option<TargetingInput>,
    /// When it may run.
    #[serde(default)]
    #[schema(nullable = false)]
    pub schedule: Option<ScheduleInput>,
    /// Planned spend.
    #[serde(default)]
    #[schema(nullable = false)]
    pub budget: Option<Money>,
    /// On whose behalf the ad runs, where that is not the advertiser.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    pub on_behalf_of: Option<String>,
    /// Who pays for it, where that is not the advertiser.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    pub paid_by: Option<String>,
    /// You only try things out: the ad is answered, by what its `external_id` asks for (`sandbox-approve`, `sandbox-limit`,
    /// `sandbox-reject`, `sandbox-review`, or one of these with a dash and more) or by a real screening, and nothing of it
    /// counts anywhere; no person is asked. It stays so for all revisions of an ad.
    #[serde(default)]
    pub sandbox: bool,
    /// When you need an answer.
    #[serde(default)]
    #[schema(nullable = false)]
    pub needed_by: Option<Millis>,
}

/// An account that ads belong to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvertiserInput {
    /// Your id for the account.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f]*$", example = "acct-204")]
    pub external_id: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 300, example = "Northwind Garden Tools")]
    pub name: String,
}

/// The visible part of an ad.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreativeInput {
    /// Headline.
    #[serde(default)]
    #[schema(max_length = 300, example = "Garden tools, 20 % off")]
    pub headline: String,
    /// Body text.
    #[serde(default)]
    #[schema(max_length = 10000, example = "Spades, rakes and shears, shipped in two days.")]
    pub body: String,
    /// Text of the button.
    #[serde(default)]
    #[schema(max_length = 100, example = "Shop now")]
    pub call_to_action: String,
    /// Images, in the order shown.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub images: Vec<ImageInput>,
    /// A video.
    #[serde(default)]
    #[schema(nullable = false)]
    pub video: Option<VideoInput>,
}

/// An image, by `url` or by `data`: exactly one of the two.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageInput {
    /// Where it is served from. It is not fetched.
    #[serde(default)]
    #[schema(nullable = false, max_length = 2048, format = "uri")]
    pub url: Option<String>,
    /// The bytes in base64 (RFC 4648, section 4): PNG, JPEG, GIF or WebP, at most 5 MiB, 40 million pixels and
    /// 10,000 pixels a side.
    #[serde(default)]
    #[schema(nullable = false, content_encoding = "base64")]
    pub data: Option<String>,
    /// Text for people who do not see it.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub alt_text: String,
}

/// A video, by URL.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VideoInput {
    /// Where it is served from. It is not fetched.
    #[schema(max_length = 2048, format = "uri")]
    pub url: String,
    /// Length in milliseconds.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 86400000)]
    pub duration_ms: Option<u32>,
}

/// Who may see an ad.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetingInput {
    /// Countries (ISO 3166-1 alpha-2); leave out for all.
    #[serde(default)]
    #[schema(max_items = 300, example = json!(["DE", "AT"]))]
    pub countries: Vec<Country>,
    /// Youngest age shown to, in years.
    #[serde(default)]
    #[schema(nullable = false, minimum = 13, maximum = 120, example = 18)]
    pub min_age: Option<u8>,
    /// Oldest age shown to, in years.
    #[serde(default)]
    #[schema(nullable = false, minimum = 13, maximum = 120)]
    pub max_age: Option<u8>,
    /// Languages (ISO 639-1); leave out for all.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub languages: Vec<Language>,
    /// Interests and keywords, free text, each of at most 200 characters.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub interests: Vec<Interest>,
}

/// An interest or keyword.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 200)]
pub struct Interest(pub String);

/// When an ad may run.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleInput {
    /// First moment.
    #[serde(default)]
    #[schema(nullable = false)]
    pub starts_at: Option<Millis>,
    /// Last moment; after `starts_at`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub ends_at: Option<Millis>,
}

/// What you know about an advertiser. Facts left out are unknown to the rules, also those told before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvertiserFactsInput {
    /// Its name; leave out to keep the name known.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    pub name: Option<String>,
    /// When the account was opened.
    #[serde(default)]
    #[schema(nullable = false)]
    pub account_created_at: Option<Millis>,
    /// Whether you verified the account's identity.
    #[serde(default)]
    #[schema(nullable = false)]
    pub verified: Option<bool>,
    /// Certificates held, such as `gambling` or `pharmacy`: lower-case letters, digits and underscores.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    pub certificates: Option<Vec<Certificate>>,
    /// Money spent in the last 30 days, in millionths of `currency`.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 9007199254740991_i64)]
    pub spend_30d_micros: Option<i64>,
    /// Currency (ISO 4217) of `spend_30d_micros`.
    #[serde(default)]
    #[schema(nullable = false, pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: Option<String>,
    /// The language (ISO 639-1) that notices to it are written in: `de`, `en`, `es`, `fr` or `pt`; English otherwise.
    #[serde(default)]
    #[schema(nullable = false, example = "de")]
    pub language: Option<Language>,
}

/// A certificate to be reviewed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateInput {
    /// What it certifies, as policies name it.
    #[schema(example = "gambling")]
    pub kind: Certificate,
    /// Countries (ISO 3166-1 alpha-2) that it is good for; leave out for all. It counts for an ad that is shown there only.
    #[serde(default)]
    #[schema(max_items = 300, example = json!(["GB"]))]
    pub countries: Vec<Country>,
    /// Number, register entry or address of the document, for the person who looks it up.
    #[schema(min_length = 1, max_length = 2048, example = "UKGC 000-012345-R-301234")]
    pub document: String,
    /// Anything that helps that person.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub note: String,
    /// First moment at which it no longer counts; leave out when it does not lapse.
    #[serde(default)]
    #[schema(nullable = false)]
    pub valid_until: Option<Millis>,
}

/// The name of a certificate.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9_]+$")]
pub struct Certificate(pub String);

/// What one of your ads delivered in one hour. Told again, it takes the place of what was told before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryInput {
    /// Your id for the ad. Give this or `id`.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "summer-sale-17")]
    pub external_id: Option<String>,
    /// Adjudge's id for the ad.
    #[serde(default)]
    #[schema(nullable = false, example = "ad_01a2098239387791a75b8d30a17b25ca")]
    pub id: Option<String>,
    /// The first moment of the hour (UTC): what counts is the whole hour.
    #[schema(example = "2026-01-31T12:00:00Z")]
    pub hour: Millis,
    /// How often it was shown in that hour.
    #[schema(minimum = 0, maximum = 1000000000000_i64, example = 1200)]
    pub impressions: i64,
    /// What was spent on it in that hour; at most 100 million units of the currency.
    #[serde(default)]
    #[schema(nullable = false)]
    pub spend: Option<Money>,
}

/// An appeal of a decision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealInput {
    /// Why the decision is wrong, in any language that reviewers read.
    #[schema(
        min_length = 1,
        max_length = 5000,
        example = "The ad sells a water pistol for children; the photo shows it."
    )]
    pub statement: String,
    /// The decision contested, as the outcome's `decision` names it; leave out for the one in effect. Naming it keeps you
    /// from contesting one that you have not seen.
    #[serde(default)]
    #[schema(nullable = false)]
    pub decision: Option<DecisionId>,
    /// What shows it: at most 5 files, 10 MiB together.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub attachments: Vec<AttachmentInput>,
}

/// A file added to an appeal. Its type is found out by looking at it: PNG, JPEG, PDF or plain text in UTF-8.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentInput {
    /// Its name, for people.
    #[schema(min_length = 1, max_length = 200, example = "invoice.pdf")]
    pub name: String,
    /// Its bytes in base64, at most 5 MiB before encoding.
    #[schema(min_length = 1, example = "SXQgaXMgYSB0b3ku")]
    pub data: String,
}

/// An ad that is reported.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportInput {
    /// Your id for the ad. Give this or `id`.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "summer-sale-17")]
    pub external_id: Option<String>,
    /// Adjudge's id for the ad.
    #[serde(default)]
    #[schema(nullable = false, example = "ad_01a2098239387791a75b8d30a17b25ca")]
    pub id: Option<String>,
    /// The policy that the ad is said to break.
    #[schema(min_length = 2, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "scam")]
    pub policy: String,
    /// Who reports; leave out for the first kind that the key may report for.
    #[serde(default)]
    #[schema(nullable = false, value_type = Option<String>, example = "user")]
    pub reporter: Option<Reporter>,
    /// The person who reports, if they gave a name. Kept apart, and shown to nobody outside.
    #[serde(default)]
    #[schema(nullable = false)]
    pub person: Option<ReportPerson>,
    /// What they say; reviewers read it.
    #[serde(default)]
    #[schema(max_length = 4000, example = "The shop takes the money and sends nothing.")]
    pub statement: String,
}

/// Who reports an ad.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportPerson {
    /// Your name for the person, such as an id of yours: reports of one person about one ad and policy are one.
    #[serde(default)]
    #[schema(max_length = 200, example = "user-4711")]
    pub reference: String,
    /// How to reach them.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub contact: String,
}

/// What you decided about one of your ads yourself.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalDecisionInput {
    /// Your id for the ad. Give this or `id`.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "summer-sale-17")]
    pub external_id: Option<String>,
    /// Adjudge's id for the ad.
    #[serde(default)]
    #[schema(nullable = false, example = "ad_01a2098239387791a75b8d30a17b25ca")]
    pub id: Option<String>,
    /// What you decided: `approved`, `limited` or `rejected`.
    #[schema(value_type = String, example = "rejected")]
    pub outcome: ExternalOutcome,
    /// The policies that you found broken; what is restricted for none counts for none.
    #[serde(default)]
    #[schema(max_items = 40, value_type = Vec<String>, example = json!(["scam"]))]
    pub policies: Vec<String>,
    /// When you decided; leave out for now.
    #[serde(default)]
    #[schema(nullable = false)]
    pub decided_at: Option<Millis>,
}
