//! A task: its page, the answer, what the release makes of it, and the lease.
//!
//! Routed by `console`. What was typed must never be lost: every refusal shows the form again as it was sent.

use super::{
    appeal_page::AppealCard,
    page::{Here, page},
    queues::{go_to_next, own_answers, shell},
    see_other,
    task_page::{self, Made, Said},
    typed::Typed,
};
use crate::{
    domain::{
        Finding, PolicyCode, TaskId,
        review::{Judgement, JudgementOutcome},
    },
    flows::{App, Error, claim, judge, live::Live, sign_in::SignedIn, steps::work, why},
    review::{lease::hides_findings, outcome},
    store::{appeals, certificates, judgements, views::console::task},
    web::{
        auth::perm,
        error::ApiError,
        session::{Fields, May, Posted},
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path, Query},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// The queue that the person works through, empty for all.
#[derive(Debug, Deserialize)]
pub(super) struct Working {
    #[serde(default)]
    queue: String,
}

/// `GET /tasks/{id}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::Judge>,
    id: Path<String>,
    working: Query<Working>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    if let Some(about) = certificates::of_task(&app.db, &who.scope, id).await? {
        return Ok(see_other(&format!("/certificates/{}", about.id)));
    }
    let draft = task::draft(&app.db, who.user, id).await?;
    // A draft of an older version may not read back; the page is then empty rather than broken.
    let typed = draft.and_then(|d| serde_json::from_str(&d).ok()).unwrap_or_default();
    render(&app, &who, id, &typed, &working.queue, None, StatusCode::OK).await
}

/// `POST /tasks/{id}/judge`: stores the answer and leads to the next task.
pub(super) async fn answer(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (id, who, fields) = (parse(&id)?, &posted.who, &posted.fields);
    let typed = Typed::of(&fields.0);
    match try_answer(&app, who, id, fields, &typed).await {
        Ok(()) => go_to_next(&app, &who.scope, fields.first("queue")).await,
        Err(error) => {
            let (status, advice) = advice(error)?;
            render(&app, who, id, &typed, fields.first("queue"), Some(advice), status).await
        }
    }
}

async fn try_answer(app: &App, who: &SignedIn, id: TaskId, fields: &Fields, typed: &Typed) -> Result<(), Error> {
    let about = work::load(&app.db, &who.scope, id).await?;
    if hides_findings(about.task.kind) && typed.broken.is_empty() && typed.outcome != Some(JudgementOutcome::Escalate) {
        return Err(Error::invalid("/policy", "nothing_marked", "Mark what is broken; press x if nothing is."));
    }
    let mut judgement = judgement(app, &app.live.get(), typed);
    let made = judge::preview(app, &who.scope, id, &judgement).await?;
    judgement.outcome = typed.outcome.unwrap_or_else(|| made.outcome());
    judge::judge(app, &who.scope, id, token(fields).unwrap_or_default(), judgement).await?;
    Ok(())
}

/// What was typed as a judgement; its outcome is the one asked for, or for now approval.
fn judgement(app: &App, live: &Live, typed: &Typed) -> Judgement {
    typed.judgement(|what| added(app, live, what))
}

/// A finding by a policy's code, or by the name of a rule whose limits it takes.
fn added(app: &App, live: &Live, what: &str) -> Option<Finding> {
    let rule = live.release.bundle.rules.iter().find(|r| r.name == what);
    let code: PolicyCode = rule.map_or_else(|| what.parse().ok(), |r| Some(r.policy.clone()))?;
    let finding = judge::added_finding(app, live, &code, "").ok()?;
    Some(match rule {
        Some(rule) => Finding { effect: rule.effect, constraints: rule.constraints.clone(), ..finding },
        None => finding,
    })
}

/// What a refusal tells the person, with its status; failures of ours stay errors.
fn advice(error: Error) -> Result<(StatusCode, String), ApiError> {
    match error {
        Error::Invalid(problems) => {
            let said: Vec<String> = problems.into_iter().map(|p| p.detail).collect();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, said.join(" ")))
        }
        Error::Conflict { detail, .. } => Ok((StatusCode::CONFLICT, detail)),
        Error::Forbidden(advice) => Ok((StatusCode::FORBIDDEN, advice.to_owned())),
        other => Err(other.into()),
    }
}

