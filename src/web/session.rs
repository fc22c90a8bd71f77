//! The signed-in person behind a request: cookie, permission, and the token that every form sends back.
//!
//! Extracted by the console's handlers; what a handler needs stands in its signature. A page asks for sign-in, a form
//! without the session's token is refused. It must never log a cookie, a token or a field.

use super::{
    BODY_PATIENCE,
    auth::perm,
    error::{ApiError, Kind},
    request_id::RequestId,
};
use crate::flows::{App, sign_in, sign_in::SignedIn};
use actix_web::{
    Error, FromRequest, HttpRequest, HttpResponse, ResponseError,
    cookie::{Cookie, SameSite},
    dev::Payload,
    http::{Method, StatusCode, header::LOCATION},
    web::{self, BytesMut},
};
use futures_util::StreamExt as _;
use std::{fmt, future::Future, marker::PhantomData, ops::Deref, pin::Pin};
use subtle::ConstantTimeEq;

/// Name of the session cookie.
pub const COOKIE: &str = "adjudge_session";

/// The largest form: a note, answers to some dozens of findings, and room to spare.
pub(crate) const FORM_LIMIT: usize = 256 * 1024;

/// A signed-in person whose roles permit `P`.
#[derive(Debug)]
pub struct May<P> {
    who: SignedIn,
    permission: PhantomData<P>,
}

impl<P> Deref for May<P> {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.who
    }
}

/// The largest form that carries the files of a draft: the largest file, with room for what encoding adds.
pub const FILES_LIMIT: usize = 24 << 20;

/// A form of at most `MOST` bytes that a signed-in person sent from one of our pages; their roles permit `P`.
#[derive(Debug)]
pub struct Posted<P, const MOST: usize = FORM_LIMIT> {
    /// Who sent it.
    pub who: May<P>,
    /// What it says.
    pub fields: Fields,
}

/// A form's fields, decoded, in order.
#[derive(Debug, Clone, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// Decodes `application/x-www-form-urlencoded`.
    pub fn of(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// The first value of a field, empty where there is none.
    pub fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }
}

/// Nobody is signed in: a page leads to sign-in and back.
#[derive(Debug)]
struct SignInFirst {
    next: Option<String>,
}

impl fmt::Display for SignInFirst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sign in first")
    }
}

impl ResponseError for SignInFirst {
    fn status_code(&self) -> StatusCode {
        if self.next.is_some() { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        if let Some(next) = &self.next {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            let place = if next == "/" { "/sign-in".to_owned() } else { format!("/sign-in?{query}") };
            answer.insert_header((LOCATION, place));
        }
        answer.finish()
    }
}

/// The session that `P` is asked of.
async fn signed_in<P: perm::Needed>(req: HttpRequest) -> Result<May<P>, Error> {
    let who = resume(&req).await?.ok_or_else(|| {
        // A script's request gets the bare status; following a redirect to a page would tell it nothing.
        let page = req.headers().get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
        let next = if req.method() == Method::GET { req.uri().path_and_query().map(|p| p.as_str()) } else { Some("/") };
        SignInFirst { next: next.filter(|_| page).map(str::to_owned) }
    })?;
    if !who.scope.permits(P::PERMISSION) {
        return Err(ApiError::new(Kind::FORBIDDEN, "Your roles do not permit this. Ask an administrator.").into());
    }
    Ok(May { who, permission: PhantomData })
}

/// The person behind the request's cookie, if there is one.
pub(crate) async fn resume(req: &HttpRequest) -> Result<Option<SignedIn>, ApiError> {
    let app = app(req)?;
    let Some(cookie) = req.cookie(COOKIE) else { return Ok(None) };
    let request_id = RequestId::extract(req).await.ok().map(|id| id.0);
    sign_in::resume(&app, cookie.value(), request_id).await.map_err(ApiError::from)
}

fn app(req: &HttpRequest) -> Result<web::Data<App>, ApiError> {
    let app = req.app_data::<web::Data<App>>().cloned();
    app.ok_or_else(|| ApiError::internal("the application is not part of the server's data"))
}

impl<P: perm::Needed + 'static> FromRequest for May<P> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(signed_in(req.clone()))
    }
}

impl<P: perm::Needed + 'static, const MOST: usize> FromRequest for Posted<P, MOST> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let who = signed_in::<P>(req).await?;
            let body = read(payload, MOST).await?;
            // What is decoded loosely would be kept as something else than was sent.
            if !is_utf8(&body) {
                return Err(ApiError::new(Kind::BAD_REQUEST, "The form is not UTF-8 text. Send it as UTF-8.").into());
            }
            let fields = Fields::of(&body);
            check(&who, &fields)?;
            Ok(Self { who, fields })
        })
    }
}

/// Refuses a form that does not carry the session's token: it may come from another site.
pub(crate) fn check(who: &SignedIn, fields: &Fields) -> Result<(), ApiError> {
    if bool::from(fields.first("csrf").as_bytes().ct_eq(who.csrf.as_bytes())) {
        return Ok(());
    }
    let advice = "This form is from an earlier sign-in. Reload the page and send it again.";
    Err(ApiError::new(Kind::FORBIDDEN, advice))
}

/// Whether a form's fields are UTF-8 once they are decoded.
fn is_utf8(body: &[u8]) -> bool {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [a, b, left @ ..]) => match (hex(*a), hex(*b)) {
                (Some(a), Some(b)) => {
                    decoded.push(a << 4 | b);
                    rest = left;
                }
                _ => decoded.push(b'%'),
            },
            (byte, _) => decoded.push(*byte),
        }
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// A form's bytes, up to a limit, and within a minute: a sender that never ends must not hold a connection for good.
pub(crate) async fn read(payload: Payload, most: usize) -> Result<BytesMut, ApiError> {
    let late = |_| ApiError::new(Kind::BAD_REQUEST, "The form did not arrive in 60 seconds. Send it again.");
    tokio::time::timeout(BODY_PATIENCE, collect(payload, most)).await.map_err(late)?
}

async fn collect(mut payload: Payload, most: usize) -> Result<BytesMut, ApiError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|_| ApiError::new(Kind::BAD_REQUEST, "The form did not arrive whole. Send it again."))?;
        if body.len() + chunk.len() > most {
            return Err(ApiError::new(Kind::TOO_LARGE, "The form is too large. Shorten what you typed."));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The cookie of a fresh session.
pub(crate) fn cookie(value: String, secure: bool) -> Cookie<'static> {
    Cookie::build(COOKIE, value).path("/").http_only(true).same_site(SameSite::Lax).secure(secure).finish()
}

/// The cookie that ends a session in the browser.
pub(crate) fn no_cookie(secure: bool) -> Cookie<'static> {
    let mut gone = cookie(String::new(), secure);
    gone.make_removal();
    gone
}
