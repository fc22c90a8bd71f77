//! Keys: made, replaced with an overlap, limited, revoked. The secret is shown once, to whoever asked.
//!
//! Called by the command line, the console and the first start. It must never store a secret, nor let anybody make a key
//! that may do more than they may.

use super::{App, Error, steps::audit};
use crate::{
    domain::{
        KeyId, Millis, SubmitterId,
        audit::Actor,
        key::Key,
        role::{Permission, Role, Scope},
    },
    platform::secret,
    store::{Tx, keys},
};
use serde_json::json;

/// Longest name of a key.
const LONGEST_NAME: usize = 100;

/// Longest time that a replaced key may go on working.
pub const LONGEST_OVERLAP_MS: i64 = 30 * Millis::DAY;

/// What a new key shall be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose ads it sees; only a submitter's key has one.
    pub submitter: Option<SubmitterId>,
    /// What it may do.
    pub role: Role,
    /// What it is for.
    pub name: String,
    /// From when on it opens nothing.
    pub expires_at: Option<Millis>,
    /// Requests a minute, where it has a number of its own.
    pub requests_per_minute: Option<u32>,
}

/// A new key, `adj_…`. A submitter's key sees that submitter's ads only; the other roles see all.
pub async fn create(app: &App, scope: &Scope, new: &NewKey) -> Result<(KeyId, String), Error> {
    if (new.role == Role::Submitter) != new.submitter.is_some() {
        return Err(Error::invalid("/role", "bad_role", "a submitter's key needs a submitter, and only that one does"));
    }
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let detail = format!("a key's name has 1 to {LONGEST_NAME} characters");
        return Err(Error::invalid("/name", "bad_name", detail));
    }
    let now = app.clock.now();
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::invalid("/expires_at", "in_the_past", "a key ends in the future"));
    }
    may_give(scope, new.role)?;
    let token = new_key()?;
    let key = Key {
        expires_at: new.expires_at,
        requests_per_minute: new.requests_per_minute,
        ..Key::fresh(app.clock.new_id(), new.submitter, new.role, name, now)
    };
    app.db.write("add_key", async |tx| key_in(app, tx, scope, &key, &token).await).await?;
    Ok((key.id, token))
}

/// Refuses a key that may do what its maker may not. Whoever sits at the machine may make any.
pub fn may_give(scope: &Scope, role: Role) -> Result<(), Error> {
    let own = |permission: &Permission| scope.permits(*permission);
    if scope.actor == Actor::Operator || role == Role::Submitter || role.permissions().iter().all(own) {
        return Ok(());
    }
    Err(Error::Forbidden("A key may do no more than you may. Ask an administrator."))
}

/// A secret that nobody has yet.
pub(super) fn new_key() -> Result<String, Error> {
    Ok(secret::new_token("adj_")?)
}

/// Stores a key's hash, inside a commit.
pub(super) async fn key_in(app: &App, tx: &Tx, scope: &Scope, key: &Key, token: &str) -> Result<(), Error> {
    keys::add(tx, key, secret::token_hash(token)).await?;
    let details = json!({"role": key.role, "submitter": key.submitter, "expires_at": key.expires_at});
    audit::record(app, tx, scope, "key.created", key.id, details, key.created_at).await
}

/// A new key in place of another, which goes on working for a while. Says the new one, and when the old one ends.
pub async fn rotate(app: &App, scope: &Scope, id: KeyId, overlap_ms: i64) -> Result<(KeyId, String, Millis), Error> {
    if !(0..=LONGEST_OVERLAP_MS).contains(&overlap_ms) {
        return Err(Error::invalid("/overlap", "out_of_range", "the old key works on for at most 30 days"));
    }
    let old = keys::get(&app.db, scope, id).await?.ok_or(Error::NotFound)?.key;
    may_give(scope, old.role)?;
    let now = app.clock.now();
    let ends_at = now.plus(overlap_ms);
    let token = new_key()?;
    let new = Key {
        requests_per_minute: old.requests_per_minute,
        // One that was made for a time is replaced for as long a time.
        expires_at: old.expires_at.map(|end| now.plus(end.since(old.created_at))),
        ..Key::fresh(app.clock.new_id(), old.submitter, old.role, &old.name, now)
    };
    app.db
        .write("rotate_key", async |tx| {
            key_in(app, tx, scope, &new, &token).await?;
            if !keys::replace(tx, id, new.id, ends_at).await? {
                let detail = "This key was replaced or revoked before. Make a new one.";
                return Err(Error::conflict("key_is_over", detail));
            }
            let details = json!({"by": new.id, "ends_at": ends_at});
            audit::record(app, tx, scope, "key.replaced", id, details, now).await
        })
        .await?;
    Ok((new.id, token, old.expires_at.map_or(ends_at, |end| end.min(ends_at))))
}

/// Gives a key a number of requests a minute of its own; `None` takes it away, zero is no limit.
pub async fn limit(app: &App, scope: &Scope, id: KeyId, per_minute: Option<u32>) -> Result<(), Error> {
    let key = keys::get(&app.db, scope, id).await?.ok_or(Error::NotFound)?.key;
    may_give(scope, key.role)?;
    let now = app.clock.now();
    app.db
        .write("limit_key", async |tx| {
            if !keys::limit(tx, id, per_minute).await? {
                return Err(Error::NotFound);
            }
            let details = json!({"requests_per_minute": per_minute});
            audit::record(app, tx, scope, "key.limited", id, details, now).await
        })
        .await
}

/// Revokes a key at once.
pub async fn revoke(app: &App, scope: &Scope, id: KeyId) -> Result<(), Error> {
    let key = keys::get(&app.db, scope, id).await?.ok_or(Error::NotFound)?.key;
    may_give(scope, key.role)?;
    let now = app.clock.now();
    app.db
        .write("revoke_key", async |tx| {
            if !keys::revoke(tx, id, now).await? {
                return Err(Error::conflict("key_is_over", "This key was revoked before."));
            }
            audit::record(app, tx, scope, "key.revoked", id, json!({}), now).await
        })
        .await
}
