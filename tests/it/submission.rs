//! What programs that submit ads rely on: acceptance, refusals, retries, batches, revisions, cursors, and that nobody
//! sees what belongs to somebody else.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Answer,
    server::Server,
    until,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases!(
    an_accepted_ad_ends_in_an_outcome,
    retries_change_nothing,
    callers_may_wait_for_the_outcome,
    a_batch_answers_line_by_line,
    revisions_follow_content,
    cursors_reach_everything_once,
    submitters_see_their_own_alone,
    a_dry_run_leaves_nothing,
);

async fn an_accepted_ad_ends_in_an_outcome(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");

    let accepted = hook.post("/v1/ads", &ads::clean("ad-1")).await;
    let outcome = accepted.expect(202);
    let id = outcome["id"].as_str().unwrap();
    assert!(id.starts_with("ad_"), "{id}");
    assert_eq!(outcome["external_id"], "ad-1");
    assert_eq!(outcome["outcome_version"], 1);
    assert!(accepted.headers["location"].ends_with(&format!("/v1/ads/{id}")), "{:?}", accepted.headers);
    assert!(!accepted.headers["x-request-id"].is_empty());

    let screened = hook.wait_until_screened(id).await;
    assert!(screened["outcome_version"].as_i64() > Some(1), "{screened}");
    assert_eq!(screened["revision"], outcome["revision"]);

    let weapon = hook.submit_and_wait(&ads::weapon("ad-2")).await;
    assert_ne!(weapon["approval_status"], "approved", "a listed phrase is found: {weapon}");
}

async fn retries_change_nothing(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let ad = ads::clean("ad-1");

    let first = hook.post_once("/v1/ads", "\"key-1\"", &ad).await;
    first.expect(202);
    hook.wait_until_screened(first.json()["id"].as_str().unwrap()).await;
    let replayed = hook.post_once("/v1/ads", "key-1", &ad).await;
    assert_eq!((replayed.status, &replayed.text), (202, &first.text), "the stored response, quoted or bare");

    let other = hook.post_once("/v1/ads", "key-1", &ads::clean("ad-other")).await;
    assert_eq!(other.expect(422)["code"], "idempotency_key_reused");

    let elsewhere = server.submitter("other shop").post_once("/v1/ads", "key-1", &ad).await;
    assert_ne!(elsewhere.expect(202)["id"], first.json()["id"], "keys of two submitters do not meet");

    // Twenty at once: one ad, and nobody gets anything but the one answer or a 409.
    let racing = (0..20).map(|_| {
        let (hook, ad) = (hook.clone(), ads::clean("ad-2"));
        tokio::spawn(async move { hook.post_once("/v1/ads", "key-2", &ad).await })
    });
    let mut ids = BTreeSet::new();
    for answer in racing {
        let answer: Answer = answer.await.unwrap();
        match answer.status {
            202 => drop(ids.insert(answer.json()["id"].as_str().unwrap().to_owned())),
            status => assert_eq!((status, &answer.json()["code"]), (409, &json!("idempotency_key_running"))),
        }
    }
    assert_eq!(ids.len(), 1, "{ids:?}");

    // A day later the key is free again.
    server.pass(std::time::Duration::from_secs(24 * 3600 + 1));
    let next_day = hook.post_once("/v1/ads", "key-1", &ads::clean("ad-other")).await;
    assert_eq!(next_day.expect(202)["external_id"], "ad-other");

    // Without a key the external id decides: unchanged content is the same ad and revision.
    let again = hook.post("/v1/ads", &ad).await.json();
    assert_eq!((&again["id"], &again["revision"]), (&first.json()["id"], &first.json()["revision"]));
}

async fn callers_may_wait_for_the_outcome(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let request = hook.request(Method::POST, "/v1/ads").header("prefer", "wait=30").json(&ads::clean("ad-1"));
    let answer = Answer::read(request.send().await.unwrap()).await;
    assert_ne!(answer.json()["review_status"], "pending", "{}", answer.text);
    assert!(answer.headers.get("preference-applied").is_some_and(|p| p.contains("wait")), "{:?}", answer.headers);
}

