//! An ad's state in the words of the IAB (AdCOM 1.0 Audit): status, feedback, corrections.
//!
//! Projected from the ad's outcome by the sealer when it stamps the change, and by flows that must know what a touch
//! means. It must never say more than the outcome does, which disclosure has filtered already.

use super::{
    RevisionId,
    decision::{DisclosedFinding, Outcome},
    finding::{Effect, Evidence},
    status::{ApprovalStatus, ReviewStatus},
    time::Millis,
    verdict::Serving,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most characters of one sentence of feedback.
const FEEDBACK_CHARS: usize = 1_000;

/// AdCOM's audit status codes. Kept apart from [`ReviewStatus`]: this is one projection of two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum AuditStatus {
    /// Not audited yet, may not serve.
    Pending = 1,
    /// Not audited yet, may serve meanwhile.
    PreApproved = 2,
    /// May serve, everywhere or under limits.
    Approved = 3,
    /// May not serve.
    Denied = 4,
    /// Changed since it was approved.
    Changed = 5,
    /// Not touched for too long, or taken back.
    Expired = 6,
}

/// What a stamped audit says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// AdCOM's status code.
    pub status: u8,
    /// Why, one sentence an item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feedback: Vec<String>,
    /// A sparse ad with our corrections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corr: Option<Value>,
    /// Limits on serving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ext: Option<Value>,
    /// When the bidder last changed the ad (`lastmod` of the Ad object).
    pub modified_at: Millis,
}

/// The status of an ad. `asked` is the revision whose audit the bidder asked for.
pub fn status(outcome: &Outcome, asked: Option<RevisionId>) -> AuditStatus {
    match (outcome.review_status, outcome.approval_status) {
        (ReviewStatus::Withdrawn | ReviewStatus::Expired, _) => AuditStatus::Expired,
        (_, ApprovalStatus::Approved | ApprovalStatus::Limited) => AuditStatus::Approved,
        (_, ApprovalStatus::Rejected) => AuditStatus::Denied,
        (_, ApprovalStatus::Provisional) => AuditStatus::PreApproved,
        (_, ApprovalStatus::None) => {
            // An older revision that serves on was approved: this one differs from it.
            let changed = outcome.serving_revision.is_some_and(|serving| serving != outcome.revision);
            if changed && asked != Some(outcome.revision) { AuditStatus::Changed } else { AuditStatus::Pending }
        }
    }
}

/// The audit of an ad whose bidder declared `mrating` and last changed it at `modified_at`.
pub fn audit(outcome: &Outcome, asked: Option<RevisionId>, mrating: Option<i32>, modified_at: Millis) -> Audit {
    let status = status(outcome, asked);
    let decided = matches!(status, AuditStatus::Approved | AuditStatus::Denied);
    let mut feedback: Vec<String> = match status {
        AuditStatus::Expired if outcome.review_status == ReviewStatus::Withdrawn => {
            vec!["Withdrawn by its submitter; send it again to have it audited.".to_owned()]
        }
        AuditStatus::Expired => vec!["Not touched for too long; touch it (PUT or PATCH) to re-activate it.".to_owned()],
        AuditStatus::Changed => {
            vec!["Changed since it was approved; what was approved serves until this is audited.".to_owned()]
        }
        _ if decided => {
            // What only asked for a person is no reason of what was decided, unless nothing weighs more.
            let worst = outcome.findings.iter().map(|f| f.effect).max().unwrap_or(Effect::Descriptive);
            let told = |f: &&DisclosedFinding| f.effect == worst && worst > Effect::Descriptive;
            outcome.findings.iter().filter(told).map(sentence).collect()
        }
        _ => vec![],
    };
    let limited = outcome.approval_status == ApprovalStatus::Limited;
    feedback.extend(limited.then(|| limits(&outcome.serving)).flatten());
    let serving = serde_json::to_value(&outcome.serving).unwrap_or_default();
    let ext = limited.then(|| json!({"approval_status": outcome.approval_status, "serving": serving}));
    let rated = outcome.serving.min_age.filter(|_| decided).map(rating).filter(|r| mrating.is_none_or(|m| m < *r));
    Audit { status: status as u8, feedback, corr: rated.map(|r| json!({"mrating": r})), ext, modified_at }
}

/// The media rating (AdCOM) that a youngest age asks for.
fn rating(min_age: u8) -> i32 {
    match min_age {
        0..12 => 1,
        12..18 => 2,
        _ => 3,
    }
}

/// A finding in one sentence.
fn sentence(finding: &DisclosedFinding) -> String {
    let mut terms: Vec<&str> = finding
        .evidence
        .iter()
        .filter_map(|e| match e {
            Evidence::Span { term, .. } => Some(term.as_str()),
            _ => None,
        })
        .collect();
    terms.dedup();
    let found = match terms.as_slice() {
        [] => String::new(),
        some => {
            format!(": found {}", some.iter().map(|t| format!("\u{201c}{t}\u{201d}")).collect::<Vec<_>>().join(", "))
        }
    };
    let hint = finding.fix_hint.as_deref().map(str::trim).filter(|h| !h.is_empty());
    let text = match hint {
        Some(hint) => format!("{}{found}. {hint}", finding.title),
        None => format!("{}{found}.", finding.title),
    };
    clip(text)
}

/// What limits serving, in one sentence.
fn limits(serving: &Serving) -> Option<String> {
    let codes = |all: &[super::place::Country]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut said = vec![];
    if let Some(only) = &serving.only_countries {
        said.push(format!("only in {}", codes(only)));
    }
    if !serving.excluded_countries.is_empty() {
        said.push(format!("not in {}", codes(&serving.excluded_countries)));
    }
    if let Some(age) = serving.min_age {
        said.push(format!("only to people of {age} and older"));
    }
    if !serving.needs_certificate.is_empty() {
        said.push(format!("once the advertiser holds: {}", serving.needs_certificate.join(", ")));
    }
    (!said.is_empty()).then(|| clip(format!("May serve {}.", said.join("; "))))
}

fn clip(text: String) -> String {
    match text.char_indices().nth(FEEDBACK_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}
