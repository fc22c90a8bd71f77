//! What submitters see of an ad, made from decisions and screenings under each policy's disclosure.
//!
//! Called by every flow that changes an ad's state. It must never show a score, a trace, or what disclosure withholds.

use crate::{
    domain::{
        AdId, ApprovalStatus, Evidence, Finding, Millis, PolicyCode, ReviewStatus, RevisionId,
        decision::{DecidedBy, DisclosedFinding, Outcome},
        policy::Disclosure,
        release::Bundle,
        submitter::Bidding,
        verdict::{Conclusion, Serving, Verdict},
    },
    store::{ads::StoredAd, judgements::StoredDecision},
};

/// The outcome of an ad that was just submitted; a submitter that bids permissively may serve it until it is decided.
pub fn submitted(id: AdId, external_id: &str, revision: RevisionId, bidding: Bidding, sandbox: bool) -> Outcome {
    let serves = bidding == Bidding::Permissive;
    Outcome {
        id,
        external_id: external_id.into(),
        revision,
        serving_revision: serves.then_some(revision),
        review_status: ReviewStatus::Pending,
        approval_status: if serves { ApprovalStatus::Provisional } else { ApprovalStatus::None },
        serving: Serving { eligible: serves, ..Serving::default() },
        findings: vec![],
        decided_by: None,
        decided_at: None,
        decision: None,
        expected_by: None,
        appeal_url: None,
        outcome_version: 1,
        sandbox,
    }
}

/// The outcome once a new revision waits. What was approved goes on serving until the new one is decided.
pub fn revised(ad: &StoredAd, revision: RevisionId) -> Outcome {
    Outcome {
        revision,
        review_status: ReviewStatus::Pending,
        approval_status: ApprovalStatus::None,
        findings: vec![],
        decided_by: None,
        decided_at: None,
        decision: None,
        expected_by: None,
        appeal_url: None,
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// The outcome of a withdrawn ad: nothing serves.
pub fn withdrawn(ad: &StoredAd) -> Outcome {
    Outcome {
        serving_revision: None,
        review_status: ReviewStatus::Withdrawn,
        approval_status: ApprovalStatus::None,
        serving: Serving::default(),
        expected_by: None,
        appeal_url: None,
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// The outcome of an ad that nobody touched for too long: nothing serves, and its last decision is remembered.
pub fn expired(ad: &StoredAd) -> Outcome {
    Outcome { review_status: ReviewStatus::Expired, ..withdrawn(ad) }
}

/// The outcome while the same content is looked at again, from the start.
pub fn again(ad: &StoredAd) -> Outcome {
    Outcome { serving_revision: None, serving: Serving::default(), ..revised(ad, ad.outcome.revision) }
}

/// The outcome once what serves may not any more, while a newer revision waits: nothing serves until that is decided.
pub fn taken_down(ad: &StoredAd) -> Outcome {
    Outcome {
        serving_revision: None,
        serving: Serving::default(),
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// The outcome once what was taken down serves again, while a newer revision waits.
pub fn given_back(ad: &StoredAd, revision: RevisionId, serving: Serving) -> Outcome {
    Outcome {
        serving_revision: Some(revision),
        serving,
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// The outcome while somebody contests the decision: it stands until a person decided anew.
pub fn under_appeal(ad: &StoredAd, due: Millis) -> Outcome {
    Outcome {
        review_status: ReviewStatus::UnderAppeal,
        expected_by: Some(due),
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// The outcome once an appeal was taken back: what was decided stands.
pub fn appeal_over(ad: &StoredAd) -> Outcome {
    Outcome {
        review_status: ReviewStatus::Reviewed,
        expected_by: None,
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// The outcome while a person must look. `provisional` lets it serve meanwhile, as a policy may ask when only a signal
/// is missing.
pub fn in_review(ad: &StoredAd, revision: RevisionId, provisional: bool, expected_by: Option<Millis>) -> Outcome {
    let (approval_status, serving_revision) = if provisional {
        (ApprovalStatus::Provisional, Some(revision))
    } else {
        (ApprovalStatus::None, ad.outcome.serving_revision)
    };
    let serving =
        if provisional { Serving { eligible: true, ..Serving::default() } } else { ad.outcome.serving.clone() };
    Outcome {
        revision,
        serving_revision,
        review_status: ReviewStatus::InReview,
        approval_status,
        serving,
        findings: vec![],
        decided_by: None,
        decided_at: None,
        decision: None,
        expected_by,
        appeal_url: None,
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// The outcome once a decision takes effect.
pub fn decided(ad: &StoredAd, decision: &StoredDecision, bundle: &Bundle, now: Millis) -> Outcome {
    let Verdict { conclusion, serving } = &decision.verdict;
    let statuses = conclusion.statuses();
    let serves = matches!(conclusion, Conclusion::Approve | Conclusion::Limited);
    Outcome {
        revision: decision.revision,
        serving_revision: serves.then_some(decision.revision),
        review_status: statuses.review_status,
        approval_status: statuses.approval_status,
        serving: disclosed_serving(serving, bundle),
        findings: disclosed(&decision.findings, bundle),
        decided_by: Some(decision.decided_by),
        decided_at: Some(now),
        decision: Some(decision.id),
        expected_by: None,
        appeal_url: None,
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// The outcome of an ad for trying out: as if a release had decided, without a decision.
pub fn tried(
    ad: &StoredAd,
    revision: RevisionId,
    conclusion: Conclusion,
    serving: Serving,
    findings: Vec<DisclosedFinding>,
    now: Millis,
) -> Outcome {
    let statuses = conclusion.statuses();
    let serves = matches!(conclusion, Conclusion::Approve | Conclusion::Limited);
    Outcome {
        revision,
        serving_revision: serves.then_some(revision),
        review_status: statuses.review_status,
        approval_status: statuses.approval_status,
        serving,
        findings,
        decided_by: Some(DecidedBy::Release),
        decided_at: Some(now),
        decision: None,
        expected_by: None,
        outcome_version: ad.outcome.outcome_version + 1,
        ..ad.outcome.clone()
    }
}

/// Findings as each policy's disclosure allows. Scores are never shown: they would teach evaders.
pub fn disclosed(findings: &[Finding], bundle: &Bundle) -> Vec<DisclosedFinding> {
    findings
        .iter()
        .filter_map(|finding| {
            let policy = bundle.policy(&finding.policy)?;
            let full = match policy.disclosure {
                Disclosure::Full => true,
                Disclosure::ReasonOnly => false,
                Disclosure::None => return None,
            };
            let words = |e: &&Evidence| matches!(e, Evidence::Span { .. });
            Some(DisclosedFinding {
                policy: finding.policy.clone(),
                title: policy.title.clone(),
                effect: finding.effect,
                clause_version: finding.clause_version,
                evidence: if full { finding.evidence.iter().filter(words).cloned().collect() } else { vec![] },
                constraints: finding.constraints.clone(),
                fix_hint: full.then(|| policy.fix_hint.clone()),
            })
        })
        .collect()
}

/// What serves, without the policies that disclose nothing.
pub fn disclosed_serving(serving: &Serving, bundle: &Bundle) -> Serving {
    let told = |code: &&PolicyCode| bundle.policy(code).is_some_and(|p| p.disclosure != Disclosure::None);
    Serving { because: serving.because.iter().filter(told).cloned().collect(), ..serving.clone() }
}

/// Whether this outcome says something other than the ad's current one, versions aside.
pub fn differs(ad: &StoredAd, next: &Outcome) -> bool {
    let same_version = Outcome { outcome_version: ad.outcome.outcome_version, ..next.clone() };
    same_version != ad.outcome
}
