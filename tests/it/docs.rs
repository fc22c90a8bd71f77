//! Documentation that cannot rot: commands that the README names exist, its links lead somewhere, and the API's own
//! description says what the server does.

use crate::harness::{ads, database::On, hook::Answer, server::Server};
use regex::Regex;
use reqwest::Method;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[tokio::test]
async fn commands_in_the_readme_exist() {
    let server = Server::install(On::Sqlite, &[]).await;
    let text = readme();
    // `adjudge policy check` in prose, `cargo run --release -- demo` and `$ adjudge key create` in examples.
    let pattern = Regex::new(r"(?:cargo run --release -- |\$ adjudge |`adjudge )([a-z]+)(?: ([a-z]+))?").unwrap();
    let named: BTreeSet<(String, Option<String>)> = pattern
        .captures_iter(&text)
        .map(|found| (found[1].to_owned(), found.get(2).map(|word| word.as_str().to_owned())))
        .collect();
    assert!(named.iter().any(|(verb, _)| verb == "demo") && named.iter().any(|(verb, _)| verb == "serve"));
    for (verb, second) in named {
        let help = server.cli(&[&verb, "--help"]);
        assert!(help.status.success(), "the README names `adjudge {verb}`: {}", help.err);
        let group = help.out.contains("<COMMAND>");
        if let Some(second) = second.filter(|_| group) {
            let help = server.cli(&[&verb, &second, "--help"]);
            assert!(help.status.success(), "the README names `adjudge {verb} {second}`: {}", help.err);
        }
    }
}

#[test]
fn links_and_paths_in_the_readme_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = readme();
    let links = Regex::new(r"\]\(([^)#:]+)\)").unwrap();
    let paths =
        Regex::new(r"`((?:src|policies|models|templates|tests|assets|migrations|benches)/[A-Za-z0-9_./-]*)`").unwrap();
    let named = links.captures_iter(&text).chain(paths.captures_iter(&text)).map(|found| found[1].to_owned());
    let missing: Vec<String> = named.filter(|path| !root.join(path).exists()).collect();
    assert!(missing.is_empty(), "the README names what is not there: {missing:?}");
}

/// Paths that the outside contract promises.
const PROMISED: &[(&str, &[&str])] = &[
    ("/v1/ads", &["get", "post"]),
    ("/v1/ads/validate", &["post"]),
    ("/v1/ads/batch", &["post"]),
    ("/v1/ads/{id}", &["get", "put", "delete"]),
    ("/v1/ads/{id}/screenings", &["get"]),
    ("/v1/ads/{id}/appeals", &["get", "post"]),
    ("/v1/advertisers/{external_id}", &["get", "put"]),
    ("/v1/delivery", &["post"]),
    ("/v1/events", &["get"]),
    ("/v1/statements", &["get"]),
    ("/v1/webhooks", &["get", "post"]),
    ("/v1/webhooks/{id}", &["get", "put", "delete"]),
    ("/v1/labels", &["get"]),
    ("/iab/v1/checklist", &["get"]),
    ("/iab/v1/bidder/{bidder}/ads", &["get", "post"]),
    ("/iab/v1/bidder/{bidder}/ads/{ad}", &["get", "put", "patch"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_describes_itself() {
    let server = Server::start(On::Sqlite).await;
    let visitor = reqwest::Client::new();
    let ask = async |method: Method, path: &str| {
        Answer::read(visitor.request(method, format!("{}{path}", server.url)).send().await.unwrap()).await
    };
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(Method::GET, path).await.status, 200, "{path}");
    }
    let metrics = ask(Method::GET, "/metrics").await;
    assert!(metrics.text.contains("# TYPE adjudge_"), "{}", metrics.text);
    let docs = ask(Method::GET, "/docs").await;
    assert!(docs.status == 200 && docs.text.contains("/v1/ads"), "{}", docs.status);

    let description = ask(Method::GET, "/openapi.json").await.expect(200);
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, methods) in PROMISED {
        for method in *methods {
            assert!(description["paths"][path].get(method).is_some(), "{method} {path} is not described");
        }
    }
    let mut references = BTreeSet::new();
    collect_references(&description, &mut references);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("references stay inside the document");
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    // Every described operation exists and asks for a key, unless it says that it is open.
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
            let guarded = operation["security"].as_array().is_some_and(|s| !s.is_empty());
            let concrete = path
                .replace("{id}", "ad_00000000000000000000000000000000")
                .replace("{external_id}", "x")
                .replace("{delivery}", "x");
            let concrete = concrete.replace("{bidder}", "1").replace("{ad}", "2");
            let answer = ask(method.to_uppercase().parse().unwrap(), &concrete).await;
            if guarded {
                assert_eq!(answer.status, 401, "{method} {path}");
            } else {
                assert!(answer.status < 400, "{method} {path}: {}", answer.status);
            }
        }
    }
    let unknown = ask(Method::PATCH, "/v1/ads").await;
    assert_eq!(unknown.status, 405);
    assert!(unknown.headers["allow"].contains("POST"));
}

fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                found.insert(reference.to_owned());
            }
            fields.values().for_each(|v| collect_references(v, found));
        }
        Value::Array(items) => items.iter().for_each(|v| collect_references(v, found)),
        _ => {}
    }
}

/// What the server answers fits what it says it answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_fit_their_schemas() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let description = hook.get("/openapi.json").await.expect(200);
    let fits = |name: &str, value: &Value| {
        let schema = serde_json::json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/components/schemas/{name}"),
            "components": description["components"],
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let wrong: Vec<String> = validator.iter_errors(value).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}\n{value}");
    };
    let id = hook.submit(&ads::weapon("ad-1")).await;
    fits("Outcome", &hook.wait_until_screened(&id).await);
    fits("Problem", &hook.post("/v1/ads", &serde_json::json!({})).await.expect(422));
    for event in hook.events_after("").await.0 {
        fits("Event", &event);
    }
    fits("AdInput", &ads::weapon("ad-1"));
    fits("Statements", &hook.get("/v1/statements").await.expect(200));
}
