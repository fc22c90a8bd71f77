//! Everything the task page shows, in one read.
//!
//! Called by `web::console::task`. It must never return a lease token to anybody but its holder.

use super::ads::AdLine;
use crate::domain::{
    AdContent, AdId, AdvertiserId, Millis, QueueId, RevisionId, RoundId, TaskId, UserId,
    advertiser::AdvertiserView,
    policy::{Policy, Rule},
    release::ReleaseNumber,
    review::{JudgementOutcome, RoundTrigger, TaskKind, TaskState},
    screening::Screening,
};
use uuid::Uuid;

/// One task with its ad, its screening and its advertiser.
#[derive(Debug, Clone)]
pub struct TaskView {
    /// The task.
    pub id: TaskId,
    /// What kind of work it is.
    pub kind: TaskKind,
    /// Where it stands.
    pub state: TaskState,
    /// Its queue.
    pub queue: QueueId,
    /// Its queue's name for people.
    pub queue_title: String,
    /// Its round.
    pub round: RoundId,
    /// Why the round was opened.
    pub trigger: RoundTrigger,
    /// When the round was opened.
    pub opened_at: Millis,
    /// When it should be answered.
    pub deadline: Option<Millis>,
    /// Who works on it now.
    pub lease: Option<LeaseView>,
    /// What the caller typed before and did not submit.
    pub draft: Option<String>,
    /// The ad.
    pub ad: AdId,
    /// The submitter's id for the ad.
    pub external_id: String,
    /// The submitter's name.
    pub submitter: String,
    /// The revision in question.
    pub revision: RevisionId,
    /// Its number within the ad, from 1.
    pub revision_number: i32,
    /// When it was submitted.
    pub submitted_at: Millis,
    /// Its content.
    pub content: AdContent,
    /// The screening that asks.
    pub screening: Screening,
    /// The number of the release that screened.
    pub release: ReleaseNumber,
    /// That release's policies.
    pub policies: Vec<Policy>,
    /// That release's rules.
    pub rules: Vec<Rule>,
    /// The advertiser's id.
    pub advertiser: AdvertiserId,
    /// The advertiser as it stands now.
    pub advertiser_now: AdvertiserView,
    /// The advertiser's other ads, newest first.
    pub last_ads: Vec<AdLine>,
    /// What others answered in this round; filled for adjudications only, so that independent answers stay so.
    pub others: Vec<OtherAnswer>,
}

/// A live lease.
#[derive(Debug, Clone)]
pub struct LeaseView {
    /// Who holds it.
    pub user: UserId,
    /// The holder's name.
    pub name: String,
    /// Until when, unless renewed.
    pub until: Millis,
    /// The secret that proves it; only for the holder.
    pub token: Option<Uuid>,
}

/// Another person's answer in the same round.
#[derive(Debug, Clone)]
pub struct OtherAnswer {
    /// Who.
    pub name: String,
    /// What was asked for.
    pub outcome: JudgementOutcome,
    /// Their words.
    pub note: String,
    /// When.
    pub at: Millis,
}
