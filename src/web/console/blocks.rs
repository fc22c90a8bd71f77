//! Blocks: a lead blocks a domain, an image or a phrase at once; a second person confirms it, or it lapses.
//!
//! Routed by `console`. It must never block on a GET, nor let one person both block and confirm.

use super::{
    blocks_page::{BlocksPage, Typed},
    page::{Here, Notice, page},
    queues::shell,
    see_other,
};
use crate::{
    domain::{BlockId, draft::SweepFilter},
    flows::{App, Error, break_glass as flow, sign_in::SignedIn},
    store::{accounts, blocks, sweeps},
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

/// `GET /blocks`.
pub(super) async fn index(app: Data<App>, who: May<perm::ReadPolicies>) -> Result<HttpResponse, ApiError> {
    list(&app, &who, Typed::default(), None, StatusCode::OK).await
}

async fn list(
    app: &App,
    who: &SignedIn,
    typed: Typed,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let mut rows = vec![];
    for block in blocks::blocks(&app.db).await? {
        let caused = sweeps::caused_rejections(&app.db, block.sweep).await?;
        rows.push((block, caused));
    }
    let names = accounts::names(&app.db).await?;
    let mut shell = shell(app, who, Here::Releases);
    shell.notice = notice;
    Ok(page(status, &BlocksPage::of(shell, who.scope.actor.id(), &rows, &names, typed)))
}

/// `POST /blocks`.
pub(super) async fn block(app: Data<App>, posted: Posted<perm::BreakGlass>) -> Result<HttpResponse, ApiError> {
    let field = |name: &str| posted.fields.first(name).trim().to_owned();
    let typed = Typed { kind: field("kind"), value: field("value"), reason: field("reason") };
    let what = match (typed.kind.as_str(), typed.value.parse()) {
        ("domain", _) => Some(SweepFilter::Domain(typed.value.to_lowercase())),
        ("image", Ok(digest)) => Some(SweepFilter::Image(digest)),
        ("phrase", _) => Some(SweepFilter::Phrase(typed.value.clone())),
        _ => None,
    };
    let Some(what) = what else {
        let text = "Give an image's digest: sha256: and 64 hexadecimal digits, as its ad's page shows it.".to_owned();
        let notice = Some(Notice { tone: "bad", text });
        return list(&app, &posted.who, typed, notice, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    match flow::break_glass(&app, &posted.who.scope, what, &typed.reason).await {
        Ok(_) => Ok(see_other("/blocks")),
        Err(error) => refused(&app, &posted.who, typed, error).await,
    }
}

/// `POST /blocks/{id}/confirm`.
pub(super) async fn confirm(
    app: Data<App>,
    posted: Posted<perm::ReadPolicies>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    match flow::confirm_block(&app, &posted.who.scope, parse(&id)?).await {
        Ok(()) => Ok(see_other("/blocks")),
        Err(error) => refused(&app, &posted.who, Typed::default(), error).await,
    }
}

/// `POST /blocks/{id}/lift`.
pub(super) async fn lift(
    app: Data<App>,
    posted: Posted<perm::BreakGlass>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    match flow::lift_block(&app, &posted.who.scope, parse(&id)?).await {
        Ok(()) => Ok(see_other("/blocks")),
        Err(error) => refused(&app, &posted.who, Typed::default(), error).await,
    }
}

async fn refused(app: &App, who: &SignedIn, typed: Typed, error: Error) -> Result<HttpResponse, ApiError> {
    let (tone, text, status) = match error {
        Error::Conflict { detail, .. } => ("warn", detail, StatusCode::CONFLICT),
        Error::Forbidden(why) => ("warn", why.to_owned(), StatusCode::FORBIDDEN),
        Error::Invalid(problems) => {
            let all: Vec<String> = problems.into_iter().map(|p| p.detail).collect();
            ("bad", all.join(" "), StatusCode::UNPROCESSABLE_ENTITY)
        }
        other => return Err(other.into()),
    };
    list(app, who, typed, Some(Notice { tone, text }), status).await
}

fn parse(id: &str) -> Result<BlockId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found())
}