async fn a_batch_answers_line_by_line(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let lines = [
        ads::clean("ad-1").to_string(),
        "{\"external_id\": \"ad-2\", \"creative\": 7}".into(),
        String::new(),
        "not json".into(),
        ads::clean("ad-3").to_string(),
        ads::clean("ad-1").to_string(),
    ];
    let body = lines.join("\n");
    let answer = hook.post_bytes("/v1/ads/batch", "application/x-ndjson", body.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = answer.lines();
    assert_eq!(told.len(), 5, "one line for each that is not blank: {}", answer.text);
    let ids = |lines: &[Value]| -> Vec<Option<String>> {
        lines.iter().map(|l| outcome_of(l)["id"].as_str().map(str::to_owned)).collect()
    };
    let first = ids(&told);
    assert!(first[0].is_some() && first[1].is_none() && first[2].is_none() && first[3].is_some(), "{}", answer.text);
    assert_eq!(first[0], first[4], "a line is idempotent by external id and content");
    assert!(told[1].to_string().contains("/creative"), "a refused line points at its fields: {}", told[1]);

    let again = hook.post_bytes("/v1/ads/batch", "application/x-ndjson", body).await;
    assert_eq!(ids(&again.lines()), first);
    for id in first.iter().flatten().collect::<BTreeSet<_>>() {
        hook.wait_until_screened(id).await;
    }
}

/// The outcome that a batch line carries.
fn outcome_of(line: &Value) -> &Value {
    line.get("outcome").unwrap_or(line)
}

async fn revisions_follow_content(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let first = hook.submit_and_wait(&ads::clean("ad-1")).await;
    let path = format!("/v1/ads/{}", first["id"].as_str().unwrap());

    let unchanged = hook.put(&path, &ads::clean("ad-1")).await;
    assert_eq!(unchanged.json()["revision"], first["revision"]);
    assert_eq!(unchanged.json()["outcome_version"], first["outcome_version"], "nothing happened");

    let changed = ads::ad("ad-1", "Garden tools, 30 % off", "Spades, rakes and shears, delivered in two days.");
    let revised = hook.put(&path, &changed).await.json();
    assert_ne!(revised["revision"], first["revision"]);
    assert_eq!(revised["review_status"], "pending");
    assert_eq!(revised["approval_status"], "none", "a new revision has no approval: {revised}");
    assert!(revised["outcome_version"].as_i64() > first["outcome_version"].as_i64());
    let id = first["id"].as_str().unwrap();
    hook.wait_until_screened(id).await;

    let renamed = hook.put(&path, &ads::clean("another name")).await;
    assert_eq!(renamed.status, 422);
    assert_eq!(renamed.pointers(), ["/external_id"]);

    let withdrawn = hook.delete(&path).await;
    assert_eq!(withdrawn.status, 200, "{}", withdrawn.text);
    let outcome = hook.get(&path).await.json();
    assert_eq!((&outcome["review_status"], &outcome["serving"]["eligible"]), (&json!("withdrawn"), &json!(false)));
    let again = hook.delete(&path).await;
    assert_eq!((again.status, again.json()["outcome_version"].clone()), (200, outcome["outcome_version"].clone()));
}

async fn cursors_reach_everything_once(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let mut sent = BTreeSet::new();
    for n in 0..7 {
        sent.insert(hook.submit(&ads::clean(&format!("ad-{n}"))).await);
    }
    let mut seen = vec![];
    let mut path = "/v1/ads?limit=3".to_owned();
    loop {
        let page = hook.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|i| i["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) if !items.is_empty() => path = format!("/v1/ads?limit=3&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), sent);
    for bad in ["/v1/ads?limit=201", "/v1/ads?limit=0", "/v1/ads?limit=x", "/v1/ads?cursor=%00", "/v1/ads?curser=x"] {
        assert_eq!(hook.get(bad).await.status, 400, "{bad}");
    }

    let submitted = until("the submissions as events", async || {
        let (events, _) = hook.events_after("").await;
        let ads: BTreeSet<String> = events
            .iter()
            .filter(|e| e["type"] == "ad.submitted")
            .map(|e| e["data"]["ad"].as_str().unwrap().to_owned())
            .collect();
        (ads.len() >= 7).then_some(ads)
    })
    .await;
    assert_eq!(submitted, sent);
}

async fn submitters_see_their_own_alone(on: On) {
    let server = Server::start(on).await;
    let (ours, theirs) = (server.submitter("ours"), server.submitter("theirs"));
    let id = ours.submit(&ads::clean("ad-1")).await;
    let path = format!("/v1/ads/{id}");
    for answer in [
        theirs.get(&path).await,
        theirs.delete(&path).await,
        theirs.put(&path, &ads::clean("ad-1")).await,
        theirs.get(&format!("{path}/screenings")).await,
    ] {
        assert!([403, 404].contains(&answer.status), "{} {}", answer.status, answer.text);
    }
    assert_eq!(theirs.get(&path).await.status, 404, "an ad of somebody else looks like none");
    assert_eq!(theirs.get("/v1/ads").await.json()["items"], json!([]));
    assert_eq!(theirs.events_after("").await.0, Vec::<Value>::new());
    let same_name = theirs.submit(&ads::clean("ad-1")).await;
    assert_ne!(same_name, id, "external ids belong to their submitter");
    assert_eq!(ours.get("/v1/labels").await.status, 403);

    let nobody = reqwest::Client::new();
    for (method, path) in [(Method::GET, "/v1/ads"), (Method::POST, "/v1/ads"), (Method::GET, "/v1/events")] {
        for key in ["", "adj_wrong", "Bearer"] {
            let answer = nobody.request(method.clone(), format!("{}{path}", server.url)).bearer_auth(key).send().await;
            assert_eq!(answer.unwrap().status(), 401, "{method} {path} with {key:?}");
        }
    }
}

async fn a_dry_run_leaves_nothing(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let answer = hook.post("/v1/ads/validate", &ads::weapon("ad-1")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.text.contains("score"), "scores are for staff: {}", answer.text);
    let refused = hook.post("/v1/ads/validate", &json!({"external_id": 7})).await;
    assert_eq!(refused.status, 422);
    assert_eq!(hook.get("/v1/ads").await.json()["items"], json!([]));
}

/// Every way in which an ad can be wrong, with the status and the places that the refusal names. Nothing here depends
/// on the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_names_every_bad_field_at_once() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let with = |pointer: &str, value: Value| {
        let mut ad = ads::clean("ad-1");
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        ad.pointer_mut(parent).unwrap()[field] = value;
        ad
    };
    let image = |bytes: &[u8]| json!([{"data": ads::base64(bytes)}]);
    let five_wrong = json!({
        "external_id": 5,
        "advertiser": {"external_id": "a", "name": "n"},
        "creative": {"headline": "x".repeat(301)},
        "landing_url": "javascript:alert(1)",
        "targeting": {"countries": ["DE", "XX"]},
        "extra": true,
    });
    for (body, pointers) in [
        (five_wrong, vec!["/creative/headline", "/external_id", "/extra", "/landing_url", "/targeting/countries/1"]),
        (with("/creative/body", json!("x".repeat(10_001))), vec!["/creative/body"]),
        (with("/creative/images", image(&ads::png(10_001, 1))), vec!["/creative/images/0/data"]),
        (with("/creative/images", image(b"GIF89a and nothing more")), vec!["/creative/images/0/data"]),
        (with("/creative/images", json!([{}])), vec!["/creative/images/0"]),
        (with("/targeting/countries", json!(["UK"])), vec!["/targeting/countries/0"]),
        (with("/landing_url", json!("ftp://northwind.example/")), vec!["/landing_url"]),
    ] {
        let answer = hook.post("/v1/ads", &body).await;
        let told = answer.expect(422);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.pointers(), pointers, "{told}");
        assert!(told["errors"].as_array().unwrap().iter().all(|e| e["detail"].as_str().is_some_and(|d| !d.is_empty())));
    }
    assert_eq!(hook.get("/v1/ads").await.json()["items"], json!([]), "a refused ad is not stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_no_ad_is_refused_in_bounded_time() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let mut broken_text = serde_json::to_vec(&ads::ad("ad-1", "Sp@des", "Rakes")).unwrap();
    let at = broken_text.iter().position(|b| *b == b'@').unwrap();
    broken_text[at] = 0xff;
    for (what, media, body, status) in [
        ("nothing", "application/json", vec![], 400),
        ("no JSON", "application/json", b"{".to_vec(), 400),
        ("broken UTF-8", "application/json", broken_text, 422),
        ("deep JSON", "application/json", [b"[".repeat(1_000), b"]".repeat(1_000)].concat(), 400),
        ("50 MB", "application/json", vec![b' '; 50 * 1024 * 1024], 413),
        ("a form", "application/x-www-form-urlencoded", b"external_id=1".to_vec(), 415),
    ] {
        // A server that refuses early may close while the body is still being sent; what counts is its answer.
        let request = hook.request(Method::POST, "/v1/ads").header("content-type", media).body(body);
        match request.send().await {
            Ok(answer) => {
                let answer = Answer::read(answer).await;
                assert_eq!(answer.status, status, "{what}: {}", answer.text);
                assert_eq!(answer.json()["status"], status, "{what}");
            }
            Err(closed) => assert!(what == "50 MB" && closed.is_request(), "{what}: {closed}"),
        }
    }
    assert_eq!(hook.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_about_an_advertiser_replace_those_told_before() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    hook.submit(&ads::clean("ad-1")).await;
    let told = hook.put("/v1/advertisers/acct-1", &json!({"verified": true, "certificates": ["gambling"]})).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let again = hook.put("/v1/advertisers/acct-1", &json!({"verified": false})).await.json();
    assert_eq!(again["facts"]["verified"], false);
    assert!(again["facts"].get("certificates").is_none_or(Value::is_null), "{again}");
    let wrong = hook.put("/v1/advertisers/acct-1", &json!({"verified": "yes", "currency": "euro"})).await;
    assert_eq!((wrong.status, wrong.pointers()), (422, vec!["/currency".to_owned(), "/verified".to_owned()]));
}
