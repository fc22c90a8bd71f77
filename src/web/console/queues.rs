//! The home page: queues and the person's own last answers; taking the next task; undoing an answer.
//!
//! Routed by `console`. It must never show another person's answers.

use super::{
    page::{Here, Notice, Shell, page},
    queues_page::QueuesPage,
    see_other,
};
use crate::{
    domain::{Millis, QueueId, role::Permission, role::Scope},
    flows::{App, claim, hooks::fan_out::ALARM_MS, sign_in::SignedIn, undo as undo_flow},
    store::{
        breakers,
        deliveries::{self, Unreceived},
        views::console::queues::{OwnJudgement, own, queues},
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

/// Own answers on the home page.
const OWN: u32 = 10;

/// What just happened, as the address says it.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    notice: String,
}

/// `GET /`. People without tasks see the depths; those who may not even read ads have other pages.
pub(super) async fn home(app: Data<App>, who: May<perm::ReadAds>, told: Query<Told>) -> Result<HttpResponse, ApiError> {
    let now = app.clock.now();
    let own = own_answers(&app, &who).await?;
    let rows = queues(&app.db, &who.scope, now).await?;
    let open = breakers::open(&app.db).await?;
    let mut shell = shell(&app, &who, Here::Queues).with_undo(&own);
    shell.notice = notice(&told.notice);
    let late = if who.scope.permits(Permission::ManageHooks) {
        deliveries::unreceived_takedowns(&app.db, &who.scope, now.plus(-ALARM_MS)).await?
    } else {
        Unreceived::default()
    };
    Ok(page(StatusCode::OK, &QueuesPage::of(shell, &rows, &own, &open).with_takedowns(late)))
}

fn notice(code: &str) -> Option<Notice> {
    let (tone, text) = match code {
        "empty" => {
            ("good", "Nothing waits for you there. What is left is being answered, or you answered or skipped it.")
        }
        "gone" => ("warn", "Somebody else was faster and has that task. Take the next one."),
        "left" => ("", "You left the task. It is back in its queue; what you typed is kept for you."),
        _ => return None,
    };
    Some(Notice { tone, text: text.to_owned() })
}

/// `POST /tasks/next`: takes the next task of a queue, or of all.
pub(super) async fn take_next(app: Data<App>, posted: Posted<perm::Judge>) -> Result<HttpResponse, ApiError> {
    go_to_next(&app, &posted.who.scope, posted.fields.first("queue")).await
}

/// Claims the next task and leads to it. `queue` is carried along, so that a person stays in the queue they chose.
pub(super) async fn go_to_next(app: &App, scope: &Scope, queue: &str) -> Result<HttpResponse, ApiError> {
    let chosen: Option<QueueId> = queue.parse().ok();
    let Some(claimed) = claim::claim_next(app, scope, chosen).await? else { return Ok(see_other("/?notice=empty")) };
    Ok(match chosen {
        Some(queue) => see_other(&format!("/tasks/{}?queue={queue}", claimed.task)),
        None => see_other(&format!("/tasks/{}", claimed.task)),
    })
}

/// `POST /judgements/{id}/undo`: takes back an answer and leads to its task, which is the person's again.
pub(super) async fn undo(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = id.parse().map_err(|_| ApiError::not_found())?;
    let claimed = undo_flow::undo(&app, &posted.who.scope, id).await?;
    Ok(see_other(&format!("/tasks/{}", claimed.task)))
}

/// The person's own last answers; none for those who do not answer.
pub(super) async fn own_answers(app: &App, who: &SignedIn) -> Result<Vec<OwnJudgement>, ApiError> {
    if !who.scope.permits(Permission::Judge) {
        return Ok(vec![]);
    }
    Ok(own(&app.db, who.user, app.settings.grace_ms, OWN).await?)
}

/// The frame of a page for the person, without an undo bar.
pub(super) fn shell(app: &App, who: &SignedIn, here: Here) -> Shell {
    let now: Millis = app.clock.now();
    Shell::of(&who.scope, &who.name, &who.csrf, now, here)
}
