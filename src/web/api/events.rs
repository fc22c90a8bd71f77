//! `GET /v1/events`: every state change worth telling, in one order that a reader can follow without missing one.
//!
//! It must never answer an event that has no position yet.

use super::{
    headers,
    page::{self, Page},
};
use crate::{
    domain::event::Event,
    flows::{self, App},
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
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
/// always there, also when there is nothing new yet. With `Prefer: wait=N` an answer without events is held back for up
/// to N seconds (at most 60) until there is one. Events are kept for at least 30 days; a cursor from before the oldest
/// one is refused, and leaving it out reads from that one on.
#[utoipa::path(
    get, path = "/v1/events", tag = "Events", security(("key" = [])), 
    params(
        EventQuery,
        ("Prefer" = Option<String>, Header, description = "`wait=N`: wait up to N seconds for an event."),
    ),
    responses(
        (status = 200, description = "A page; `next` is the cursor for the next request.", body = Page<Event>),
        (status = 400, description = "A parameter is wrong.", body = ProblemDocument),
        (status = 410, description = "Events after the cursor are not kept any more.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    query: web::Query<EventQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let limit = page::limit(query.limit)?;
    let cursor = page::parameter::<i64>("cursor", query.cursor.as_deref())?;
    let wait = headers::wait(request.headers());
    let found = flows::await_events::await_events(&app, &caller.scope, cursor, limit, wait.unwrap_or_default()).await?;
    let mut answer = HttpResponse::Ok();
    if let Some(time) = wait {
        answer.insert_header(("preference-applied", format!("wait={}", time.as_secs())));
    }
    Ok(answer.json(Page { items: found.items, next: Some(found.next.to_string()) }))
}
