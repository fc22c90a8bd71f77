//! Stored images.
//!
//! Called by `web::console::assets`. An image is in scope when an ad in scope shows it.

use crate::{
    domain::{digest::Digest, role::Scope},
    store::{Db, StoreError, db},
};
use sea_orm::{FromQueryResult, Value};

/// The media type of a stored image; `None` when it is not there or not in scope.
pub async fn media_type(on: &Db, scope: &Scope, digest: Digest) -> Result<Option<String>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        media_type: String,
    }
    let mut values: Vec<Value> = vec![digest.0.to_vec().into()];
    let mut sql = "SELECT s.media_type FROM asset s WHERE s.digest = $1".to_owned();
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        sql += " AND EXISTS (SELECT 1 FROM revision_asset x JOIN revision v ON v.id = x.revision_id
                             JOIN ad a ON a.id = v.ad_id WHERE x.asset_id = s.id AND a.submitter_id = $2)";
    }
    Ok(db::row::<Row>(on, &sql, values).await?.map(|row| row.media_type))
}
