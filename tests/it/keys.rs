//! Keys of programs: metered, told what is left, replaced with an overlap, listed, revoked; what was asked with each; and
//! people, who can be listed, changed and shut out.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::{Answer, Hook},
    person::Person,
    server::Server,
    until,
};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases!(
    quotas_are_told_and_end,
    a_key_is_replaced_listed_and_revoked,
    a_key_sees_what_was_asked_with_it,
    leads_keep_keys_and_administrators_people,
);

const QUOTA: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/// A number of a structured header: `r` of `"requests";r=5;t=1`.
fn number(answer: &Answer, header: &str, quota: &str, parameter: &str) -> u32 {
    let item = answer.headers[header].split(", ").find(|item| item.starts_with(&format!("\"{quota}\"")));
    let item = item.unwrap_or_else(|| panic!("{header} names {quota}: {:?}", answer.headers));
    let value = item.split(';').find_map(|p| p.strip_prefix(&format!("{parameter}="))).expect("the parameter is there");
    value.parse().expect("a number")
}

async fn quotas_are_told_and_end(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("requests_per_minute = 1000\ndry_runs_per_hour = 2\n[requests_per_minute_of]\nsmall = 1\n");
    server.run().await;
    let (shop, small) = (server.submitter("shop"), server.submitter("small"));

    let told = shop.get("/v1/ads").await;
    assert_eq!(told.headers["ratelimit-policy"], "\"requests\";q=1000;w=60");
    assert!((990..1000).contains(&number(&told, "ratelimit", "requests", "r")), "{:?}", told.headers);

    let first = small.get("/v1/key").await;
    assert_eq!(first.expect(200)["limits"], json!({"requests_per_minute": 1, "dry_runs_per_hour": 2}));
    assert_eq!(number(&first, "ratelimit", "requests", "r"), 0);
    let second = small.get("/v1/key").await;
    let problem = second.expect(429);
    assert_eq!((&problem["type"], &problem["code"]), (&json!(QUOTA), &json!("quota_exceeded")));
    assert_eq!(problem["violated-policies"], json!(["requests"]));
    let wait: u32 = second.headers["retry-after"].parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(number(&second, "ratelimit", "requests", "t"), wait);
    server.pass(Duration::from_secs(60));
    small.get("/v1/key").await.expect(200);

    // Dry runs are counted for each advertiser, and the count outlives a restart.
    let dry = async |advertiser: &str| {
        let mut ad = ads::weapon("dry");
        ad["advertiser"]["external_id"] = advertiser.into();
        shop.post("/v1/ads/validate", &ad).await
    };
    let run = dry("acct-1").await;
    assert_eq!(number(&run, "ratelimit", "dry-runs", "r"), 1);
    let hint = &run.expect(200)["findings"][0]["fix_hint"];
    assert!(hint.as_str().is_some_and(|hint| !hint.is_empty()), "a dry run says what to change: {}", run.text);
    dry("acct-1").await.expect(200);
    server.run().await;
    let refused = dry("acct-1").await;
    assert_eq!(refused.expect(429)["violated-policies"], json!(["dry-runs"]));
    assert_eq!(number(&refused, "ratelimit", "dry-runs", "r"), 0);
    assert!(refused.headers["ratelimit"].contains(";pk=:YWNjdC0x:"), "{:?}", refused.headers);
    dry("acct-2").await.expect(200);
    server.pass(Duration::from_secs(3_600));
    dry("acct-1").await.expect(200);
}

/// Makes a key at the command line: its id and the program that sends it.
fn made(server: &Server, arguments: &[&str]) -> (String, Hook) {
    let made = server.cli(arguments);
    let id = made
        .err
        .split(|c: char| c.is_whitespace() || c == ';')
        .find(|word| word.starts_with("key_"))
        .map(str::to_owned);
    let id = id.unwrap_or_else(|| panic!("{}", made.err));
    (id, Hook::new(&server.url, made.expect().trim()))
}

