//! The two statuses of an ad. They are two fields, never one: how far review has come, and what may serve.
//!
//! Called by decisions, projections and the API. It must never hold a third, derived status.

use serde::{Deserialize, Serialize};

/// Declares an enum of plain names with its one spelling for JSON, SQL and pages.
#[macro_export]
macro_rules! named_enum {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one spelling, used in JSON, in the store and on pages.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        // Written out: the derive does not see a `rename` whose text came through this macro.
        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                ::utoipa::openapi::ObjectBuilder::new()
                    .schema_type(::utoipa::openapi::schema::Type::String)
                    .description(Some(concat!($($doc),*).trim()))
                    .enum_values(Some([$($text),+]))
                    .into()
            }
        }
        impl ::utoipa::ToSchema for $name {}

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.pad(self.as_str()) }
        }
        impl ::std::str::FromStr for $name {
            type Err = $crate::domain::status::UnknownName;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|v| v.as_str() == s).ok_or($crate::domain::status::UnknownName(stringify!($name)))
            }
        }
    };
}

/// A string that names no value of an enum.
#[derive(Debug, Clone, thiserror::Error)]
#[error("not a known {0}")]
pub struct UnknownName(pub &'static str);

named_enum!(
    /// How far review of the ad has come.
    ReviewStatus {
        /// Accepted, not yet screened.
        Pending = "pending",
        /// Waits for a person.
        InReview = "in_review",
        /// The advertiser was asked for information; the clock stands still.
        AwaitingAdvertiser = "awaiting_advertiser",
        /// Decided.
        Reviewed = "reviewed",
        /// Decided, and contested.
        UnderAppeal = "under_appeal",
        /// Taken back by its submitter.
        Withdrawn = "withdrawn",
        /// Past its retention or schedule.
        Expired = "expired",
    }
);

named_enum!(
    /// What the ad is allowed to do.
    ApprovalStatus {
        /// Nothing may serve.
        None = "none",
        /// May serve until decided.
        Provisional = "provisional",
        /// May serve everywhere it targets.
        Approved = "approved",
        /// May serve under constraints.
        Limited = "limited",
        /// May not serve.
        Rejected = "rejected",
    }
);

/// Both statuses together, so that no projection sets one and forgets the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Statuses {
    /// How far review has come.
    pub review_status: ReviewStatus,
    /// What may serve.
    pub approval_status: ApprovalStatus,
}
