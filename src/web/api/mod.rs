//! The native API under `/v1`, its description, and the endpoints that operators watch.
//!
//! Handlers are three steps: extract, one flow or one view, render. They must never hold a rule of the trade.

mod ads;
mod advertisers;
mod appeals;
mod batch;
pub(super) mod body;
mod deliveries;
mod delivery;
mod describe;
mod docs;
mod events;
mod explain;
mod external;
mod headers;
mod keys;
mod labels;
pub(super) mod openapi;
mod ops;
mod page;
mod reports;
mod screenings;
mod statements;
mod told;
mod validate;
mod webhooks;

use super::error::ApiError;
use actix_web::{Route, web};
use std::future::{Ready, ready};

/// Adds the routes. Fixed paths stand before those with a parameter.
pub fn routes(config: &mut web::ServiceConfig) {
    let resource = |path: &str, allow: &'static str| web::resource(path.to_owned()).default_service(only(allow));
    config
        .service(resource("/healthz", "GET").route(web::get().to(ops::health)))
        .service(resource("/readyz", "GET").route(web::get().to(ops::ready)))
        .service(resource("/metrics", "GET").route(web::get().to(ops::metrics)))
        .service(resource("/openapi.json", "GET").route(web::get().to(openapi::document)))
        .service(resource("/docs", "GET").route(web::get().to(docs::page)))
        .service(resource("/docs.css", "GET").route(web::get().to(docs::style)))
        .service(resource("/v1/ads", "GET, POST").route(web::get().to(ads::list)).route(web::post().to(ads::submit)))
        .service(resource("/v1/ads/validate", "POST").route(web::post().to(validate::validate)))
        .service(resource("/v1/ads/batch", "POST").route(web::post().to(batch::submit_batch)))
        .service(
            resource("/v1/ads/{id}", "GET, PUT, DELETE")
                .route(web::get().to(ads::get))
                .route(web::put().to(ads::revise))
                .route(web::delete().to(ads::withdraw)),
        )
        .service(
            resource("/v1/ads/{id}/appeals", "GET, POST")
                .route(web::get().to(appeals::list))
                .route(web::post().to(appeals::open)),
        )
        .service(
            resource("/v1/ads/{id}/appeals/{appeal}", "GET, DELETE")
                .route(web::get().to(appeals::get))
                .route(web::delete().to(appeals::withdraw)),
        )
        .service(resource("/v1/ads/{id}/explain/{policy}", "POST").route(web::post().to(explain::explain)))
        .service(resource("/v1/ads/{id}/screenings", "GET").route(web::get().to(screenings::list)))
        .service(
            resource("/v1/advertisers/{external_id}", "GET, PUT")
                .route(web::get().to(advertisers::get))
                .route(web::put().to(advertisers::put)),
        )
        .service(
            resource("/v1/advertisers/{external_id}/certificates", "GET, POST")
                .route(web::get().to(advertisers::certificates))
                .route(web::post().to(advertisers::submit_certificate)),
        )
        .service(resource("/v1/delivery", "POST").route(web::post().to(delivery::tell)))
        .service(resource("/v1/key", "GET").route(web::get().to(keys::own)))
        .service(resource("/v1/requests", "GET").route(web::get().to(keys::requests)))
        .service(
            resource("/v1/decisions/external", "GET, POST")
                .route(web::get().to(external::compare))
                .route(web::post().to(external::tell)),
        )
        .service(resource("/v1/reports", "POST").route(web::post().to(reports::submit)))
        .service(resource("/v1/reports/{id}", "GET").route(web::get().to(reports::get)))
        .service(resource("/v1/events", "GET").route(web::get().to(events::list)))
        .service(resource("/v1/statements", "GET").route(web::get().to(statements::list)))
        .service(
            resource("/v1/webhooks", "GET, POST")
                .route(web::get().to(webhooks::list))
                .route(web::post().to(webhooks::create)),
        )
        .service(
            resource("/v1/webhooks/{id}", "GET, PUT, DELETE")
                .route(web::get().to(webhooks::get))
                .route(web::put().to(webhooks::put))
                .route(web::delete().to(webhooks::delete)),
        )
        .service(resource("/v1/webhooks/{id}/enable", "POST").route(web::post().to(webhooks::enable)))
        .service(resource("/v1/webhooks/{id}/disable", "POST").route(web::post().to(webhooks::disable)))
        .service(resource("/v1/webhooks/{id}/rotate", "POST").route(web::post().to(webhooks::rotate)))
        .service(resource("/v1/webhooks/{id}/test", "POST").route(web::post().to(deliveries::test)))
        .service(resource("/v1/webhooks/{id}/replay", "POST").route(web::post().to(deliveries::replay_failed)))
        .service(resource("/v1/webhooks/{id}/deliveries", "GET").route(web::get().to(deliveries::list)))
        .service(
            resource("/v1/webhooks/{id}/deliveries/{delivery}/replay", "POST")
                .route(web::post().to(deliveries::replay_one)),
        )
        .service(resource("/v1/labels", "GET").route(web::get().to(labels::export)));
}

/// What a resource answers to every other method.
fn only(allow: &'static str) -> Route {
    web::to(move || -> Ready<Result<actix_web::HttpResponse, ApiError>> {
        ready(Err(ApiError::method_not_allowed(allow)))
    })
}
