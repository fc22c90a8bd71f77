//! Hostile and careless programs: an API fuzzer of others against what the API says of itself, and hundreds of ads that
//! are wrong in one place each, every one refused with a pointer to it.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    server::Server,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Stdio},
};

on_both_databases!(ads_that_are_wrong_in_one_place_are_refused_there);

/// What the fuzzer looks at: no failure of ours, no answer that is not described, no method and no way in by accident.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      unsupported_method,ignored_auth";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fuzzer_finds_no_failure_and_no_undocumented_answer() {
    let mut server = Server::install(On::Sqlite, &[]).await;
    server.configure("requests_per_minute = 0\ndry_runs_per_hour = 0\n");
    server.run().await;
    let key = |role: &str| server.cli(&["key", "create", "--role", role, "--name", role]).expect();
    let (shop, staff) = (key("submitter"), key("analyst"));
    // An ad to be found, at least by its list.
    Hook::new(&server.url, shop.trim()).submit(&ads::clean("ad-1")).await;
    let schema = format!("{CHECKS},response_schema_conformance");
    fuzz(
        &server,
        shop.trim(),
        &["--exclude-tag", "Operation", "--exclude-tag", "Staff", "--exclude-tag", "IAB", "-c", &schema],
    )
    .await;
    // An export without a line is an answer, and no document that a schema could describe.
    fuzz(&server, staff.trim(), &["--include-tag", "Staff", "-c", CHECKS]).await;
    assert!(!server.log_text().contains("panicked"), "{}", server.log_text());
}

