//! `GET /v1/events`: every state change worth telling, in one order that a reader can follow without missing one.
//!
//! It must never answer an event that has no position yet.

use super::page::{self, Page};
use crate::{
    domain::event::Event,
    flows::App,
    store::views::events,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

/// Where to read on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// `next` of the page before; leave out to read from the beginning.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Follow events
///
/// Events come in the order of their positions and never change. Keep `next` and ask again with it as `cursor`: it is
/// always there, also when there is nothing new yet.
#[utoipa::path(
    get, path = "/v1/events", tag = "Events", security(("key" = [])), params(EventQuery),
    responses(
        (status = 200, description = "A page; `next` is the cursor for the next request.", body = Page<Event>),
        (status = 400, description = "A parameter is wrong.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    query: web::Query<EventQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = page::limit(query.limit)?;
    let after = page::parameter::<i64>("cursor", query.cursor.as_deref())?.unwrap_or(0);
    let items = events::after(&app.db, &caller.scope, after, limit).await?;
    let next = items.last().map_or(after, |event| event.position);
    Ok(HttpResponse::Ok().json(Page { items, next: Some(next.to_string()) }))
}
