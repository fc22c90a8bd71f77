//! The console: pages for reviewers, their leads and policy editors.
//!
//! Mounted by the server under `/`. Handlers are three steps: extract, one call, render. They must never hold SQL.

pub mod ad_page;
mod ads;
pub mod ads_page;
mod assets;
pub mod error_page;
pub mod facts;
pub mod finding_card;
#[cfg(test)]
mod fixture;
pub mod marked;
mod models;
pub mod models_page;
pub mod page;
pub mod plot;
mod policies;
pub mod policies_page;
pub mod preview;
mod queues;
pub mod queues_page;
mod sign_in;
pub mod sign_in_page;
mod task;
pub mod task_page;
pub mod text;
mod typed;

use super::assets as files;
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    web::{self, get, post, resource},
};

/// Adds the routes. Fixed paths stand before those with a parameter.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(resource("/").route(get().to(queues::home)))
        .service(resource("/sign-in").route(get().to(sign_in::ask)).route(post().to(sign_in::sign_in)))
        .service(resource("/sign-out").route(post().to(sign_in::sign_out)))
        .service(resource("/tasks/next").route(post().to(queues::take_next)))
        .service(resource("/tasks/{id}").route(get().to(task::show)))
        .service(resource("/tasks/{id}/claim").route(post().to(task::take)))
        .service(resource("/tasks/{id}/judge").route(post().to(task::answer)))
        .service(resource("/tasks/{id}/preview").route(post().to(task::preview)))
        .service(resource("/tasks/{id}/skip").route(post().to(task::skip)))
        .service(resource("/tasks/{id}/release").route(post().to(task::release)))
        .service(resource("/tasks/{id}/leave").route(post().to(task::leave)))
        .service(resource("/tasks/{id}/heartbeat").route(post().to(task::heartbeat)))
        .service(resource("/tasks/{id}/draft").route(post().to(task::draft)))
        .service(resource("/judgements/{id}/undo").route(post().to(queues::undo)))
        .service(resource("/ads").route(get().to(ads::index)))
        .service(resource("/ads/{id}").route(get().to(ads::show)))
        .service(resource("/models").route(get().to(models::index)))
        .service(resource("/models/{id}").route(get().to(models::show)))
        .service(resource("/models/{id}/promote").route(get().to(models::ask)).route(post().to(models::promote)))
        .service(resource("/policies").route(get().to(policies::index)))
        .service(resource("/assets/blob/{digest}").route(get().to(assets::blob)))
        .service(resource("/assets/{version}/{name}").route(get().to(files::serve)));
}

/// Leads to another page of ours after a form was handled, so that a reload sends nothing twice.
fn see_other(place: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, place)).insert_header((CACHE_CONTROL, "no-store")).finish()
}
