//! Why a screening found what it found: each finding's rule as a tree with the value of every part, made again from the
//! stored signals and facts under the release that ran.
//!
//! Called by the task page and by the staff API. It must never store anything, nor read anything newer than the
//! screening did.

use super::{App, Error};
use crate::{
    domain::{AdContent, screening::Screening},
    screening::policy::Explained,
    store::ads,
};
use serde::Serialize;

/// One rule of a screening.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ExplainedRule {
    /// `<policy>/<rule>`.
    pub rule: String,
    /// Its condition, part by part.
    pub condition: Explained,
}

/// Explains every finding that a rule of the screening made, in their order.
pub async fn findings(app: &App, screening: &Screening, content: &AdContent) -> Result<Vec<ExplainedRule>, Error> {
    let release = app.live.release(&app.db, screening.release).await?;
    let rules = screening.evaluation.findings.iter().filter_map(|f| f.rule.as_deref());
    let explain = |rule: &str| {
        let condition = release.compiled.explain(rule, content, &screening.signals, &screening.facts)?;
        Some(ExplainedRule { rule: rule.to_owned(), condition })
    };
    Ok(rules.filter_map(explain).collect())
}

/// The same for a screening alone; nothing where its revision's content was erased.
pub async fn screening(app: &App, screening: &Screening) -> Result<Vec<ExplainedRule>, Error> {
    match ads::revision(&app.db, screening.revision).await? {
        Some(revision) => findings(app, screening, &revision.content).await,
        None => Ok(Vec::new()),
    }
}
