//! The `expire` job: ads of the IAB API that nobody touched for too long. One process may do it, or several.

use crate::flows::{App, Error, expire};

/// One page; says how many ads were looked at.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    expire::expire(app).await
}
