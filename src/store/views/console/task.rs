//! Everything the task page shows, in one read.
//!
//! Called by `web::console::task`. It must never return a lease token to anybody but its holder.

use super::ads::{AdLine, last_ads};
use crate::{
    domain::{
        AdContent, AdId, AdvertiserId, Millis, PolicyCode, QueueId, RevisionId, RoundId, TaskId, UserId,
        advertiser::AdvertiserView,
        policy::{Policy, Rule},
        release::ReleaseNumber,
        report::{Report, Reporter},
        review::{JudgementOutcome, RoundTrigger, TaskKind, TaskState},
        role::Scope,
        screening::Screening,
    },
    store::{Db, StoreError, accounts, ads, iab, judgements, releases, reports, rounds, screenings},
};
use uuid::Uuid;

/// Other ads of the advertiser on the page: enough to see a pattern, few enough not to scroll.
const LAST_ADS: u32 = 5;

/// Reports on the page: more say nothing new.
const REPORTS: u64 = 50;

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
    /// The AdCOM document that the content was read from, laid out to be read.
    pub document: Option<String>,
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
    /// Who reported the ad and what they say, the weightiest first; none for a task that hides why it is asked.
    pub reports: Vec<ReportView>,
    /// What others answered in this round; filled for adjudications only, so that independent answers stay so.
    pub others: Vec<OtherAnswer>,
}

/// A report, without who sent it.
#[derive(Debug, Clone)]
pub struct ReportView {
    /// What kind of reporter it was.
    pub reporter: Reporter,
    /// The policy that is said to be broken.
    pub policy: PolicyCode,
    /// What they say.
    pub statement: String,
    /// When it came in.
    pub at: Millis,
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

/// One task as `viewer` sees it; `None` when it is not there or not in scope.
pub async fn view(on: &Db, scope: &Scope, viewer: UserId, id: TaskId) -> Result<Option<TaskView>, StoreError> {
    if !rounds::in_scope(on, scope, id).await? {
        return Ok(None);
    }
    let Some(task) = rounds::task(on, id).await? else { return Ok(None) };
    let Some(round) = rounds::round(on, task.round).await? else { return Ok(None) };
    let (Some(ad), Some(revision), Some(screening)) = (
        ads::ad(on, round.ad).await?,
        ads::revision(on, round.revision).await?,
        screenings::get(on, round.screening).await?,
    ) else {
        return Ok(None);
    };
    let (Some(release), Some(advertiser_now), Some(submitter)) = (
        releases::release(on, screening.release).await?,
        accounts::advertiser_view(on, ad.advertiser).await?,
        accounts::submitter(on, ad.submitter).await?,
    ) else {
        return Ok(None);
    };
    let document = match revision.content.document {
        Some(_) => iab::document(on, revision.id).await?,
        None => None,
    };
    let document = document.as_ref().map(serde_json::to_string_pretty).transpose();
    let queue = releases::queues(on).await?.into_iter().find(|q| q.id == task.queue);
    let lease = match &task.lease {
        Some(lease) => accounts::user(on, lease.user).await?.map(|user| LeaseView {
            user: lease.user,
            name: user.name,
            until: lease.until,
            token: (lease.user == viewer).then_some(lease.token),
        }),
        None => None,
    };
    Ok(Some(TaskView {
        id,
        kind: task.kind,
        state: task.state,
        queue: task.queue,
        queue_title: queue.map(|q| q.title).unwrap_or_default(),
        round: round.id,
        trigger: round.trigger,
        opened_at: round.opened_at,
        deadline: round.deadline,
        lease,
        ad: ad.id,
        external_id: ad.outcome.external_id,
        submitter: submitter.name,
        revision: revision.id,
        revision_number: revision.number,
        submitted_at: revision.created_at,
        content: revision.content,
        document: document.map_err(StoreError::damaged("AdCOM document"))?,
        screening,
        release: release.number,
        policies: release.bundle.policies,
        rules: release.bundle.rules,
        advertiser: ad.advertiser,
        advertiser_now,
        last_ads: last_ads(on, scope, ad.advertiser, ad.id, LAST_ADS).await?,
        reports: if matches!(task.kind, TaskKind::Blind | TaskKind::Golden) {
            vec![]
        } else {
            reported(on, round.id).await?
        },
        others: if task.kind == TaskKind::Adjudication { others(on, round.id, viewer).await? } else { vec![] },
    }))
}

async fn reported(on: &Db, round: RoundId) -> Result<Vec<ReportView>, StoreError> {
    let all = reports::of_round(on, round, REPORTS).await?;
    let view = |(r, statement): (Report, String)| ReportView {
        reporter: r.reporter,
        policy: r.policy,
        statement,
        at: r.created_at,
    };
    Ok(all.into_iter().map(view).collect())
}

async fn others(on: &Db, round: RoundId, viewer: UserId) -> Result<Vec<OtherAnswer>, StoreError> {
    let mut others = Vec::new();
    for given in judgements::of_round(on, round).await?.into_iter().filter(|j| j.user != viewer) {
        let user = accounts::user(on, given.user).await?;
        others.push(OtherAnswer {
            name: user.map(|u| u.name).unwrap_or_default(),
            outcome: given.judgement.outcome,
            note: given.judgement.note,
            at: given.created_at,
        });
    }
    Ok(others)
}

/// What `viewer` typed before and did not submit. Nobody else reads it.
pub async fn draft(on: &Db, viewer: UserId, id: TaskId) -> Result<Option<String>, StoreError> {
    let task = rounds::task(on, id).await?;
    Ok(task.and_then(|t| t.draft).filter(|(writer, _)| *writer == viewer).map(|(_, draft)| draft))
}
