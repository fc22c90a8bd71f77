//! Hooks: where events are sent, what was not received, and sending it again.
//!
//! Routed by `console`. It must never show a key, nor send anything itself.

use super::{
    hooks_page::{HookPage, HooksPage},
    page::{Here, Notice, page},
    queues::shell,
    see_other,
};
use crate::{
    domain::{DeliveryId, Millis, WebhookId},
    flows::{
        App, Error,
        hooks::{
            endpoints::{self, Change},
            fan_out::ALARM_MS,
            replay::{self, Replay},
        },
        sign_in::SignedIn,
    },
    store::{
        deliveries::{self, DeliveryFilter},
        views::console::hooks::{list, view},
    },
    web::{
        auth::perm,
        error::ApiError,
        session::{May, Posted},
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path, Query},
};
use serde::Deserialize;

/// Deliveries on one page.
const DELIVERIES: usize = 50;

/// `GET /hooks`.
pub(super) async fn index(app: Data<App>, who: May<perm::ManageHooks>) -> Result<HttpResponse, ApiError> {
    let all = list(&app.db, &who.scope).await?;
    let late = deliveries::unreceived_takedowns(&app.db, &who.scope, app.clock.now().plus(-ALARM_MS)).await?;
    Ok(page(StatusCode::OK, &HooksPage::of(shell(&app, &who, Here::Hooks), &all, late)))
}

/// Which deliveries are shown, and what just happened.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    state: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    notice: String,
}

/// `GET /hooks/{id}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ManageHooks>,
    id: Path<String>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, ApiError> {
    render(&app, &who, parse(&id)?, &wanted, notice(&wanted.notice), StatusCode::OK).await
}

fn notice(code: &str) -> Option<Notice> {
    let text = match code {
        "enabled" => "It is enabled: what waited is sent now.",
        "disabled" => "It is disabled: nothing is sent until it is enabled again.",
        "queued" => "It is on its way.",
        "nothing" => "Nothing failed in that time.",
        _ => return None,
    };
    Some(Notice { tone: "good", text: text.to_owned() })
}

async fn render(
    app: &App,
    who: &SignedIn,
    id: WebhookId,
    wanted: &Wanted,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let filter = DeliveryFilter { state: wanted.state.parse().ok(), before: wanted.before.parse().ok() };
    let found = view(&app.db, &who.scope, id, filter, DELIVERIES as u32 + 1).await?;
    let mut found = found.ok_or_else(ApiError::not_found)?;
    let more = found.deliveries.len() > DELIVERIES;
    found.deliveries.truncate(DELIVERIES);
    let mut shell = shell(app, who, Here::Hooks);
    shell.notice = notice;
    Ok(page(status, &HookPage::of(shell, &found, filter.state, more)))
}

/// `POST /hooks/{id}/enable`.
pub(super) async fn enable(
    app: Data<App>,
    posted: Posted<perm::ManageHooks>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    endpoints::change(&app, &posted.who.scope, id, Change::Enable).await?;
    Ok(see_other(&format!("/hooks/{id}?notice=enabled")))
}

/// `POST /hooks/{id}/disable`.
pub(super) async fn disable(
    app: Data<App>,
    posted: Posted<perm::ManageHooks>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    endpoints::change(&app, &posted.who.scope, id, Change::Disable).await?;
    Ok(see_other(&format!("/hooks/{id}?notice=disabled")))
}

/// `POST /hooks/{id}/test`.
pub(super) async fn test(
    app: Data<App>,
    posted: Posted<perm::ManageHooks>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    queue(&app, &posted.who, parse(&id)?, Replay::Test).await
}

/// `POST /hooks/{id}/replay`: everything of the last hours that was not received.
pub(super) async fn replay_failed(
    app: Data<App>,
    posted: Posted<perm::ManageHooks>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let since = match posted.fields.first("hours").parse::<u32>() {
        Ok(hours) => app.clock.now().plus(-i64::from(hours) * Millis::HOUR),
        Err(_) => Millis(0),
    };
    queue(&app, &posted.who, parse(&id)?, Replay::FailedSince(since)).await
}

/// `POST /hooks/{id}/deliveries/{delivery}/replay`.
pub(super) async fn replay_one(
    app: Data<App>,
    posted: Posted<perm::ManageHooks>,
    place: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let delivery: DeliveryId = place.1.parse().map_err(|_| ApiError::not_found())?;
    queue(&app, &posted.who, parse(&place.0)?, Replay::One(delivery)).await
}

async fn queue(app: &App, who: &SignedIn, id: WebhookId, what: Replay) -> Result<HttpResponse, ApiError> {
    match replay::replay(app, &who.scope, id, what).await {
        Ok(0) => Ok(see_other(&format!("/hooks/{id}?notice=nothing"))),
        Ok(_) => Ok(see_other(&format!("/hooks/{id}?notice=queued"))),
        Err(Error::Conflict { detail, .. }) => {
            let notice = Some(Notice { tone: "warn", text: detail });
            render(app, who, id, &Wanted::default(), notice, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

fn parse(id: &str) -> Result<WebhookId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found())
}
