//! Statements as CSV, in the columns of the DSA transparency database's own daily dumps (`headings()` of its
//! `StatementExportTrait`), so that whatever reads those reads these.
//!
//! Called by the API and the command line. It must never change a column's place.

use crate::domain::{Millis, id::TypedId, statement::StatementOfReasons};
use serde::Serialize;

/// The columns, in order.
pub const COLUMNS: [&str; 38] = [
    "uuid",
    "decision_visibility",
    "decision_visibility_other",
    "end_date_visibility_restriction",
    "decision_monetary",
    "decision_monetary_other",
    "end_date_monetary_restriction",
    "decision_provision",
    "end_date_service_restriction",
    "decision_account",
    "end_date_account_restriction",
    "account_type",
    "decision_ground",
    "decision_ground_reference_url",
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "incompatible_content_ground",
    "incompatible_content_explanation",
    "incompatible_content_illegal",
    "category",
    "category_addition",
    "category_specification",
    "category_specification_other",
    "content_type",
    "content_type_other",
    "content_language",
    "content_date",
    "content_id_ean",
    "territorial_scope",
    "application_date",
    "decision_facts",
    "source_type",
    "source_identity",
    "automated_detection",
    "automated_decision",
    "platform_name",
    "platform_uid",
    "created_at",
];

/// A statement with what a dump says of it besides.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// The statement.
    pub body: &'a StatementOfReasons,
    /// The submitter's name.
    pub platform: &'a str,
    /// When it was made.
    pub created_at: Millis,
}

/// Writes the head.
///
/// # Errors
/// The writer's.
pub fn head() -> Result<Vec<u8>, csv::Error> {
    line(&COLUMNS.map(str::to_owned))
}

/// Writes rows.
///
/// # Errors
/// The writer's.
pub fn rows<'a>(rows: impl IntoIterator<Item = Row<'a>>) -> Result<Vec<u8>, csv::Error> {
    let mut bytes = vec![];
    for row in rows {
        bytes.extend(line(&fields(&row))?);
    }
    Ok(bytes)
}

fn line(fields: &[String]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(vec![]);
    writer.write_record(fields)?;
    writer.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

fn fields(row: &Row<'_>) -> [String; 38] {
    let s = row.body;
    let created = row.created_at.to_string();
    [
        s.puid.uuid().hyphenated().to_string(),
        list(&s.decision_visibility),
        plain(s.decision_visibility_other.as_deref()),
        plain(s.end_date_visibility_restriction),
        plain(s.decision_monetary),
        plain(s.decision_monetary_other.as_deref()),
        plain(s.end_date_monetary_restriction),
        plain(s.decision_provision),
        plain(s.end_date_service_restriction),
        plain(s.decision_account),
        plain(s.end_date_account_restriction),
        plain(s.account_type),
        s.decision_ground.to_string(),
        plain(s.decision_ground_reference_url.as_deref()),
        plain(s.illegal_content_legal_ground.as_deref()),
        plain(s.illegal_content_explanation.as_deref()),
        plain(s.incompatible_content_ground.as_deref()),
        plain(s.incompatible_content_explanation.as_deref()),
        plain(s.incompatible_content_illegal),
        s.category.to_string(),
        list(&s.category_addition),
        list(&s.category_specification),
        plain(s.category_specification_other.as_deref()),
        list(&s.content_type),
        plain(s.content_type_other.as_deref()),
        plain(s.content_language.as_deref()),
        s.content_date.to_string(),
        plain(s.content_id.as_ref().map(|id| id.ean_13.as_str())),
        list(&s.territorial_scope),
        s.application_date.to_string(),
        plain(Some(s.decision_facts.as_str())),
        s.source_type.to_string(),
        plain(s.source_identity.as_deref()),
        s.automated_detection.to_string(),
        s.automated_decision.to_string(),
        plain(Some(row.platform)),
        s.puid.to_string(),
        created.get(..19).map_or_else(|| created.clone(), |moment| moment.replace('T', " ")),
    ]
}

/// One value on one line, as the dumps have it. A spreadsheet must not take it for a formula.
fn plain(value: Option<impl ToString>) -> String {
    let text = value.map(|v| v.to_string()).unwrap_or_default();
    let one_line =
        text.split(['\r', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if one_line.starts_with(['=', '+', '-', '@']) { format!("'{one_line}") } else { one_line }
}

/// A list as JSON, as the dumps have it.
fn list(values: &[impl Serialize]) -> String {
    serde_json::to_string(values).unwrap_or_default()
}