async fn render(
    app: &App,
    who: &SignedIn,
    id: TaskId,
    typed: &Typed,
    queue: &str,
    error: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let about = work::load(&app.db, &who.scope, id).await?;
    let view = task::view(&app.db, &who.scope, who.user, id).await?.ok_or_else(ApiError::not_found)?;
    let live = app.live.get();
    let given = judgement(app, &live, typed);
    let made = outcome::preview(&about.shown, &given, &view.content.targeting, about.certificates());
    let made = Made::of(&live.release.bundle.policies, typed, &made);
    let shell = shell(app, who, Here::Queues).with_undo(&own_answers(app, who).await?);
    // A blind task shows no findings, so nothing is explained there.
    let reasons = match about.shown.is_empty() {
        true => Vec::new(),
        false => why::findings(app, &view.screening, &view.content).await?,
    };
    let appeal = match appeals::of_task(&app.db, id).await? {
        Some(appeal) => {
            let contested = judgements::decision(&app.db, appeal.decision).await?;
            Some(AppealCard::of(&appeal, contested.as_ref()))
        }
        None => None,
    };
    let bundle = &live.release.bundle;
    let said = Said { typed, made, error, queue, live: bundle, shown: &about.shown, why: &reasons, appeal };
    Ok(page(status, &task_page::build(shell, &view, said, who.user)))
}

/// `POST /tasks/{id}/preview`: what the release makes of the answers so far, as a fragment of the page.
pub(super) async fn preview(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (id, typed, live) = (parse(&id)?, Typed::of(&posted.fields.0), app.live.get());
    let made = judge::preview(&app, &posted.who.scope, id, &judgement(&app, &live, &typed)).await?;
    Ok(page(StatusCode::OK, &Made::of(&live.release.bundle.policies, &typed, &made).fragment()))
}

/// `POST /tasks/{id}/claim`: takes a task by name, where nobody holds it.
pub(super) async fn take(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let taken = claim::claim(&app, &posted.who.scope, id).await?;
    Ok(see_other(&if taken.is_some() { format!("/tasks/{id}") } else { "/?notice=gone".to_owned() }))
}

/// `POST /tasks/{id}/skip`: somebody else answers it.
pub(super) async fn skip(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (id, scope) = (parse(&id)?, &posted.who.scope);
    match claim::skip(&app, scope, id, token(&posted.fields).unwrap_or_default()).await {
        // A lease that is already lost is as good as skipped.
        Ok(()) | Err(Error::Conflict { .. }) => go_to_next(&app, scope, posted.fields.first("queue")).await,
        Err(other) => Err(other.into()),
    }
}

/// `POST /tasks/{id}/release`: gives it back, and goes to the queues.
pub(super) async fn release(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    if let Some(token) = token(&posted.fields) {
        claim::release(&app, &posted.who.scope, parse(&id)?, token).await?;
    }
    Ok(see_other("/?notice=left"))
}

/// `POST /tasks/{id}/leave`: the page went away. A reload takes the lease up again; a closed tab frees it in seconds.
pub(super) async fn leave(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    if let Some(token) = token(&posted.fields) {
        claim::leave(&app, &posted.who.scope, parse(&id)?, token).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /tasks/{id}/heartbeat`: `{"until": epoch ms}`, or 409 with `{"message"}` once the task is lost.
pub(super) async fn heartbeat(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let token = token(&posted.fields).unwrap_or_default();
    match claim::heartbeat(&app, &posted.who.scope, parse(&id)?, token).await {
        Ok(until) => Ok(HttpResponse::Ok().json(json!({ "until": until.0 }))),
        Err(error) => {
            let (status, message) = advice(error)?;
            Ok(HttpResponse::build(status).json(json!({ "message": message })))
        }
    }
}

/// `POST /tasks/{id}/draft`: keeps what was typed.
pub(super) async fn draft(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let typed = Typed::of(&posted.fields.0);
    let kept = serde_json::to_string(&typed).map_err(|e| ApiError::internal(e.to_string()))?;
    claim::save_draft(&app, &posted.who.scope, parse(&id)?, &kept).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn parse(id: &str) -> Result<TaskId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found())
}

/// The lease's secret; one that does not parse fits no lease.
fn token(fields: &Fields) -> Option<Uuid> {
    Uuid::parse_str(fields.first("token")).ok()
}
