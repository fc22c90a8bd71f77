//! Certificates of advertisers: the list, one with its decision, and taking a decision back.
//!
//! Routed by `console`; its tasks are claimed as any other. A refusal keeps what was typed.

use super::{
    certificates_page::{CertificatePage, CertificatesPage, Said},
    page::{Here, Notice, page},
    queues::{go_to_next, shell},
    see_other,
};
use crate::{
    domain::{CertificateId, TaskId},
    flows::{App, Error, certificates as flow, sign_in::SignedIn},
    store::views::console::certificates::{list, view},
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
use uuid::Uuid;

/// `GET /certificates`.
pub(super) async fn index(app: Data<App>, who: May<perm::ReadAds>) -> Result<HttpResponse, ApiError> {
    let all = list(&app.db, &who.scope).await?;
    Ok(page(StatusCode::OK, &CertificatesPage::of(shell(&app, &who, Here::Certificates), &all)))
}

/// `GET /certificates/{id}`.
pub(super) async fn show(app: Data<App>, who: May<perm::ReadAds>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    render(&app, &who, parse(&id)?, Said::default(), StatusCode::OK).await
}

async fn render(
    app: &App,
    who: &SignedIn,
    id: CertificateId,
    said: Said,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let view = view(&app.db, &who.scope, id).await?.ok_or_else(ApiError::not_found)?;
    let mut shell = shell(app, who, Here::Certificates);
    shell.notice = said.error.clone().map(|text| Notice { tone: "bad", text });
    Ok(page(status, &CertificatePage::of(shell, &view, who.user, said)))
}

/// `POST /certificates/{id}/judge`: approves or refuses, and leads to the next task.
pub(super) async fn judge(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (id, fields) = (parse(&id)?, &posted.fields);
    let task: TaskId = fields.first("task").parse().map_err(|_| ApiError::not_found())?;
    let token = Uuid::parse_str(fields.first("token")).unwrap_or_default();
    let approve = fields.first("outcome") == "approve";
    let reason = fields.first("reason").replace("\r\n", "\n");
    match flow::judge(&app, &posted.who.scope, task, token, approve, &reason).await {
        Ok(_) if fields.first("then") == "next" => go_to_next(&app, &posted.who.scope, "").await,
        Ok(_) => Ok(see_other(&format!("/certificates/{id}"))),
        Err(error) => {
            let (status, text) = advice(error)?;
            render(&app, &posted.who, id, Said { reason, error: Some(text) }, status).await
        }
    }
}

/// `POST /certificates/{id}/undo`: takes one's own answer back before it takes effect.
pub(super) async fn undo(
    app: Data<App>,
    posted: Posted<perm::Judge>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    match flow::undo(&app, &posted.who.scope, id).await {
        Ok(_) => Ok(see_other(&format!("/certificates/{id}"))),
        Err(error) => {
            let (status, text) = advice(error)?;
            render(&app, &posted.who, id, Said { reason: String::new(), error: Some(text) }, status).await
        }
    }
}

/// What a refusal tells the person; failures of ours stay errors.
fn advice(error: Error) -> Result<(StatusCode, String), ApiError> {
    match error {
        Error::Invalid(problems) => {
            let said: Vec<String> = problems.into_iter().map(|p| p.detail).collect();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, said.join(" ")))
        }
        Error::Conflict { detail, .. } => Ok((StatusCode::CONFLICT, detail)),
        other => Err(other.into()),
    }
}

fn parse(id: &str) -> Result<CertificateId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found())
}
