//! A statement of reasons, field by field as the DSA transparency database takes it (`POST /api/v1/statements`).
//!
//! Built and checked by `notify`, kept by `store`, answered by the API. It must never hold personal data.

use super::{
    dsa::{
        AccountDecision, AccountType, AutomatedDecision, Category, ContentType, DecisionGround, Keyword, Monetary,
        Provision, SourceType, Visibility, YesNo,
    },
    id::StatementId,
    place::Country,
    time::Day,
};
use crate::named_enum;
use serde::{Deserialize, Serialize};

named_enum!(
    /// What a statement says.
    StatementKind {
        /// Something was restricted.
        Restriction = "restriction",
        /// An earlier restriction has ended: the same statement with its last day.
        Lifted = "lifted",
    }
);

/// A product's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContentId {
    /// 13 digits.
    #[serde(rename = "EAN-13")]
    pub ean_13: String,
}

/// Why something was restricted. Absent members are as good as null for the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementOfReasons {
    /// What happened to the content's visibility.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decision_visibility: Vec<Visibility>,
    /// The other restriction in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub decision_visibility_other: Option<String>,
    /// Last day of that restriction; absent while it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_visibility_restriction: Option<Day>,
    /// What happened to payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_monetary: Option<Monetary>,
    /// The other restriction in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub decision_monetary_other: Option<String>,
    /// Last day of that restriction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_monetary_restriction: Option<Day>,
    /// What happened to the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_provision: Option<Provision>,
    /// Last day of that restriction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_service_restriction: Option<Day>,
    /// What happened to the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_account: Option<AccountDecision>,
    /// Last day of that restriction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_account_restriction: Option<Day>,
    /// Whose account it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_type: Option<AccountType>,
    /// Against the law, or against the terms.
    pub decision_ground: DecisionGround,
    /// Where the law or the terms can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub decision_ground_reference_url: Option<String>,
    /// The law relied on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub illegal_content_legal_ground: Option<String>,
    /// Why the content is against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub illegal_content_explanation: Option<String>,
    /// The clause of the terms relied on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub incompatible_content_ground: Option<String>,
    /// Why the content is against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub incompatible_content_explanation: Option<String>,
    /// Whether it is held to be illegal, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incompatible_content_illegal: Option<YesNo>,
    /// What it is about.
    pub category: Category,
    /// What else it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category_addition: Vec<Category>,
    /// More closely.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category_specification: Vec<Keyword>,
    /// Another keyword in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub category_specification_other: Option<String>,
    /// What the content is.
    #[schema(min_items = 1)]
    pub content_type: Vec<ContentType>,
    /// Something else in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub content_type_other: Option<String>,
    /// The content's language (ISO 639-1, upper case).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Z]{2}$")]
    pub content_language: Option<String>,
    /// Day on which the content was submitted.
    pub content_date: Day,
    /// The product's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<ContentId>,
    /// Countries of the European Economic Area where it is restricted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub territorial_scope: Vec<Country>,
    /// First day of the restriction.
    pub application_date: Day,
    /// What was found and how it was decided.
    #[schema(max_length = 5000)]
    pub decision_facts: String,
    /// Who pointed to it.
    pub source_type: SourceType,
    /// Who that was; never with one's own initiative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub source_identity: Option<String>,
    /// Whether machines found it.
    pub automated_detection: YesNo,
    /// How far machines decided.
    pub automated_decision: AutomatedDecision,
    /// Unique, and never used again.
    pub puid: StatementId,
}
