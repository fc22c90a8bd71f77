//! Submitters, people, sessions and advertisers.
//!
//! Called by sign-in, guards and flows. It must never hold a secret: tokens and passwords arrive hashed.

use super::{
    Db, StoreError, Tx, db,
    db::Run,
    entities::{advertiser, app_user, session, submitter},
};
use crate::domain::{
    AdvertiserId, Millis, SessionId, SubmitterId, UserId,
    advertiser::{AdvertiserFacts, AdvertiserView, Standing},
    digest::Digest,
    policy::PolicyCode,
    role::Role,
    submitter::{Bidding, Mode},
};
use sea_orm::FromQueryResult;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A submitter.
#[derive(Debug, Clone)]
pub struct Submitter {
    /// Its id.
    pub id: SubmitterId,
    /// Its name.
    pub name: String,
    /// Whether outcomes take effect.
    pub mode: Mode,
    /// Whether its ads are for trying out only.
    pub sandbox: bool,
    /// What it is called as a bidder of the IAB API; its name and its id stand for it too.
    pub seat: Option<String>,
    /// Whether its new ads may serve before they are reviewed.
    pub bidding: Bidding,
}

impl Submitter {
    /// Whether a path that names this bidder means it.
    pub fn is_seat(&self, bidder: &str) -> bool {
        self.seat.as_deref() == Some(bidder) || self.name == bidder || self.id.to_string() == bidder
    }
}

/// A person.
#[derive(Debug, Clone)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Argon2id hash.
    pub password_hash: String,
    /// Only these policy classes; `None` is all.
    pub policy_classes: Option<BTreeSet<PolicyCode>>,
    /// May no longer sign in.
    pub disabled: bool,
}

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The token that forms must carry.
    pub csrf: String,
    /// Last request, as kept (not moved at every request).
    pub last_seen_at: Millis,
}

/// Adds a submitter. Its name is unique.
pub async fn add_submitter(tx: &Tx, new: &Submitter, now: Millis) -> Result<(), StoreError> {
    let row = submitter::Model {
        id: new.id.0,
        name: new.name.clone(),
        mode: new.mode.as_str().into(),
        sandbox: new.sandbox,
        created_at: now.0,
        seat: new.seat.clone(),
        bidding: new.bidding.as_str().into(),
    };
    db::insert(tx, row).await
}

/// Sets how a submitter is called as a bidder, and how it bids. A seat that another one has is [`StoreError::Taken`].
pub async fn set_bidder(tx: &Tx, id: SubmitterId, seat: Option<&str>, bidding: Bidding) -> Result<(), StoreError> {
    let sql = "UPDATE submitter SET seat = $1, bidding = $2 WHERE id = $3";
    let seat = seat.map(str::to_owned);
    db::execute(tx, sql, vec![seat.into(), bidding.as_str().into(), id.0.into()]).await.map(|_| ())
}

/// A submitter by name.
pub async fn submitter_named(on: &impl Run, name: &str) -> Result<Option<Submitter>, StoreError> {
    let row: Option<submitter::Model> =
        db::row(on, "SELECT * FROM submitter WHERE name = $1", vec![name.into()]).await?;
    row.map(submitter_from).transpose()
}

/// All submitters, by name.
pub async fn submitters(on: &impl Run) -> Result<Vec<Submitter>, StoreError> {
    let rows: Vec<submitter::Model> = db::rows(on, "SELECT * FROM submitter ORDER BY name", vec![]).await?;
    rows.into_iter().map(submitter_from).collect()
}

/// A submitter by id.
pub async fn submitter(on: &impl Run, id: SubmitterId) -> Result<Option<Submitter>, StoreError> {
    let row: Option<submitter::Model> = db::row(on, "SELECT * FROM submitter WHERE id = $1", vec![id.0.into()]).await?;
    row.map(submitter_from).transpose()
}

fn submitter_from(row: submitter::Model) -> Result<Submitter, StoreError> {
    Ok(Submitter {
        id: SubmitterId(row.id),
        name: row.name,
        mode: row.mode.parse()?,
        sandbox: row.sandbox,
        seat: row.seat,
        bidding: row.bidding.parse()?,
    })
}

/// Adds a person. Names are unique.
pub async fn add_user(tx: &Tx, user: &User, now: Millis) -> Result<(), StoreError> {
    let row = app_user::Model {
        id: user.id.0,
        name: user.name.clone(),
        roles: serde_json::to_string(&user.roles).map_err(StoreError::damaged("roles"))?,
        password_hash: user.password_hash.clone(),
        policy_classes: user
            .policy_classes
            .as_ref()
            .map(serde_json::to_string)
            .transpose()
            .map_err(StoreError::damaged("policy classes"))?,
        queues: None,
        created_at: now.0,
        disabled_at: user.disabled.then_some(now.0),
    };
    db::insert(tx, row).await
}

