//! Breakers that are not closed are tried: no job of its own, since a breaker is leased by its own version.

use crate::{
    flows::{App, Error, probe},
    store::breakers,
};

/// Tries every breaker that is due; says how many were tried.
pub(super) async fn step(app: &App) -> Result<usize, Error> {
    let mut tried = 0;
    for breaker in breakers::not_closed(&app.db).await? {
        tried += usize::from(probe::probe(app, &breaker).await?);
    }
    Ok(tried)
}
