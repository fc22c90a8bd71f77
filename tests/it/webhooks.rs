//! What a submitter's receiver is promised: every event it asked for, signed, until it has it, whatever goes wrong on
//! either side; and nothing that is not its own.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    receiver::{Received, Receiver, Reply},
    server::Server,
    until,
};
use crate::outbox::number;
use serde_json::{Value, json};
use std::{collections::BTreeMap, collections::BTreeSet, time::Duration};

on_both_databases!(
    messages_are_signed_and_only_their_owner_sees_them,
    a_receiver_that_was_down_for_a_day_gets_everything,
    every_answer_means_what_was_promised,
);

/// An installation that may send to this machine.
pub(crate) const OPEN: &str = "outbound_allow = [\"127.0.0.0/8\"]\noutbound_http = true\n";

async fn server(on: On) -> Server {
    let mut server = Server::install(on, &[]).await;
    server.configure(OPEN);
    server.run().await;
    server
}

async fn webhook(hook: &Hook, receiver: &Receiver, more: Value) -> Value {
    let mut wanted = json!({"url": receiver.url});
    wanted.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    hook.post("/v1/webhooks", &wanted).await.expect(201)
}

fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

async fn deliveries(hook: &Hook, webhook: &Value) -> Vec<Value> {
    let page = hook.get(&format!("{}/deliveries?limit=200", path(webhook))).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

/// Ids of the events that a submitter's cursor shows, after a position.
async fn told(hook: &Hook, after: &str) -> BTreeSet<String> {
    let (events, _) = hook.events_after(after).await;
    events.iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect()
}

fn ids(seen: &[Received]) -> BTreeSet<String> {
    seen.iter().map(|r| r.id().to_owned()).collect()
}

async fn messages_are_signed_and_only_their_owner_sees_them(on: On) {
    let server = server(on).await;
    let (hook, other) = (server.submitter("shop"), server.submitter("rival"));
    for (body, pointers) in [
        (json!({"url": "http://10.0.0.1/", "types": ["ad.nothing"]}), vec!["/types/0", "/url"]),
        (json!({"url": "https://user:word@shop.example/"}), vec!["/url"]),
        (json!({"url": "https://shop.example:22/"}), vec!["/url"]),
        (json!({"url": "https://[::1]/"}), vec!["/url"]),
        (json!({"types": "all"}), vec!["/types", "/url"]),
    ] {
        let refused = hook.post("/v1/webhooks", &body).await;
        assert_eq!((refused.status, refused.pointers()), (422, pointers.iter().map(|p| (*p).to_owned()).collect()));
    }

    let (shared, keyed, outcomes) = (Receiver::start(), Receiver::start(), Receiver::start());
    let first = webhook(&hook, &shared, json!({"description": "main"})).await;
    let second = webhook(&hook, &keyed, json!({"signing": "ed25519"})).await;
    webhook(&hook, &outcomes, json!({"types": ["ad.outcome"]})).await;
    let (secret, public) = (first["secret"].as_str().unwrap(), second["public_key"].as_str().unwrap());
    assert!(secret.starts_with("whsec_") && public.starts_with("whpk_"));
    assert!(second.get("secret").is_none(), "the private key stays here: {second}");
    let shown = hook.get("/v1/webhooks").await;
    assert!(!shown.text.contains("whsec_") && !shown.text.contains("whsk_"), "a key is told once");
    assert_eq!(hook.get(&path(&first)).await.expect(200)["description"], "main");

    let outcome = hook.submit_and_wait(&ads::weapon("ad-1")).await;
    let seen = shared.wait("two messages", |seen| seen.len() >= 2).await;
    assert_eq!(ids(&seen), told(&hook, "").await, "webhook-id is the event's id");
    let by_type: BTreeMap<String, Value> =
        seen.iter().map(|r| (r.json()["type"].as_str().unwrap().to_owned(), r.json())).collect();
    let event = &by_type["ad.outcome"];
    for (name, told) in event["data"]["outcome"].as_object().unwrap() {
        assert_eq!(*told, outcome[name], "{name} is what the ad itself says");
    }
    assert!(event["data"]["outcome"]["outcome_version"].is_i64() && event["timestamp"].is_string(), "{event}");
    assert!(seen[0].is_signed_with(secret), "{:?}", seen[0]);
    let changed = Received { body: seen[0].body.replace("ad-1", "ad-2"), ..seen[0].clone() };
    assert!(!changed.is_signed_with(secret));
    let seen = keyed.wait("two messages", |seen| seen.len() >= 2).await;
    assert!(seen[0].is_signed_with(public), "{:?}", seen[0]);
    assert!(!Received { body: "{}".into(), ..seen[0].clone() }.is_signed_with(public));
    let seen = outcomes.wait("one message", |seen| !seen.is_empty()).await;
    assert_eq!(seen.iter().map(|r| r.json()["type"].clone()).collect::<Vec<_>>(), ["ad.outcome"]);

    // Both keys sign while they overlap; then the new one alone.
    let rotated = hook.post(&format!("{}/rotate", path(&first)), &json!({"overlap_seconds": 3600})).await.expect(200);
    let fresh = rotated["secret"].as_str().unwrap();
    assert_ne!(fresh, secret);
    hook.post(&format!("{}/test", path(&first)), &json!({})).await.expect(202);
    let seen = shared.wait("the test message", |seen| seen.len() >= 3).await;
    let test = seen.last().unwrap();
    assert_eq!(test.json()["type"], "webhook.test");
    assert!(test.is_signed_with(secret) && test.is_signed_with(fresh), "{test:?}");
    assert_eq!(test.headers["webhook-signature"].split(' ').count(), 2);
    server.pass(Duration::from_secs(3_601));
    hook.post(&format!("{}/test", path(&first)), &json!({})).await.expect(202);
    let seen = shared.wait("another one", |seen| seen.len() >= 4).await;
    assert_eq!(seen.last().unwrap().headers["webhook-signature"].split(' ').count(), 1);

    let done = until("all attempts to be kept", async || {
        Some(deliveries(&hook, &first).await).filter(|all| all.iter().all(|d| d["state"] == "delivered"))
    })
    .await;
    assert_eq!(done.len(), 4);
    assert_eq!((&done[0]["type"], &done[0]["attempts"][0]["status"]), (&json!("webhook.test"), &json!(204)));
    assert_eq!(done[2]["body"], *event, "bodies are shown as they were sent");
    let replay = format!("{}/deliveries/{}/replay", path(&first), done[2]["id"].as_str().unwrap());

    // Nobody else sees or moves anything of it.
    assert_eq!(other.get("/v1/webhooks").await.expect(200)["items"], json!([]));
    let deliveries_of = format!("{}/deliveries", path(&first));
    assert_eq!(other.get(&path(&first)).await.status, 404);
    assert_eq!(other.get(&deliveries_of).await.status, 404);
    assert_eq!(other.delete(&path(&first)).await.status, 404);
    assert_eq!(other.post(&replay, &json!({})).await.status, 404);
    for action in ["enable", "disable", "rotate", "test"] {
        assert_eq!(other.post(&format!("{}/{action}", path(&first)), &json!({})).await.status, 404, "{action}");
    }
    assert_eq!(server.hook("analyst", "research").get("/v1/webhooks").await.status, 403);

    // One that was received is sent again when asked for, under its id.
    hook.post(&replay, &json!({})).await.expect(202);
    let seen = shared.wait("it again", |seen| seen.len() >= 5).await;
    assert_eq!(seen.last().unwrap().id(), done[2]["message_id"].as_str().unwrap());
    let put = json!({"url": keyed.url, "types": ["ad.withdrawn"]});
    assert_eq!(hook.put(&path(&first), &put).await.expect(200)["types"], json!(["ad.withdrawn"]));
    assert_eq!(hook.delete(&path(&first)).await.status, 204);
    assert_eq!(hook.get(&path(&first)).await.status, 404);
    let (python, node) = (server.log_text().contains("whsec_"), server.log_text().contains("whsk_"));
    assert!(!python && !node, "no key in the log");
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

/// Attempts of every delivery of a webhook, when all have as many.
async fn all_tried(hook: &Hook, webhook: &Value, times: usize) -> Vec<Value> {
    until(&format!("{times} attempts of each"), async || {
        let all = deliveries(hook, webhook).await;
        let tried = |d: &Value| d["attempts"].as_array().is_some_and(|a| a.len() == times);
        (!all.is_empty() && all.iter().all(tried)).then_some(all)
    })
    .await
}

async fn a_receiver_that_was_down_for_a_day_gets_everything(on: On) {
    let mut server = server(on).await;
    let hook = server.submitter("shop");
    let receiver = Receiver::start();
    receiver.down(true);
    let made = webhook(&hook, &receiver, json!({})).await;
    for n in 0..5 {
        hook.submit_and_wait(&ads::clean(&format!("ad-{n}"))).await;
    }
    let expected = until("all to be told", async || Some(told(&hook, "").await).filter(|all| all.len() == 10)).await;
    until("a delivery of each event", async || (deliveries(&hook, &made).await.len() == expected.len()).then_some(()))
        .await;

    // The published pauses, each passed by no more than its jitter: more than a day in all.
    let pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400];
    for (tried, pause) in (1..).zip(pauses) {
        let all = all_tried(&hook, &made, tried).await;
        assert!(all.iter().all(|d| d["state"] == "waiting"), "{all:?}");
        for delivery in &all {
            let (last, next) = (&delivery["attempts"][tried - 1]["at"], &delivery["next_attempt_at"]);
            let seconds = seconds_between(last, next);
            assert!(seconds >= pause as f64 && seconds <= pause as f64 * 1.1 + 1.0, "try {tried}: {delivery}");
        }
        if tried == 3 {
            server.kill();
            server.run().await;
        }
        server.pass(Duration::from_millis(pause * 1_100 + 1_000));
    }
    all_tried(&hook, &made, pauses.len() + 1).await;
    assert_eq!(hook.get(&path(&made)).await.expect(200)["failures"], 8 * expected.len() as i64);
    assert!(receiver.seen().is_empty());

    receiver.down(false);
    server.pass(Duration::from_secs(72_000 * 11 / 10 + 1));
    let seen = receiver.wait("all that happened", |seen| seen.len() >= expected.len()).await;
    assert_eq!(ids(&seen), expected, "everything came");
    assert_eq!(seen.len(), expected.len(), "once");
    until("a healthy webhook", async || {
        let now = hook.get(&path(&made)).await.expect(200);
        (now["failures"] == 0 && now["waiting"] == 0 && now["dead"] == 0).then_some(())
    })
    .await;
}

fn seconds_between(from: &Value, to: &Value) -> f64 {
    let read = |v: &Value| {
        time::OffsetDateTime::parse(v.as_str().unwrap(), &time::format_description::well_known::Rfc3339).unwrap()
    };
    (read(to) - read(from)).as_seconds_f64()
}

async fn every_answer_means_what_was_promised(on: On) {
    let server = server(on).await;
    let hook = server.submitter("shop");
    let types = json!({"types": ["ad.submitted"]});
    let elsewhere = Receiver::start();
    let moved = elsewhere.url.clone();
    let redirects = Receiver::answering(move |n, _| match n {
        0 => Reply::status(302).with("location", &moved),
        _ => Reply::status(200),
    });
    let gone = Receiver::answering(|_, _| Reply::status(410));
    let full = Receiver::answering(|n, _| match n {
        0 => Reply::status(429).with("retry-after", "120"),
        _ => Reply::status(200),
    });
    let flaps = Receiver::answering(|n, _| Reply::status(if n % 2 == 0 { 500 } else { 200 }));
    let broken = Receiver::answering(|_, _| Reply::status(500));
    let slow = Receiver::start();
    slow.hold(true);
    let quick = Receiver::start();
    let mut made = BTreeMap::new();
    for (name, receiver) in [
        ("redirects", &redirects),
        ("gone", &gone),
        ("full", &full),
        ("flaps", &flaps),
        ("broken", &broken),
        ("slow", &slow),
        ("quick", &quick),
    ] {
        made.insert(name, webhook(&hook, receiver, types.clone()).await);
    }
    let state = async |name: &str| hook.get(&path(&made[name])).await.expect(200);

    // Many more than are sent to one receiver at once: the slow one holds up nobody else.
    const ADS: usize = 20;
    let batch: String = (0..ADS).map(|n| format!("{}\n", ads::clean(&format!("ad-{n}")))).collect();
    hook.post_bytes("/v1/ads/batch", "application/x-ndjson", batch).await.expect_lines();
    quick.wait("everything at the quick one", |seen| seen.len() == ADS).await;
    slow.wait("some at the slow one", |seen| !seen.is_empty()).await;
    assert!(slow.seen().len() <= 4, "a slow receiver is not sent everything at once: {}", slow.seen().len());
    slow.hold(false);
    slow.wait("everything at the slow one", |seen| ids(seen).len() == ADS).await;

    // 410: disabled at once, nothing more is sent, nothing is lost.
    until("it to be disabled", async || (state("gone").await["state"] == "disabled").then_some(())).await;
    assert_eq!(state("gone").await["because"], "gone");
    let refused = hook.post(&format!("{}/test", path(&made["gone"])), &json!({})).await;
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("webhook_disabled")));

    // 429: nothing before the pause that was asked for, though everybody else was tried again.
    until("the pause to be kept", async || state("full").await["throttled_until"].is_string().then_some(())).await;
    let before = full.seen().len();
    server.pass(Duration::from_secs(60));
    flaps.wait("second attempts", |seen| ids(seen).len() == ADS && seen.len() > ADS).await;
    redirects.wait("everything", |seen| ids(seen).len() == ADS && seen.len() > ADS).await;
    assert!(elsewhere.seen().is_empty(), "a redirect is not followed");
    assert_eq!(full.seen().len(), before, "nothing within the pause");
    server.pass(Duration::from_secs(61));
    full.wait("everything", |seen| ids(seen).len() == ADS).await;

    // 410, and enabled again: it goes on from where it stopped.
    hook.submit(&ads::clean("while-disabled")).await;
    gone.answer(|_, _| Reply::status(200));
    hook.post(&format!("{}/enable", path(&made["gone"])), &json!({})).await.expect(200);
    let submitted = gone.wait("everything", |seen| ids(seen).len() == ADS + 1).await;
    assert!(submitted.iter().all(|r| r.json()["type"] == "ad.submitted"));

    // Whoever never answers is given up after ten attempts, where everybody sees it; and gets all when asked for.
    for pause in [300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400, 86_400] {
        server.pass(Duration::from_secs(pause * 11 / 10 + 10));
        until("another attempt of each", async || (due(&server, &made["broken"]).await == 0).then_some(())).await;
    }
    until("it to be given up", async || (state("broken").await["dead"] == ADS as i64 + 1).then_some(())).await;
    let dead = hook.get(&format!("{}/deliveries?state=dead&limit=1", path(&made["broken"]))).await.expect(200);
    assert_eq!(dead["items"][0]["attempts"].as_array().unwrap().len(), 10, "{dead}");
    until("the metric", async || {
        hook.get("/metrics").await.text.contains("adjudge_webhook_deliveries{state=\"dead\"} 21").then_some(())
    })
    .await;
    let (before, when) = (broken.seen().len(), json!({"since": "2020-01-01T00:00:00Z"}));
    broken.answer(|_, _| Reply::status(200));
    let queued = hook.post(&format!("{}/replay", path(&made["broken"])), &when).await.expect(202);
    assert_eq!(queued["queued"], ADS + 1);
    let seen = broken.wait("all of it", |seen| seen.len() > before + ADS).await;
    assert_eq!(ids(&seen[before..]).len(), ADS + 1);
    flaps.wait("everything, flaps or not", |seen| ids(seen).len() == ADS + 1).await;
    until("nothing to be left", async || {
        let all = hook.get("/v1/webhooks").await.expect(200);
        all["items"].as_array().unwrap().iter().all(|w| w["waiting"] == 0 && w["dead"] == 0).then_some(())
    })
    .await;
}

/// Deliveries of a webhook that are due by the server's moved clock: waiting, with less than a week to go.
async fn due(server: &Server, webhook: &Value) -> i64 {
    let db = server.database.connect().await;
    let hex = webhook["id"].as_str().unwrap().trim_start_matches("wh_");
    let id = if server.database.url.starts_with("sqlite") { format!("x'{hex}'") } else { format!("'{hex}'") };
    let moved: i64 = std::fs::read_to_string(server.data_folder().parent().unwrap().join("clock"))
        .map_or(0, |text| text.trim().parse().unwrap());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64 + moved;
    let sql = format!(
        "SELECT COUNT(*) AS n FROM webhook_delivery WHERE webhook_id = {id} AND state = 'waiting' AND run_at <= {now}"
    );
    let n = number(&db, &sql).await;
    db.close().await.unwrap();
    n
}
