//! A submitter's whole day: an ad is limited, mended, rejected by a person, contested and given back; and every way of
//! learning that tells the same.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    receiver::Receiver,
    server::Server,
    until,
};
use crate::webhooks::OPEN;
use serde_json::{Value, json};

on_both_databases!(a_day_of_a_submitter_is_told_the_same_on_every_way);

/// What an outcome says of an ad, as somebody would compare it who learnt it twice.
fn told(outcome: &Value) -> (i64, String, String, bool) {
    let word = |name: &str| outcome[name].as_str().unwrap().to_owned();
    (
        outcome["outcome_version"].as_i64().unwrap(),
        word("review_status"),
        word("approval_status"),
        outcome["serving"]["eligible"].as_bool().unwrap(),
    )
}

/// The ad's outcomes among events, by version.
fn outcomes_of(events: &[Value], ad: &str) -> Vec<(i64, String, String, bool)> {
    let mut all: Vec<_> =
        events.iter().filter_map(|e| e["data"].get("outcome")).filter(|o| o["id"] == ad).map(told).collect();
    all.sort();
    all
}

async fn a_day_of_a_submitter_is_told_the_same_on_every_way(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure(&format!(
        "{OPEN}grace_seconds = 1\nsign_in_per_minute = 1000\npublic_url = \"https://review.example/\"\n"
    ));
    server.run().await;
    let hook = server.submitter("shop");
    let (ann, ben) = (server.person("ann", "reviewer").await, server.person("ben", "reviewer").await);
    let receiver = Receiver::start();
    hook.post("/v1/webhooks", &json!({"url": receiver.url})).await.expect(201);

    // Morning: beer may be shown to adults, and not everywhere.
    let mut beer =
        ads::ad("day-1", "Craft beer from the north", "Twelve bottles of pale ale and stout, brewed by hand.");
    beer["targeting"] = json!({"countries": ["DE", "NO"], "min_age": 18});
    let limited = hook.submit_and_wait(&beer).await;
    assert_eq!(limited["approval_status"], "limited", "{limited}");
    assert_eq!(limited["serving"]["excluded_countries"], json!(["NO"]));
    let id = limited["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/ads/{id}");

    // Noon: another text in its place. What was approved goes on serving while people look at the new one.
    let other = ads::for_people("day-1");
    hook.put(&path, &other).await;
    let waiting = hook.wait_for(&id, |o| o["review_status"] == "in_review").await;
    assert_ne!(waiting["revision"], waiting["serving_revision"], "{waiting}");
    assert_eq!(waiting["serving"]["eligible"], true, "{waiting}");

    // Afternoon: rejected, contested, and given back by somebody else.
    let task = ann.claim_next().await.expect("a task waits");
    ann.answer_all(&task, "confirmed").await;
    let rejected = hook.wait_for(&id, |o| o["approval_status"] == "rejected").await;
    assert_eq!(rejected["serving"]["eligible"], false, "{rejected}");
    assert!(rejected["findings"][0]["policy"] == "weapons", "the reason is told: {rejected}");
    hook.post(&format!("{path}/appeals"), &json!({"statement": "It is an exhibition; nothing is sold."}))
        .await
        .expect(201);
    hook.wait_for(&id, |o| o["review_status"] == "under_appeal").await;
    let appeal = ben.claim_next().await.expect("the appeal waits");
    ben.answer_all(&appeal, "dismissed").await;
    let approved = hook.wait_for(&id, |o| o["approval_status"] == "approved" && o["review_status"] == "reviewed").await;
    assert_eq!(approved["serving"]["eligible"], true, "{approved}");

    // Evening: the cursor, the hook and the ad itself say the same, in the same order.
    let by_cursor = until("the last event", async || {
        let (events, _) = hook.events_after("").await;
        let all = outcomes_of(&events, &id);
        (all.last() == Some(&told(&approved))).then_some(all)
    })
    .await;
    let stages: Vec<(&str, &str)> = by_cursor.iter().map(|o| (o.1.as_str(), o.2.as_str())).collect();
    for stage in
        [("reviewed", "limited"), ("reviewed", "rejected"), ("under_appeal", "rejected"), ("reviewed", "approved")]
    {
        assert!(stages.contains(&stage), "{stage:?} was told: {stages:?}");
    }
    let count = events_of(&hook).await;
    let seen = receiver.wait("every event", |seen| seen.len() >= count).await;
    let bodies: Vec<Value> = seen.iter().map(|message| message.json()).collect();
    assert_eq!(outcomes_of(&bodies, &id), by_cursor);
    let types = |all: &[Value]| {
        let mut types: Vec<String> = all.iter().map(|e| e["type"].as_str().unwrap().to_owned()).collect();
        types.sort();
        types
    };
    assert_eq!(types(&bodies), types(&hook.events_after("").await.0));
}

async fn events_of(hook: &Hook) -> usize {
    hook.events_after("").await.0.len()
}
