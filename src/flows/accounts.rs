//! Making submitters, keys and people. Secrets are shown once, to whoever asked.
//!
//! Called by the command line and the first start. It must never store a secret.

use super::{App, Error, steps::audit};
use crate::{
    domain::{
        KeyId, SubmitterId, UserId,
        role::{Role, Scope},
        submitter::Mode,
    },
    platform::secret,
    store::{
        StoreError, accounts,
        accounts::{Key, Submitter, User},
    },
};
use serde_json::json;

/// The submitter of this name, made when there is none.
pub async fn submitter(app: &App, scope: &Scope, name: &str, sandbox: bool) -> Result<SubmitterId, Error> {
    let now = app.clock.now();
    app.db
        .write("add_submitter", async |tx| {
            if let Some(known) = accounts::submitter_named(tx, name).await? {
                return Ok(known.id);
            }
            let new = Submitter { id: app.clock.new_id(), name: name.into(), mode: Mode::Enforce, sandbox };
            accounts::add_submitter(tx, &new, now).await?;
            audit::record(app, tx, scope, "submitter.created", new.id, json!({"sandbox": sandbox}), now).await?;
            Ok(new.id)
        })
        .await
}

/// A new key, `adj_…`. A submitter's key sees that submitter's ads only; the other roles see all.
pub async fn key(
    app: &App,
    scope: &Scope,
    submitter: Option<SubmitterId>,
    role: Role,
    name: &str,
) -> Result<(KeyId, String), Error> {
    if (role == Role::Submitter) != submitter.is_some() {
        return Err(Error::invalid("/role", "bad_role", "a submitter's key needs a submitter, and only that one does"));
    }
    let token = secret::new_token("adj_")?;
    let now = app.clock.now();
    let key = Key { id: app.clock.new_id(), submitter, role };
    app.db
        .write("add_key", async |tx| {
            accounts::add_key(tx, &key, name, secret::token_hash(&token), now).await?;
            audit::record(app, tx, scope, "key.created", key.id, json!({"role": role}), now).await
        })
        .await?;
    Ok((key.id, token))
}

/// Revokes a key at once.
pub async fn revoke_key(app: &App, scope: &Scope, key: KeyId) -> Result<(), Error> {
    let now = app.clock.now();
    app.db
        .write("revoke_key", async |tx| {
            if !accounts::revoke_key(tx, key, now).await? {
                return Err(Error::NotFound);
            }
            audit::record(app, tx, scope, "key.revoked", key, json!({}), now).await
        })
        .await
}

/// A new person. Names are unique; a password has at least 10 characters.
pub async fn user(app: &App, scope: &Scope, name: &str, roles: &[Role], password: &str) -> Result<UserId, Error> {
    if name.trim().is_empty() || name.len() > 100 {
        return Err(Error::invalid("/name", "bad_name", "a name has 1 to 100 characters"));
    }
    if password.chars().count() < 10 {
        return Err(Error::invalid("/password", "too_short", "a password has at least 10 characters"));
    }
    let plain = password.to_owned();
    let hash = tokio::task::spawn_blocking(move || secret::hash_password(&plain))
        .await
        .map_err(|e| Error::Internal(e.to_string()))??;
    let now = app.clock.now();
    let user = User {
        id: app.clock.new_id(),
        name: name.into(),
        roles: roles.to_vec(),
        password_hash: hash,
        policy_classes: None,
        disabled: false,
    };
    let added = app
        .db
        .write("add_user", async |tx| {
            accounts::add_user(tx, &user, now).await?;
            audit::record(app, tx, scope, "user.created", user.id, json!({"roles": roles}), now).await
        })
        .await;
    match added {
        Err(Error::Store(StoreError::Taken(_))) => {
            Err(Error::conflict("name_taken", format!("{name:?} is taken; choose another name.")))
        }
        other => other.map(|()| user.id),
    }
}
