//! Appeals with their attachments, and the secret that signs links to them.
//!
//! Called by flows and pages. One is open at most for a decision: a unique index on `open_key` holds it. An appeal ends
//! once, by a compare-and-set on `open`. It must never show one outside the scope.

use super::{
    StoreError, Tx, db,
    db::Run,
    entities::{appeal, appeal_attachment},
};
use crate::domain::{
    AdId, AdvertiserId, AppealId, DecisionId, Millis, RoundId, SubmitterId, TaskId, UserId,
    appeal::{Appeal, AppealState, Attachment},
    digest::Digest,
    role::Scope,
};
use sea_orm::{FromQueryResult, Value};

/// Adds an appeal. A second open one of a decision is [`StoreError::Taken`].
pub async fn add(tx: &Tx, new: &Appeal) -> Result<(), StoreError> {
    let row = appeal::Model {
        id: new.id.0,
        decision_id: new.decision.0,
        ad_id: new.ad.0,
        advertiser_id: new.advertiser.0,
        submitter_id: new.submitter.0,
        appellant: new.appellant.as_str().into(),
        user_id: new.user.map(|u| u.0),
        statement: new.statement.clone(),
        state: new.state.as_str().into(),
        open_key: (new.state == AppealState::Open).then(|| new.decision.to_string()),
        round_id: new.round.map(|r| r.0),
        result_id: new.result.map(|d| d.0),
        due: new.due.0,
        created_at: new.created_at.0,
        decided_at: new.decided_at.map(|t| t.0),
    };
    db::insert(tx, row).await?;
    for (place, attached) in (1..).zip(&new.attachments) {
        let size = i64::try_from(attached.size).unwrap_or(i64::MAX);
        let row = appeal_attachment::Model {
            appeal_id: new.id.0,
            place,
            name: attached.name.clone(),
            media_type: attached.media_type.clone(),
            size,
            digest: attached.digest.0.to_vec(),
        };
        db::insert(tx, row).await?;
        let sql = "INSERT INTO blob (digest, size, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        db::execute(tx, sql, vec![attached.digest.0.to_vec().into(), size.into(), new.created_at.0.into()]).await?;
    }
    Ok(())
}

async fn all(on: &impl Run, condition: &str, values: Vec<Value>) -> Result<Vec<Appeal>, StoreError> {
    let sql = format!("SELECT * FROM appeal WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT 200");
    let rows: Vec<appeal::Model> = db::rows(on, &sql, values).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let attachments = attachments(on, AppealId(row.id)).await?;
        found.push(from_row(row, attachments)?);
    }
    Ok(found)
}

fn from_row(row: appeal::Model, attachments: Vec<Attachment>) -> Result<Appeal, StoreError> {
    Ok(Appeal {
        id: AppealId(row.id),
        decision: DecisionId(row.decision_id),
        ad: AdId(row.ad_id),
        advertiser: AdvertiserId(row.advertiser_id),
        submitter: SubmitterId(row.submitter_id),
        appellant: row.appellant.parse()?,
        user: row.user_id.map(UserId),
        statement: row.statement,
        attachments,
        state: row.state.parse()?,
        round: row.round_id.map(RoundId),
        result: row.result_id.map(DecisionId),
        due: Millis(row.due),
        created_at: Millis(row.created_at),
        decided_at: row.decided_at.map(Millis),
    })
}

async fn attachments(on: &impl Run, appeal: AppealId) -> Result<Vec<Attachment>, StoreError> {
    let sql = "SELECT * FROM appeal_attachment WHERE appeal_id = $1 ORDER BY place";
    let rows: Vec<appeal_attachment::Model> = db::rows(on, sql, vec![appeal.0.into()]).await?;
    rows.into_iter().map(attachment_from).collect()
}

fn attachment_from(row: appeal_attachment::Model) -> Result<Attachment, StoreError> {
    let digest = row.digest.as_slice().try_into();
    Ok(Attachment {
        name: row.name,
        media_type: row.media_type,
        size: u64::try_from(row.size).unwrap_or_default(),
        digest: Digest(
            digest.map_err(|_| StoreError::Damaged { what: "attachment", cause: "digest is not 32 bytes".into() })?,
        ),
    })
}

/// Appeals about an ad, newest first, as far as the scope goes.
pub async fn of_ad(on: &impl Run, scope: &Scope, ad: AdId) -> Result<Vec<Appeal>, StoreError> {
    match scope.submitter {
        Some(own) => all(on, "ad_id = $1 AND submitter_id = $2", vec![ad.0.into(), own.0.into()]).await,
        None => all(on, "ad_id = $1", vec![ad.0.into()]).await,
    }
}

/// Appeals of an advertiser's ads, newest first; whoever calls has checked the scope of the advertiser.
pub async fn of_advertiser(on: &impl Run, advertiser: AdvertiserId) -> Result<Vec<Appeal>, StoreError> {
    all(on, "advertiser_id = $1", vec![advertiser.0.into()]).await
}

