//! An earlier release comes back in one step: a new number with the old bundle and the old files.
//!
//! Called by the Releases pages and `adjudge policy rollback`. One person may: it brings back what was published by two.
//! It must never renumber or change the old release.

use super::{
    App, Error,
    drafts::require,
    steps::{
        go_live::{Next, go_live},
        pack,
    },
    sweep,
};
use crate::{
    domain::{
        ReleaseId, SweepId,
        draft::{Origin, SweepPlan},
        release::ReleaseNumber,
        role::{Permission, Scope},
    },
    screening::policy::{CompiledRelease, Pack},
    store::releases,
};

/// Brings a release back; with a plan, the ads that live are swept under it. Returns the new release.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] for the live release, one that never was live, or one whose model belongs to
/// another encoder; [`Error::Forbidden`].
pub async fn rollback(
    app: &App,
    scope: &Scope,
    id: ReleaseId,
    sweep_plan: Option<SweepPlan>,
) -> Result<(ReleaseId, ReleaseNumber), Error> {
    require(scope, Permission::Publish, "Your roles do not permit a rollback. Ask a policy editor.")?;
    let now = app.clock.now();
    let back = app
        .db
        .write("rollback", async |tx| {
            let old = pack::release_or_live(tx, Some(id)).await?;
            let live = pack::release_or_live(tx, None).await?;
            if old.id == live.id {
                return Err(Error::conflict("already_live", "This release is live already."));
            }
            if old.published_at.is_none() {
                return Err(Error::conflict("never_live", "This release never was live; publish its draft instead."));
            }
            if let Some(model) = old.bundle.model {
                let model = releases::model(tx, model).await?.ok_or(Error::NotFound)?;
                if model.encoder != app.first.digest() {
                    let what = "Its model belongs to another encoder than the one that runs now.";
                    return Err(Error::conflict("other_encoder", what));
                }
            }
            if let Err(problems) = CompiledRelease::compile(&old.bundle) {
                let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
                return Err(Error::conflict("does_not_compile", all.join("; ")));
            }
            let files = pack::files_of(tx, &old).await?;
            // Queues as they were then; where the files cannot be read any more, they stay as they are.
            let queues = Pack::read(&pack::pack_files(&files)).map(|p| p.queues).ok();
            let next = Next {
                bundle: old.bundle.clone(),
                files: &files,
                queues: queues.iter().flat_map(|q| q.all()).collect(),
                origin: Origin::Rollback { of: old.id },
                created_by: scope.actor.id().to_owned(),
            };
            let release = go_live(app, tx, scope, &live, next, None, now).await?;
            if let Some(plan) = sweep_plan {
                sweep::begin(app, tx, scope, app.clock.new_id::<SweepId>(), release.id, plan, None, now).await?;
            }
            Ok((release.id, release.number))
        })
        .await?;
    app.live.refresh(&app.db).await?;
    app.wake.notify_waiters();
    Ok(back)
}
