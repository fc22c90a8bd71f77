//! The field rules of the DSA transparency database that types alone do not hold.
//!
//! Called before a statement is kept, and by the suite over every policy. It must never pass what the database's own
//! validation refuses.

use crate::domain::{
    dsa::{ContentType, DecisionGround, Keyword, Monetary, SourceType, TERRITORIES, Visibility},
    place::Language,
    statement::StatementOfReasons,
    time::Day,
};

/// A rule that a statement breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The field.
    pub field: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

/// Every rule that the statement breaks; none for one that the database takes.
pub fn check(s: &StatementOfReasons) -> Vec<Broken> {
    let mut broken = vec![];
    decisions(s, &mut broken);
    grounds(s, &mut broken);
    contents(s, &mut broken);
    dates(s, &mut broken);
    broken
}

fn must(holds: bool, field: &'static str, rule: &'static str, broken: &mut Vec<Broken>) {
    if !holds {
        broken.push(Broken { field, rule });
    }
}

/// A text that must be there, or must not, and is neither empty nor too long.
fn text(value: Option<&str>, needed: bool, most: usize, field: &'static str, broken: &mut Vec<Broken>) {
    match value {
        None => must(!needed, field, "is required here", broken),
        Some(value) => {
            must(needed, field, "must be absent here", broken);
            must(!value.trim().is_empty(), field, "must not be empty", broken);
            must(value.chars().count() <= most, field, "is too long", broken);
        }
    }
}

fn unique<T: PartialEq>(all: &[T]) -> bool {
    all.iter().enumerate().all(|(n, one)| !all[..n].contains(one))
}

fn decisions(s: &StatementOfReasons, broken: &mut Vec<Broken>) {
    let any = !s.decision_visibility.is_empty()
        || s.decision_monetary.is_some()
        || s.decision_provision.is_some()
        || s.decision_account.is_some();
    must(any, "decision_visibility", "one of the four decisions is required", broken);
    must(unique(&s.decision_visibility), "decision_visibility", "must not repeat", broken);
    let other = s.decision_visibility.contains(&Visibility::Other);
    text(s.decision_visibility_other.as_deref(), other, 500, "decision_visibility_other", broken);
    let other = s.decision_monetary == Some(Monetary::Other);
    text(s.decision_monetary_other.as_deref(), other, 500, "decision_monetary_other", broken);
    for (end, restricted, field) in [
        (s.end_date_visibility_restriction, !s.decision_visibility.is_empty(), "end_date_visibility_restriction"),
        (s.end_date_monetary_restriction, s.decision_monetary.is_some(), "end_date_monetary_restriction"),
        (s.end_date_service_restriction, s.decision_provision.is_some(), "end_date_service_restriction"),
        (s.end_date_account_restriction, s.decision_account.is_some(), "end_date_account_restriction"),
    ] {
        must(end.is_none() || restricted, field, "must be absent without its decision", broken);
        must(end.is_none_or(|end| end >= s.application_date), field, "must not lie before application_date", broken);
    }
}

fn grounds(s: &StatementOfReasons, broken: &mut Vec<Broken>) {
    let illegal = s.decision_ground == DecisionGround::IllegalContent;
    text(s.illegal_content_legal_ground.as_deref(), illegal, 500, "illegal_content_legal_ground", broken);
    text(s.illegal_content_explanation.as_deref(), illegal, 2_000, "illegal_content_explanation", broken);
    text(s.incompatible_content_ground.as_deref(), !illegal, 500, "incompatible_content_ground", broken);
    text(s.incompatible_content_explanation.as_deref(), !illegal, 2_000, "incompatible_content_explanation", broken);
    let fits = !illegal || s.incompatible_content_illegal.is_none();
    must(fits, "incompatible_content_illegal", "must be absent here", broken);
    if let Some(url) = &s.decision_ground_reference_url {
        let whole = url::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https"));
        must(whole && url.chars().count() <= 500, "decision_ground_reference_url", "must be a URL", broken);
    }
    must(unique(&s.category_addition), "category_addition", "must not repeat", broken);
    must(!s.category_addition.contains(&s.category), "category_addition", "must not hold the category", broken);
    must(unique(&s.category_specification), "category_specification", "must not repeat", broken);
    let other = s.category_specification.contains(&Keyword::Other);
    let said = s.category_specification_other.as_deref();
    text(said, other && said.is_some(), 500, "category_specification_other", broken);
}

fn contents(s: &StatementOfReasons, broken: &mut Vec<Broken>) {
    must(!s.content_type.is_empty(), "content_type", "is required", broken);
    must(unique(&s.content_type), "content_type", "must not repeat", broken);
    let other = s.content_type.contains(&ContentType::Other);
    text(s.content_type_other.as_deref(), other, 500, "content_type_other", broken);
    let language = |code: &str| {
        code.bytes().all(|b| b.is_ascii_uppercase()) && code.to_ascii_lowercase().parse::<Language>().is_ok()
    };
    must(s.content_language.as_deref().is_none_or(language), "content_language", "must be ISO 639-1", broken);
    let digits = |ean: &str| ean.len() == 13 && ean.bytes().all(|b| b.is_ascii_digit());
    must(s.content_id.as_ref().is_none_or(|id| digits(&id.ean_13)), "content_id", "must have 13 digits", broken);
    let known = s.territorial_scope.iter().all(|c| TERRITORIES.contains(&c.as_str()));
    must(known && unique(&s.territorial_scope), "territorial_scope", "must name EEA countries once", broken);
    text(Some(&s.decision_facts), true, 5_000, "decision_facts", broken);
    let named = s.source_identity.is_some();
    let voluntary = s.source_type == SourceType::Voluntary;
    text(s.source_identity.as_deref(), named && !voluntary, 500, "source_identity", broken);
}

fn dates(s: &StatementOfReasons, broken: &mut Vec<Broken>) {
    let not_before = |day: Day, first: &str| first.parse().is_ok_and(|first: Day| day >= first);
    must(not_before(s.content_date, "2000-01-01"), "content_date", "must not lie before 2000", broken);
    must(not_before(s.application_date, "2020-01-01"), "application_date", "must not lie before 2020", broken);
}
