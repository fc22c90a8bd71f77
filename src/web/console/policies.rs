//! Policies and lists of the live release, to read: what they say, what uses them, and how they did.
//!
//! Routed by `console`. It must never show a draft: those have pages of their own.

use super::{
    days::{Asked, Days},
    lists_page::{ListPage, ListsPage},
    page::{Here, page},
    policies_page::PoliciesPage,
    policy_page::PolicyPage,
    queues::shell,
    registry_page::RegistryPage,
};
use crate::{
    domain::PolicyCode,
    flows::App,
    screening::policy::{Pack, uses::uses},
    store::{
        drafts,
        views::console::{
            list_hits::list_hits,
            usage::{daily, usage},
        },
    },
    web::{auth::perm, error::ApiError, session::May},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path, Query},
};
use serde::Deserialize;

/// `GET /policies`.
pub(super) async fn index(
    app: Data<App>,
    who: May<perm::ReadPolicies>,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let live = app.live.get();
    let days = Days::of(&asked, app.clock.now());
    let counted = usage(&app.db, &who.scope, days.range).await?;
    Ok(page(StatusCode::OK, &PoliciesPage::of(shell(&app, &who, Here::Policies), &live.release, days, &counted)))
}

/// `GET /policies/{code}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ReadPolicies>,
    code: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let live = app.live.get();
    let code: PolicyCode = code.parse().map_err(|_| ApiError::not_found())?;
    if live.release.bundle.policy(&code).is_none() {
        return Err(ApiError::not_found());
    }
    let days = Days::of(&asked, app.clock.now());
    let counted = usage(&app.db, &who.scope, days.range).await?;
    let by_day = daily(&app.db, &who.scope, &code, days.range).await?;
    let cases = drafts::release_file(&app.db, live.release.id, &format!("{code}/cases.toml")).await?;
    let cases = Pack::cases(&code, &cases.unwrap_or_default());
    let shell = shell(&app, &who, Here::Policies);
    let shown = PolicyPage::of(shell, &live.release, &code, days, &counted, &by_day, &cases);
    Ok(page(StatusCode::OK, &shown.ok_or_else(ApiError::not_found)?))
}

/// `GET /lists`.
pub(super) async fn lists(app: Data<App>, who: May<perm::ReadPolicies>) -> Result<HttpResponse, ApiError> {
    let live = app.live.get();
    Ok(page(StatusCode::OK, &ListsPage::of(shell(&app, &who, Here::Policies), &live.release)))
}

/// What of a list is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    after: usize,
}

/// `GET /lists/{name}`.
pub(super) async fn list(
    app: Data<App>,
    who: May<perm::ReadPolicies>,
    name: Path<String>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, ApiError> {
    let live = app.live.get();
    let users = uses(&live.release.bundle).lists.remove(name.as_str()).unwrap_or_default();
    let days = Days::of(&Asked::default(), app.clock.now());
    let hits = list_hits(&app.db, &who.scope, &name, &users, days.range).await?;
    let shell = shell(&app, &who, Here::Policies);
    let shown = ListPage::of(shell, &live.release, &name, (&wanted.q, wanted.after), &users, &hits);
    Ok(page(StatusCode::OK, &shown.ok_or_else(ApiError::not_found)?))
}

/// `GET /registry`: every field and function that a rule may use.
pub(super) async fn registry(app: Data<App>, who: May<perm::ReadPolicies>) -> Result<HttpResponse, ApiError> {
    let live = app.live.get();
    Ok(page(StatusCode::OK, &RegistryPage::of(shell(&app, &who, Here::Policies), &live.release)))
}
