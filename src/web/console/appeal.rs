//! Appeals outside the task page: the public page behind a signed link, what appellants added, and a lead's correction.
//!
//! Routed by `console`. The link is the public page's authority: no session is read and no cookie set there, so that
//! another site gains nothing by sending its form. It must never show a score, a name of ours, or what a policy's
//! disclosure withholds.

use super::{
    appeal_page::{PublicPage, Said},
    page::page,
    see_other,
};
use crate::{
    domain::{AdId, AppealId, DecisionId, appeal::Appellant, audit::Actor, role::Scope},
    flows::{App, Error, appeal as flow, appeal::Link},
    intake,
    store::{appeals, views::console::appeals::public},
    web::{
        BODY_PATIENCE,
        auth::perm,
        error::{ApiError, Kind},
        session::{May, Posted},
    },
};
use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    web::{Data, Path},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

/// Most bytes of a form that is too large which are still read, so that a browser sees the refusal.
const DISCARDED: usize = 64 * 1024 * 1024;

/// `GET /appeal/{token}`.
pub(super) async fn show(app: Data<App>, token: Path<String>) -> Result<HttpResponse, ApiError> {
    match flow::read_link(&app, &token).await? {
        Link::Holds(decision) => render(&app, &token, decision, Said::default(), StatusCode::OK).await,
        Link::Ended(at) => Ok(page(StatusCode::GONE, &PublicPage::ended(&app, at))),
    }
}

async fn render(
    app: &App,
    token: &str,
    decision: DecisionId,
    said: Said,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let view = public(&app.db, decision).await?.ok_or_else(ApiError::not_found)?;
    Ok(page(status, &PublicPage::of(app, token, &view, said)))
}

/// What the form sends.
#[derive(Debug, Default)]
struct Sent {
    statement: String,
    files: Vec<(String, Bytes)>,
    too_large: bool,
}

