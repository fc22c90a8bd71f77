//! Certificates: papers of an advertiser that allow what a policy otherwise limits, each looked at by a person.
//!
//! Submitted through the API, decided in the console, read by screening as facts. It must never count one that nobody
//! approved, that has lapsed, or that does not cover everywhere an ad is shown.

use super::{
    ad::Targeting,
    id::{AdvertiserId, CertificateId, DecisionId, RoundId, SubmitterId},
    place::Country,
    time::Millis,
};
use crate::named_enum;
use std::collections::BTreeSet;

named_enum!(
    /// Where a certificate stands.
    CertificateState {
        /// Waits for a person.
        Submitted = "submitted",
        /// Counts until it lapses.
        Approved = "approved",
        /// Does not count.
        Refused = "refused",
        /// Another of its kind was submitted before anybody decided.
        Replaced = "replaced",
        /// Counted until its last day.
        Expired = "expired",
    }
);

impl CertificateState {
    /// Whether a person said something about it.
    pub const fn is_decided(self) -> bool {
        matches!(self, Self::Approved | Self::Refused | Self::Expired)
    }
}

/// A certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// Its id.
    pub id: CertificateId,
    /// Whose it is.
    pub advertiser: AdvertiserId,
    /// Who submitted it.
    pub submitter: SubmitterId,
    /// What it certifies, as rules name it: `gambling`.
    pub kind: String,
    /// Where it is good; empty is everywhere.
    pub countries: Vec<Country>,
    /// Number, register entry or address of the document.
    pub document: String,
    /// The submitter's words.
    pub note: String,
    /// First moment at which it no longer counts; `None` does not lapse.
    pub valid_until: Option<Millis>,
    /// Where it stands.
    pub state: CertificateState,
    /// Why it was refused.
    pub reason: String,
    /// The round in which it is decided.
    pub round: Option<RoundId>,
    /// The decision about it.
    pub decision: Option<DecisionId>,
    /// When it was submitted.
    pub created_at: Millis,
    /// When its decision took effect.
    pub decided_at: Option<Millis>,
}

impl Certificate {
    /// Whether it is good for all countries that an ad is shown in. An ad shown everywhere needs one for everywhere.
    pub fn covers(&self, targeting: &Targeting) -> bool {
        let all = || targeting.countries.iter().all(|c| self.countries.contains(c));
        self.countries.is_empty() || (!targeting.countries.is_empty() && all())
    }

    /// Whether it counts at this moment.
    pub fn counts(&self, at: Millis) -> bool {
        self.state == CertificateState::Approved && self.valid_until.is_none_or(|end| at < end)
    }
}

/// The certificates that rules see for an ad: those told by the submitter as facts, and those approved here that count
/// now and cover the ad. Unknown only where nobody told any and no person decided about one.
pub fn held(
    told: Option<&Vec<String>>,
    certificates: &[Certificate],
    targeting: &Targeting,
    at: Millis,
) -> Option<Vec<String>> {
    let decided = certificates.iter().any(|c| c.state.is_decided());
    if told.is_none() && !decided {
        return None;
    }
    let approved = certificates.iter().filter(|c| c.counts(at) && c.covers(targeting)).map(|c| c.kind.clone());
    let all: BTreeSet<String> = told.into_iter().flatten().cloned().chain(approved).collect();
    Some(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    fn certificate(countries: &[&str], state: CertificateState) -> Certificate {
        Certificate {
            id: CertificateId(Uuid::from_u128(1)),
            advertiser: AdvertiserId(Uuid::from_u128(2)),
            submitter: SubmitterId(Uuid::from_u128(3)),
            kind: "gambling".into(),
            countries: countries.iter().map(|c| c.parse().unwrap()).collect(),
            document: "UKGC 1234".into(),
            note: String::new(),
            valid_until: Some(Millis(1_000)),
            state,
            reason: String::new(),
            round: None,
            decision: None,
            created_at: Millis(0),
            decided_at: None,
        }
    }

    fn shown_in(countries: &[&str]) -> Targeting {
        Targeting { countries: countries.iter().map(|c| c.parse().unwrap()).collect(), ..Targeting::default() }
    }

    #[test]
    fn a_certificate_counts_where_and_while_it_is_good() {
        use CertificateState::{Approved, Refused, Submitted};
        let known = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        let told = vec!["alcohol".to_owned()];
        for (countries, state, shown, at, told, expected) in [
            (&["GB", "IE"][..], Approved, &["GB"][..], 999, None, known(&["gambling"])),
            (&["GB"], Approved, &["GB"], 1_000, None, known(&[])),
            (&["GB"], Approved, &["GB", "DE"], 0, None, known(&[])),
            (&["GB"], Approved, &[], 0, None, known(&[])),
            (&[], Approved, &[], 0, None, known(&["gambling"])),
            (&[], Refused, &[], 0, None, known(&[])),
            (&[], Submitted, &[], 0, None, None),
            (&[], Submitted, &[], 0, Some(&told), known(&["alcohol"])),
            (&[], Approved, &[], 0, Some(&told), known(&["alcohol", "gambling"])),
        ] {
            let all = [certificate(countries, state)];
            let held = held(told, &all, &shown_in(shown), Millis(at));
            assert_eq!(held, expected, "{countries:?} {state} {shown:?} at {at}");
        }
    }
}
