//! Signing in and out.
//!
//! Routed by `console`. It must never say whether a name exists, nor lead to another site after sign-in.

use super::{
    page::{Shell, page},
    see_other,
    sign_in_page::SignInPage,
};
use crate::{
    flows::{App, Error, sign_in},
    web::{
        client,
        error::{ApiError, Kind},
        session::{self, Fields},
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload, Query},
};
use serde::Deserialize;

/// Where to go afterwards.
#[derive(Debug, Deserialize)]
pub(super) struct After {
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`.
pub(super) async fn ask(app: Data<App>, request: HttpRequest, after: Query<After>) -> Result<HttpResponse, ApiError> {
    if session::resume(&request).await?.is_some() {
        return Ok(see_other(local(&after.next)));
    }
    Ok(form(&app, StatusCode::OK, "", &after.next, None))
}

/// `POST /sign-in`.
pub(super) async fn sign_in(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    // Another site must not sign people in as somebody else. Browsers that send no such header have SameSite cookies.
    if request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return Err(ApiError::new(Kind::FORBIDDEN, "Open the sign-in page and sign in there."));
    }
    let fields = Fields::of(&session::read(payload.into_inner(), session::FORM_LIMIT).await?);
    let (name, password, next) = (fields.first("name").trim(), fields.first("password"), fields.first("next"));
    let address = client::address(&request, &app.settings.trusted_proxies);
    let client = address.map(|address| address.to_string()).unwrap_or_default();
    match sign_in::sign_in(&app, name, password, &client).await {
        Ok(new) => {
            let mut answer = see_other(local(next));
            answer
                .add_cookie(&session::cookie(new.cookie, app.settings.secure_cookies))
                .map_err(|e| ApiError::internal(e.to_string()))?;
            Ok(answer)
        }
        Err(Error::Invalid(_)) => {
            let advice = "Name or password is wrong. Check both and try again.";
            Ok(form(&app, StatusCode::UNPROCESSABLE_ENTITY, name, next, Some(advice)))
        }
        Err(Error::Busy { .. }) => {
            let advice = "Too many tries. Wait a minute, then try again.";
            Ok(form(&app, StatusCode::TOO_MANY_REQUESTS, name, next, Some(advice)))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /sign-out`. A session that is already over needs no token.
pub(super) async fn sign_out(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::of(&session::read(payload.into_inner(), session::FORM_LIMIT).await?);
    if let Some(who) = session::resume(&request).await? {
        session::check(&who, &fields)?;
        sign_in::sign_out(&app, &who).await?;
    }
    let mut answer = see_other("/sign-in");
    answer
        .add_cookie(&session::no_cookie(app.settings.secure_cookies))
        .map_err(|e| ApiError::internal(e.to_string()))?;
    Ok(answer)
}

fn form(app: &App, status: StatusCode, name: &str, next: &str, error: Option<&str>) -> HttpResponse {
    let shell = Shell::anonymous(app.clock.now());
    let error = error.map(str::to_owned);
    page(status, &SignInPage { shell, name: name.to_owned(), next: local(next).to_owned(), error })
}

/// A path of ours, or the start: never another site. Browsers drop tabs from an address, and a header takes no control
/// character, so that only plain printable ASCII is followed; our own links are percent-encoded.
fn local(next: &str) -> &str {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = plain && next.starts_with('/') && !next.starts_with("//");
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn sign_in_leads_to_our_own_pages_only() {
        for (next, place) in [
            ("/ads?q=1", "/ads?q=1"),
            ("", "/"),
            ("https://evil.example", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("/\t/evil.example", "/"),
            ("/\u{1}", "/"),
            ("/é", "/"),
        ] {
            assert_eq!(local(next), place, "{next}");
        }
    }
}
