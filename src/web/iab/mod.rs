//! The IAB Ad Management API v1.1 under `/iab/v1`: another door to the same ads, in the words of AdCOM.
//!
//! Handlers are three steps: extract, one flow or one view, render. Errors go through the table's second column
//! (`ApiError::answer_iab`): only the IAB's codes leave this room. They must never hold a rule of the trade.

pub(super) mod ads;
pub(super) mod checklist;
mod collection;

use super::error::ApiError;
use actix_web::{HttpResponse, Route, web};
use std::future::{Ready, ready};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let resource = |path: &str, allow: &'static str| web::resource(path.to_owned()).default_service(only(allow));
    config
        .service(resource("/iab", "GET").route(web::get().to(checklist::page)))
        .service(resource("/iab/v1/checklist", "GET").route(web::get().to(checklist::document)))
        .service(
            resource("/iab/v1/bidder/{bidder}/ads", "GET, POST")
                .route(web::get().to(ads::list))
                .route(web::post().to(ads::submit)),
        )
        .service(
            resource("/iab/v1/bidder/{bidder}/ads/{ad}", "GET, PUT, PATCH")
                .route(web::get().to(ads::get))
                .route(web::put().to(ads::replace))
                .route(web::patch().to(ads::change)),
        );
}

/// What a resource answers to every other method.
fn only(allow: &'static str) -> Route {
    web::to(move || -> Ready<Result<HttpResponse, ApiError>> { ready(Err(ApiError::method_not_allowed(allow))) })
}
