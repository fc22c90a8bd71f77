//! A restriction becomes a statement of reasons (DSA, articles 17 and 24(5)).
//!
//! Called by `flows::steps::statement` in the commit in which a decision takes effect. It must never name a person or an
//! advertiser, quote the ad beyond the terms that were found, or name a policy that discloses nothing.

mod check;
pub mod csv;
mod scrub;

pub use check::{Broken, check};

use crate::domain::{
    AdContent, Effect, Evidence, Finding, Millis, StatementId,
    decision::{Automation, Ground},
    dsa::{
        AutomatedDecision, Category, ContentType, DecisionGround, Keyword, SourceType, TERRITORIES, Visibility, YesNo,
    },
    finding::Constraint,
    place::{Country, Language},
    policy::{Disclosure, Policy},
    release::Bundle,
    statement::StatementOfReasons,
    time::Day,
    verdict::{Conclusion, Verdict},
};
use scrub::{scrub, shorten};
use std::collections::BTreeSet;

/// Longest texts of the schema, in characters.
const LONGEST_GROUND: usize = 500;
const LONGEST_EXPLANATION: usize = 2_000;
const LONGEST_FACTS: usize = 5_000;
/// Most terms quoted of one finding.
const TERMS: usize = 10;

/// Who pointed to what was restricted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// How.
    pub kind: SourceType,
    /// An organisation that did, such as a trusted flagger. Never a person.
    pub identity: Option<String>,
}

impl Source {
    /// Nobody: it was found by screening.
    pub const OWN: Self = Self { kind: SourceType::Voluntary, identity: None };
}

/// What is known when a restriction takes effect.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The statement's own id.
    pub puid: StatementId,
    /// The content decided.
    pub content: &'a AdContent,
    /// When it was submitted.
    pub submitted_at: Millis,
    /// Its language, where that was detected.
    pub language: Option<Language>,
    /// What was decided.
    pub verdict: &'a Verdict,
    /// Findings that stand.
    pub findings: &'a [Finding],
    /// The release in force.
    pub bundle: &'a Bundle,
    /// Against the law or the terms.
    pub ground: Ground,
    /// How far machines decided.
    pub automation: Automation,
    /// Who pointed to it.
    pub source: Source,
    /// When the restriction began.
    pub effective_at: Millis,
    /// Where the terms can be read.
    pub terms_url: Option<&'a str>,
}

/// The statement about a restriction.
pub fn restriction(facts: &Facts<'_>) -> StatementOfReasons {
    let reasons = reasons(facts);
    let policies: Vec<&Policy> = reasons.iter().map(|r| r.policy).collect();
    let categories = categories(&policies);
    let category = categories.first().copied().unwrap_or(Category::OtherViolationTc);
    let keywords = keywords(&policies);
    let (decision_visibility, decision_visibility_other) = visibility(facts.verdict);
    let illegal = facts.ground == Ground::Illegal;
    let ground = shorten(&ground(&policies), LONGEST_GROUND);
    let explanation = shorten(&explanation(&policies), LONGEST_EXPLANATION);
    let (content_type, content_type_other) = content_types(facts.content);
    let voluntary = facts.source.kind == SourceType::Voluntary;
    StatementOfReasons {
        decision_visibility,
        decision_visibility_other,
        end_date_visibility_restriction: None,
        decision_monetary: None,
        decision_monetary_other: None,
        end_date_monetary_restriction: None,
        decision_provision: None,
        end_date_service_restriction: None,
        decision_account: None,
        end_date_account_restriction: None,
        account_type: None,
        decision_ground: if illegal { DecisionGround::IllegalContent } else { DecisionGround::IncompatibleContent },
        decision_ground_reference_url: facts.terms_url.map(str::to_owned),
        illegal_content_legal_ground: illegal.then(|| ground.clone()),
        illegal_content_explanation: illegal.then(|| explanation.clone()),
        incompatible_content_ground: (!illegal).then_some(ground),
        incompatible_content_explanation: (!illegal).then_some(explanation),
        incompatible_content_illegal: (!illegal).then_some(YesNo::No),
        category,
        category_addition: categories.into_iter().skip(1).collect(),
        category_specification_other: keywords.contains(&Keyword::Other).then(|| other_keyword(&policies)),
        category_specification: keywords,
        content_type,
        content_type_other,
        content_language: facts.language.map(|l| l.as_str().to_ascii_uppercase()),
        content_date: Day::of(facts.submitted_at),
        content_id: None,
        territorial_scope: territory(facts),
        application_date: Day::of(facts.effective_at),
        decision_facts: shorten(&decision_facts(facts, &reasons), LONGEST_FACTS),
        source_type: facts.source.kind,
        source_identity: facts.source.identity.clone().filter(|_| !voluntary).map(|who| shorten(&scrub(&who), 500)),
        automated_detection: YesNo::from(facts.findings.iter().any(|f| f.rule.is_some())),
        automated_decision: match facts.automation {
            Automation::Fully => AutomatedDecision::Fully,
            Automation::Partially => AutomatedDecision::Partially,
            Automation::NotAutomated => AutomatedDecision::NotAutomated,
        },
        puid: facts.puid,
    }
}