/// `POST /appeal/{token}`: opens an appeal, and shows the page again.
pub(super) async fn send(
    app: Data<App>,
    request: HttpRequest,
    token: Path<String>,
    form: Multipart,
) -> Result<HttpResponse, ApiError> {
    let decision = holds(&app, &request, &token).await?;
    let sent = tokio::time::timeout(BODY_PATIENCE, read(form)).await;
    let sent = sent.map_err(|_| ApiError::new(Kind::BAD_REQUEST, "The form did not arrive in 60 seconds."))??;
    let statement = sent.statement.clone();
    let refused = |error: String| Said { statement: statement.clone(), error: Some(error) };
    if sent.too_large {
        let most = intake::FILES_BYTES / (1024 * 1024);
        let said = refused(format!("The files are too large: at most {most} MiB together. Choose them again."));
        return render(&app, &token, decision, said, StatusCode::PAYLOAD_TOO_LARGE).await;
    }
    // Images are decoded to know what they are; that takes time, and may not stop others.
    let checked = tokio::task::spawn_blocking(move || intake::check_appeal(&sent.statement, decision, sent.files));
    let new = match checked.await.map_err(ApiError::internal)? {
        Ok(new) => new,
        Err(refusal) => {
            let said = refused(intake::in_words(&refusal.problems));
            return render(&app, &token, decision, said, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let view = public(&app.db, decision).await?.ok_or_else(ApiError::not_found)?;
    match flow::open(&app, &appellant(), Appellant::Advertiser, view.ad, &new).await {
        Ok(_) => Ok(see_other(&format!("/appeal/{token}"))),
        Err(Error::Conflict { detail, .. }) => {
            render(&app, &token, decision, refused(detail), StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /appeal/{token}/withdraw`: takes the open appeal back.
pub(super) async fn withdraw(
    app: Data<App>,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let decision = holds(&app, &request, &token).await?;
    let view = public(&app.db, decision).await?.ok_or_else(ApiError::not_found)?;
    let open = view.appeals.iter().find(|a| a.state == crate::domain::appeal::AppealState::Open);
    if let Some(open) = open {
        match flow::withdraw(&app, &appellant(), view.ad, open.id, Some(decision)).await {
            Ok(_) | Err(Error::Conflict { .. } | Error::Forbidden(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(see_other(&format!("/appeal/{token}")))
}

/// Whoever holds a link acts for nobody whom we know.
fn appellant() -> Scope {
    Scope::system(Actor::System("appeal link".into()))
}

/// The decision of a link that holds, within what may be sent in a minute.
async fn holds(app: &App, request: &HttpRequest, token: &str) -> Result<DecisionId, ApiError> {
    let Link::Holds(decision) = flow::read_link(app, token).await? else { return Err(ApiError::not_found()) };
    let client = request.peer_addr().map(|a| a.ip().to_string()).unwrap_or_default();
    flow::admit(app, &client, decision).map_err(|error| match error {
        Error::Busy { retry_after_s } => ApiError::busy(Kind::TOO_MANY_REQUESTS, retry_after_s),
        other => other.into(),
    })?;
    Ok(decision)
}

/// Reads the form, never keeping more than it may hold.
async fn read(mut form: Multipart) -> Result<Sent, ApiError> {
    let broken = |_| ApiError::new(Kind::BAD_REQUEST, "The form did not arrive whole. Send it again.");
    let most = intake::FILES_BYTES + intake::FILES_BYTES / 4;
    let (mut sent, mut seen, mut parts) = (Sent::default(), 0usize, 0usize);
    while let Some(field) = form.next().await {
        let mut field = field.map_err(broken)?;
        parts += 1;
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.content_disposition().and_then(|d| d.get_filename()).unwrap_or_default().to_owned();
        let mut kept = BytesMut::new();
        while let Some(chunk) = field.next().await {
            let chunk = chunk.map_err(broken)?;
            seen += chunk.len();
            if seen > most + DISCARDED {
                return Err(ApiError::new(Kind::TOO_LARGE, "The form is too large."));
            }
            if seen <= most {
                kept.extend_from_slice(&chunk);
            }
        }
        match name.as_str() {
            "statement" => {
                let text = String::from_utf8(kept.to_vec());
                sent.statement = text.map_err(|_| ApiError::new(Kind::BAD_REQUEST, "Send the form as UTF-8."))?;
            }
            // An untouched file field sends an empty part without a name.
            "files" if file.is_empty() && kept.is_empty() => {}
            "files" if parts <= 4 * intake::FILES => sent.files.push((file, kept.freeze())),
            _ => {}
        }
    }
    sent.too_large = seen > most;
    Ok(sent)
}

/// `GET /appeals/{id}/files/{place}`: what an appellant added. Only images are shown in place.
pub(super) async fn file(
    app: Data<App>,
    who: May<perm::Judge>,
    path: Path<(String, i32)>,
) -> Result<HttpResponse, ApiError> {
    let (id, place) = path.into_inner();
    let id: AppealId = id.parse().map_err(|_| ApiError::not_found())?;
    let about = appeals::attachment(&app.db, &who.scope, id, place).await?.ok_or_else(ApiError::not_found)?;
    let bytes = app.blobs.get(about.digest).await.map_err(ApiError::internal)?;
    let image = matches!(about.media_type.as_str(), "image/png" | "image/jpeg");
    let (kind, ending) = match about.media_type.as_str() {
        "image/png" => ("image/png", "png"),
        "image/jpeg" => ("image/jpeg", "jpg"),
        "application/pdf" => ("application/pdf", "pdf"),
        _ => ("text/plain; charset=utf-8", "txt"),
    };
    let shown = if image { "inline" } else { "attachment" };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        // The name that somebody sent stays on the page; a header and a disk get one of ours.
        .insert_header((CONTENT_DISPOSITION, format!("{shown}; filename=\"appeal-{place}.{ending}\"")))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(bytes))
}

/// `POST /ads/{id}/correct`: a lead has a decision looked at again, with a reason.
pub(super) async fn correct(
    app: Data<App>,
    posted: Posted<perm::Override>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id: AdId = id.parse().map_err(|_| ApiError::not_found())?;
    let new = match intake::check_statement(posted.fields.first("reason")) {
        Ok(new) => new,
        Err(refusal) => {
            let said = intake::in_words(&refusal.problems);
            return super::ads::refused(&app, &posted.who, id, &said, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    match flow::open(&app, &posted.who.scope, Appellant::Staff, id, &new).await {
        Ok(_) => Ok(see_other(&format!("/ads/{id}#appeals-title"))),
        Err(Error::Conflict { detail, .. }) => {
            super::ads::refused(&app, &posted.who, id, &detail, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /ads/{id}/appeals/{appeal}/withdraw`: a lead takes a correction back.
pub(super) async fn take_back(
    app: Data<App>,
    posted: Posted<perm::Override>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (ad, appeal) = path.into_inner();
    let ad: AdId = ad.parse().map_err(|_| ApiError::not_found())?;
    let appeal: AppealId = appeal.parse().map_err(|_| ApiError::not_found())?;
    match flow::withdraw(&app, &posted.who.scope, ad, appeal, None).await {
        Ok(_) => Ok(see_other(&format!("/ads/{ad}#appeals-title"))),
        Err(Error::Conflict { detail, .. }) => {
            super::ads::refused(&app, &posted.who, ad, &detail, StatusCode::CONFLICT).await
        }
        Err(other) => Err(other.into()),
    }
}
