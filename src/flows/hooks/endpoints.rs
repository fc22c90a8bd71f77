//! What the owner of a webhook does with it: make it, change it, give it a new key, stop it, start it, remove it.
//!
//! Called by the API and the console. A key is told once, by the flow that made it; it must never be in the audit chain.

use crate::{
    domain::{
        Millis, WebhookId,
        event::EventKind,
        role::Scope,
        webhook::{DisabledBecause, Webhook, WebhookState},
    },
    flows::{App, Error, steps::audit},
    intake::{NewWebhook, WebhookChange},
    notify::webhook::speaks,
    platform::signature::HookKey,
    store::{Tx, deliveries, sealer, webhooks},
};
use serde_json::json;

/// Most webhooks of one submitter.
pub const MOST: i64 = 20;

/// Longest time in which a replaced key goes on signing, ms.
pub const LONGEST_OVERLAP: i64 = 7 * Millis::DAY;

/// A webhook with the key that was just made for it.
#[derive(Debug)]
pub struct WithKey {
    /// The webhook.
    pub webhook: Webhook,
    /// Its key, told this once.
    pub key: HookKey,
}

/// Makes a webhook. It gets what happens from now on.
///
/// # Errors
/// [`Error::Invalid`] for an address that nothing may be sent to, [`Error::Conflict`] beyond [`MOST`].
pub async fn create(app: &App, scope: &Scope, new: &NewWebhook) -> Result<WithKey, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    fits(app, &new.change)?;
    let key = HookKey::new(new.signing)?;
    let (id, now) = (app.clock.new_id(), app.clock.now());
    app.db
        .write("create_webhook", async |tx| {
            if webhooks::count(tx, submitter).await? >= MOST {
                let detail = format!("There are {MOST} webhooks already. Remove one first.");
                return Err(Error::conflict("too_many_webhooks", detail));
            }
            let webhook = Webhook {
                id,
                submitter,
                url: new.change.url.clone(),
                description: new.change.description.clone(),
                types: new.change.types.clone(),
                profile: new.change.profile,
                signing: new.signing,
                public_key: key.public(),
                old_key_until: None,
                state: WebhookState::Enabled,
                because: None,
                position: sealer::events_sealed(tx).await?,
                throttled_until: Millis(0),
                failures: 0,
                last_success_at: None,
                last_failure_at: None,
                created_at: now,
            };
            webhooks::add(tx, &webhook, &key.text()).await?;
            let details = json!({"profile": webhook.profile, "signing": webhook.signing});
            audit::record(app, tx, scope, "webhook.created", id, details, now).await?;
            Ok(WithKey { webhook, key: key.clone() })
        })
        .await
}

fn fits(app: &App, change: &WebhookChange) -> Result<(), Error> {
    let mut problems = vec![];
    let mut add = |pointer: String, code, detail: String| {
        problems.push(crate::intake::Problem { pointer, code, detail });
    };
    if let Err(unfit) = app.outbound.check(&change.url) {
        add("/url".into(), unfit.code(), unfit.to_string());
    }
    for (n, name) in change.types.iter().enumerate() {
        if !EventKind::TYPES.contains(&name.as_str()) {
            let known = EventKind::TYPES.join(", ");
            add(format!("/types/{n}"), "unknown_type", format!("is not a type of event; there are {known}"));
        }
    }
    if !speaks(change.profile) {
        add("/profile".into(), "not_supported", "is not offered by this installation; use `standard`".into());
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// A change to a webhook.
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// Another address, filter, description or profile.
    Replace(&'a WebhookChange),
    /// Send again what waited, and what happens from where it stopped.
    Enable,
    /// Send nothing until it is enabled again.
    Disable,
    /// It is not wanted any more.
    Remove,
}

impl Change<'_> {
    const fn action(&self) -> &'static str {
        match self {
            Self::Replace(_) => "webhook.changed",
            Self::Enable => "webhook.enabled",
            Self::Disable => "webhook.disabled",
            Self::Remove => "webhook.removed",
        }
    }
}

/// Changes a webhook.
///
/// # Errors
/// As [`create`]; [`Error::NotFound`].
pub async fn change(app: &App, scope: &Scope, id: WebhookId, change: Change<'_>) -> Result<Webhook, Error> {
    if let Change::Replace(new) = &change {
        fits(app, new)?;
    }
    let now = app.clock.now();
    let changed = app
        .db
        .write("change_webhook", async |tx| {
            let before = webhooks::get(tx, scope, id).await?.ok_or(Error::NotFound)?;
            let after = apply(tx, before, &change, now).await?;
            audit::record(app, tx, scope, change.action(), id, json!({}), now).await?;
            Ok::<_, Error>(after)
        })
        .await?;
    app.wake.notify_waiters();
    Ok(changed)
}

async fn apply(tx: &Tx, mut webhook: Webhook, change: &Change<'_>, now: Millis) -> Result<Webhook, Error> {
    match change {
        Change::Replace(new) => {
            webhook.url.clone_from(&new.url);
            webhook.description.clone_from(&new.description);
            webhook.types.clone_from(&new.types);
            webhook.profile = new.profile;
        }
        Change::Enable => {
            // What waited is due at once, with all its attempts before it.
            deliveries::hurry(tx, webhook.id, now).await?;
            webhook = Webhook {
                state: WebhookState::Enabled,
                because: None,
                throttled_until: Millis(0),
                failures: 0,
                ..webhook
            };
        }
        Change::Disable => {
            webhook.state = WebhookState::Disabled;
            webhook.because = Some(DisabledBecause::Asked);
        }
        Change::Remove => {
            webhooks::remove(tx, webhook.id).await?;
            return Ok(webhook);
        }
    }
    webhooks::keep(tx, &webhook).await?;
    Ok(webhook)
}

/// Gives a webhook a new key. For `overlap` ms the one before signs too, so that a receiver can change over.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn rotate(app: &App, scope: &Scope, id: WebhookId, overlap: i64) -> Result<WithKey, Error> {
    let now = app.clock.now();
    let until = now.plus(overlap.clamp(0, LONGEST_OVERLAP));
    let signing = webhooks::get(&app.db, scope, id).await?.ok_or(Error::NotFound)?.signing;
    let key = HookKey::new(signing)?;
    app.db
        .write("rotate_webhook", async |tx| {
            webhooks::get(tx, scope, id).await?.ok_or(Error::NotFound)?;
            webhooks::rotate(tx, id, &key.text(), key.public(), until).await?;
            audit::record(app, tx, scope, "webhook.rotated", id, json!({"overlap_ends": until}), now).await?;
            let webhook = webhooks::get(tx, scope, id).await?.ok_or(Error::NotFound)?;
            Ok(WithKey { webhook, key: key.clone() })
        })
        .await
}
