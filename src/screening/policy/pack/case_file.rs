//! `cases.toml`: ads with what the policy must make of them.
//!
//! Called by the pack reader. It must never let a case pass for want of an expectation: every case says what it expects.

use super::{
    super::{
        cases::{Case, CaseKind, Expectation},
        problem::{Complaint, Problem},
    },
    document::{Document, Section},
};
use crate::domain::{
    ad::{AdContent, Creative, Image, Money, Schedule, Targeting},
    advertiser::{AdvertiserFacts, AdvertiserView, Standing},
    destination::DestinationFacts,
    policy::PolicyCode,
    screening::{Facts, Window, WindowCounts},
    time::Millis,
};
use std::collections::BTreeMap;

/// The clock of cases that set none, 2026-01-01T00:00:00Z: facts are told relative to it.
const NOW: Millis = Millis(1_767_225_600_000);

/// Reads all cases of a policy.
pub(super) fn cases(document: &Document<'_>, policy: &PolicyCode) -> Vec<Case> {
    let root = document.root();
    let cases = root.sections("case").into_iter().filter_map(|s| case(s, policy)).collect();
    root.done();
    cases
}

fn case(section: Section<'_, '_>, policy: &PolicyCode) -> Option<Case> {
    let name = section.required("name");
    let kinds: Vec<&str> = CaseKind::ALL.iter().map(|k| k.as_str()).collect();
    let expectations: Vec<&str> = Expectation::ALL.iter().map(|e| e.as_str()).collect();
    for key in ["kind", "expect"] {
        if !section.has(key) {
            section.missing(key);
        }
    }
    let kind = section.name::<CaseKind>("kind", &kinds);
    let expect = section.name::<Expectation>("expect", &expectations);
    let expect_ad = section.name::<Expectation>("expect_ad", &expectations);
    let content = content(&section);
    let facts = facts(&section);
    let scores = scores(&section);
    let similarities = similarities(&section);
    let document = section.document;
    section.done();
    let expect = expect?;
    let at = |span, message: &str| -> Problem {
        Complaint::new(span, message).in_lines(
            document.file,
            Some(&format!("{policy}/{}", name.value)),
            &document.lines,
        )
    };
    Some(Case {
        policy: policy.clone(),
        name: name.value.clone(),
        kind: kind?.value,
        content,
        facts,
        scores,
        similarities,
        expect: expect.value,
        expect_ad: expect_ad.as_ref().map(|e| e.value),
        place: at(expect.span, ""),
        place_ad: expect_ad.map(|e| at(e.span, "")),
    })
}

fn content(section: &Section<'_, '_>) -> AdContent {
    let text = |key| section.text(key).map(|t| t.value).unwrap_or_default();
    let alt_text = text("alt_text");
    let stated = section.int("images", 0, 20).map_or(0, |i| i.value);
    let count = if alt_text.is_empty() { stated } else { stated.max(1) };
    let images = (0..count)
        .map(|i| Image {
            url: Some(format!("https://images.example/{i}.png")),
            asset: None,
            alt_text: if i == 0 { alt_text.clone() } else { String::new() },
        })
        .collect();
    let age = |key| section.int(key, 0, 120).and_then(|a| u8::try_from(a.value).ok());
    AdContent {
        creative: Creative {
            headline: text("headline"),
            body: text("body"),
            call_to_action: text("call_to_action"),
            images,
            video: None,
        },
        landing_url: section.text("landing_url").map(|t| t.value),
        targeting: Targeting {
            countries: section.codes("countries", "a country code (ISO 3166-1)").into_iter().map(|c| c.value).collect(),
            min_age: age("min_age"),
            max_age: age("max_age"),
            languages: Vec::new(),
            interests: section.texts("interests").into_iter().map(|t| t.value).collect(),
        },
        schedule: schedule(section),
        budget: section.section("budget").and_then(budget),
        on_behalf_of: section.text("on_behalf_of").map(|t| t.value),
        paid_by: section.text("paid_by").map(|t| t.value),
        document: None,
    }
}

/// `starts_at` and `ends_at`.
fn schedule(section: &Section<'_, '_>) -> Option<Schedule> {
    let moment = |key| section.moment(key).map(|m| m.value);
    let (starts_at, ends_at) = (moment("starts_at"), moment("ends_at"));
    (starts_at.is_some() || ends_at.is_some()).then_some(Schedule { starts_at, ends_at })
}

