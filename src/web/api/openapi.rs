//! `/openapi.json`: the API described by its own types and handlers (OpenAPI 3.1).
//!
//! Generated, never written by hand: a handler that is not listed here is caught by the suite. It must never describe
//! what is not served.

use super::{
    ads, advertisers, appeals, batch, deliveries, delivery, events, explain, external, keys, labels, ops, reports,
    screenings, statements, validate, webhooks,
};
use crate::web::error::PROBLEM_JSON;
use crate::web::iab::{ads as iab_ads, checklist};
use actix_web::HttpResponse;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Header, Ref, RefOr, ResponseBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Adjudge",
        description = "Submit ads for review and learn what may serve. Send `Authorization: Bearer KEY` with every request under `/v1` and `/iab/v1/bidder`. Bodies and answers are JSON; times are RFC 3339, money is in millionths of a currency's unit. A member that is null is the same as one left out; a member that is not known is refused. Every answer carries `x-request-id`; send your own to find it in the logs.",
        license(name = "MIT OR Apache-2.0"),
    ),
    paths(
        ads::submit, ads::list, ads::get, ads::revise, ads::withdraw, validate::validate, batch::submit_batch,
        appeals::open, appeals::list, appeals::get, appeals::withdraw,
        delivery::tell,
        events::list, webhooks::create, webhooks::list, webhooks::get, webhooks::put, webhooks::delete, webhooks::enable,
        webhooks::disable, webhooks::rotate, deliveries::test, deliveries::replay_failed, deliveries::list,
        deliveries::replay_one, advertisers::put, advertisers::get, advertisers::submit_certificate, advertisers::certificates, screenings::list, statements::list, explain::explain, labels::export, ops::health, ops::ready, ops::metrics,
        external::tell, external::compare, reports::submit, reports::get,
        iab_ads::submit, iab_ads::list, iab_ads::get, iab_ads::replace, iab_ads::change, checklist::document,
        keys::own, keys::requests,
    ),
    tags(
        (name = "Ads", description = "Submit ads, read where they stand, revise and withdraw them."),
        (name = "Appeals", description = "Contest a decision; a person who had no part in it decides anew."),
        (name = "IAB", description = "The same ads through the IAB Tech Lab's Ad Management API 1.1, in AdCOM 1.0. Paths begin with the base URL of the checklist at `/iab`; only the statuses 200, 400, 401, 404, 429 and 500 are answered; times are in milliseconds since 1970."),
        (name = "Events", description = "Follow every state change without missing one."),
        (name = "Webhooks", description = "Have events sent to you, signed, until you have them."),
        (name = "Advertisers", description = "Tell what you know about the accounts that ads belong to."),
        (name = "Key", description = "What your key is, how much it may ask, and what was asked with it lately."),
        (name = "Observing", description = "For a submitter whose own decisions stand: where Adjudge concludes otherwise."),
        (name = "Reports", description = "Say that an ad breaks a policy, and learn what came of it."),
        (name = "Staff", description = "For keys of people who work here: screenings with their scores, labels."),
        (name = "Operation", description = "For whoever runs the installation; no key is needed."),
    ),
    modifiers(&BearerKey, &Everywhere),
)]
struct Api;

/// What any operation that needs a key may answer besides its own: status, name, words.
pub(super) const EVERYWHERE: &[(&str, &str, &str)] = &[
    ("400", "BadRequest", "The request cannot be read: its path, query, headers or body."),
    ("401", "Unauthorized", "No valid key."),
    ("403", "Forbidden", "The key's role does not permit this."),
    ("429", "QuotaExceeded", "A quota is spent; wait as long as `Retry-After` says."),
    ("500", "Internal", "Something is broken on our side."),
    ("503", "Unavailable", "Too busy right now; wait as long as `Retry-After` says."),
    ("507", "InsufficientStorage", "There is no room to keep anything; nothing was changed."),
];

