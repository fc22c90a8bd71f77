//! One row that is written to learn whether anything can be.
//!
//! Called by one flow. It must never hold anything but a time.

use super::{StoreError, Tx, db};
use crate::domain::Millis;

/// Writes the moment.
pub async fn touch(tx: &Tx, now: Millis) -> Result<(), StoreError> {
    let sql = "INSERT INTO write_probe (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = $1";
    db::execute(tx, sql, vec![now.0.into()]).await.map(|_| ())
}
