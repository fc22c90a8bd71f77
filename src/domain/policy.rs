//! A policy: one rule of conduct with its clause, severity, disclosure and mappings; and the rules and lists that find it broken.
//!
//! Read from policy packs and stored in releases. It must never evaluate anything: `screening::policy` does.

use super::{finding::Constraint, finding::Effect, place::Language, shared::Shared, time::Millis};
use crate::named_enum;
use serde::{Deserialize, Deserializer, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A policy's code, such as `weight_loss`: lower-case letters, digits and underscores, 2 to 40 of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[schema(value_type = String, pattern = "^[a-z][a-z0-9_]{1,39}$")]
pub struct PolicyCode(Shared);

/// The starter taxonomy: codes that packs, data sets and heads share.
pub const STARTER_CODES: [&str; 22] = [
    "adult",
    "alcohol",
    "circumvention",
    "clickbait",
    "destination",
    "drugs",
    "editorial",
    "finance",
    "gambling",
    "hate",
    "health",
    "impersonation",
    "intellectual_property",
    "manipulative",
    "political",
    "profanity",
    "scam",
    "shock",
    "targeting",
    "tobacco",
    "weapons",
    "weight_loss",
];

/// A string that cannot be a policy's code.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a policy code is 2 to 40 lower-case letters, digits and underscores, and starts with a letter")]
pub struct BadCode;

impl PolicyCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl FromStr for PolicyCode {
    type Err = BadCode;
    fn from_str(s: &str) -> Result<Self, BadCode> {
        let shape = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let ok = (2..=40).contains(&s.len()) && s.as_bytes()[0].is_ascii_lowercase() && s.bytes().all(shape);
        if ok { Ok(Self(s.into())) } else { Err(BadCode) }
    }
}
impl<'de> Deserialize<'de> for PolicyCode {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
impl fmt::Display for PolicyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl fmt::Debug for PolicyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

named_enum!(
    /// How much harm a breach does. Orders the queue.
    Severity {
        /// Looks bad.
        Low = "low",
        /// Costs somebody a little.
        Medium = "medium",
        /// Costs somebody much.
        High = "high",
        /// Endangers people.
        Critical = "critical",
    }
);

impl Severity {
    /// Relative weight of a breach.
    pub const fn weight(self) -> f64 {
        match self {
            Self::Low => 1.0,
            Self::Medium => 3.0,
            Self::High => 10.0,
            Self::Critical => 30.0,
        }
    }
}

named_enum!(
    /// What submitters are told of a finding.
    Disclosure {
        /// Policy, reason, fix hint and evidence.
        Full = "full",
        /// Policy and reason, no evidence.
        ReasonOnly = "reason_only",
        /// Nothing but the outcome.
        None = "none",
    }
);

named_enum!(
    /// What happens when a rule of the policy cannot be decided because a signal is missing. Approval is not among the choices.
    OnUnavailable {
        /// A person looks.
        Review = "review",
        /// The ad is held and screened again.
        Hold = "hold",
        /// The ad may serve meanwhile, and a person looks.
        Provisional = "provisional",
    }
);

named_enum!(
    /// Life of a rule.
    RuleState {
        /// Finds.
        Live = "live",
        /// Is evaluated, and counts in the trace only.
        Shadow = "shadow",
        /// Is checked, not evaluated.
        Draft = "draft",
    }
);

named_enum!(
    /// What a list's entries are.
    ListKind {
        /// Words and phrases, matched on word boundaries in raw and normalised text.
        Phrases = "phrases",
        /// Bounded regular expressions.
        Regexes = "regexes",
        /// Registrable or deeper domain names.
        Domains = "domains",
        /// SHA-256 digests of images.
        ImageHashes = "image_hashes",
        /// External ids of advertisers.
        Advertisers = "advertisers",
        /// Example texts: a bank that `similar_to` compares with by meaning.
        Examples = "examples",
    }
);

/// Where a policy stands in other systems' taxonomies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mappings {
    /// DSA statement category, such as `STATEMENT_CATEGORY_SCAMS_AND_FRAUD`.
    pub dsa_category: Option<String>,
    /// DSA keywords, such as `KEYWORD_PHISHING`.
    pub dsa_keywords: Vec<String>,
    /// Pinterest rejected reasons.
    pub pinterest: Vec<String>,
    /// Microsoft editorial reason codes.
    pub microsoft: Vec<u32>,
    /// IAB Ad Product Taxonomy 2.0 ids.
    pub iab_ad_product: Vec<String>,
    /// IAB Content Taxonomy 3.1 ids; alphanumeric ones exist.
    pub iab_content: Vec<String>,
}

/// One rule of conduct.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its code.
    pub code: PolicyCode,
    /// Its name on pages and in messages.
    pub title: String,
    /// The clause text that decisions cite.
    pub clause: String,
    /// Grows with every change of the clause; labels carry it.
    pub clause_version: u32,
    /// Harm of a breach.
    pub severity: Severity,
    /// What submitters see.
    pub disclosure: Disclosure,
    /// What to change so that the ad passes.
    pub fix_hint: String,
    /// What happens when it cannot be decided.
    pub on_unavailable: OnUnavailable,
    /// Whether images under this policy are blurred until asked for.
    #[serde(default)]
    pub sensitive: bool,
    /// A topic that no score may decide alone: here even a rule that limits needs a list, text or fact beside the score.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_score_alone: bool,
    /// Codes elsewhere.
    #[serde(default)]
    pub mappings: Mappings,
    /// What notices say instead, in other languages; English where nothing is given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<Language, Translation>,
}

