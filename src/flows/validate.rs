//! A dry run: what would become of an ad, without storing it.
//!
//! Called by `POST /v1/ads/validate`. It shows what disclosure allows and nothing else, and keeps a digest of what was
//! asked, so that somebody who probes the rules can be seen. It must never store content, open a round or tell anybody.

use super::{
    App, Error,
    steps::{audit, facts, outcome, scoring},
};
use crate::{
    domain::{
        Millis, SubmitterId,
        advertiser::{AdvertiserView, Standing},
        decision::DisclosedFinding,
        digest::Digest,
        role::Scope,
        screening::{Facts, Window, WindowCounts},
        verdict::{Conclusion, Serving},
    },
    intake::Submission,
    platform::limits::{Left, Spent},
    screening::signals::measure,
    store::{accounts, ads, ads::NewDryRun},
};
use serde::Serialize;
use serde_json::json;

/// What would become of the ad.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct DryRun {
    /// Digest that a revision with this content would have.
    pub digest: Digest,
    /// What screening concludes. `review` means that a person would decide.
    pub conclusion: Conclusion,
    /// What would serve.
    pub serving: Serving,
    /// Findings, as disclosure allows.
    pub findings: Vec<DisclosedFinding>,
}

/// The name of the quota, as headers and problems spell it.
pub const QUOTA: &str = "dry-runs";

/// Seconds of the quota's window.
const WINDOW_S: u32 = 3_600;

/// A dry run, and how many more there may be for the advertiser; `None` is no limit.
#[derive(Debug, Clone)]
pub struct Tried {
    /// What would become of the ad.
    pub run: DryRun,
    /// What is left of the advertiser's quota.
    pub left: Option<Left>,
}

/// Screens a submission without storing it.
pub async fn validate(app: &App, scope: &Scope, submission: &Submission) -> Result<Tried, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let live = app.live.get();
    let now = app.clock.now();
    let content = &submission.content;
    let advertiser = Digest::of(submission.advertiser.external_id.as_bytes());
    let left = take_one(app, submitter, advertiser, now).await?;
    let facts = match accounts::advertiser_of(&app.db, submitter, &submission.advertiser.external_id).await? {
        Some(known) => {
            let domain = content.landing_url.as_deref().and_then(crate::domain::destination::registrable_domain);
            facts::facts(&app.db, known.id, content, domain.as_deref(), now).await?
        }
        None => unknown_advertiser(submission, now),
    };
    let measured = measure(content, &submission.advertiser.external_id, &live.lists, now);
    let signals = scoring::score(app, &live, measured).await?;
    let evaluation = live.compiled.evaluate(content, &signals, &facts, &mut || app.clock.new_id());
    let digest = content.digest()?;
    let conclusion = evaluation.verdict.conclusion;
    let id = app.clock.new_uuid();
    app.db
        .write("dry_run", async |tx| {
            let actor = serde_json::to_string(&scope.actor).map_err(|e| Error::Internal(e.to_string()))?;
            let conclusion = conclusion.as_str();
            let new = NewDryRun { id, submitter, advertiser, actor: &actor, digest, conclusion };
            ads::add_dry_run(tx, &new, now).await?;
            let details = json!({"digest": digest, "conclusion": conclusion});
            audit::record(app, tx, scope, "ad.dry_run", submitter, details, now).await
        })
        .await?;
    let run = DryRun {
        digest,
        conclusion,
        serving: outcome::disclosed_serving(&evaluation.verdict.serving, &live.release.bundle),
        findings: outcome::disclosed(&evaluation.findings, &live.release.bundle),
    };
    Ok(Tried { run, left })
}

/// Counts this dry run against its advertiser's quota of an hour; dry runs are kept, so that a restart forgives nothing.
async fn take_one(app: &App, submitter: SubmitterId, advertiser: Digest, now: Millis) -> Result<Option<Left>, Error> {
    let quota = app.settings.quotas.dry_runs_per_hour;
    if quota == 0 {
        return Ok(None);
    }
    let window = i64::from(WINDOW_S) * Millis::SECOND;
    let (made, first) = ads::dry_runs_since(&app.db, submitter, advertiser, now.plus(-window)).await?;
    let ends = first.unwrap_or(now).plus(window).since(now);
    let reset_s = u32::try_from(ends.max(1).unsigned_abs().div_ceil(1_000)).unwrap_or(WINDOW_S);
    if made >= quota {
        let spent = Spent { quota, window_s: WINDOW_S, wait_s: reset_s };
        return Err(Error::Quota { policy: QUOTA, spent });
    }
    Ok(Some(Left { quota, window_s: WINDOW_S, remaining: quota - made - 1, reset_s }))
}

fn unknown_advertiser(submission: &Submission, now: Millis) -> Facts {
    Facts {
        evaluated_at: now,
        advertiser: AdvertiserView {
            external_id: submission.advertiser.external_id.clone(),
            name: submission.advertiser.name.clone(),
            facts: Default::default(),
            standing: Standing::Active,
            strikes: 0,
            rejected_ads: 0,
            decided_ads: 0,
            first_seen_at: now,
        },
        counts: WindowCounts { denials: Some(Window::default()), ..WindowCounts::default() },
        destination: None,
    }
}