/// A person by name.
pub async fn user_named(on: &impl Run, name: &str) -> Result<Option<User>, StoreError> {
    let row: Option<app_user::Model> = db::row(on, "SELECT * FROM app_user WHERE name = $1", vec![name.into()]).await?;
    row.map(user_from).transpose()
}

/// A person by id.
pub async fn user(on: &impl Run, id: UserId) -> Result<Option<User>, StoreError> {
    let row: Option<app_user::Model> = db::row(on, "SELECT * FROM app_user WHERE id = $1", vec![id.0.into()]).await?;
    row.map(user_from).transpose()
}

/// Everybody's name by id, as audit actors spell the id.
pub async fn names(on: &impl Run) -> Result<BTreeMap<String, String>, StoreError> {
    #[derive(FromQueryResult)]
    struct Name {
        id: Uuid,
        name: String,
    }
    let rows: Vec<Name> = db::rows(on, "SELECT id, name FROM app_user", vec![]).await?;
    Ok(rows.into_iter().map(|n| (UserId(n.id).to_string(), n.name)).collect())
}

/// Everybody, by name.
pub async fn users(on: &impl Run) -> Result<Vec<User>, StoreError> {
    let rows: Vec<app_user::Model> = db::rows(on, "SELECT * FROM app_user ORDER BY name", vec![]).await?;
    rows.into_iter().map(user_from).collect()
}