/// The statement once its restriction has ended: the same, with its last day and an id of its own.
pub fn lifted(before: &StatementOfReasons, puid: StatementId, at: Millis) -> StatementOfReasons {
    let last = Day::of(at);
    let said = format!(
        "This amends statement {}: the restriction ended on {last}, because the decision was replaced. {}",
        before.puid, before.decision_facts
    );
    let ended = |restricted: bool| restricted.then_some(last);
    StatementOfReasons {
        end_date_visibility_restriction: ended(!before.decision_visibility.is_empty()),
        end_date_monetary_restriction: ended(before.decision_monetary.is_some()),
        end_date_service_restriction: ended(before.decision_provision.is_some()),
        end_date_account_restriction: ended(before.decision_account.is_some()),
        decision_facts: shorten(&said, LONGEST_FACTS),
        puid,
        ..before.clone()
    }
}

/// A finding that restricts, with a policy that may be named.
struct Reason<'a> {
    policy: &'a Policy,
    findings: Vec<&'a Finding>,
}

/// The reasons that may be told, the weightiest first; one a policy.
fn reasons<'a>(facts: &Facts<'a>) -> Vec<Reason<'a>> {
    let mut all: Vec<Reason<'a>> = vec![];
    for finding in facts.findings.iter().filter(|f| f.effect > Effect::Descriptive) {
        let Some(policy) = facts.bundle.policy(&finding.policy) else { continue };
        if policy.disclosure == Disclosure::None {
            continue;
        }
        match all.iter_mut().find(|r| r.policy.code == policy.code) {
            Some(reason) => reason.findings.push(finding),
            None => all.push(Reason { policy, findings: vec![finding] }),
        }
    }
    let worst = |r: &Reason<'_>| r.findings.iter().map(|f| f.effect).max().unwrap_or(Effect::Descriptive);
    all.sort_by(|a, b| {
        let weight = |r: &Reason<'_>| (worst(r), r.policy.severity);
        weight(b).cmp(&weight(a)).then_with(|| a.policy.code.cmp(&b.policy.code))
    });
    all
}

fn categories(policies: &[&Policy]) -> Vec<Category> {
    let mut all: Vec<Category> = vec![];
    for policy in policies {
        let named = policy.mappings.dsa_category.as_deref().and_then(|name| name.parse().ok());
        let category = named.unwrap_or(Category::OtherViolationTc);
        if !all.contains(&category) {
            all.push(category);
        }
    }
    all
}

