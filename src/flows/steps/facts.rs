//! What rules may know besides the ad and its signals, fetched from the database.
//!
//! Called by screening, dry runs and whoever tries rules on stored ads. It must never measure anything.

use crate::{
    domain::{AdContent, AdvertiserId, AssetId, Millis, certificate::held, screening::Facts},
    flows::Error,
    store::{Run, accounts, ads, certificates},
};

/// What rules may know besides the ad and its signals.
pub async fn facts(
    on: &impl Run,
    advertiser: AdvertiserId,
    content: &AdContent,
    domain: Option<&str>,
    now: Millis,
) -> Result<Facts, Error> {
    let mut view = accounts::advertiser_view(on, advertiser).await?.ok_or(Error::NotFound)?;
    let certificates = certificates::of_advertiser(on, advertiser).await?;
    view.facts.certificates = held(view.facts.certificates.as_ref(), &certificates, &content.targeting, now);
    let assets: Vec<AssetId> = content.assets().map(crate::domain::ad::AssetRef::id).collect();
    let counts = ads::window_counts(on, advertiser, domain, &assets, now).await?;
    Ok(Facts { evaluated_at: now, advertiser: view, counts, destination: None })
}