async fn a_key_is_replaced_listed_and_revoked(on: On) {
    let server = Server::start(on).await;
    let (id, old) = made(&server, &["key", "create", "--role", "submitter", "--name", "shop", "--days", "30"]);
    let who = old.get("/v1/key").await.expect(200);
    assert_eq!(
        (&who["id"], &who["role"], &who["submitter"]["name"]),
        (&json!(id), &json!("submitter"), &json!("shop"))
    );
    assert!(who["expires_at"].is_string(), "{who}");
    old.submit(&ads::clean("ad-1")).await;

    let (next, new) = made(&server, &["key", "rotate", &id, "--overlap", "1"]);
    assert_eq!(new.get("/v1/key").await.expect(200)["id"], json!(next));
    assert_eq!(new.get("/v1/ads").await.expect(200)["items"].as_array().unwrap().len(), 1, "the same submitter");
    old.get("/v1/key").await.expect(200);
    let again = server.cli(&["key", "rotate", &id]);
    assert!(!again.status.success() && again.err.contains("replaced"), "{}", again.err);
    server.pass(Duration::from_secs(3_601));
    old.get("/v1/key").await.expect(401);
    new.get("/v1/key").await.expect(200);

    server.cli(&["key", "limit", &next, "--requests-per-minute", "7"]).expect();
    assert_eq!(new.get("/v1/key").await.headers["ratelimit-policy"], "\"requests\";q=7;w=60");
    server.cli(&["key", "limit", &next]).expect();
    let listed = until("the key's use to be kept", async || {
        let listed = server.cli(&["key", "list"]).expect();
        let line = listed.lines().find(|line| line.starts_with(&next)).map(str::to_owned);
        line.filter(|line| !line.contains("used never")).map(|_| listed)
    })
    .await;
    let line = |id: &str| listed.lines().find(|line| line.starts_with(id)).unwrap_or_default().to_owned();
    assert!(line(&id).contains(" expired ") && line(&next).contains(" active "), "{listed}");

    server.cli(&["key", "revoke", &next]).expect();
    new.get("/v1/key").await.expect(401);
    // A key that is nearly that one.
    let mistyped = format!("{}{}", &next[..next.len() - 1], if next.ends_with('0') { '1' } else { '0' });
    let unknown = server.cli(&["key", "revoke", &mistyped]);
    assert!(unknown.err.contains("there is no key") && unknown.err.contains("did you mean"), "{}", unknown.err);
    // The 30 days of the first key are those of the second, from when it was made.
    let (soon, ends) = made(&server, &["key", "create", "--role", "analyst", "--name", "report", "--days", "1"]);
    ends.get("/v1/key").await.expect(200);
    server.pass(Duration::from_secs(86_400));
    ends.get("/v1/key").await.expect(401);
    assert!(server.cli(&["key", "list"]).expect().lines().any(|l| l.starts_with(&soon) && l.contains(" expired ")));
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

async fn a_key_sees_what_was_asked_with_it(on: On) {
    let server = Server::start(on).await;
    let (shop, other) = (server.submitter("shop"), server.submitter("other"));
    let id = shop.submit(&ads::clean("ad-1")).await;
    let refused = shop.post("/v1/ads", &json!({"external_id": "", "creative": {"headlin": "x"}})).await;
    refused.expect(422);
    shop.get(&format!("/v1/ads/{id}?secret=1")).await;
    shop.get("/v1/ads/ad_00000000000000000000000000000000").await.expect(404);
    shop.put("/v1/advertisers/eve@example.com", &json!({"verified": true})).await.expect(200);
    other.get("/v1/events").await.expect(200);

    let all = until("the requests to be kept", async || {
        let page = shop.get("/v1/requests").await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        items.iter().any(|item| item["method"] == "PUT").then_some(items)
    })
    .await;
    let of = |method: &str, path: &str| -> Option<&Value> {
        all.iter().find(|item| item["method"] == method && item["path"] == path && item["status"] != 202)
    };
    let noted = of("POST", "/v1/ads").expect("the refused ad is noted");
    assert_eq!((&noted["status"], &noted["code"]), (&json!(422), &json!("invalid")));
    assert_eq!(noted["request_id"], json!(refused.headers["x-request-id"]));
    assert!(noted["duration_ms"].as_f64().is_some());
    let mut pointers: Vec<String> = serde_json::from_value(noted["pointers"].clone()).unwrap();
    pointers.iter_mut().for_each(|pointer| *pointer = pointer.trim_start_matches('#').to_owned());
    pointers.sort();
    assert_eq!(pointers, refused.pointers());
    assert!(of("GET", &format!("/v1/ads/{id}")).is_some(), "{all:?}");
    assert!(of("PUT", "/v1/advertisers/{external_id}").is_some());
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains("eve@example.com") && !text.contains("secret") && !text.contains("/v1/events"), "{text}");

    // Pages, the newest first, and only what was refused.
    let page = shop.get("/v1/requests?refused=true&limit=1").await.expect(200);
    assert!(page["items"][0]["status"].as_u64() >= Some(400), "{page}");
    let next = page["next"].as_str().unwrap_or_else(|| panic!("a page more: {page}"));
    let older = shop.get(&format!("/v1/requests?refused=true&limit=1&cursor={next}")).await.expect(200);
    assert_ne!(older["items"][0]["request_id"], page["items"][0]["request_id"]);
    let foreign = other.get("/v1/requests").await.expect(200).to_string();
    assert!(!foreign.contains("/v1/advertisers"), "{foreign}");
    server.pass(Duration::from_secs(8 * 86_400));
    until("old requests to be forgotten", async || {
        let page = shop.get("/v1/requests?refused=true").await.expect(200);
        page["items"].as_array().unwrap().is_empty().then_some(())
    })
    .await;
}

