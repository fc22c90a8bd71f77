//! One ad with everything that happened to it.
//!
//! Called by `web::console::ads`. Answers of a round that is still open are for those who may settle it: a reviewer who
//! could read them would no longer answer independently.

use super::ads::{AdLine, AdView, DecisionView, EventView, RevisionView, RoundView, ScreeningView, TaskLine, headline};
use crate::{
    domain::{
        AdId, Millis, ReleaseId, RevisionId, RoundId, TaskId, UserId,
        id::TypedId,
        release::ReleaseNumber,
        review::{RoundState, TaskState},
        role::{Permission, Scope},
    },
    store::{Db, StoreError, accounts, ads, appeals, db, delivery, entities::revision, judgements, rounds, screenings},
};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One ad; `None` when it is not there or not in scope.
pub async fn view(on: &Db, scope: &Scope, id: AdId, now: Millis) -> Result<Option<AdView>, StoreError> {
    let Some(ad) = ads::ad(on, id).await? else { return Ok(None) };
    if scope.submitter.is_some_and(|s| s != ad.submitter) {
        return Ok(None);
    }
    let (Some(advertiser), Some(submitter)) =
        (accounts::advertiser_view(on, ad.advertiser).await?, accounts::submitter(on, ad.submitter).await?)
    else {
        return Ok(None);
    };
    let sql = "SELECT * FROM revision WHERE ad_id = $1 ORDER BY number DESC LIMIT 200";
    let rows: Vec<revision::Model> = db::rows(on, sql, vec![id.uuid().into()]).await?;
    let title = rows.first().map(|r| headline(&r.content)).transpose()?.unwrap_or_default();
    let revisions = rows.into_iter().map(ads::revision_from).collect::<Result<Vec<_>, _>>()?;
    let number_of: BTreeMap<RevisionId, i32> = revisions.iter().map(|r| (r.id, r.number)).collect();
    let releases = release_numbers(on).await?;
    let outcome = ad.outcome;
    Ok(Some(AdView {
        line: AdLine {
            id,
            external_id: outcome.external_id,
            headline: title,
            advertiser: advertiser.name,
            review_status: outcome.review_status,
            approval_status: outcome.approval_status,
            created_at: created_at(id),
        },
        submitter: submitter.name,
        advertiser: ad.advertiser,
        serving_revision: outcome.serving_revision,
        serving: outcome.serving,
        delivered: delivery::of_ad(on, id, now).await?,
        outcome_version: outcome.outcome_version,
        updated_at: Millis(
            db::number(on, "SELECT updated_at AS n FROM ad WHERE id = $1", vec![id.uuid().into()]).await?,
        ),
        screenings: screened(on, id, &number_of, &releases).await?,
        decisions: decided(on, id, &number_of, &releases).await?,
        appeals: appeals::of_ad(on, scope, id).await?,
        decision: outcome.decision,
        appeal_url: outcome.appeal_url,
        rounds: asked(on, scope, &revisions.iter().map(|r| r.id).collect::<Vec<_>>()).await?,
        events: told(on, id).await?,
        revisions: revisions
            .into_iter()
            .map(|r| RevisionView { id: r.id, number: r.number, content: r.content, created_at: r.created_at })
            .collect(),
    }))
}

/// A version-7 id carries the millisecond it was made in.
fn created_at(id: AdId) -> Millis {
    let (seconds, nanos) = id.uuid().get_timestamp().map_or((0, 0), |t| t.to_unix());
    Millis(i64::try_from(seconds).unwrap_or_default() * Millis::SECOND + i64::from(nanos / 1_000_000))
}

async fn release_numbers(on: &Db) -> Result<BTreeMap<ReleaseId, ReleaseNumber>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        major: i32,
        minor: i32,
    }
    let rows = db::rows::<Row>(on, "SELECT id, major, minor FROM release", vec![]).await?;
    let number = |n: i32| u32::try_from(n).unwrap_or_default();
    let named = |r: Row| (ReleaseId(r.id), ReleaseNumber { major: number(r.major), minor: number(r.minor) });
    Ok(rows.into_iter().map(named).collect())
}

const NO_RELEASE: ReleaseNumber = ReleaseNumber { major: 0, minor: 0 };

