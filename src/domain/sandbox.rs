//! Ads for trying out: what their external ids ask for.
//!
//! Called by the flow that answers them. It must never say anything of a real ad.

use super::time::Millis;
use crate::named_enum;

named_enum!(
    /// What the external id of a sandbox ad asks for: `sandbox-reject`, or anything behind it and a dash. Others are
    /// screened as they are.
    Script {
        /// It is approved.
        Approve = "sandbox-approve",
        /// It may serve to adults only.
        Limit = "sandbox-limit",
        /// It is rejected.
        Reject = "sandbox-reject",
        /// It waits, as for a person, and is approved after some seconds.
        Review = "sandbox-review",
    }
);

/// How long an ad waits that asks for a review, ms.
pub const REVIEW_MS: i64 = 10 * Millis::SECOND;

impl Script {
    /// What an external id asks for.
    pub fn of(external_id: &str) -> Option<Self> {
        let asks = |script: &Self| {
            external_id.strip_prefix(script.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        Self::ALL.iter().copied().find(asks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_asks_by_its_beginning() {
        for (id, asks) in [
            ("sandbox-reject", Some(Script::Reject)),
            ("sandbox-review-17", Some(Script::Review)),
            ("sandbox-rejected", None),
            ("my-sandbox-reject", None),
            ("", None),
        ] {
            assert_eq!(Script::of(id), asks, "{id}");
        }
    }
}