/// Appeals about one decision, newest first; for whoever holds the link.
pub async fn of_decision(on: &impl Run, decision: DecisionId) -> Result<Vec<Appeal>, StoreError> {
    all(on, "decision_id = $1", vec![decision.0.into()]).await
}

/// The open appeal about an ad, if there is one.
pub async fn open_of_ad(on: &impl Run, ad: AdId) -> Result<Option<Appeal>, StoreError> {
    Ok(all(on, "ad_id = $1 AND state = 'open'", vec![ad.0.into()]).await?.into_iter().next())
}

/// The appeal that a round decides about.
pub async fn of_round(on: &impl Run, round: RoundId) -> Result<Option<Appeal>, StoreError> {
    Ok(all(on, "round_id = $1", vec![round.0.into()]).await?.into_iter().next())
}

/// The appeal that a task is about; whoever calls has checked the scope of the task.
pub async fn of_task(on: &impl Run, task: TaskId) -> Result<Option<Appeal>, StoreError> {
    let condition = "round_id = (SELECT t.round_id FROM task t WHERE t.id = $1)";
    Ok(all(on, condition, vec![task.0.into()]).await?.into_iter().next())
}

/// Notes the round that decides about an appeal.
pub async fn set_round(tx: &Tx, id: AppealId, round: RoundId) -> Result<(), StoreError> {
    db::execute(tx, "UPDATE appeal SET round_id = $1 WHERE id = $2", vec![round.0.into(), id.0.into()])
        .await
        .map(|_| ())
}

/// Ends an open appeal, once; says whether it was open.
pub async fn settle(
    tx: &Tx,
    id: AppealId,
    to: AppealState,
    result: Option<DecisionId>,
    now: Millis,
) -> Result<bool, StoreError> {
    let sql = "UPDATE appeal SET state = $1, open_key = NULL, result_id = $2, decided_at = $3
               WHERE id = $4 AND state = 'open'";
    let values = vec![to.as_str().into(), result.map(|d| d.0).into(), now.0.into(), id.0.into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// How many appeals were opened for an advertiser since a moment, those of our own people aside.
pub async fn opened_since(on: &impl Run, advertiser: AdvertiserId, since: Millis) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM appeal WHERE advertiser_id = $1 AND created_at > $2 AND appellant <> 'staff'";
    db::number(on, sql, vec![advertiser.0.into(), since.0.into()]).await
}

/// Whether a decision about the ad waits for its grace time.
pub async fn decision_pending(on: &impl Run, ad: AdId) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM decision WHERE ad_id = $1 AND state = 'pending'";
    Ok(db::number(on, sql, vec![ad.0.into()]).await? > 0)
}

/// Whether a decision came of an appeal.
pub async fn decided_by_appeal(on: &impl Run, round: RoundId) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM round WHERE id = $1 AND trigger_kind = 'appeal'";
    Ok(db::number(on, sql, vec![round.0.into()]).await? > 0)
}

/// One attachment of an appeal whose round the scope may see.
pub async fn attachment(
    on: &impl Run,
    scope: &Scope,
    appeal: AppealId,
    place: i32,
) -> Result<Option<Attachment>, StoreError> {
    let mut values: Vec<Value> = vec![appeal.0.into(), place.into()];
    let mut sql = String::from(
        "SELECT m.* FROM appeal_attachment m JOIN appeal a ON a.id = m.appeal_id WHERE m.appeal_id = $1 AND m.place = $2",
    );
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        sql += &format!(" AND a.submitter_id = ${}", values.len());
    }
    if let Some(classes) = &scope.policy_classes {
        let first = values.len() + 1;
        values.extend(classes.iter().map(|c| Value::from(c.as_str())));
        let outside = match classes.is_empty() {
            true => "1 = 1".to_owned(),
            false => format!("p.policy NOT IN ({})", db::placeholders(first, classes.len())),
        };
        sql += &format!(" AND NOT EXISTS (SELECT 1 FROM round_policy p WHERE p.round_id = a.round_id AND {outside})");
    }
    let row: Option<appeal_attachment::Model> = db::row(on, &sql, values).await?;
    row.map(attachment_from).transpose()
}

/// The secret that links are signed with. Made with the schema; every process of the installation reads the same one.
pub async fn link_secret(on: &impl Run) -> Result<Vec<u8>, StoreError> {
    #[derive(FromQueryResult)]
    struct Secret {
        value: Vec<u8>,
    }
    let row: Option<Secret> = db::row(on, "SELECT value FROM installation_secret WHERE name = 'links'", vec![]).await?;
    row.map(|r| r.value).ok_or_else(|| StoreError::Failed("the installation has no secret for links".into()))
}
