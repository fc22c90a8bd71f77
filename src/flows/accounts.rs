//! Making submitters and people, and changing what a person may do.
//!
//! Called by the command line, the console and the first start. It must never store a password.

use super::{App, Error, steps::audit};
use crate::{
    domain::{
        SubmitterId, UserId,
        role::{Role, Scope},
        submitter::{Bidding, Mode},
    },
    platform::secret,
    store::{
        StoreError, Tx, accounts,
        accounts::{Submitter, User},
    },
};
use serde_json::json;

/// How a submitter is called and bids as a bidder of the IAB API; what is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bidder<'a> {
    /// Its seat.
    pub seat: Option<&'a str>,
    /// Whether its new ads may serve before they are reviewed.
    pub bidding: Option<Bidding>,
}

/// The submitter of this name, made when there is none.
pub async fn submitter(
    app: &App,
    scope: &Scope,
    name: &str,
    sandbox: bool,
    mode: Mode,
    bidder: Bidder<'_>,
) -> Result<SubmitterId, Error> {
    let plain = |seat: &str| (1..=100).contains(&seat.len()) && seat.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
    if bidder.seat.is_some_and(|seat| !plain(seat)) {
        return Err(Error::invalid("/seat", "bad_seat", "a seat has 1 to 100 ASCII letters, digits and signs but /"));
    }
    let made = app.db.write("add_submitter", async |tx| {
        let id = submitter_in(app, tx, scope, name, sandbox, mode).await?;
        let known = accounts::submitter(tx, id).await?.ok_or(Error::NotFound)?;
        let seat = bidder.seat.or(known.seat.as_deref());
        let bidding = bidder.bidding.unwrap_or(known.bidding);
        if (seat, bidding) != (known.seat.as_deref(), known.bidding) {
            accounts::set_bidder(tx, id, seat, bidding).await?;
            let now = app.clock.now();
            audit::record(app, tx, scope, "submitter.bidder", id, json!({"bidding": bidding}), now).await?;
        }
        Ok(id)
    });
    match made.await {
        Err(Error::Store(StoreError::Taken(_))) => {
            Err(Error::conflict("seat_taken", "Another submitter has this seat; choose another one."))
        }
        other => other,
    }
}

/// The same, inside a commit.
pub(super) async fn submitter_in(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    name: &str,
    sandbox: bool,
    mode: Mode,
) -> Result<SubmitterId, Error> {
    if let Some(known) = accounts::submitter_named(tx, name).await? {
        // Who is observed by mistake would serve what was rejected here.
        if mode == Mode::Observe && known.mode != mode {
            let detail = format!("Adjudge decides about the ads of {name} already; observe it under another name.");
            return Err(Error::conflict("not_observed", detail));
        }
        return Ok(known.id);
    }
    let now = app.clock.now();
    let new = Submitter {
        id: app.clock.new_id(),
        name: name.into(),
        mode,
        sandbox,
        seat: None,
        bidding: Bidding::Restrictive,
    };
    accounts::add_submitter(tx, &new, now).await?;
    audit::record(app, tx, scope, "submitter.created", new.id, json!({"sandbox": sandbox, "mode": mode}), now).await?;
    Ok(new.id)
}

/// A new person. Names are unique; a password has at least 10 characters.
pub async fn user(app: &App, scope: &Scope, name: &str, roles: &[Role], password: &str) -> Result<UserId, Error> {
    if name.trim().is_empty() || name.len() > 100 {
        return Err(Error::invalid("/name", "bad_name", "a name has 1 to 100 characters"));
    }
    check_password(password)?;
    let user = new_user(app, name, roles, password).await?;
    match app.db.write("add_user", async |tx| user_in(app, tx, scope, &user).await).await {
        Err(Error::Store(StoreError::Taken(_))) => {
            Err(Error::conflict("name_taken", format!("{name:?} is taken; choose another name.")))
        }
        other => other.map(|()| user.id),
    }
}

/// A person whose password is hashed, which takes long enough to be done outside a commit.
pub(super) async fn new_user(app: &App, name: &str, roles: &[Role], password: &str) -> Result<User, Error> {
    let hash = hash(password).await?;
    Ok(User {
        id: app.clock.new_id(),
        name: name.into(),
        roles: roles.to_vec(),
        password_hash: hash,
        policy_classes: None,
        disabled: false,
    })
}

/// Stores a person, inside a commit.
pub(super) async fn user_in(app: &App, tx: &Tx, scope: &Scope, user: &User) -> Result<(), Error> {
    let now = app.clock.now();
    accounts::add_user(tx, user, now).await?;
    audit::record(app, tx, scope, "user.created", user.id, json!({"roles": user.roles}), now).await
}

fn check_password(password: &str) -> Result<(), Error> {
    if password.chars().count() < 10 {
        return Err(Error::invalid("/password", "too_short", "a password has at least 10 characters"));
    }
    Ok(())
}

async fn hash(password: &str) -> Result<String, Error> {
    let plain = password.to_owned();
    let hashed = tokio::task::spawn_blocking(move || secret::hash_password(&plain)).await;
    Ok(hashed.map_err(|e| Error::Internal(e.to_string()))??)
}

/// What changes about a person.
#[derive(Debug, Clone)]
pub enum Change {
    /// They may no longer sign in.
    Disable,
    /// They may again.
    Enable,
    /// Another password.
    Password(String),
    /// Other roles, in place of all they had.
    Roles(Vec<Role>),
}

/// Changes a person. Disabling and a new password end every session of theirs; the last administrator stays one.
pub async fn change_user(app: &App, scope: &Scope, name: &str, change: &Change) -> Result<UserId, Error> {
    let new_hash = match change {
        Change::Password(password) => {
            check_password(password)?;
            Some(hash(password).await?)
        }
        _ => None,
    };
    let now = app.clock.now();
    app.db
        .write("change_user", async |tx| {
            let mut user = accounts::user_named(tx, name).await?.ok_or(Error::NotFound)?;
            let administrates = |u: &User| !u.disabled && u.roles.contains(&Role::Admin);
            let administrated = administrates(&user);
            let details = match change {
                Change::Disable => {
                    user.disabled = true;
                    json!({"disabled": true})
                }
                Change::Enable => {
                    user.disabled = false;
                    json!({"disabled": false})
                }
                Change::Password(_) => {
                    user.password_hash = new_hash.clone().unwrap_or_default();
                    json!({"password": "changed"})
                }
                Change::Roles(roles) => {
                    user.roles = roles.clone();
                    json!({"roles": roles})
                }
            };
            accounts::update_user(tx, &user, now).await?;
            if administrated && !accounts::users(tx).await?.iter().any(administrates) {
                let detail = "Nobody would be left to administrate. Give somebody else the role admin first.";
                return Err(Error::conflict("last_administrator", detail));
            }
            if user.disabled || new_hash.is_some() {
                accounts::end_sessions_of(tx, user.id).await?;
            }
            audit::record(app, tx, scope, "user.changed", user.id, details, now).await?;
            Ok(user.id)
        })
        .await
}
