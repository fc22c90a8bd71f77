//! A finding: policy, effect, evidence and constraints. What a screening says about an ad, and what people confirm or dismiss.
//!
//! Made by `screening` and by reviewers. It must never decide an outcome: `verdict` merges findings into one.

use super::{ad::TextField, id::FindingId, place::Country, policy::PolicyCode, shared::Shared, signal::Cause};
use crate::named_enum;
use serde::{Deserialize, Serialize};

named_enum!(
    /// What a finding does to the ad, from nothing to everything.
    Effect {
        /// Says something true; changes nothing.
        Descriptive = "descriptive",
        /// The ad may serve under constraints.
        Limited = "limited",
        /// A person must look.
        Review = "review",
        /// The ad may not serve.
        Prohibited = "prohibited",
    }
);

/// A limit on where and to whom an ad may serve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Constraint {
    /// Not in these countries.
    ExcludeCountries {
        /// ISO 3166-1 alpha-2.
        countries: Vec<Country>,
    },
    /// Only in these countries.
    OnlyCountries {
        /// ISO 3166-1 alpha-2.
        countries: Vec<Country>,
    },
    /// Only to people of at least this age.
    MinAge {
        /// Years.
        years: u8,
    },
    /// Only for advertisers that hold a certificate.
    NeedsCertificate {
        /// Its name.
        certificate: String,
    },
}

/// A number inside a finding: finite, in the unit that the evidence names.
pub type Score = f64;

/// Why a finding was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// Words in a field.
    Span {
        /// The field.
        field: TextField,
        /// First byte in the field's raw UTF-8 text.
        start: u32,
        /// One past the last byte.
        end: u32,
        /// The list whose entry matched.
        #[schema(value_type = String)]
        list: Shared,
        /// The entry that matched.
        #[schema(value_type = String)]
        term: Shared,
        /// Whether only the normalised text shows it (a disguise).
        disguised: bool,
    },
    /// A classifier's score.
    Score {
        /// The head.
        head: PolicyCode,
        /// Calibrated probability, 0 to 1.
        value: Score,
        /// The threshold it was compared with.
        threshold: Score,
        /// The field and reading that scored highest.
        field: TextField,
    },
    /// Another fact the rule read.
    Fact {
        /// Its name in the rule, such as `advertiser.verified`.
        name: String,
        /// Its value, as text.
        value: String,
    },
    /// A signal that was missing, so that the rule could not be decided.
    Unavailable {
        /// The signal, such as `score(adult)`.
        signal: String,
        /// Why.
        cause: Cause,
    },
    /// A reviewer's words.
    Note {
        /// Text.
        text: String,
    },
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// The policy found broken.
    pub policy: PolicyCode,
    /// The clause's version at that time.
    pub clause_version: u32,
    /// `<policy>/<rule>`; `None` for a finding that a person added.
    #[schema(value_type = Option<String>)]
    pub rule: Option<Shared>,
    /// What it does.
    pub effect: Effect,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// Limits, for `limited`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Constraint>,
    /// The rule ended unknown; the effect is what the policy's `on_unavailable` asks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undecided: bool,
}
