//! Keys of programs: the list with making one, and one with what was asked lately, replacing and revoking.
//!
//! Routed by `console`. A secret stands in the answer to the form that made it, and nowhere else.

use super::{
    keys_page::{KeyPage, KeysPage, Made, TypedKey},
    page::{Here, Notice, page},
    queues::shell,
    see_other,
    text::When,
};
use crate::{
    domain::{KeyId, Millis, SubmitterId, role::Role, submitter::Mode},
    flows::{App, Error, accounts as people, keys as flow, keys::NewKey, sign_in::SignedIn},
    store::{accounts, keys, request_notes},
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

/// Requests on a key's page.
const REQUESTS: u32 = 100;

/// `GET /keys`.
pub(super) async fn index(app: Data<App>, who: May<perm::ManageKeys>) -> Result<HttpResponse, ApiError> {
    list(&app, &who, TypedKey::default(), None, StatusCode::OK).await
}

async fn list(
    app: &App,
    who: &SignedIn,
    typed: TypedKey,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let keys = keys::all(&app.db, &who.scope).await?;
    let submitters = accounts::submitters(&app.db).await?;
    let mut shell = shell(app, who, Here::Keys);
    shell.notice = notice;
    Ok(page(status, &KeysPage::of(shell, &who.scope, &keys, &submitters, typed)))
}

/// `POST /keys`.
pub(super) async fn create(app: Data<App>, posted: Posted<perm::ManageKeys>) -> Result<HttpResponse, ApiError> {
    let field = |name: &str| posted.fields.first(name).trim().to_owned();
    let typed = TypedKey {
        name: field("name"),
        role: field("role"),
        submitter: field("submitter"),
        sandbox: posted.fields.first("sandbox") == "yes",
        ends: field("ends"),
        per_minute: field("per_minute"),
    };
    match make(&app, &posted.who, &typed).await {
        Ok((id, secret)) => made(&app, &posted.who, id, Made { secret, replaced: None }).await,
        Err(error) => {
            let (notice, status) = told(error)?;
            list(&app, &posted.who, typed, Some(notice), status).await
        }
    }
}

async fn make(app: &App, who: &SignedIn, typed: &TypedKey) -> Result<(KeyId, String), Error> {
    let role: Role =
        typed.role.parse().map_err(|_| Error::invalid("/role", "unknown", "Choose what the key may do."))?;
    flow::may_give(&who.scope, role)?;
    let ends = Some(typed.ends.as_str()).filter(|day| !day.is_empty());
    let expires_at = ends
        .map(|day| {
            Millis::of_day(day).ok_or_else(|| Error::invalid("/ends", "bad_day", "Write the last day as 2027-01-31."))
        })
        .transpose()?
        .map(|day| day.plus(Millis::DAY));
    let number = |text: &str| {
        text.parse::<u32>()
            .map_err(|_| Error::invalid("/per_minute", "no_number", "Requests a minute is a whole number."))
    };
    let per_minute = Some(typed.per_minute.as_str()).filter(|n| !n.is_empty()).map(number).transpose()?;
    let submitter: Option<SubmitterId> = match role {
        Role::Submitter if typed.submitter.is_empty() || typed.submitter.chars().count() > 100 => {
            let detail = "Name the submitter whose ads the key sends, in at most 100 characters.";
            return Err(Error::invalid("/submitter", "missing", detail));
        }
        Role::Submitter => {
            let (name, bidder) = (&typed.submitter, people::Bidder::default());
            Some(people::submitter(app, &who.scope, name, typed.sandbox, Mode::Enforce, bidder).await?)
        }
        _ => None,
    };
    let name = typed.name.clone();
    let new = NewKey { submitter, role, name, expires_at, requests_per_minute: per_minute };
    flow::create(app, &who.scope, &new).await
}

/// `GET /keys/{id}`.
pub(super) async fn show(
    app: Data<App>,
    who: May<perm::ManageKeys>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    one(&app, &who, parse(&id)?, None, None, StatusCode::OK).await
}

/// `POST /keys/{id}/rotate`.
pub(super) async fn rotate(
    app: Data<App>,
    posted: Posted<perm::ManageKeys>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let hours: i64 = posted.fields.first("hours").parse().unwrap_or(-1);
    match flow::rotate(&app, &posted.who.scope, id, hours.saturating_mul(Millis::HOUR)).await {
        Ok((new, secret, ends)) => made(&app, &posted.who, new, Made { secret, replaced: Some(When(ends)) }).await,
        Err(error) => refused(&app, &posted.who, id, error).await,
    }
}

/// `POST /keys/{id}/limit`.
pub(super) async fn limit(
    app: Data<App>,
    posted: Posted<perm::ManageKeys>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let number = match posted.fields.first("per_minute").trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            Error::invalid(
                "/per_minute",
                "no_number",
                "Requests a minute is a whole number, or nothing for the usual one.",
            )
        }),
    };
    let done = match number {
        Ok(number) => flow::limit(&app, &posted.who.scope, id, number).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/keys/{id}"))),
        Err(error) => refused(&app, &posted.who, id, error).await,
    }
}

/// `POST /keys/{id}/revoke`.
pub(super) async fn revoke(
    app: Data<App>,
    posted: Posted<perm::ManageKeys>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    match flow::revoke(&app, &posted.who.scope, id).await {
        Ok(()) => Ok(see_other(&format!("/keys/{id}"))),
        Err(error) => refused(&app, &posted.who, id, error).await,
    }
}

async fn made(app: &App, who: &SignedIn, id: KeyId, made: Made) -> Result<HttpResponse, ApiError> {
    one(app, who, id, Some(made), None, StatusCode::OK).await
}

async fn one(
    app: &App,
    who: &SignedIn,
    id: KeyId,
    made: Option<Made>,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let key = keys::get(&app.db, &who.scope, id).await?.ok_or_else(ApiError::not_found)?;
    let notes = request_notes::of_key(&app.db, id, None, false, REQUESTS).await?;
    let usual = app.settings.quotas.requests(None, &key.submitter);
    let mut shell = shell(app, who, Here::Keys);
    shell.notice = notice;
    let may = flow::may_give(&who.scope, key.key.role).is_ok();
    Ok(page(status, &KeyPage::of(shell, &key, usual, may, &notes, made)))
}

async fn refused(app: &App, who: &SignedIn, id: KeyId, error: Error) -> Result<HttpResponse, ApiError> {
    let (notice, status) = told(error)?;
    one(app, who, id, None, Some(notice), status).await
}

fn told(error: Error) -> Result<(Notice, StatusCode), ApiError> {
    let (tone, text, status) = match error {
        Error::Conflict { detail, .. } => ("warn", detail, StatusCode::CONFLICT),
        Error::Forbidden(why) => ("warn", why.to_owned(), StatusCode::FORBIDDEN),
        Error::Invalid(problems) => {
            let all: Vec<String> = problems.into_iter().map(|p| p.detail).collect();
            ("bad", all.join(" "), StatusCode::UNPROCESSABLE_ENTITY)
        }
        other => return Err(other.into()),
    };
    Ok((Notice { tone, text }, status))
}

fn parse(id: &str) -> Result<KeyId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found())
}
