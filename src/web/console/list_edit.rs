//! One list of the live release is edited: entries in, entries out, and a minor release goes live.
//!
//! Routed by `console`. The form names the release that was looked at; it must never edit on a GET.

use super::{
    page::{Here, Notice, Shell, page},
    queues::shell,
    releases_page::csrf,
    see_other,
};
use crate::{
    domain::ReleaseId,
    flows::{App, Error, edit_list as flow, sign_in::SignedIn},
    web::{
        auth::perm,
        error::ApiError,
        session::{May, Posted},
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;

/// `templates/list_edit.html`.
#[derive(Debug, Template)]
#[template(path = "list_edit.html")]
struct ListEditPage {
    shell: Shell,
    csrf: String,
    name: String,
    kind: String,
    entries: usize,
    release: String,
    release_id: String,
    add: String,
    remove: String,
}

/// `GET /lists/{name}/edit`.
pub(super) async fn ask(
    app: Data<App>,
    who: May<perm::EditPolicies>,
    name: Path<String>,
) -> Result<HttpResponse, ApiError> {
    render(&app, &who, &name, ("", ""), None, StatusCode::OK)
}

fn render(
    app: &App,
    who: &SignedIn,
    name: &str,
    (add, remove): (&str, &str),
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let live = app.live.get();
    let list = live.release.bundle.lists.iter().find(|l| l.name == name).ok_or_else(ApiError::not_found)?;
    let mut shell = shell(app, who, Here::Policies);
    shell.notice = notice;
    let shown = ListEditPage {
        csrf: csrf(&shell),
        name: list.name.clone(),
        kind: super::text::words(list.kind).to_lowercase(),
        entries: list.entries.len(),
        release: live.release.number.to_string(),
        release_id: live.release.id.to_string(),
        add: add.to_owned(),
        remove: remove.to_owned(),
        shell,
    };
    Ok(page(status, &shown))
}

/// `POST /lists/{name}/edit`.
pub(super) async fn edit(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    name: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let typed = (posted.fields.first("add"), posted.fields.first("remove"));
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
    };
    let live: ReleaseId = posted.fields.first("release").parse().map_err(|_| ApiError::not_found())?;
    let done = flow::edit_list(&app, &posted.who.scope, live, &name, &lines(typed.0), &lines(typed.1)).await;
    let (tone, text, status) = match done {
        Ok((release, _)) => return Ok(see_other(&format!("/releases/{release}"))),
        Err(Error::Conflict { detail, .. }) => ("warn", detail, StatusCode::CONFLICT),
        Err(Error::Invalid(problems)) => {
            let all: Vec<String> = problems.into_iter().map(|p| p.detail).collect();
            ("bad", all.join(" "), StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(other) => return Err(other.into()),
    };
    render(&app, &posted.who, &name, typed, Some(Notice { tone, text }), status)
}
