//! A draft runs beside the live release: as a shadow, which is evaluated and never acts, or as a canary, which decides
//! about a stable share of ads.
//!
//! Called by the Releases pages. Both freeze the draft into a release of its own number; stopping opens the draft again.
//! A canary acts, so it needs somebody who wrote none of it; there is never more than one.

use super::{
    App, Error,
    drafts::{not_open, require, stale},
    steps::{audit, go_live::stored, pack},
};
use crate::{
    domain::{
        DraftId,
        audit::Actor,
        draft::{DraftState, EditKind, Origin},
        release::ReleaseState,
        role::{Permission, Scope},
    },
    store::{Tx, drafts, drafts::StoredDraft, releases, releases::StoredRelease},
};
use serde_json::json;

/// Most shadows at once: each is evaluated on every screening.
const MOST_SHADOWS: usize = 3;

/// Starts evaluating an open draft beside the live release.
///
/// # Errors
/// [`Error::Conflict`] `has_problems`, `too_many`, `not_open`, `stale_draft`; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn start_shadow(app: &App, scope: &Scope, id: DraftId, version: i64) -> Result<(), Error> {
    require(scope, Permission::EditPolicies, "Your roles do not permit shadows. Ask a policy editor.")?;
    app.db
        .write("start_shadow", async |tx| {
            let draft = at_version(tx, id, version).await?;
            if draft.state != DraftState::Open {
                return Err(Error::conflict("not_open", not_open(draft.state)));
            }
            if releases::beside(tx).await?.iter().filter(|r| r.state == ReleaseState::Shadow).count() >= MOST_SHADOWS {
                let detail = format!("{MOST_SHADOWS} shadows run already. Stop one of them first.");
                return Err(Error::conflict("too_many", detail));
            }
            freeze(app, tx, scope, draft, ReleaseState::Shadow, None).await
        })
        .await?;
    changed(app).await
}

/// Lets a draft decide about a share of ads, above 0 and below 1; an ad is always in it or never.
///
/// # Errors
/// As [`start_shadow`]; [`Error::Forbidden`] for who wrote part of the draft; [`Error::Conflict`] `behind`.
pub async fn start_canary(app: &App, scope: &Scope, id: DraftId, version: i64, share: f64) -> Result<(), Error> {
    require(scope, Permission::Publish, "Your roles do not permit publishing. Ask a policy editor.")?;
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::invalid("/share", "bad_share", "Give a share above 0 and below 100 %."));
    }
    app.db
        .write("start_canary", async |tx| {
            let draft = at_version(tx, id, version).await?;
            if !matches!(draft.state, DraftState::Open | DraftState::Shadow) {
                return Err(Error::conflict("not_open", not_open(draft.state)));
            }
            if scope.actor != Actor::Operator && drafts::is_author(tx, id, scope.actor.id()).await? {
                return Err(Error::Forbidden("You wrote part of this draft. Somebody else has to let it decide."));
            }
            let live = pack::release_or_live(tx, None).await?;
            if draft.base != live.id {
                let detail = format!("Release {} went live since. Bring the draft up to it first.", live.number);
                return Err(Error::conflict("behind", detail));
            }
            if releases::beside(tx).await?.iter().any(|r| r.state == ReleaseState::Canary) {
                return Err(Error::conflict("too_many", "Another canary runs. Stop it or publish it first."));
            }
            if let Some(shadow) = draft.release.filter(|_| draft.state == DraftState::Shadow) {
                releases::retire(tx, shadow, app.clock.now()).await?;
            }
            freeze(app, tx, scope, draft, ReleaseState::Canary, Some(share)).await
        })
        .await?;
    changed(app).await
}

/// Stops a draft's shadow or canary; the draft is open again. What a canary decided stands.
///
/// # Errors
/// [`Error::Conflict`] when it runs as neither; [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn stop_beside(app: &App, scope: &Scope, id: DraftId, version: i64) -> Result<(), Error> {
    require(scope, Permission::EditPolicies, "Your roles do not permit this. Ask a policy editor.")?;
    let now = app.clock.now();
    app.db
        .write("stop_beside", async |tx| {
            let draft = at_version(tx, id, version).await?;
            if !matches!(draft.state, DraftState::Shadow | DraftState::Canary) {
                return Err(Error::conflict("not_beside", "This draft runs neither as a shadow nor as a canary."));
            }
            let action = if draft.state == DraftState::Shadow { "shadow.stopped" } else { "canary.stopped" };
            if let Some(release) = draft.release {
                releases::retire(tx, release, now).await?;
            }
            // The release stays named, so that what it concluded otherwise can still be read.
            let next =
                StoredDraft { version: draft.version + 1, updated_at: now, state: DraftState::Open, ..draft.clone() };
            if !drafts::change(tx, &next, scope.actor.id(), EditKind::Moved, None).await? {
                return Err(stale());
            }
            audit::record(app, tx, scope, action, id, json!({"release": draft.release}), now).await
        })
        .await?;
    changed(app).await
}

async fn at_version(tx: &Tx, id: DraftId, version: i64) -> Result<StoredDraft, Error> {
    let draft = drafts::draft(tx, id).await?.ok_or(Error::NotFound)?;
    if draft.version == version { Ok(draft) } else { Err(stale()) }
}

async fn freeze(
    app: &App,
    tx: &Tx,
    scope: &Scope,
    draft: StoredDraft,
    state: ReleaseState,
    share: Option<f64>,
) -> Result<(), Error> {
    let now = app.clock.now();
    let live = pack::release_or_live(tx, None).await?;
    let files = drafts::files(tx, draft.id).await?;
    let model = match draft.model {
        Some(model) => Some(releases::model(tx, model).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let (_, bundle) = pack::read(&files, model.as_ref()).map_err(|problems| {
        Error::conflict("has_problems", format!("{} problems are to be mended first.", problems.len()))
    })?;
    let origin = Origin::Draft { draft: draft.id, published_by: scope.actor.id().to_owned(), sweep: None };
    let made = stored(app, tx, &live, bundle, origin, draft.created_by.clone(), now).await?;
    let release = StoredRelease { state, published_at: None, share, ..made };
    releases::add(tx, &release).await?;
    drafts::put_release_files(tx, release.id, &files).await?;
    let (id, canary) = (draft.id, state == ReleaseState::Canary);
    let next = StoredDraft {
        version: draft.version + 1,
        updated_at: now,
        state: if canary { DraftState::Canary } else { DraftState::Shadow },
        release: Some(release.id),
        notice: None,
        ..draft
    };
    if !drafts::change(tx, &next, scope.actor.id(), EditKind::Moved, None).await? {
        return Err(stale());
    }
    let action = if canary { "canary.started" } else { "shadow.started" };
    let details =
        json!({"release": release.id, "number": release.number.to_string(), "digest": release.digest, "share": share});
    audit::record(app, tx, scope, action, id, details, now).await
}

async fn changed(app: &App) -> Result<(), Error> {
    app.live.refresh(&app.db).await?;
    Ok(())
}
