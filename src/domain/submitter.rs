//! The party that submits ads, and how far its ads are affected by what Adjudge concludes.
//!
//! Called by keys, flows and scopes. It must never carry a secret.

use crate::named_enum;

named_enum!(
    /// Whether outcomes take effect for a submitter's ads.
    Mode {
        /// Outcomes decide what serves.
        Enforce = "enforce",
        /// Ads are screened and queued; nothing is affected; outcomes are compared with the submitter's own.
        Observe = "observe",
    }
);

named_enum!(
    /// Whether a submitter's new ads may serve before they are reviewed.
    Bidding {
        /// Not before they are approved.
        Restrictive = "restrictive",
        /// Until they are rejected.
        Permissive = "permissive",
    }
);
