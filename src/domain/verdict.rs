//! Findings merged into one verdict, and what remains allowed to serve.
//!
//! Called by screening (a release's verdict) and by review (what the release makes of a person's answers), so that
//! machine and people are mapped by one function. It must never look at anything but findings, targeting and facts.

use super::{
    ad::Targeting,
    finding::{Constraint, Effect, Finding},
    place::Country,
    policy::PolicyCode,
    status::{ApprovalStatus, ReviewStatus, Statuses},
};
use crate::named_enum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

named_enum!(
    /// What a screening concludes, from best to worst. The worst finding wins.
    Conclusion {
        /// Nothing found.
        Approve = "approve",
        /// May serve under constraints.
        Limited = "limited",
        /// A person must look.
        Review = "review",
        /// May not serve.
        Prohibited = "prohibited",
    }
);

/// What may serve, and why not more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Serving {
    /// Whether anything may serve.
    pub eligible: bool,
    /// Targeted countries where it may not.
    pub excluded_countries: Vec<Country>,
    /// When set, the only countries where it may; kept apart from exclusions so that open targeting stays exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_countries: Option<Vec<Country>>,
    /// Youngest age it may be shown to, in years.
    pub min_age: Option<u8>,
    /// Certificates that the advertiser must hold and does not.
    pub needs_certificate: Vec<String>,
    /// Policies that limit it.
    pub because: Vec<PolicyCode>,
}

/// A conclusion with what it leaves allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Verdict {
    /// The conclusion.
    pub conclusion: Conclusion,
    /// What would serve if the conclusion took effect.
    pub serving: Serving,
}

/// Merges findings: prohibited > review > limited > approve; limits intersect what stays allowed, and when nothing of
/// the targeting is left the ad is prohibited. `certificates` are those the advertiser holds.
pub fn conclude(findings: &[Finding], targeting: &Targeting, certificates: &[String]) -> Verdict {
    let worst = findings.iter().map(|f| f.effect).max().unwrap_or(Effect::Descriptive);
    let limits = Limits::intersect(findings, targeting, certificates);
    let conclusion = match worst {
        Effect::Prohibited => Conclusion::Prohibited,
        Effect::Review => Conclusion::Review,
        _ if limits.nothing_left(targeting) => Conclusion::Prohibited,
        Effect::Limited if limits.any() => Conclusion::Limited,
        Effect::Limited | Effect::Descriptive => Conclusion::Approve,
    };
    let because: BTreeSet<PolicyCode> =
        findings.iter().filter(|f| f.effect > Effect::Descriptive).map(|f| f.policy.clone()).collect();
    let eligible = matches!(conclusion, Conclusion::Approve | Conclusion::Limited) && limits.certificates.is_empty();
    Verdict {
        conclusion,
        serving: Serving {
            eligible,
            excluded_countries: limits.excluded.into_iter().collect(),
            only_countries: limits.only.map(|s| s.into_iter().collect()),
            min_age: limits.min_age,
            needs_certificate: limits.certificates.into_iter().collect(),
            because: because.into_iter().collect(),
        },
    }
}

#[derive(Default)]
struct Limits {
    excluded: BTreeSet<Country>,
    only: Option<BTreeSet<Country>>,
    min_age: Option<u8>,
    certificates: BTreeSet<String>,
}

impl Limits {
    fn intersect(findings: &[Finding], targeting: &Targeting, held: &[String]) -> Self {
        let mut limits = Self::default();
        let targeted = |c: &Country| targeting.countries.is_empty() || targeting.countries.contains(c);
        for constraint in findings.iter().filter(|f| f.effect == Effect::Limited).flat_map(|f| &f.constraints) {
            match constraint {
                Constraint::ExcludeCountries { countries } => {
                    limits.excluded.extend(countries.iter().filter(|c| targeted(c)).copied());
                }
                Constraint::OnlyCountries { countries } => {
                    let allowed: BTreeSet<Country> = countries.iter().filter(|c| targeted(c)).copied().collect();
                    limits.only = Some(match limits.only.take() {
                        Some(before) => before.intersection(&allowed).copied().collect(),
                        None => allowed,
                    });
                }
                Constraint::MinAge { years } if targeting.min_age.is_none_or(|a| a < *years) => {
                    limits.min_age = limits.min_age.max(Some(*years));
                }
                Constraint::NeedsCertificate { certificate } if !held.contains(certificate) => {
                    limits.certificates.insert(certificate.clone());
                }
                Constraint::MinAge { .. } | Constraint::NeedsCertificate { .. } => {}
            }
        }
        limits
    }

    fn any(&self) -> bool {
        !self.excluded.is_empty() || self.only.is_some() || self.min_age.is_some() || !self.certificates.is_empty()
    }

    fn nothing_left(&self, targeting: &Targeting) -> bool {
        let country_left = match &self.only {
            Some(only) => only.iter().any(|c| !self.excluded.contains(c)),
            None => targeting.countries.is_empty() || targeting.countries.iter().any(|c| !self.excluded.contains(c)),
        };
        let age_left = match (self.min_age, targeting.max_age) {
            (Some(min), Some(max)) => min <= max,
            _ => true,
        };
        !country_left || !age_left
    }
}

impl Conclusion {
    /// The statuses that this conclusion gives an ad when it takes effect. `Review` waits for people.
    pub fn statuses(self) -> Statuses {
        let (review_status, approval_status) = match self {
            Self::Approve => (ReviewStatus::Reviewed, ApprovalStatus::Approved),
            Self::Limited => (ReviewStatus::Reviewed, ApprovalStatus::Limited),
            Self::Review => (ReviewStatus::InReview, ApprovalStatus::None),
            Self::Prohibited => (ReviewStatus::Reviewed, ApprovalStatus::Rejected),
        };
        Statuses { review_status, approval_status }
    }
}