/// Keeps what a person may do, their password's hash, and whether they may sign in.
pub async fn update_user(tx: &Tx, user: &User, now: Millis) -> Result<(), StoreError> {
    let roles = serde_json::to_string(&user.roles).map_err(StoreError::damaged("roles"))?;
    let disabled = user.disabled.then_some(now.0);
    let sql = "UPDATE app_user SET roles = $1, password_hash = $2,
               disabled_at = CASE WHEN $3 IS NULL THEN NULL ELSE COALESCE(disabled_at, $3) END WHERE id = $4";
    let values = vec![roles.into(), user.password_hash.clone().into(), disabled.into(), user.id.0.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// How many people there are.
pub async fn user_count(on: &impl Run) -> Result<i64, StoreError> {
    db::number(on, "SELECT COUNT(*) AS n FROM app_user", vec![]).await
}

fn user_from(row: app_user::Model) -> Result<User, StoreError> {
    Ok(User {
        id: UserId(row.id),
        name: row.name,
        roles: serde_json::from_str(&row.roles).map_err(StoreError::damaged("roles"))?,
        password_hash: row.password_hash,
        policy_classes: row
            .policy_classes
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(StoreError::damaged("policy classes"))?,
        disabled: row.disabled_at.is_some(),
    })
}

/// Starts a session by the hash of its cookie.
pub async fn add_session(
    tx: &Tx,
    new: &Session,
    token: Digest,
    now: Millis,
    expires_at: Millis,
) -> Result<(), StoreError> {
    let row = session::Model {
        id: new.id.0,
        token_hash: token.0.to_vec(),
        user_id: new.user.0,
        csrf: new.csrf.clone(),
        created_at: now.0,
        last_seen_at: now.0,
        expires_at: expires_at.0,
    };
    db::insert(tx, row).await
}

/// The live session with this cookie's hash.
pub async fn session_by_token(on: &Db, token: Digest, now: Millis) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT * FROM session WHERE token_hash = $1 AND expires_at > $2";
    let row: Option<session::Model> = db::row(on, sql, vec![token.0.to_vec().into(), now.0.into()]).await?;
    Ok(row.map(|r| Session {
        id: SessionId(r.id),
        user: UserId(r.user_id),
        csrf: r.csrf,
        last_seen_at: Millis(r.last_seen_at),
    }))
}

/// Moves a session's end; called now and then, not at every request.
pub async fn touch_session(tx: &Tx, id: SessionId, now: Millis, expires_at: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE session SET last_seen_at = $1, expires_at = $2 WHERE id = $3";
    db::execute(tx, sql, vec![now.0.into(), expires_at.0.into(), id.0.into()]).await.map(|_| ())
}

/// Ends every session of a person.
pub async fn end_sessions_of(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    db::execute(tx, "DELETE FROM session WHERE user_id = $1", vec![user.0.into()]).await.map(|_| ())
}

/// Ends a session.
pub async fn end_session(tx: &Tx, id: SessionId) -> Result<(), StoreError> {
    db::execute(tx, "DELETE FROM session WHERE id = $1", vec![id.0.into()]).await.map(|_| ())
}

/// Forgets sessions and idempotency keys that are over.
pub async fn forget_expired(tx: &Tx, now: Millis) -> Result<u64, StoreError> {
    let sessions = db::execute(tx, "DELETE FROM session WHERE expires_at <= $1", vec![now.0.into()]).await?;
    let keys = db::execute(tx, "DELETE FROM idempotency WHERE expires_at <= $1", vec![now.0.into()]).await?;
    Ok(sessions + keys)
}

/// An advertiser as kept.
#[derive(Debug, Clone)]
pub struct Advertiser {
    /// Its id.
    pub id: AdvertiserId,
    /// Whose it is.
    pub submitter: SubmitterId,
    /// The submitter's id for it.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Facts told.
    pub facts: AdvertiserFacts,
    /// Standing.
    pub standing: Standing,
    /// When it was first seen.
    pub created_at: Millis,
}

/// Makes the advertiser, or updates what is told: its name always, its facts when given. Says what is kept now.
pub async fn put_advertiser(
    tx: &Tx,
    fresh: AdvertiserId,
    submitter: SubmitterId,
    external_id: &str,
    name: &str,
    facts: Option<&AdvertiserFacts>,
    now: Millis,
) -> Result<Advertiser, StoreError> {
    let json = |f: &AdvertiserFacts| serde_json::to_string(f).map_err(StoreError::damaged("advertiser facts"));
    db::execute(
        tx,
        "INSERT INTO advertiser (id, submitter_id, external_id, name, facts, standing, created_at, updated_at)
         VALUES ($1, $2, $3, $4, '{}', $5, $6, $6) ON CONFLICT (submitter_id, external_id) DO NOTHING",
        vec![
            fresh.0.into(),
            submitter.0.into(),
            external_id.into(),
            name.into(),
            Standing::Active.as_str().into(),
            now.0.into(),
        ],
    )
    .await?;
    let sql = "SELECT * FROM advertiser WHERE submitter_id = $1 AND external_id = $2";
    let row: Option<advertiser::Model> = db::row(tx, sql, vec![submitter.0.into(), external_id.into()]).await?;
    let mut kept = advertiser_from(row.ok_or_else(|| StoreError::Failed("advertiser vanished".into()))?)?;
    let told = facts.unwrap_or(&kept.facts).clone();
    if kept.name != name || kept.facts != told {
        let sql = "UPDATE advertiser SET name = $1, facts = $2, updated_at = $3 WHERE id = $4";
        db::execute(tx, sql, vec![name.into(), json(&told)?.into(), now.0.into(), kept.id.0.into()]).await?;
        kept.name = name.into();
        kept.facts = told;
    }
    Ok(kept)
}

/// An advertiser of a submitter by the submitter's id for it.
pub async fn advertiser_of(
    on: &impl Run,
    submitter: SubmitterId,
    external_id: &str,
) -> Result<Option<Advertiser>, StoreError> {
    let sql = "SELECT * FROM advertiser WHERE submitter_id = $1 AND external_id = $2";
    let row: Option<advertiser::Model> = db::row(on, sql, vec![submitter.0.into(), external_id.into()]).await?;
    row.map(advertiser_from).transpose()
}

/// What a submitter told of an advertiser.
pub async fn facts_of(on: &impl Run, id: AdvertiserId) -> Result<Option<AdvertiserFacts>, StoreError> {
    let row: Option<advertiser::Model> =
        db::row(on, "SELECT * FROM advertiser WHERE id = $1", vec![id.0.into()]).await?;
    Ok(row.map(advertiser_from).transpose()?.map(|kept| kept.facts))
}

/// An advertiser with its track record, as rules see it.
pub async fn advertiser_view(on: &impl Run, id: AdvertiserId) -> Result<Option<AdvertiserView>, StoreError> {
    let row: Option<advertiser::Model> =
        db::row(on, "SELECT * FROM advertiser WHERE id = $1", vec![id.0.into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let kept = advertiser_from(row)?;
    let count = async |status: &str| {
        let sql = format!(
            "SELECT COUNT(*) AS n FROM ad WHERE advertiser_id = $1 AND NOT sandbox AND approval_status {status}"
        );
        db::number(on, &sql, vec![id.0.into()]).await.map(|n| u32::try_from(n).unwrap_or(u32::MAX))
    };
    Ok(Some(AdvertiserView {
        external_id: kept.external_id,
        name: kept.name,
        facts: kept.facts,
        standing: kept.standing,
        strikes: 0,
        rejected_ads: count("= 'rejected'").await?,
        decided_ads: count("IN ('approved', 'limited', 'rejected')").await?,
        first_seen_at: kept.created_at,
    }))
}

fn advertiser_from(row: advertiser::Model) -> Result<Advertiser, StoreError> {
    Ok(Advertiser {
        id: AdvertiserId(row.id),
        submitter: SubmitterId(row.submitter_id),
        external_id: row.external_id,
        name: row.name,
        facts: serde_json::from_str(&row.facts).map_err(StoreError::damaged("advertiser facts"))?,
        standing: row.standing.parse()?,
        created_at: Millis(row.created_at),
    })
}
