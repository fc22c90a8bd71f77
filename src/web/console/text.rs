//! Words for people: times, names of enum values, percentages, and the tone that goes with an outcome.
//!
//! Called by the pages. It must never decide anything: it only spells.

use crate::domain::{
    ApprovalStatus, Effect, Millis, ReviewStatus,
    decision::DecisionState,
    finding::Constraint,
    place::Country,
    review::JudgementOutcome,
    signal::Cause,
    verdict::{Conclusion, Serving},
};
use askama::Template;
use std::fmt;

/// A moment as a `<time>` element: the browser turns it into the viewer's zone, the text serves without a script.
#[derive(Debug, Clone, Copy, Template)]
#[template(source = r#"<time datetime="{{ self.full() }}">{{ self.short() }}</time>"#, ext = "html")]
pub struct When(pub Millis);
impl askama::filters::HtmlSafe for When {}

impl When {
    fn full(&self) -> String {
        self.0.to_string()
    }

    /// To the minute, UTC.
    fn short(&self) -> String {
        let full = self.full();
        full.get(..16).map(|s| s.replace('T', " ")).unwrap_or(full)
    }
}

/// `in_review` as people read it: `In review`.
pub fn words(name: impl fmt::Display) -> String {
    let plain = name.to_string().replace('_', " ");
    let mut letters = plain.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// 0.834 as `0.83`.
pub fn score(value: f64) -> String {
    format!("{value:.2}")
}

/// 0.834 as `83 %`.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A bare id's first letters and digits, enough to tell rows apart; the whole id stands beside it as a title.
pub fn short(id: impl fmt::Display) -> String {
    let id = id.to_string();
    let tail = id.len().saturating_sub(8);
    format!("…{}", id.get(tail..).unwrap_or(&id))
}

/// A value as it stands in a query.
pub fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Why a signal is missing.
pub fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::LanguageNotCovered => "language not covered",
        Cause::NoModel => "no model for this policy",
        Cause::Failed => "the measurement failed",
        Cause::TimedOut => "the measurement took too long",
        Cause::NothingToMeasure => "nothing to measure",
        Cause::NotProvided => "not told by the submitter",
        Cause::NotFetched => "the landing page was not fetched",
        Cause::NotStored => "not measured at that time",
    }
}

/// What an effect does, in words.
pub fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Descriptive => "For information",
        Effect::Limited => "Limits serving",
        Effect::Review => "Needs a look",
        Effect::Prohibited => "May not serve",
    }
}

/// A limit on serving, in words.
pub fn constraint(constraint: &Constraint) -> String {
    match constraint {
        Constraint::ExcludeCountries { countries } => format!("not in {}", list(countries)),
        Constraint::OnlyCountries { countries } => format!("only in {}", list(countries)),
        Constraint::MinAge { years } => format!("only from {years} years"),
        Constraint::NeedsCertificate { certificate } => format!("needs the certificate “{certificate}”"),
    }
}

/// What stays allowed, in words; empty when nothing is limited.
pub fn limits(serving: &Serving) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(only) = &serving.only_countries {
        said.push(format!("only in {}", list(only)));
    }
    if !serving.excluded_countries.is_empty() {
        said.push(format!("not in {}", list(&serving.excluded_countries)));
    }
    said.extend(serving.min_age.map(|years| format!("only from {years} years")));
    said.extend(serving.needs_certificate.iter().map(|c| format!("needs the certificate “{c}”")));
    said
}

fn list(countries: &[Country]) -> String {
    countries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The class of a tag: which of the five tones goes with a value. The value's word always stands in the tag.
pub trait Tone {
    /// `bad`, `warn`, `good`, `info` or nothing.
    fn tone(self) -> &'static str;
}

impl Tone for Effect {
    fn tone(self) -> &'static str {
        match self {
            Self::Prohibited => "bad",
            Self::Limited => "warn",
            Self::Review => "info",
            Self::Descriptive => "",
        }
    }
}

impl Tone for Conclusion {
    fn tone(self) -> &'static str {
        match self {
            Self::Prohibited => "bad",
            Self::Limited => "warn",
            Self::Review => "info",
            Self::Approve => "good",
        }
    }
}

impl Tone for JudgementOutcome {
    fn tone(self) -> &'static str {
        match self {
            Self::Reject => "bad",
            Self::Limited => "warn",
            Self::Escalate => "info",
            Self::Approve => "good",
        }
    }
}

impl Tone for DecisionState {
    fn tone(self) -> &'static str {
        match self {
            Self::Pending => "info",
            Self::Effective => "good",
            Self::Undone | Self::Lapsed => "",
        }
    }
}

/// What a judgement asked for, as something done: `Rejected`.
pub fn done(outcome: JudgementOutcome) -> &'static str {
    match outcome {
        JudgementOutcome::Approve => "Approved",
        JudgementOutcome::Limited => "Limited",
        JudgementOutcome::Reject => "Rejected",
        JudgementOutcome::Escalate => "Escalated",
    }
}

/// The name of a conclusion when people reach it.
pub fn conclusion(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Approve => "Approve",
        Conclusion::Limited => "Limited",
        Conclusion::Review => "Still open",
        Conclusion::Prohibited => "Reject",
    }
}

/// Both statuses as one word for lists, and its tone; the two stay apart everywhere else.
pub fn status(review: ReviewStatus, approval: ApprovalStatus) -> (String, &'static str) {
    match (review, approval) {
        (ReviewStatus::Reviewed, ApprovalStatus::Approved) => ("Approved".into(), "good"),
        (ReviewStatus::Reviewed, ApprovalStatus::Limited) => ("Limited".into(), "warn"),
        (ReviewStatus::Reviewed, ApprovalStatus::Rejected) => ("Rejected".into(), "bad"),
        (ReviewStatus::InReview | ReviewStatus::AwaitingAdvertiser | ReviewStatus::UnderAppeal, _) => {
            (words(review), "info")
        }
        (other, _) => (words(other), ""),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_spelled_for_people() {
        assert_eq!(words("in_review"), "In review");
        assert_eq!(words(""), "");
        assert_eq!(status(ReviewStatus::UnderAppeal, ApprovalStatus::Rejected), ("Under appeal".into(), "info"));
    }

    #[test]
    fn a_time_is_an_element_with_its_zone() {
        assert_eq!(
            When(Millis(1_700_000_000_123)).to_string(),
            r#"<time datetime="2023-11-14T22:13:20.123Z">2023-11-14 22:13</time>"#
        );
    }
}
