//! `policy.toml`: one rule of conduct.
//!
//! Called by the pack reader. It must never accept a policy without a clause: decisions cite it.

use super::super::problem::Complaint;
use super::document::Document;
use crate::domain::{
    dsa::{Category, Keyword},
    place::Language,
    policy::{Disclosure, Mappings, OnUnavailable, Policy, PolicyCode, Severity, Translation},
};
use std::collections::BTreeMap;

/// Languages that a policy may be translated into: those that notices are written in, besides English.
const LANGUAGES: [&str; 4] = ["de", "es", "fr", "pt"];

/// Reads a policy; what is missing is noted and stands in empty.
pub(super) fn policy(document: &Document<'_>, code: &PolicyCode) -> Policy {
    let section = document.root();
    let fallback = stand_in(code);
    let names = |all: &[&'static str]| all.to_vec();
    let severity = section.name::<Severity>("severity", &names(&["low", "medium", "high", "critical"]));
    let disclosure = section.name::<Disclosure>("disclosure", &names(&["full", "reason_only", "none"]));
    let on_unavailable = section.name::<OnUnavailable>("on_unavailable", &names(&["review", "hold", "provisional"]));
    for (key, there) in [("severity", section.has("severity")), ("disclosure", section.has("disclosure"))] {
        if !there {
            section.missing(key);
        }
    }
    let policy = Policy {
        code: code.clone(),
        title: section.required("title").value.trim().to_owned(),
        clause: section.required("clause").value.trim().to_owned(),
        clause_version: section
            .int("clause_version", 1, i64::from(u32::MAX))
            .and_then(|v| u32::try_from(v.value).ok())
            .unwrap_or(1),
        severity: severity.map_or(fallback.severity, |s| s.value),
        disclosure: disclosure.map_or(fallback.disclosure, |d| d.value),
        fix_hint: section.required("fix_hint").value.trim().to_owned(),
        on_unavailable: on_unavailable.map_or(fallback.on_unavailable, |o| o.value),
        sensitive: section.flag("sensitive").unwrap_or(false),
        no_score_alone: section.flag("no_score_alone").unwrap_or(false),
        mappings: section.section("mappings").map(mappings).unwrap_or_default(),
        translations: section.section("translations").map(translations).unwrap_or_default(),
    };
    section.done();
    policy
}

fn mappings(section: super::document::Section<'_, '_>) -> Mappings {
    let texts = |key| section.texts(key).into_iter().map(|t| t.value).collect();
    let categories: Vec<&str> = Category::ALL.iter().map(|c| c.as_str()).collect();
    let mappings = Mappings {
        dsa_category: section.name::<Category>("dsa_category", &categories).map(|c| c.value.to_string()),
        dsa_keywords: keywords(&section),
        pinterest: texts("pinterest"),
        microsoft: section.numbers("microsoft"),
        iab_ad_product: texts("iab_ad_product"),
        iab_content: texts("iab_content"),
    };
    section.done();
    mappings
}

/// A policy's words in other languages; a blank one is a problem, one that is missing is English.
fn translations(section: super::document::Section<'_, '_>) -> BTreeMap<Language, Translation> {
    let mut all = BTreeMap::new();
    for code in LANGUAGES {
        let (Some(words), Ok(language)) = (section.section(code), code.parse::<Language>()) else { continue };
        let text = |key: &'static str| words.has(key).then(|| words.required(key).value.trim().to_owned());
        let translation = Translation { title: text("title"), clause: text("clause"), fix_hint: text("fix_hint") };
        words.done();
        all.insert(language, translation);
    }
    section.done();
    all
}

/// Keywords that the DSA transparency database knows; every other one is a problem.
fn keywords(section: &super::document::Section<'_, '_>) -> Vec<String> {
    let mut known = vec![];
    for text in section.texts("dsa_keywords") {
        if text.value.parse::<Keyword>().is_err() {
            let complaint = Complaint::new(text.span, format!("`{}` is not a keyword of the DSA's", text.value));
            let all = Keyword::ALL.iter().map(|k| k.as_str());
            section.document.complain(complaint.likely(&text.value, all));
        } else {
            known.push(text.value);
        }
    }
    known
}

/// Stands in for a policy whose file cannot be read, so that its rules are checked all the same.
pub(super) fn stand_in(code: &PolicyCode) -> Policy {
    Policy {
        code: code.clone(),
        title: code.to_string(),
        clause: String::new(),
        clause_version: 1,
        severity: Severity::Medium,
        disclosure: Disclosure::Full,
        fix_hint: String::new(),
        on_unavailable: OnUnavailable::Review,
        sensitive: false,
        no_score_alone: false,
        mappings: Mappings::default(),
        translations: BTreeMap::new(),
    }
}
