//! Signing in and out: a password becomes a server-side session, whose cookie is stored only as a hash.
//!
//! Called by the console. Attempts are limited by name and by address; a wrong name costs as much time as a wrong
//! password. It must never say which of the two was wrong.

use super::{App, Error, steps::audit};
use crate::{
    domain::{
        Millis, SessionId, UserId,
        audit::Actor,
        role::{Role, Scope},
    },
    platform::secret,
    store::{accounts, accounts::Session},
};
use serde_json::json;
use std::{collections::HashMap, sync::Mutex};

/// Attempts in the current minute, by key. In memory: a restart forgives, several processes add up.
#[derive(Debug, Default)]
pub struct Attempts {
    seen: Mutex<Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    number: i64,
    attempts: HashMap<String, u32>,
}

/// Longest name that anybody can have, in bytes.
const LONGEST_NAME: usize = 200;
/// Most keys counted in a minute. A flood from more addresses than this is refused as a whole.
const MOST_KEYS: usize = 100_000;

impl Attempts {
    /// Counts one attempt; false when there were too many in this minute.
    pub(super) fn allow(&self, key: &str, now: Millis, limit: u32) -> bool {
        let minute = now.0 / Millis::MINUTE;
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if seen.number != minute {
            *seen = Minute { number: minute, attempts: HashMap::new() };
        }
        if seen.attempts.len() >= MOST_KEYS && !seen.attempts.contains_key(key) {
            return false;
        }
        let attempts = seen.attempts.entry(key.to_owned()).or_insert(0);
        *attempts += 1;
        *attempts <= limit
    }
}

/// A fresh session; the cookie is shown once.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Value of the session cookie.
    pub cookie: String,
    /// Who signed in.
    pub user: UserId,
}

/// A request's session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// What the person may see and do.
    pub scope: Scope,
    /// The person.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// The token that forms must carry.
    pub csrf: String,
}

/// Checks name and password and starts a session. `client` is the peer's address, for the limit.
pub async fn sign_in(app: &App, name: &str, password: &str, client: &str) -> Result<NewSession, Error> {
    let now = app.clock.now();
    let limit = app.settings.sign_in_per_minute;
    // The client first: one that is slowed down already must not make names be remembered.
    let allowed = app.attempts.allow(&format!("client:{client}"), now, limit.saturating_mul(5))
        && (name.len() > LONGEST_NAME || app.attempts.allow(&format!("name:{name}"), now, limit));
    if !allowed {
        return Err(Error::Busy { retry_after_s: 60 });
    }
    if name.len() > LONGEST_NAME {
        return Err(Error::invalid("/password", "wrong_credentials", "Name or password is wrong."));
    }
    let user = accounts::user_named(&app.db, name).await?.filter(|u| !u.disabled);
    let (password, stored) = (password.to_owned(), user.as_ref().map(|u| u.password_hash.clone()));
    let fits = tokio::task::spawn_blocking(move || secret::verify_password(&password, stored.as_deref()))
        .await
        .map_err(|e| Error::Internal(e.to_string()))?;
    let Some(user) = user.filter(|_| fits) else {
        return Err(Error::invalid("/password", "wrong_credentials", "Name or password is wrong."));
    };
    let cookie = secret::new_token("")?;
    let csrf = secret::new_token("")?;
    let session = Session { id: app.clock.new_id(), user: user.id, csrf, last_seen_at: now };
    let scope = Scope::system(Actor::User(user.id.to_string()));
    app.db
        .write("sign_in", async |tx| {
            let until = now.plus(app.settings.session_idle_ms);
            accounts::add_session(tx, &session, secret::token_hash(&cookie), now, until).await?;
            audit::record(app, tx, &scope, "user.signed_in", user.id, json!({"session": session.id}), now).await
        })
        .await?;
    Ok(NewSession { cookie, user: user.id })
}

/// The signed-in person behind a cookie, if the session lives and the person was not disabled.
pub async fn resume(app: &App, cookie: &str, request_id: Option<String>) -> Result<Option<SignedIn>, Error> {
    let now = app.clock.now();
    let Some(session) = accounts::session_by_token(&app.db, secret::token_hash(cookie), now).await? else {
        return Ok(None);
    };
    let Some(user) = accounts::user(&app.db, session.user).await?.filter(|u| !u.disabled) else { return Ok(None) };
    if now.since(session.last_seen_at) > 5 * Millis::MINUTE {
        let until = now.plus(app.settings.session_idle_ms);
        app.db
            .write("touch_session", async |tx| {
                accounts::touch_session(tx, session.id, now, until).await.map_err(Error::from)
            })
            .await?;
    }
    let scope = Scope {
        actor: Actor::User(user.id.to_string()),
        user: Some(user.id),
        submitter: None,
        roles: user.roles.clone(),
        policy_classes: user.policy_classes.clone(),
        queues: None,
        request_id,
    };
    Ok(Some(SignedIn {
        session: session.id,
        scope,
        user: user.id,
        name: user.name,
        roles: user.roles,
        csrf: session.csrf,
    }))
}

/// Ends the session. Leases lapse by themselves; drafts stay.
pub async fn sign_out(app: &App, signed_in: &SignedIn) -> Result<(), Error> {
    let now = app.clock.now();
    app.db
        .write("sign_out", async |tx| {
            accounts::end_session(tx, signed_in.session).await?;
            let details = json!({"session": signed_in.session});
            audit::record(app, tx, &signed_in.scope, "user.signed_out", signed_in.user, details, now).await
        })
        .await
}
