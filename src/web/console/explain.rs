//! `POST /tasks/{id}/explain`: which words moved the scores that a task's findings rest on.
//!
//! Routed by `console`. The task page takes the section out of it; without a script it is a page of its own. It must never
//! say anything about a blind task.

use super::{explain_page::ExplainPage, page::Here, page::page, queues::shell};
use crate::{
    domain::TaskId,
    flows::{App, explain},
    web::{auth::perm, error::ApiError, session::Posted},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};

/// Explains, and shows.
pub(super) async fn show(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id: TaskId = id.parse().map_err(|_| ApiError::not_found())?;
    let explained = explain::of_task(&app, &posted.who.scope, id).await?;
    let shell = shell(&app, &posted.who, Here::Queues);
    Ok(page(StatusCode::OK, &ExplainPage::of(shell, id, &app.live.get().release.bundle, &explained)))
}