fn budget(section: Section<'_, '_>) -> Option<Money> {
    let micros = section.int("micros", 0, 1 << 53);
    let currency = section.required("currency").value;
    if micros.is_none() && !section.has("micros") {
        section.missing("micros");
    }
    section.done();
    Some(Money { micros: micros?.value, currency })
}

fn destination(section: Section<'_, '_>) -> DestinationFacts {
    let text = |key| section.text(key).map(|t| t.value).unwrap_or_default();
    let page = DestinationFacts {
        url: text("url"),
        status: section.int("status", 100, 599).and_then(|s| u16::try_from(s.value).ok()).unwrap_or(200),
        redirects: section.int("redirects", 0, 100).and_then(|r| u32::try_from(r.value).ok()).unwrap_or(0),
        title: text("title"),
        text: text("text"),
    };
    section.done();
    page
}

fn facts(section: &Section<'_, '_>) -> Facts {
    let now = section.moment("evaluated_at").map_or(NOW, |m| m.value);
    let mut facts = Facts {
        evaluated_at: now,
        advertiser: AdvertiserView {
            external_id: "case".into(),
            name: "Case".into(),
            facts: AdvertiserFacts::default(),
            standing: Standing::Active,
            strikes: 0,
            rejected_ads: 0,
            decided_ads: 0,
            first_seen_at: now,
        },
        counts: WindowCounts { denials: Some(Window::default()), ..WindowCounts::default() },
        destination: section.section("destination").map(destination),
    };
    if let Some(told) = section.section("advertiser") {
        let number = |key| told.int(key, 0, i64::from(u32::MAX)).and_then(|n| u32::try_from(n.value).ok());
        let view = &mut facts.advertiser;
        view.external_id = told.text("external_id").map_or_else(|| view.external_id.clone(), |t| t.value);
        view.name = told.text("name").map_or_else(|| view.name.clone(), |t| t.value);
        view.strikes = number("strikes").unwrap_or(0);
        view.rejected_ads = number("rejected_ads").unwrap_or(0);
        view.decided_ads = number("decided_ads").unwrap_or(0);
        let standings: Vec<&str> = Standing::ALL.iter().map(|s| s.as_str()).collect();
        view.standing = told.name("standing", &standings).map_or(Standing::Active, |s| s.value);
        view.facts = AdvertiserFacts {
            account_created_at: number("age_days").map(|days| now.plus(-i64::from(days) * Millis::DAY)),
            verified: told.flag("verified"),
            certificates: told
                .has("certificates")
                .then(|| told.texts("certificates").into_iter().map(|c| c.value).collect()),
            spend_30d_micros: told.int("spend_30d_micros", 0, i64::MAX).map(|s| s.value),
            currency: None,
            language: None,
        };
        told.done();
    }
    if let Some(counts) = section.section("counts") {
        let window = |key| {
            let count = counts.int(key, 0, i64::from(u32::MAX)).and_then(|n| u32::try_from(n.value).ok());
            // A case tells one number: so many within every window.
            count.map_or(Window::default(), |n| Window { h1: n, h24: n, d7: n })
        };
        facts.counts = WindowCounts {
            advertiser: window("advertiser"),
            domain: window("domain"),
            image: window("image"),
            denials: Some(window("denials")),
        };
        counts.done();
    }
    facts
}

/// Likeness to lists of examples that the case gives instead of measuring it.
fn similarities(section: &Section<'_, '_>) -> BTreeMap<String, f64> {
    let Some(given) = section.section("similar_to") else { return BTreeMap::new() };
    given.shares().into_iter().map(|(name, value)| (name.value, value)).collect()
}

/// Scores that the case gives instead of the model's.
fn scores(section: &Section<'_, '_>) -> BTreeMap<PolicyCode, f64> {
    let Some(given) = section.section("scores") else { return BTreeMap::new() };
    let mut scores = BTreeMap::new();
    for (name, value) in given.shares() {
        match name.value.parse() {
            Ok(code) => drop(scores.insert(code, value)),
            Err(_) => {
                let message = format!("`{}` is not a policy code", name.value);
                section.document.complain(Complaint::new(name.span, message));
            }
        }
    }
    scores
}
