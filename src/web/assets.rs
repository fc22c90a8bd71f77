//! Style sheet, scripts and icon: embedded in the binary, served under a path that names their content.
//!
//! Called by the router and by every page for addresses. It must never read a file at run time.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web,
};
use std::sync::LazyLock;

use crate::domain::digest::Digest;

/// Name, media type and content of every file. A new one is one line here.
const FILES: &[(&str, &str, &[u8])] = &[
    ("complete.js", JS, include_bytes!("../../assets/complete.js")),
    ("console.css", CSS, include_bytes!("../../assets/console.css")),
    ("console.js", JS, include_bytes!("../../assets/console.js")),
    ("draft.js", JS, include_bytes!("../../assets/draft.js")),
    ("editor.js", JS, include_bytes!("../../assets/editor.js")),
    ("icon.svg", SVG, include_bytes!("../../assets/icon.svg")),
    ("keys.js", JS, include_bytes!("../../assets/keys.js")),
    ("lease.js", JS, include_bytes!("../../assets/lease.js")),
    ("paint.js", JS, include_bytes!("../../assets/paint.js")),
    ("picker.js", JS, include_bytes!("../../assets/picker.js")),
    ("queues.js", JS, include_bytes!("../../assets/queues.js")),
    ("registry.js", JS, include_bytes!("../../assets/registry.js")),
    ("task.js", JS, include_bytes!("../../assets/task.js")),
];
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Hash over all names and contents. One hash for all files, so that scripts can import each other by plain names.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let parts: Vec<&[u8]> = FILES.iter().flat_map(|(name, _, content)| [name.as_bytes(), *content]).collect();
    Digest::of_parts(&parts).hex()[..16].to_owned()
});

fn file(name: &str) -> Option<&'static (&'static str, &'static str, &'static [u8])> {
    FILES.iter().find(|(known, ..)| *known == name)
}

/// Address of an embedded file, such as `/assets/3f2a…/console.css`.
pub fn address(name: &str) -> String {
    debug_assert!(file(name).is_some(), "no embedded file {name}");
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET /assets/{version}/{name}`. A page that was open across an upgrade still gets the file, uncached.
pub(crate) async fn serve(path: web::Path<(String, String)>) -> HttpResponse {
    let (version, name) = path.into_inner();
    let Some((_, media_type, content)) = file(&name) else { return HttpResponse::NotFound().finish() };
    let cache = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    HttpResponse::Ok().insert_header((CONTENT_TYPE, *media_type)).insert_header((CACHE_CONTROL, cache)).body(*content)
}