/// Runs the fuzzer with a fixed seed; what it finds is the test's failure.
async fn fuzz(server: &Server, key: &str, arguments: &[&str]) {
    let peers = std::env::var("ADJUDGE_TEST_PEERS");
    let peers = peers.expect("ADJUDGE_TEST_PEERS names the programs of others; `tests/run` brings them");
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(Path::new(&peers).join("venv/bin/schemathesis"));
    run.args(["run", &format!("{}/openapi.json", server.url), "--header", &format!("Authorization: Bearer {key}")]);
    run.args(["--seed", "7", "--max-examples", "8", "--phases", "examples,coverage,fuzzing"]);
    run.args(["--continue-on-failure", "--no-shrink", "--warnings", "off", "--request-timeout", "30"]).args(arguments);
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/ndjson.py");
    run.env("SCHEMATHESIS_HOOKS", hooks).current_dir(folder.path()).stdin(Stdio::null());
    // On a thread of its own: the server's output is read on this runtime's.
    let done = tokio::task::spawn_blocking(move || run.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    assert!(said.contains("generated"), "it did something: {said}");
}

/// An ad with every field there is.
fn whole_ad() -> Value {
    json!({
        "external_id": "whole",
        "advertiser": {"external_id": "acct-1", "name": "Northwind Garden Tools"},
        "creative": {
            "headline": "Garden tools, 20 % off", "body": "Spades and rakes.", "call_to_action": "Shop now",
            "images": [{"url": "https://cdn.example/one.png", "alt_text": "A spade"},
                       {"data": ads::base64(&ads::png(2, 2)), "alt_text": "A rake"}],
            "video": {"url": "https://cdn.example/one.mp4", "duration_ms": 15_000},
        },
        "landing_url": "https://northwind.example/tools",
        "targeting": {"countries": ["DE", "AT"], "min_age": 18, "max_age": 65, "languages": ["de", "en"],
                      "interests": ["gardening", "tools"]},
        "schedule": {"starts_at": "2027-01-01T00:00:00Z", "ends_at": "2027-02-01T00:00:00Z"},
        "budget": {"micros": 5_000_000, "currency": "EUR"},
        "on_behalf_of": "Northwind Group", "paid_by": "Northwind Holding",
        "sandbox": false, "needed_by": "2027-01-01T00:00:00Z",
    })
}

/// Every place of a document, its root first.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => members.iter().for_each(|(name, v)| places(v, &format!("{at}/{name}"), found)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| places(v, &format!("{at}/{i}"), found)),
        _ => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Copies of an ad, each wrong in one place, with the place where it has to be told.
fn wrong_ads(whole: &Value) -> Vec<(String, Value)> {
    let mut all = vec![];
    places(whole, "", &mut all);
    let mut wrong = vec![];
    let mut put = |at: &str, value: Value, told: &str| {
        let mut ad = whole.clone();
        *ad.pointer_mut(at).unwrap() = value;
        wrong.push((told.to_owned(), ad));
    };
    for at in &all {
        let here = whole.pointer(at).unwrap();
        // Of another type, whatever that is.
        for other in [
            json!(true),
            json!(-1.5),
            json!(12),
            json!("@"),
            json!([["x"]]),
            json!({"x": 1}),
            json!([null, {}]),
            json!(1e300),
            json!({"": []}),
            json!([true]),
            json!(0.1),
            json!({"$ref": "#"}),
            json!([1, 2, 3]),
        ] {
            if kind(&other) != kind(here) {
                put(at, other, at);
            }
        }
        if let Value::Object(members) = here {
            for name in ["unknown", "__proto__", "Headline", "external-id", ""] {
                let mut more = members.clone();
                more.insert(name.to_owned(), json!("x"));
                put(at, Value::Object(more), &format!("{at}/{name}"));
            }
        }
        if let Value::String(_) = here {
            // No text of an ad holds a null character, and none is that long (images are cut off by the line's own limit).
            put(at, json!("a\u{0}b"), at);
            if !at.ends_with("/data") {
                put(at, json!("x".repeat(10_001)), at);
            }
        }
        if let Value::Number(_) = here {
            put(at, json!(-1), at);
            put(at, json!(1.5), at);
            put(at, json!(u64::MAX), at);
        }
    }
    for (at, bad) in [
        ("/landing_url", json!("ftp://a.example")),
        ("/landing_url", json!("javascript:alert(1)")),
        ("/landing_url", json!("https://")),
        ("/landing_url", json!("")),
        ("/landing_url", json!("//a.example")),
        ("/creative/images/0/url", json!("data:image/png;base64,AA==")),
        ("/creative/images/1/data", json!("%%%")),
        ("/creative/images/1/data", json!("AAAA")),
        ("/creative/images/1/data", json!("")),
        ("/creative/video/url", json!("file:///etc/passwd")),
        ("/targeting/countries/0", json!("UK")),
        ("/targeting/countries/1", json!("de")),
        ("/targeting/languages/0", json!("german")),
        ("/targeting/min_age", json!(12)),
        ("/targeting/max_age", json!(121)),
        ("/budget/currency", json!("EURO")),
        ("/schedule/starts_at", json!("tomorrow")),
        ("/schedule/ends_at", json!("2026-12-31T00:00:00Z")),
        ("/needed_by", json!("2027-02-30T00:00:00Z")),
        ("/external_id", json!("")),
        ("/advertiser/name", json!("")),
        ("/external_id", json!("a\nb")),
        ("/on_behalf_of", json!("")),
        ("/paid_by", json!("x".repeat(301))),
        ("/targeting/interests/0", json!("")),
        ("/targeting/interests/1", json!("x".repeat(201))),
    ] {
        put(at, bad, at);
    }
    wrong
}

async fn ads_that_are_wrong_in_one_place_are_refused_there(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let whole = whole_ad();
    hook.post("/v1/ads/validate", &whole).await.expect(200);
    let wrong = wrong_ads(&whole);
    assert!(wrong.len() >= 500, "{} ads", wrong.len());
    let lines: Vec<String> = wrong.iter().map(|(_, ad)| ad.to_string()).collect();
    let answers = hook.post_bytes("/v1/ads/batch", "application/x-ndjson", lines.join("\n")).await.expect_lines();
    assert_eq!(answers.len(), wrong.len());
    let mut complaints = vec![];
    for ((place, ad), answer) in wrong.iter().zip(&answers) {
        let pointers: BTreeSet<&str> = answer["problem"]["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|e| e["pointer"].as_str())
            .collect();
        // At the place, or at the one around it: `exactly one of the two`, `ends before it starts`.
        let told = pointers.iter().any(|pointer| {
            let pointer = pointer.trim_start_matches('#');
            pointer == place || place.starts_with(pointer) || pointer.starts_with(place.as_str())
        });
        if !matches!(answer["status"].as_u64(), Some(400 | 422)) || !told {
            complaints.push(format!(
                "{place}: {} {pointers:?} for {:.200}",
                answer["status"],
                ad.pointer(place).unwrap_or(ad)
            ));
        }
    }
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), wrong.len(), complaints.join("\n"));
    assert!(hook.get("/v1/ads").await.expect(200)["items"].as_array().unwrap().is_empty(), "none was accepted");
}
