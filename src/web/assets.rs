//! Style sheet, scripts and icon: embedded in the binary, served under a path that names their content.
//!
//! Called by the router and by every page for addresses. It must never read a file at run time.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    web,
};
use include_dir::{Dir, include_dir};
use std::sync::LazyLock;

use crate::domain::digest::Digest;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets");

/// Hash over all names and contents. One hash for all files, so that scripts can import each other by plain names.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let parts: Vec<&[u8]> =
        FILES.files().flat_map(|f| [f.path().as_os_str().as_encoded_bytes(), f.contents()]).collect();
    Digest::of_parts(&parts).hex()[..16].to_owned()
});

/// Address of an embedded file, such as `/assets/3f2a…/console.css`.
pub fn address(name: &str) -> String {
    debug_assert!(FILES.get_file(name).is_some(), "no embedded file {name}");
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET /assets/{version}/{name}`. A page that was open across an upgrade still gets the file, uncached.
pub(crate) async fn serve(path: web::Path<(String, String)>) -> HttpResponse {
    let (version, name) = path.into_inner();
    let Some(file) = FILES.get_file(&name) else { return HttpResponse::NotFound().finish() };
    let media_type = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let cache = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(file.contents())
}
