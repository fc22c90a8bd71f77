//! A draft's way to a release: what it changes, its check and cases, its model, publishing now or at a set time.
//!
//! Routed by `console`. Publishing says what it does to the ads that live before it does it; it must never happen on a
//! GET, nor on another version than the one that was looked at.

use super::{
    page::{Here, Notice, page},
    queues::shell,
    release_path_page::{PathPage, Seen},
    see_other,
};
use crate::{
    domain::{
        DraftId, Millis,
        draft::{PublishPlan, Reach, SweepPlan},
    },
    flows::{App, Error, beside, drafts, publish as flow, sign_in::SignedIn},
    store::{accounts, backtests, drafts as stored, releases, shadows},
    web::{
        auth::perm,
        error::ApiError,
        session::{Fields, May, Posted},
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};

/// `GET /drafts/{id}/release`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ReadPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    render(&app, &who, parse(&id)?, None, StatusCode::OK).await
}

async fn render(
    app: &App,
    who: &SignedIn,
    id: DraftId,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let draft = drafts::draft(&app.db, id).await?;
    let compared = drafts::compare_draft(app, id, None).await?;
    let seen = Seen {
        test: drafts::last_test(&app.db, &draft).await?,
        author: stored::is_author(&app.db, id, who.scope.actor.id()).await?,
        models: releases::models(&app.db).await?.into_iter().map(|m| (m.id, m.state)).collect(),
        names: accounts::names(&app.db).await?,
        counts: match draft.release {
            Some(release) => shadows::counts(&app.db, release).await?,
            None => Default::default(),
        },
        samples: match draft.release {
            Some(release) => shadows::samples(&app.db, release).await?,
            None => Default::default(),
        },
        backtests: backtests::of_draft(&app.db, id).await?,
        behind: draft.base != compared.against,
    };
    let mut shell = shell(app, who, Here::Releases);
    shell.notice = notice;
    Ok(page(status, &PathPage::of(shell, &draft, &compared, &seen)))
}

/// `POST /drafts/{id}/test`: runs the cases, and keeps how they came out.
pub(super) async fn test(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let done = drafts::test_draft(&app, id).await.map(drop);
    after(&app, &posted.who, id, done).await
}

/// `POST /drafts/{id}/model`: chooses the model that the draft runs with.
pub(super) async fn model(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let model = match posted.fields.first("model") {
        "" => None,
        named => Some(named.parse().map_err(|_| ApiError::not_found())?),
    };
    let done = drafts::set_draft_model(&app, &posted.who.scope, id, version(&posted.fields), model).await;
    after(&app, &posted.who, id, done.map(drop)).await
}

/// `POST /drafts/{id}/publish`.
pub(super) async fn publish(
    app: Data<App>,
    posted: Posted<perm::Publish>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let plan = match plan(&posted.fields) {
        Ok(plan) => plan,
        Err(text) => {
            let notice = Some(Notice { tone: "bad", text });
            return render(&app, &posted.who, id, notice, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    match flow::publish_draft(&app, &posted.who.scope, id, version(&posted.fields), plan).await {
        Ok(flow::Published::Live { release, .. }) => Ok(see_other(&format!("/releases/{release}"))),
        other => after(&app, &posted.who, id, other.map(drop)).await,
    }
}

/// `POST /drafts/{id}/call-off`: it does not go live at the set time.
pub(super) async fn call_off(
    app: Data<App>,
    posted: Posted<perm::Publish>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let done = flow::call_off(&app, &posted.who.scope, id, version(&posted.fields)).await;
    after(&app, &posted.who, id, done).await
}

/// `POST /drafts/{id}/shadow`.
pub(super) async fn shadow(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let done = beside::start_shadow(&app, &posted.who.scope, id, version(&posted.fields)).await;
    after(&app, &posted.who, id, done).await
}

/// `POST /drafts/{id}/canary`.
pub(super) async fn canary(
    app: Data<App>,
    posted: Posted<perm::Publish>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let percent: f64 = posted.fields.first("percent").trim().parse().unwrap_or_default();
    let scope = &posted.who.scope;
    let done = beside::start_canary(&app, scope, id, version(&posted.fields), percent / 100.0).await;
    after(&app, &posted.who, id, done).await
}

/// `POST /drafts/{id}/stop`: neither a shadow nor a canary any more.
pub(super) async fn stop(
    app: Data<App>,
    posted: Posted<perm::EditPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let done = beside::stop_beside(&app, &posted.who.scope, id, version(&posted.fields)).await;
    after(&app, &posted.who, id, done).await
}

/// Back to the draft's page; with the reason when it was refused.
pub(super) async fn after(
    app: &App,
    who: &SignedIn,
    id: DraftId,
    done: Result<(), Error>,
) -> Result<HttpResponse, ApiError> {
    let (tone, text, status) = match done {
        Ok(()) => return Ok(see_other(&format!("/drafts/{id}/release"))),
        Err(Error::Conflict { detail, .. }) => ("warn", detail, StatusCode::CONFLICT),
        Err(Error::Forbidden(why)) => ("warn", why.to_owned(), StatusCode::FORBIDDEN),
        Err(Error::Invalid(problems)) => {
            let all: Vec<String> = problems.into_iter().map(|p| p.detail).collect();
            ("bad", all.join(" "), StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(other) => return Err(other.into()),
    };
    render(app, who, id, Some(Notice { tone, text }), status).await
}

/// How the form says that the draft goes live, or what is wrong with that.
fn plan(fields: &Fields) -> Result<PublishPlan, String> {
    let effective_at = match fields.first("at").trim() {
        "" => None,
        // A browser's field holds minutes without a zone; the page says that it is UTC.
        at => {
            let full = if at.len() == 16 { format!("{at}:00Z") } else { at.to_owned() };
            Some(full.parse::<Millis>().map_err(|_| format!("{at} is not a time such as 2026-01-31T12:00."))?)
        }
    };
    Ok(PublishPlan { sweep: sweep_plan(fields)?, effective_at, despite_cases: fields.first("despite_cases") == "yes" })
}

/// The sweep that a form asks for, or what is wrong with it.
pub(super) fn sweep_plan(fields: &Fields) -> Result<Option<SweepPlan>, String> {
    let reach = fields.first("reach");
    let reach: Reach = if reach.is_empty() { Reach::NewAds } else { reach.parse().map_err(|_| bad("reach"))? };
    if reach == Reach::NewAds {
        return Ok(None);
    }
    let cap = |name: &str| match fields.first(name).trim() {
        "" => Ok(None),
        number => number.parse::<u32>().map(Some).map_err(|_| bad(name)),
    };
    let order = fields.first("order").parse().map_err(|_| bad("order"))?;
    Ok(Some(SweepPlan { order, tasks_a_day: cap("tasks_a_day")?, rejections_a_day: cap("rejections_a_day")? }))
}

fn bad(field: &str) -> String {
    format!("The field {} cannot be read; give a whole number or choose from the list.", field.replace('_', " "))
}

fn version(fields: &Fields) -> i64 {
    fields.first("version").parse().unwrap_or_default()
}

pub(super) fn parse(id: &str) -> Result<DraftId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found())
}