fn keywords(policies: &[&Policy]) -> Vec<Keyword> {
    let all: BTreeSet<Keyword> =
        policies.iter().flat_map(|p| &p.mappings.dsa_keywords).filter_map(|name| name.parse().ok()).collect();
    if all.is_empty() { vec![Keyword::Other] } else { all.into_iter().collect() }
}

fn other_keyword(policies: &[&Policy]) -> String {
    let without = |p: &&&Policy| {
        p.mappings.dsa_keywords.is_empty() || p.mappings.dsa_keywords.iter().any(|k| k == Keyword::Other.as_str())
    };
    let titles: Vec<&str> = policies.iter().filter(without).map(|p| p.title.as_str()).collect();
    let said = if titles.is_empty() { INTEGRITY.to_owned() } else { titles.join("; ") };
    shorten(&said, LONGEST_GROUND)
}

/// What is said instead of a policy that discloses nothing.
const INTEGRITY: &str = "Integrity of advertising";

fn ground(policies: &[&Policy]) -> String {
    if policies.is_empty() {
        return format!("{INTEGRITY}: rules that protect the review of ads");
    }
    let clauses: Vec<String> = policies.iter().map(|p| format!("{}, version {}", p.title, p.clause_version)).collect();
    format!("Advertising policy: {}", clauses.join("; "))
}

fn explanation(policies: &[&Policy]) -> String {
    let Some(first) = policies.first() else {
        return "The ad breaks rules that protect people and the review of ads. What was found is not published, \
                since that would help to evade the review."
            .into();
    };
    format!("The ad was found to break this clause: {}", first.clause.trim())
}

fn visibility(verdict: &Verdict) -> (Vec<Visibility>, Option<String>) {
    let serving = &verdict.serving;
    if verdict.conclusion != Conclusion::Limited || (!serving.eligible && serving.needs_certificate.is_empty()) {
        return (vec![Visibility::ContentDisabled], None);
    }
    let mut restricted = vec![];
    if !serving.needs_certificate.is_empty() {
        restricted.push(Visibility::ContentDisabled);
    }
    if serving.min_age.is_some() {
        restricted.push(Visibility::ContentAgeRestricted);
    }
    let list = |countries: &[Country]| countries.iter().map(Country::as_str).collect::<Vec<_>>().join(", ");
    let mut places = vec![];
    if let Some(only) = &serving.only_countries {
        places.push(format!("shown only in {}", list(only)));
    }
    if !serving.excluded_countries.is_empty() {
        places.push(format!("not shown in {}", list(&serving.excluded_countries)));
    }
    if !places.is_empty() {
        restricted.push(Visibility::Other);
    }
    if restricted.is_empty() {
        restricted.push(Visibility::ContentDisabled);
    }
    let other = (!places.is_empty()).then(|| shorten(&format!("The ad is {}.", places.join(" and ")), 500));
    (restricted, other)
}

fn content_types(content: &AdContent) -> (Vec<ContentType>, Option<String>) {
    let creative = &content.creative;
    let mut all = vec![];
    if !creative.images.is_empty() {
        all.push(ContentType::Image);
    }
    if [&creative.headline, &creative.body, &creative.call_to_action].iter().any(|text| !text.trim().is_empty()) {
        all.push(ContentType::Text);
    }
    if creative.video.is_some() {
        all.push(ContentType::Video);
    }
    if all.is_empty() {
        return (vec![ContentType::Other], Some("Advertisement".into()));
    }
    (all, None)
}

/// Where in the European Economic Area the ad would have been shown and is not any more, or less.
fn territory(facts: &Facts<'_>) -> Vec<Country> {
    let targeted = &facts.content.targeting.countries;
    let area = || TERRITORIES.iter().filter_map(|code| code.parse::<Country>().ok());
    let shown = |c: &Country| targeted.is_empty() || targeted.contains(c);
    let serving = &facts.verdict.serving;
    let by_place_alone = facts.verdict.conclusion == Conclusion::Limited
        && serving.eligible
        && serving.min_age.is_none()
        && serving.needs_certificate.is_empty();
    let restricted = |c: &Country| {
        !by_place_alone
            || serving.excluded_countries.contains(c)
            || serving.only_countries.as_ref().is_some_and(|only| !only.contains(c))
    };
    area().filter(|c| shown(c) && restricted(c)).collect()
}

