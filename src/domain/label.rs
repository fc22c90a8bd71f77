//! Labels: what people (never models) say about a subject under one policy.
//!
//! Made by flows from judgements, read by learning and export. It must never be made from a model's score.

use super::{
    id::{JudgementId, LabelId, RevisionId, UserId},
    policy::PolicyCode,
    time::Millis,
};
use crate::named_enum;
use serde::{Deserialize, Serialize};

named_enum!(
    /// What the label says. Unexamined is unknown, never no.
    LabelValue {
        /// The policy is broken.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// Not examined, or the judges disagree.
        Unknown = "unknown",
    }
);

named_enum!(
    /// Where the label comes from.
    LabelSource {
        /// One person's answer.
        Judgement = "judgement",
        /// A lead who settled a disagreement.
        Adjudication = "adjudication",
        /// An appeal's result.
        Appeal = "appeal",
        /// A task with known truth.
        Golden = "golden",
        /// A data set.
        Imported = "imported",
        /// An example somebody wrote.
        Written = "written",
    }
);

/// One label with its text, as training and export read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// The revision, unless the text was imported or written.
    pub revision: Option<RevisionId>,
    /// The text labelled: headline, body and call to action, one a line.
    pub text: String,
    /// The policy.
    pub policy: PolicyCode,
    /// The clause's version.
    pub clause_version: u32,
    /// What it says.
    pub value: LabelValue,
    /// Where it comes from.
    pub source: LabelSource,
    /// Name of the data set, or the advertiser's external id: the group that a split must not cut.
    pub group: String,
    /// The judgement it came from.
    pub judgement: Option<JudgementId>,
    /// Who judged.
    pub user: Option<UserId>,
    /// Whether the judge saw no scores.
    pub blind: bool,
    /// Whether it was carried over from a near-duplicate.
    pub propagated: bool,
    /// Probability that the subject was drawn for labelling; 1 when it was routed.
    pub sampling_probability: f64,
    /// When.
    pub created_at: Millis,
}
