//! An ad's screenings, for staff: scores and traces included.
//!
//! Called by the API. It must never return a screening of an ad outside the scope, nor be reached by submitters.

use crate::domain::{AdId, role::Scope, screening::Screening};
use crate::store::{Db, StoreError, screenings, views::ads};

/// The ad's newest 200 screenings, newest first; `None` when the ad is not in scope.
pub async fn of_ad(on: &Db, scope: &Scope, ad: AdId) -> Result<Option<Vec<Screening>>, StoreError> {
    match ads::get(on, scope, ad).await? {
        Some(_) => screenings::of_ad(on, ad).await.map(Some),
        None => Ok(None),
    }
}
