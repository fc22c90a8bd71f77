//! What the public page of a decision shows: the ad, the decision, and the appeals about it.
//!
//! Called by `web::console::appeal` for whoever holds a link that was signed for the decision. It must never show
//! another decision or ad.

use crate::{
    domain::{
        AdContent, AdId, DecisionId,
        appeal::Appeal,
        decision::{DecisionState, Outcome},
        release::Bundle,
    },
    store::{Db, StoreError, ads, appeals, judgements, judgements::StoredDecision, releases},
};

/// A decision as the holder of its link needs it.
#[derive(Debug, Clone)]
pub struct PublicView {
    /// The ad.
    pub ad: AdId,
    /// The content decided about.
    pub content: AdContent,
    /// The decision.
    pub decision: StoredDecision,
    /// The policies that it was made under.
    pub bundle: Bundle,
    /// Where the ad stands now.
    pub outcome: Outcome,
    /// Whether the ad was taken back.
    pub withdrawn: bool,
    /// Appeals of the decision, newest first.
    pub appeals: Vec<Appeal>,
}

/// The view; `None` where the decision is not there or never took effect.
pub async fn public(on: &Db, decision: DecisionId) -> Result<Option<PublicView>, StoreError> {
    let Some(decision) = judgements::decision(on, decision).await? else { return Ok(None) };
    if decision.state != DecisionState::Effective {
        return Ok(None);
    }
    let (Some(ad), Some(revision), Some(release)) = (
        ads::ad(on, decision.ad).await?,
        ads::revision(on, decision.revision).await?,
        releases::release(on, decision.release).await?,
    ) else {
        return Ok(None);
    };
    let appeals = appeals::of_decision(on, decision.id).await?;
    Ok(Some(PublicView {
        ad: ad.id,
        content: revision.content,
        bundle: release.bundle,
        withdrawn: ad.withdrawn_at.is_some(),
        outcome: ad.outcome,
        appeals,
        decision,
    }))
}