async fn screened(
    on: &Db,
    ad: AdId,
    number_of: &BTreeMap<RevisionId, i32>,
    releases: &BTreeMap<ReleaseId, ReleaseNumber>,
) -> Result<Vec<ScreeningView>, StoreError> {
    let mut all = screenings::of_ad(on, ad).await?;
    all.sort_by_key(|s| std::cmp::Reverse((s.created_at, s.id)));
    let view = |s: crate::domain::screening::Screening| ScreeningView {
        id: s.id,
        revision_number: number_of.get(&s.revision).copied().unwrap_or_default(),
        trigger: s.trigger,
        release: releases.get(&s.release).copied().unwrap_or(NO_RELEASE),
        conclusion: s.evaluation.verdict.conclusion,
        signals: s.signals,
        findings: s.evaluation.findings,
        trace: s.evaluation.trace,
        rules: s.evaluation.rules,
        created_at: s.created_at,
    };
    Ok(all.into_iter().map(view).collect())
}

async fn decided(
    on: &Db,
    ad: AdId,
    number_of: &BTreeMap<RevisionId, i32>,
    releases: &BTreeMap<ReleaseId, ReleaseNumber>,
) -> Result<Vec<DecisionView>, StoreError> {
    let mut decisions = Vec::new();
    for d in judgements::decisions_of_ad(on, ad).await? {
        decisions.push(DecisionView {
            id: d.id,
            revision_number: number_of.get(&d.revision).copied(),
            conclusion: d.verdict.conclusion,
            decided_by: d.decided_by,
            user: name(on, d.user).await?,
            automation: d.automation,
            release: releases.get(&d.release).copied().unwrap_or(NO_RELEASE),
            findings: d.findings,
            state: d.state,
            supersedes: d.supersedes,
            effective_at: d.effective_at,
            created_at: d.created_at,
        });
    }
    Ok(decisions)
}

async fn asked(on: &Db, scope: &Scope, revisions: &[RevisionId]) -> Result<Vec<RoundView>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    if revisions.is_empty() {
        return Ok(vec![]);
    }
    let sql = format!(
        "SELECT id FROM round WHERE revision_id IN ({}) ORDER BY opened_at DESC, id DESC LIMIT 50",
        db::placeholders(1, revisions.len())
    );
    let ids = db::rows::<Row>(on, &sql, revisions.iter().map(|r| r.uuid().into()).collect()).await?;
    let mut views = Vec::new();
    for row in ids {
        let Some(round) = rounds::round(on, RoundId(row.id)).await? else { continue };
        let open = round.state == RoundState::Open;
        let given = judgements::of_round(on, round.id).await?;
        let mut tasks = Vec::new();
        for task in rounds::tasks_of(on, round.id).await? {
            let answer = given.iter().find(|j| j.task == task.id && task.state == TaskState::Done);
            let shown = answer.filter(|j| !open || scope.permits(Permission::Adjudicate) || scope.user == Some(j.user));
            tasks.push(TaskLine {
                id: TaskId(task.id.uuid()),
                kind: task.kind,
                state: task.state,
                user: name(on, shown.map(|j| j.user)).await?,
                outcome: shown.map(|j| j.judgement.outcome),
                note: shown.map(|j| j.judgement.note.clone()).unwrap_or_default(),
            });
        }
        views.push(RoundView {
            id: round.id,
            trigger: round.trigger,
            state: round.state,
            opened_at: round.opened_at,
            tasks,
        });
    }
    Ok(views)
}

async fn name(on: &Db, user: Option<UserId>) -> Result<Option<String>, StoreError> {
    match user {
        Some(user) => Ok(accounts::user(on, user).await?.map(|u| u.name)),
        None => Ok(None),
    }
}

async fn told(on: &Db, ad: AdId) -> Result<Vec<EventView>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        position: Option<i64>,
        type_name: String,
        created_at: i64,
    }
    let sql =
        "SELECT position, type_name, created_at FROM event WHERE ad_id = $1 ORDER BY created_at DESC, id DESC LIMIT 50";
    let rows = db::rows::<Row>(on, sql, vec![ad.uuid().into()]).await?;
    let event = |r: Row| EventView { position: r.position, type_name: r.type_name, created_at: Millis(r.created_at) };
    Ok(rows.into_iter().map(event).collect())
}