async fn leads_keep_keys_and_administrators_people(on: On) {
    let server = Server::start(on).await;
    let lead = server.person("lea", "lead").await;
    let ann = server.person("ann", "reviewer").await;
    assert_eq!(ann.get("/keys").await.status, 403);

    let page = lead.get("/keys").await;
    let csrf = page.csrf();
    let roles = page.attributes("select[name=role] option", "value");
    assert!(roles.contains(&"submitter".into()) && !roles.contains(&"admin".into()), "{roles:?}");
    let form = |role: &'static str| {
        [("csrf", csrf.clone()), ("name", "till".into()), ("role", role.into()), ("submitter", "shop".into())]
    };
    let send = async |form: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        lead.post("/keys", &fields).await
    };
    assert_eq!(send(&form("admin")).await.status, 403, "nobody gives more than they have");
    let mut late = form("submitter").to_vec();
    late.push(("ends", "2001-01-01".into()));
    assert_eq!(send(&late).await.status, 422);
    let made = send(&form("submitter")).await;
    let secret = made.texts("#secret").pop().expect("the key is shown");
    let hook = Hook::new(&server.url, &secret);
    let id = hook.get("/v1/key").await.expect(200)["id"].as_str().unwrap().to_owned();
    let place = format!("/keys/{id}");
    assert!(!lead.get(&place).await.html.contains(&secret), "and shown once");
    assert!(lead.get("/keys").await.html.contains("till"));
    until("the page to show what was asked", async || {
        let rows = lead.get(&place).await.texts("tbody td.lead");
        rows.iter().any(|row| row == "GET /v1/key").then_some(())
    })
    .await;

    let replaced = lead.post(&format!("{place}/rotate"), &[("csrf", &csrf), ("hours", "24")]).await;
    let second = replaced.texts("#secret").pop().expect("the new key is shown");
    hook.get("/v1/key").await.expect(200);
    let new = Hook::new(&server.url, &second);
    let id = new.get("/v1/key").await.expect(200)["id"].as_str().unwrap().to_owned();
    let place = format!("/keys/{id}");
    lead.post(&format!("{place}/limit"), &[("csrf", &csrf), ("per_minute", "9")]).await;
    assert_eq!(new.get("/v1/key").await.headers["ratelimit-policy"], "\"requests\";q=9;w=60");
    assert_eq!(lead.post(&format!("{place}/revoke"), &[("csrf", "forged")]).await.status, 403);
    lead.post(&format!("{place}/revoke"), &[("csrf", &csrf)]).await;
    new.get("/v1/key").await.expect(401);
    assert_eq!(lead.post(&format!("{place}/revoke"), &[("csrf", &csrf)]).await.status, 409);

    // People: other roles, another password, out and in again.
    server.cli(&["user", "role", "ann", "lead", "analyst"]).expect();
    assert_eq!(ann.get("/keys").await.status, 200);
    server.cli_with(&["user", "password", "ann"], "another horse battery\n").expect();
    assert_eq!(ann.get("/keys").await.path, "/sign-in", "her sessions are over");
    Person::sign_in(&server.url, "ann", "another horse battery").await;
    server.cli(&["user", "disable", "ann"]).expect();
    assert_eq!(Person::visitor(&server.url).try_sign_in("ann", "another horse battery").await.path, "/sign-in");
    assert!(server.cli(&["user", "list"]).expect().lines().any(|l| l.contains("  ann  ") && l.ends_with("disabled")));
    server.cli(&["user", "enable", "ann"]).expect();
    Person::sign_in(&server.url, "ann", "another horse battery").await;
    let unknown = server.cli(&["user", "disable", "anne"]);
    assert!(unknown.err.contains("no person \"anne\"") && unknown.err.contains("\"ann\""), "{}", unknown.err);
    server.add_person("root", "admin");
    for admin in ["admin", "root"] {
        // Whoever is the last one stays.
        let done = server.cli(&["user", "disable", admin]);
        if !done.status.success() {
            assert!(done.err.contains("administrate") || done.err.contains("no person"), "{}", done.err);
        }
    }
    let listed = server.cli(&["user", "list"]).expect();
    assert!(listed.lines().any(|l| l.contains("admin") && !l.ends_with("disabled")), "{listed}");
}