/// A policy's words in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Its fix hint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_hint: Option<String>,
}

/// A policy's words as a reader of some language gets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its clause.
    pub clause: &'a str,
    /// Its fix hint.
    pub fix_hint: &'a str,
}

impl Policy {
    /// Its words in a language (ISO 639-1), each in English where it was not translated.
    pub fn in_language(&self, language: &str) -> Written<'_> {
        let own = self.translations.iter().find(|(known, _)| known.as_str() == language).map(|(_, words)| words);
        Written {
            title: own.and_then(|t| t.title.as_deref()).unwrap_or(&self.title),
            clause: own.and_then(|t| t.clause.as_deref()).unwrap_or(&self.clause),
            fix_hint: own.and_then(|t| t.fix_hint.as_deref()).unwrap_or(&self.fix_hint),
        }
    }
}

/// A CEL condition that yields a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique in a release: `<policy>/<name>`.
    pub name: String,
    /// The policy it finds broken.
    pub policy: PolicyCode,
    /// CEL source.
    pub when: String,
    /// What the finding does.
    pub effect: Effect,
    /// Constraints that a `limited` finding puts on serving.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Constraint>,
    /// Life.
    pub state: RuleState,
    /// Why the rule exists, for reviewers.
    #[serde(default)]
    pub note: String,
    /// Share of revisions that it acts on, in percent (above 0, below 100); absent means all. A revision is drawn by a
    /// hash of its content and the rule's name, so the same revision is always drawn alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// The moment from which it has expired and acts no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// Advertisers that it leaves alone for a time.
    #[serde(default, rename = "snooze", skip_serializing_if = "Vec::is_empty")]
    pub snoozes: Vec<Snooze>,
}

/// One advertiser that a rule leaves alone until a moment: it is evaluated and stands in the trace, and finds nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// External id of the advertiser.
    pub advertiser: String,
    /// When the rule acts again.
    pub until: Millis,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEntry {
    /// The phrase, expression, domain, digest, id or example text.
    pub value: String,
    /// An entry that overrules: where it covers a match, the match is dropped ("water pistol" over "pistol").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negative: bool,
    /// Why it is here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The moment from which it matches no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

/// A named set used by rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its name in rules.
    pub name: String,
    /// What its entries are.
    pub kind: ListKind,
    /// Entries.
    pub entries: Vec<ListEntry>,
}
