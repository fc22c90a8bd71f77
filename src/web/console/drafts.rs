//! Drafts: the list, opening one, one with its files and problems, its cases, giving it up.
//!
//! Routed by `console`. Publishing has pages of its own. It must never change a release.

use super::{
    drafts_page::{Cases, DraftPage, DraftsPage},
    page::{Here, Notice, page},
    queues::shell,
    see_other,
};
use crate::{
    domain::DraftId,
    flows::{App, Error, drafts as flow, sign_in::SignedIn},
    store::{accounts, drafts, releases},
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
use std::collections::BTreeMap;

/// `GET /drafts`.
pub(super) async fn index(app: Data<App>, who: May<perm::ReadPolicies>) -> Result<HttpResponse, ApiError> {
    list(&app, &who, "", None, StatusCode::OK).await
}

async fn list(
    app: &App,
    who: &SignedIn,
    typed: &str,
    refused: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let all = drafts::drafts(&app.db).await?;
    let mut bases = BTreeMap::new();
    for draft in &all {
        if let std::collections::btree_map::Entry::Vacant(free) = bases.entry(draft.base)
            && let Some(release) = releases::release(&app.db, draft.base).await?
        {
            free.insert(release.number);
        }
    }
    let names = accounts::names(&app.db).await?;
    let live = app.live.get();
    let shown = DraftsPage::of(shell(app, who, Here::Policies), &live.release, &all, &bases, &names, typed, refused);
    Ok(page(status, &shown))
}

/// `POST /drafts`: opens one from the live release.
pub(super) async fn open(app: Data<App>, posted: Posted<perm::EditPolicies>) -> Result<HttpResponse, ApiError> {
    let name = posted.fields.first("name");
    match flow::open_draft(&app, &posted.who.scope, name, None).await {
        Ok(id) => Ok(see_other(&format!("/drafts/{id}"))),
        Err(Error::Invalid(problems)) => {
            let said: Vec<String> = problems.into_iter().map(|p| p.detail).collect();
            list(&app, &posted.who, name, Some(said.join(" ")), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /drafts/{id}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ReadPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    render(&app, &who, parse(&id)?, Shown::default(), StatusCode::OK).await
}

/// What a page of a draft shows besides the draft.
#[derive(Debug, Default)]
struct Shown {
    cases: Option<Cases>,
    notice: Option<Notice>,
}

async fn render(
    app: &App,
    who: &SignedIn,
    id: DraftId,
    shown: Shown,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let draft = flow::draft(&app.db, id).await?;
    let base = releases::release(&app.db, draft.base).await?.ok_or_else(ApiError::not_found)?;
    let compared = flow::compare_draft(app, id, Some(draft.base)).await?;
    let paths: Vec<String> = drafts::file_digests(&app.db, id).await?.into_keys().collect();
    let edits = drafts::edits(&app.db, id).await?;
    let names = accounts::names(&app.db).await?;
    let mut shell = shell(app, who, Here::Policies);
    shell.notice = shown.notice;
    let stale = app.live.get().release.id != draft.base;
    Ok(page(status, &DraftPage::of(shell, &draft, &base.number, stale, &paths, &compared, &edits, &names, shown.cases)))
}

/// `POST /drafts/{id}/cases`: runs every case of the draft.
pub(super) async fn cases(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let cases = Some(Cases::of(&id.to_string(), flow::test_draft(&app, id).await?));
    render(&app, &posted.who, id, Shown { cases, notice: None }, StatusCode::OK).await
}

/// `POST /drafts/{id}/discard`.
pub(super) async fn discard(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let version = posted.fields.first("version").parse().unwrap_or_default();
    match flow::discard_draft(&app, &posted.who.scope, id, version).await {
        Ok(()) => Ok(see_other("/drafts")),
        Err(Error::Conflict { detail, .. }) => {
            let notice = Some(Notice { tone: "warn", text: detail });
            render(&app, &posted.who, id, Shown { cases: None, notice }, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /drafts/{id}/rebase`: brings it up to the live release.
pub(super) async fn rebase(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let version = posted.fields.first("version").parse().unwrap_or_default();
    let keep_mine = posted.fields.first("keep_mine") == "yes";
    let (tone, text, status) = match flow::rebase_draft(&app, &posted.who.scope, id, version, keep_mine).await {
        Ok(done) => {
            let text = format!("The draft is up to date: {} files came in from the live release.", done.taken.len());
            ("good", text, StatusCode::OK)
        }
        Err(Error::Conflict { detail, .. }) => ("warn", detail, StatusCode::CONFLICT),
        Err(other) => return Err(other.into()),
    };
    render(&app, &posted.who, id, Shown { cases: None, notice: Some(Notice { tone, text }) }, status).await
}

pub(super) fn parse(id: &str) -> Result<DraftId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found())
}
