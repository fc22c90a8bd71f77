//! Sealing: gives committed events and audit rows their order. One process at a time does it.

use crate::{
    flows::{App, Error},
    store::sealer,
};

/// Seals one batch; says how many rows got their position.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    Ok(sealer::seal(&app.db, app.sealer_token, app.clock.now()).await?)
}
