//! A restriction told to the advertiser: what was decided, why, what was found and how to mend it, in their language.
//!
//! Called by the step that lets decisions take effect, and for mails. It says what each policy's disclosure allows and
//! no more: no scores, no traces, and no policy that discloses nothing.

mod words;

pub use words::{Tongue, Words};

use crate::domain::{
    Effect, Evidence, Finding, Millis,
    decision::{Automation, Ground, Notice},
    place::Country,
    policy::{Disclosure, Policy},
    release::Bundle,
    time::Day,
    verdict::{Conclusion, Serving, Verdict},
};
use askama::Template;
use std::collections::BTreeSet;

/// Most terms quoted of one policy.
const TERMS: usize = 10;

/// What is known of a restriction.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The submitter's id for the ad.
    pub ad: &'a str,
    /// The submitter's name.
    pub platform: &'a str,
    /// When the content was submitted.
    pub submitted_at: Millis,
    /// When the decision took effect.
    pub decided_at: Millis,
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
}

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its subject, on one line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// One policy in the advertiser's language.
struct Reason {
    title: String,
    clause: (String, String),
    terms: String,
    fix_hint: Option<String>,
}

/// One decision as the templates take it.
struct Decision {
    heading: String,
    submitted: String,
    reasons: Vec<Reason>,
    limits: Vec<String>,
    ground: &'static str,
    by: &'static str,
}

#[derive(Template)]
#[template(path = "mail/notice.txt")]
struct Text<'a> {
    words: &'static Words,
    decisions: &'a [Decision],
    redress: &'a str,
    unsubscribe: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail/notice.html")]
struct Html<'a> {
    lang: Tongue,
    subject: &'a str,
    words: &'static Words,
    decisions: &'a [Decision],
    redress: &'a str,
    unsubscribe: Option<&'a str>,
}

/// The notice that goes with the event, for platforms that have a channel of their own.
///
/// # Errors
/// The template's, which takes only values that it can show.
pub fn notice(told: &Told<'_>, tongue: Tongue) -> Result<Notice, askama::Error> {
    let message = message(&[*told], tongue, None)?;
    Ok(Notice { language: tongue.as_str().into(), subject: message.subject, text: message.text })
}

/// A mail about one decision, or about several as one. `unsubscribe` is where the reader can stop such mails.
///
/// # Errors
/// As [`notice`].
pub fn message(told: &[Told<'_>], tongue: Tongue, unsubscribe: Option<&str>) -> Result<Message, askama::Error> {
    let words = tongue.words();
    let decisions: Vec<Decision> = told.iter().map(|one| decision(one, tongue)).collect();
    let subject = match &decisions[..] {
        [one] => one.heading.clone(),
        several => (words.several)(several.len()),
    };
    let redress = told.first().map(|one| (words.redress)(one.platform)).unwrap_or_default();
    let text = Text { words, decisions: &decisions, redress: &redress, unsubscribe }.render()?;
    let html = Html { lang: tongue, subject: &subject, words, decisions: &decisions, redress: &redress, unsubscribe }
        .render()?;
    Ok(Message { subject: one_line(&subject), text, html })
}

/// No subject has a line break or another control character, whatever an id holds.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn decision(told: &Told<'_>, tongue: Tongue) -> Decision {
    let words = tongue.words();
    let limited = told.verdict.conclusion == Conclusion::Limited;
    let heading = if limited { words.limited } else { words.refused };
    Decision {
        heading: heading(told.ad),
        submitted: (words.submitted)(
            told.platform,
            &Day::of(told.submitted_at).to_string(),
            &Day::of(told.decided_at).to_string(),
        ),
        reasons: reasons(told, tongue),
        limits: if limited { limits(&told.verdict.serving, words) } else { vec![] },
        ground: match told.ground {
            Ground::Illegal => words.illegal,
            Ground::Incompatible => words.incompatible,
        },
        by: match told.automation {
            Automation::Fully => words.by_machine,
            Automation::Partially => words.by_both,
            Automation::NotAutomated => words.by_person,
        },
    }
}

fn reasons(told: &Told<'_>, tongue: Tongue) -> Vec<Reason> {
    let mut policies: Vec<(&Policy, Vec<&Finding>)> = vec![];
    for finding in told.findings.iter().filter(|f| f.effect > Effect::Descriptive) {
        let Some(policy) = told.bundle.policy(&finding.policy) else { continue };
        if policy.disclosure == Disclosure::None {
            continue;
        }
        match policies.iter_mut().find(|(known, _)| known.code == policy.code) {
            Some((_, findings)) => findings.push(finding),
            None => policies.push((policy, vec![finding])),
        }
    }
    policies.into_iter().map(|(policy, findings)| reason(policy, &findings, tongue)).collect()
}

fn reason(policy: &Policy, findings: &[&Finding], tongue: Tongue) -> Reason {
    let full = policy.disclosure == Disclosure::Full;
    let mut terms = BTreeSet::new();
    for evidence in findings.iter().flat_map(|f| &f.evidence).filter(|_| full) {
        if let Evidence::Span { term, .. } = evidence
            && terms.len() < TERMS
        {
            terms.insert(format!("“{term}”"));
        }
    }
    let written = policy.in_language(tongue.as_str());
    Reason {
        title: written.title.to_owned(),
        clause: ((tongue.words().clause)(policy.clause_version), written.clause.trim().to_owned()),
        terms: terms.into_iter().collect::<Vec<_>>().join(", "),
        fix_hint: full.then(|| written.fix_hint.to_owned()),
    }
}

fn limits(serving: &Serving, words: &Words) -> Vec<String> {
    let list = |countries: &[Country]| countries.iter().map(Country::as_str).collect::<Vec<_>>().join(", ");
    let mut said = vec![];
    if let Some(only) = &serving.only_countries {
        said.push((words.only_in)(&list(only)));
    }
    if !serving.excluded_countries.is_empty() {
        said.push((words.not_in)(&list(&serving.excluded_countries)));
    }
    said.extend(serving.min_age.map(words.from_age));
    said.extend(serving.needs_certificate.iter().map(|name| (words.certificate)(name)));
    said
}

#[cfg(test)]
mod tests;
