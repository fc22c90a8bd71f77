//! Sealed events become deliveries: no job of its own, since each webhook's cursor is moved by compare-and-set.

use crate::flows::{App, Error, hooks};

/// Takes one step for every webhook that is behind; says for how many.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    hooks::fan_out::step(app).await
}
