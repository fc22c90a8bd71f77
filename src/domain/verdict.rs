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
    let mut because: Vec<&PolicyCode> =
        findings.iter().filter(|f| f.effect > Effect::Descriptive).map(|f| &f.policy).collect();
    because.sort_unstable();
    because.dedup();
    let eligible = matches!(conclusion, Conclusion::Approve | Conclusion::Limited) && limits.certificates.is_empty();
    Verdict {
        conclusion,
        serving: Serving {
            eligible,
            excluded_countries: limits.excluded.into_iter().collect(),
            only_countries: limits.only.map(|s| s.into_iter().collect()),
            min_age: limits.min_age,
            needs_certificate: limits.certificates.into_iter().collect(),
            because: because.into_iter().cloned().collect(),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::id::FindingId;
    use uuid::Uuid;

    fn finding(effect: Effect, constraints: &[Constraint]) -> Finding {
        Finding {
            id: FindingId(Uuid::nil()),
            policy: "gambling".parse().unwrap(),
            clause_version: 1,
            rule: None,
            effect,
            evidence: Vec::new(),
            constraints: constraints.to_vec(),
            undecided: false,
        }
    }

    fn countries(codes: &str) -> Vec<Country> {
        codes.split_whitespace().map(|c| c.parse().unwrap()).collect()
    }

    fn exclude(codes: &str) -> Constraint {
        Constraint::ExcludeCountries { countries: countries(codes) }
    }

    fn only(codes: &str) -> Constraint {
        Constraint::OnlyCountries { countries: countries(codes) }
    }

    fn targeting(codes: &str, min_age: Option<u8>, max_age: Option<u8>) -> Targeting {
        Targeting { countries: countries(codes), min_age, max_age, ..Targeting::default() }
    }

    fn limited(targeting: &Targeting, constraints: &[Constraint]) -> Verdict {
        conclude(&[finding(Effect::Limited, constraints)], targeting, &["pharmacy".into()])
    }

    #[test]
    fn the_worst_finding_wins() {
        use Effect::{Descriptive, Limited, Prohibited, Review};
        let all = [Descriptive, Limited, Review, Prohibited];
        for a in all {
            for b in all {
                let findings = [finding(a, &[exclude("DE")]), finding(b, &[exclude("DE")])];
                let verdict = conclude(&findings, &Targeting::default(), &[]);
                let expected = match a.max(b) {
                    Descriptive => Conclusion::Approve,
                    Limited => Conclusion::Limited,
                    Review => Conclusion::Review,
                    Prohibited => Conclusion::Prohibited,
                };
                assert_eq!(verdict.conclusion, expected, "{a} and {b}");
                assert_eq!(verdict.serving.eligible, expected <= Conclusion::Limited, "{a} and {b}");
            }
        }
        let nothing = conclude(&[], &Targeting::default(), &[]);
        assert_eq!((nothing.conclusion, nothing.serving.eligible), (Conclusion::Approve, true));
        assert_eq!(nothing.serving.because, []);
    }

    #[test]
    fn limits_intersect_and_nothing_left_is_prohibited() {
        let open = Targeting::default();
        let german = targeting("DE", None, None);
        let two = targeting("DE FR", None, None);
        let teens = targeting("", Some(13), Some(17));
        #[rustfmt::skip]
        let rows: &[(&Targeting, &[Constraint], Conclusion)] = &[
            (&open, &[exclude("DE")], Conclusion::Limited),
            (&two, &[exclude("DE")], Conclusion::Limited),
            (&two, &[exclude("DE"), exclude("FR")], Conclusion::Prohibited),
            (&german, &[exclude("FR")], Conclusion::Approve),
            (&german, &[only("FR")], Conclusion::Prohibited),
            (&open, &[only("DE FR"), only("FR ES")], Conclusion::Limited),
            (&open, &[only("DE"), only("FR")], Conclusion::Prohibited),
            (&open, &[only("DE"), exclude("DE")], Conclusion::Prohibited),
            (&open, &[Constraint::MinAge { years: 18 }], Conclusion::Limited),
            (&teens, &[Constraint::MinAge { years: 18 }], Conclusion::Prohibited),
            (&teens, &[Constraint::MinAge { years: 13 }], Conclusion::Approve),
            (&open, &[Constraint::NeedsCertificate { certificate: "pharmacy".into() }], Conclusion::Approve),
            (&open, &[Constraint::NeedsCertificate { certificate: "gambling".into() }], Conclusion::Limited),
        ];
        for (targeting, constraints, expected) in rows {
            let verdict = limited(targeting, constraints);
            assert_eq!(verdict.conclusion, *expected, "{targeting:?} {constraints:?}");
        }
    }

    #[test]
    fn what_stays_allowed_is_spelled_out() {
        let verdict = limited(
            &targeting("DE FR ES", Some(16), None),
            &[exclude("FR US"), Constraint::MinAge { years: 18 }, Constraint::MinAge { years: 21 }],
        );
        assert_eq!(verdict.serving.excluded_countries, countries("FR"));
        assert_eq!(verdict.serving.min_age, Some(21));
        assert!(verdict.serving.eligible);
        assert_eq!(verdict.serving.because, ["gambling".parse().unwrap()]);
        let intersected = limited(&Targeting::default(), &[only("DE FR"), only("FR ES")]);
        assert_eq!(intersected.serving.only_countries, Some(countries("FR")));
        let missing = limited(&Targeting::default(), &[Constraint::NeedsCertificate { certificate: "bank".into() }]);
        assert_eq!(missing.serving.needs_certificate, ["bank"]);
        assert!(!missing.serving.eligible, "nothing serves until the certificate is held");
    }

    #[test]
    fn limits_of_findings_that_do_not_limit_are_ignored() {
        let findings = [finding(Effect::Descriptive, &[exclude("DE")]), finding(Effect::Review, &[only("FR")])];
        let serving = conclude(&findings, &Targeting::default(), &[]).serving;
        assert_eq!((serving.excluded_countries, serving.only_countries), (Vec::new(), None));
    }
}
