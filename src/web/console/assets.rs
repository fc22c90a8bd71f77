//! Stored images, from our own address.
//!
//! Routed by `console`. It must never serve a type that a browser runs, nor an image outside the person's scope.

use crate::{
    domain::digest::Digest,
    flows::App,
    store::views::console::assets::media_type,
    web::{auth::perm, error::ApiError, session::May},
};
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    web::{Data, Path},
};

/// `GET /assets/blob/{digest}`.
pub(super) async fn blob(
    app: Data<App>,
    who: May<perm::ReadAds>,
    digest: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let digest: Digest = digest.parse().map_err(|_| ApiError::not_found())?;
    let kind = media_type(&app.db, &who.scope, digest).await?.ok_or_else(ApiError::not_found)?;
    if !matches!(kind.as_str(), "image/png" | "image/jpeg" | "image/gif" | "image/webp") {
        return Err(ApiError::not_found());
    }
    let bytes = app.blobs.get(digest).await.map_err(|e| ApiError::internal(e.to_string()))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        // Opened by itself, it is an image and nothing else.
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((CACHE_CONTROL, "private, max-age=31536000, immutable"))
        .body(bytes))
}