/// What an operation with a JSON body may answer besides.
pub(super) const WITH_BODY: &[(&str, &str, &str)] = &[
    ("413", "TooLarge", "The body is too large."),
    ("415", "UnsupportedMediaType", "The body is of another media type."),
];

/// Adds those answers, by reference, to every operation that does not describe them itself.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        for (_, name, words) in EVERYWHERE.iter().chain(WITH_BODY) {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            let mut response = ResponseBuilder::new().description(*words).content(PROBLEM_JSON, problem);
            if matches!(*name, "QuotaExceeded" | "Unavailable") {
                let mut header = Header::default();
                header.description = Some("Seconds to wait.".to_owned());
                response = response.header("Retry-After", header);
            }
            components.responses.insert((*name).to_owned(), response.build().into());
        }
        let native = openapi.paths.paths.iter_mut().filter(|(path, _)| path.starts_with("/v1/"));
        for (_, item) in native {
            let all = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            for operation in all.into_iter().flatten().filter(|operation| operation.security.is_some()) {
                for response in operation.responses.responses.values_mut() {
                    let RefOr::T(response) = response else { continue };
                    // What is declared as JSON with a problem in it has a media type of its own.
                    let is_problem = response.content.get("application/json").is_some_and(|content| {
                        matches!(content, RefOr::T(Content { schema: Some(RefOr::Ref(to)), .. }) if to.ref_location.ends_with("/Problem"))
                    });
                    if is_problem && let Some(content) = response.content.shift_remove("application/json") {
                        response.content.insert(PROBLEM_JSON.to_owned(), content);
                    }
                }
                let with_body = operation.request_body.is_some();
                for (status, name, _) in EVERYWHERE.iter().chain(WITH_BODY.iter().filter(|_| with_body)) {
                    let same = || Ref::from_response_name(*name).into();
                    operation.responses.responses.entry((*status).to_owned()).or_insert_with(same);
                }
            }
        }
    }
}

struct BearerKey;

impl Modify for BearerKey {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key made by `adjudge key create`."))
            .build();
        openapi.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// The whole description.
pub(super) fn description() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// Answers the description.
pub(crate) async fn document() -> HttpResponse {
    HttpResponse::Ok().json(description())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::web::api::describe;
    use actix_web::{App, http::Method, test as http};
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|v| references(v, found));
            }
            Value::Array(items) => items.iter().for_each(|v| references(v, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_everything_is_described() {
        let document = serde_json::to_value(description()).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 20);
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            for (member, described) in schema["properties"].as_object().into_iter().flatten() {
                let said = !describe::description(described).is_empty();
                assert!(said || described["enum"].is_array(), "{name}.{member} is not described");
            }
        }
    }

    /// The methods that a path answers, as its Allow header tells, are those that the document describes.
    #[actix_web::test]
    async fn the_document_describes_what_is_served() {
        let site = App::new().configure(super::super::routes).configure(crate::web::iab::routes);
        let app = http::init_service(site).await;
        let document = serde_json::to_value(description()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            let uri = path
                .replace("{id}", "ad_00000000000000000000000000000000")
                .replace("{external_id}", "x")
                .replace("{appeal}", "apl_00000000000000000000000000000000")
                .replace("{policy}", "scam")
                .replace("{delivery}", "dlv_00000000000000000000000000000000")
                .replace("{bidder}", "1")
                .replace("{ad}", "2");
            let request = http::TestRequest::with_uri(&uri).method(Method::TRACE).to_request();
            let answer = http::call_service(&app, request).await;
            let error = answer.response().error().unwrap().as_error::<crate::web::error::ApiError>().unwrap();
            let allowed: BTreeSet<String> = error.allowed().unwrap().split(", ").map(str::to_lowercase).collect();
            let described: BTreeSet<String> = item.as_object().unwrap().keys().cloned().collect();
            assert_eq!(allowed, described, "{path}");
        }
    }
}