fn decision_facts(facts: &Facts<'_>, reasons: &[Reason<'_>]) -> String {
    let mut said = vec![format!(
        "An advertisement was submitted on {} and {} on {}.",
        Day::of(facts.submitted_at),
        if facts.verdict.conclusion == Conclusion::Limited { "limited" } else { "refused" },
        Day::of(facts.effective_at)
    )];
    said.extend(reasons.iter().map(found));
    if reasons.is_empty() {
        said.push("It was found to break rules that protect the review of ads.".into());
    }
    said.push(
        match facts.automation {
            Automation::Fully => "Automated screening found and decided it.",
            Automation::Partially => "A person decided, with the findings of automated screening at hand.",
            Automation::NotAutomated => "A person decided without findings of automated screening.",
        }
        .into(),
    );
    said.push(match facts.source.kind {
        SourceType::Voluntary => "The ad was looked at on the service's own initiative.".into(),
        SourceType::Article16 => "The ad was looked at because of a notice under article 16.".into(),
        SourceType::TrustedFlagger => "The ad was looked at because of a trusted flagger's notice.".into(),
        SourceType::TypeOtherNotification => "The ad was looked at because of a notice.".into(),
    });
    said.push(format!(
        "Declared under article 26: on whose behalf the ad runs: {}; who pays for it: {}.",
        declared(facts.content.on_behalf_of.as_deref()),
        declared(facts.content.paid_by.as_deref())
    ));
    said.join(" ")
}

/// `Weapons and explosives: the ad may not be shown; found “pistol”, “handgun”.`
fn found(reason: &Reason<'_>) -> String {
    let limits: BTreeSet<&Constraint> = reason.findings.iter().flat_map(|f| &f.constraints).collect();
    let prohibited = reason.findings.iter().any(|f| f.effect == Effect::Prohibited);
    let does = if prohibited || limits.is_empty() {
        "it may not be shown".to_owned()
    } else {
        let words: Vec<String> = limits.into_iter().map(limit).collect();
        format!("it may be shown {}", words.join(" and "))
    };
    let mut terms: Vec<String> = vec![];
    if reason.policy.disclosure == Disclosure::Full {
        for evidence in reason.findings.iter().flat_map(|f| &f.evidence) {
            if let Evidence::Span { term, .. } = evidence {
                let quoted = format!("“{}”", scrub(term));
                if !terms.contains(&quoted) && terms.len() < TERMS {
                    terms.push(quoted);
                }
            }
        }
    }
    let terms = if terms.is_empty() { String::new() } else { format!("; found: {}", terms.join(", ")) };
    format!("{}: {does}{terms}.", reason.policy.title)
}

fn limit(constraint: &Constraint) -> String {
    let list = |countries: &[Country]| countries.iter().map(Country::as_str).collect::<Vec<_>>().join(", ");
    match constraint {
        Constraint::ExcludeCountries { countries } => format!("outside {}", list(countries)),
        Constraint::OnlyCountries { countries } => format!("only in {}", list(countries)),
        Constraint::MinAge { years } => format!("only to people of {years} and older"),
        Constraint::NeedsCertificate { certificate } => format!("only with the certificate {certificate}"),
    }
}

/// A name is published where it is an organisation's; a person's is not.
fn declared(name: Option<&str>) -> String {
    match name {
        None => "nobody else".into(),
        Some(name) if scrub::is_organisation(name) => shorten(&scrub(name), 200),
        Some(_) => "declared, and not published".into(),
    }
}

#[cfg(test)]
mod tests;
