//! A submitter tells facts about an advertiser, and reads what is kept.
//!
//! Called by `PUT` and `GET /v1/advertisers/{id}`. New facts count from the next screening on; it must never rewrite an ad.

use super::{App, Error, steps::audit};
use crate::{
    domain::{digest::Digest, event::EventKind, role::Scope},
    intake::AdvertiserUpdate,
    store::{accounts, accounts::Advertiser},
};
use serde_json::json;

/// Makes the advertiser or replaces its facts.
pub async fn put(app: &App, scope: &Scope, external_id: &str, update: &AdvertiserUpdate) -> Result<Advertiser, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let now = app.clock.now();
    app.db
        .write("put_advertiser", async |tx| {
            let before = accounts::advertiser_of(tx, submitter, external_id).await?;
            let known = before.as_ref().map_or(external_id, |a| a.name.as_str());
            let name = update.name.as_deref().unwrap_or(known);
            let fresh = app.clock.new_id();
            let kept =
                accounts::put_advertiser(tx, fresh, submitter, external_id, name, Some(&update.facts), now).await?;
            if before.is_none_or(|b| b.facts != kept.facts || b.name != kept.name) {
                let event = EventKind::AdvertiserUpdated {
                    advertiser: kept.id,
                    external_id: kept.external_id.clone(),
                    standing: kept.standing,
                };
                audit::tell(app, tx, submitter, None, &event, now).await?;
                let details = json!({"facts": Digest::of_json(&kept.facts)?});
                audit::record(app, tx, scope, "advertiser.updated", kept.id, details, now).await?;
            }
            Ok(kept)
        })
        .await
}

/// One of the submitter's advertisers.
///
/// # Errors
/// [`Error::NotFound`] for one that it never named.
pub async fn get(app: &App, scope: &Scope, external_id: &str) -> Result<Advertiser, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    accounts::advertiser_of(&app.db, submitter, external_id).await?.ok_or(Error::NotFound)
}
