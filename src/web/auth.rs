//! Who calls the API: a bearer key becomes a scope, and the permission that a handler needs stands in its signature.
//!
//! A handler that takes [`Allowed<perm::SubmitAds>`] cannot run without it; one that takes nothing is open to all,
//! which the routes make visible. It must never tell whether a key exists, only whether it is valid here and now.

use super::{
    error::{ApiError, Kind},
    quotas::{Quotas, REQUESTS},
    request_id::RequestId,
};
use crate::{
    domain::{
        KeyId,
        audit::Actor,
        role::{Permission, Scope},
    },
    flows::App,
    platform::secret,
    store::{accounts, keys},
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use serde::Deserialize;
use std::{future::Future, marker::PhantomData, pin::Pin};

/// Permissions as types, for signatures.
pub mod perm {
    use crate::domain::role::Permission;

    /// A permission that a handler can ask for.
    pub trait Needed {
        /// Which one.
        const PERMISSION: Permission;
    }

    macro_rules! needed {
        ($($name:ident),+ $(,)?) => {$(
            #[doc = concat!("See [`Permission::", stringify!($name), "`].")]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Needed for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )+};
    }
    needed!(
        SubmitAds,
        Report,
        ReadAds,
        ReadScreenings,
        ReadLabels,
        ReadModels,
        ReadPolicies,
        EditPolicies,
        Publish,
        BreakGlass,
        Judge,
        Override,
        Train,
        Promote,
        ManageHooks,
        ManageKeys
    );
}

/// A caller whose key permits `P`.
#[derive(Debug)]
pub struct Allowed<P> {
    /// What it may see.
    pub scope: Scope,
    /// Its key.
    pub key: KeyId,
    permission: PhantomData<P>,
}

impl<P: perm::Needed> FromRequest for Allowed<P> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let (scope, key) = opened(&req).await?;
            if !scope.permits(P::PERMISSION) {
                return Err(forbidden(P::PERMISSION));
            }
            Ok(Self { scope, key, permission: PhantomData })
        })
    }
}

/// A caller whose key permits `P`, at the seat that the path names as `{bidder}`. Another submitter's seat is not found.
#[derive(Debug)]
pub struct Seat<P> {
    /// What it may see.
    pub scope: Scope,
    permission: PhantomData<P>,
}

/// The path of a seat.
#[derive(Debug, Deserialize)]
struct SeatPath {
    bidder: String,
}

impl<P: perm::Needed + 'static> FromRequest for Seat<P> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = req.app_data::<web::Data<App>>().cloned();
        let path = web::Path::<SeatPath>::extract(req).into_inner();
        let caller = Allowed::<P>::from_request(req, payload);
        Box::pin(async move {
            let scope = caller.await?.scope;
            let app = app.ok_or_else(|| ApiError::internal("the application is not part of the server's data"))?;
            let id = scope.submitter.ok_or_else(ApiError::not_found)?;
            let submitter = accounts::submitter(&app.db, id).await.map_err(ApiError::internal)?;
            let path = path.map_err(|_| ApiError::not_found())?;
            if !submitter.is_some_and(|s| s.is_seat(&path.bidder)) {
                return Err(ApiError::not_found());
            }
            Ok(Self { scope, permission: PhantomData })
        })
    }
}

/// The key that a request came with, for the frame's notes.
#[derive(Debug, Clone, Copy)]
pub(super) struct CameWith(pub(super) KeyId);

/// What a request's key opens, once the request is counted against its quota.
///
/// # Errors
/// When there is no valid key, or its quota is spent.
pub(crate) async fn opened(req: &HttpRequest) -> Result<(Scope, KeyId), ApiError> {
    let app = req.app_data::<web::Data<App>>().cloned();
    let app = app.ok_or_else(|| ApiError::internal("the application is not part of the server's data"))?;
    let token = bearer(req).ok_or_else(no_key)?;
    let found = keys::by_secret(&app.db, secret::token_hash(token), app.clock.now()).await?;
    let keys::Opened { key, submitter, .. } = found.ok_or_else(no_key)?;
    req.extensions_mut().insert(CameWith(key.id));
    let per_minute = app.settings.quotas.requests(key.requests_per_minute, &submitter);
    match app.limits.take(key.id.0, per_minute) {
        None => {}
        Some(Ok(left)) => Quotas::note(req, REQUESTS, left, None),
        Some(Err(spent)) => {
            Quotas::note(req, REQUESTS, spent.into(), None);
            return Err(ApiError::quota(REQUESTS, spent.wait_s));
        }
    }
    let scope = Scope {
        actor: Actor::Key(key.id.to_string()),
        user: None,
        submitter: key.submitter,
        roles: vec![key.role],
        policy_classes: None,
        queues: None,
        request_id: req.extensions().get::<RequestId>().map(|id| id.0.clone()),
    };
    Ok((scope, key.id))
}

/// The token of `Authorization: Bearer TOKEN`; the scheme is matched without case (RFC 9110).
fn bearer(req: &HttpRequest) -> Option<&str> {
    let (scheme, token) = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn no_key() -> ApiError {
    ApiError::new(Kind::UNAUTHORIZED, Kind::UNAUTHORIZED.advice)
}

fn forbidden(permission: Permission) -> ApiError {
    ApiError::new(Kind::FORBIDDEN, format!("The role of this key does not permit {permission}."))
}
