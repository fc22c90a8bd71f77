//! Releases: the list with drafts and sweeps, one release, rolling back to it, opening a draft of it.
//!
//! Routed by `console`. Every change is a form that names what it is about; it must never happen on a GET.

use super::{
    page::{Here, Notice, page},
    queues::shell,
    release_path::sweep_plan,
    releases_page::{ReleasePage, ReleasesPage},
    see_other,
};
use crate::{
    domain::{ReleaseId, SweepId},
    flows::{App, Error, drafts, rollback, sign_in::SignedIn, sweep},
    store::{accounts, drafts as stored, views::console::releases as view},
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

/// `GET /releases`.
pub(super) async fn index(app: Data<App>, who: May<perm::ReadPolicies>) -> Result<HttpResponse, ApiError> {
    list(&app, &who, None, StatusCode::OK).await
}

async fn list(app: &App, who: &SignedIn, notice: Option<Notice>, status: StatusCode) -> Result<HttpResponse, ApiError> {
    let releases = view::releases(&app.db).await?;
    let sweeps = view::sweeps(&app.db).await?;
    let drafts = stored::drafts(&app.db).await?;
    let names = accounts::names(&app.db).await?;
    let mut shell = shell(app, who, Here::Releases);
    shell.notice = notice;
    Ok(page(status, &ReleasesPage::of(shell, &releases, &drafts, &sweeps, &names)))
}

/// `GET /releases/{id}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ReadPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    one(&app, &who, parse(&id)?, None, StatusCode::OK).await
}

async fn one(
    app: &App,
    who: &SignedIn,
    id: ReleaseId,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let release = view::release(&app.db, id).await?.ok_or_else(ApiError::not_found)?;
    let compared = drafts::compare_release(app, id).await?;
    let names = accounts::names(&app.db).await?;
    let mut shell = shell(app, who, Here::Releases);
    shell.notice = notice;
    Ok(page(status, &ReleasePage::of(shell, &release, &compared, &names)))
}

/// `POST /releases/{id}/draft`: opens a draft of the release.
pub(super) async fn draft(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    match drafts::open_draft(&app, &posted.who.scope, posted.fields.first("name"), Some(id)).await {
        Ok(draft) => Ok(see_other(&format!("/drafts/{draft}"))),
        Err(Error::Invalid(problems)) => {
            let text = problems.into_iter().map(|p| p.detail).collect::<Vec<_>>().join(" ");
            let notice = Some(Notice { tone: "bad", text });
            one(&app, &posted.who, id, notice, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /releases/{id}/rollback`.
pub(super) async fn back(
    app: Data<App>,
    posted: Posted<perm::Publish>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let plan = match sweep_plan(&posted.fields) {
        Ok(plan) => plan,
        Err(text) => {
            let notice = Some(Notice { tone: "bad", text });
            return one(&app, &posted.who, id, notice, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    match rollback::rollback(&app, &posted.who.scope, id, plan).await {
        Ok((release, _)) => Ok(see_other(&format!("/releases/{release}"))),
        Err(Error::Conflict { detail, .. }) => {
            let notice = Some(Notice { tone: "warn", text: detail });
            one(&app, &posted.who, id, notice, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /sweeps/{id}/stop`.
pub(super) async fn stop_sweep(
    app: Data<App>,
    posted: Posted<perm::Publish>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id: SweepId = id.parse().map_err(|_| ApiError::not_found())?;
    match sweep::stop_sweep(&app, &posted.who.scope, id).await {
        Ok(()) => Ok(see_other("/releases")),
        Err(Error::Conflict { detail, .. }) => {
            list(&app, &posted.who, Some(Notice { tone: "warn", text: detail }), StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

fn parse(id: &str) -> Result<ReleaseId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found())
}
