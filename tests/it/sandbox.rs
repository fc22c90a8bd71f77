//! Ads for trying out: outcomes on demand, told as real ones are, and nothing of them anywhere else.

use crate::{
    harness::{
        ads,
        database::{On, on_both_databases},
        hook::Hook,
        server::Server,
        until,
    },
    outbox::number,
};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases!(a_sandbox_answers_and_leaves_nothing);

async fn a_sandbox_answers_and_leaves_nothing(on: On) {
    let server = Server::start(on).await;
    let key = server.cli(&["key", "create", "--role", "submitter", "--name", "trial", "--sandbox"]).expect();
    let (trial, shop) = (Hook::new(&server.url, key.trim()), server.submitter("shop"));
    assert_eq!(trial.get("/v1/key").await.expect(200)["submitter"]["sandbox"], true);

    // On demand, whatever the ad says.
    for (id, statuses) in [
        ("sandbox-approve", ("reviewed", "approved")),
        ("sandbox-limit-1", ("reviewed", "limited")),
        ("sandbox-reject", ("reviewed", "rejected")),
        ("sandbox-review-9", ("in_review", "none")),
    ] {
        let outcome = trial.submit_and_wait(&ads::weapon(id)).await;
        let told = (outcome["review_status"].as_str().unwrap(), outcome["approval_status"].as_str().unwrap());
        assert_eq!(told, statuses, "{outcome}");
        assert_eq!(outcome["sandbox"], true, "{outcome}");
        assert_eq!(outcome["serving"]["eligible"], json!(matches!(statuses.1, "approved" | "limited")), "{outcome}");
    }
    let limited = trial.get("/v1/ads?external_id=sandbox-limit-1").await.expect(200)["items"][0].clone();
    assert_eq!((&limited["serving"]["min_age"], limited["findings"].as_array().unwrap().len()), (&json!(18), 1));
    let waiting = trial.get("/v1/ads?external_id=sandbox-review-9").await.expect(200)["items"][0].clone();
    assert!(waiting["expected_by"].is_string(), "{waiting}");
    server.pass(Duration::from_secs(11));
    trial.wait_for(waiting["id"].as_str().unwrap(), |o| o["approval_status"] == "approved").await;

    // As it is, otherwise; also one ad of a real submitter. What would go to a person waits for nobody.
    let mut single = ads::for_people("single");
    single["sandbox"] = true.into();
    single["creative"]["images"] = json!([{"data": ads::base64(&ads::png(3, 3))}]);
    assert_eq!(trial.submit_and_wait(&ads::weapon("pistol")).await["approval_status"], "rejected");
    let real = shop.submit_and_wait(&single).await;
    assert_eq!((&real["review_status"], &real["sandbox"]), (&json!("in_review"), &json!(true)));

    // Told like any other.
    let events = until("the outcomes to be told", async || {
        let (events, _) = trial.events_after("").await;
        let outcomes = |e: &&Value| e["type"] == "ad.outcome";
        (events.iter().filter(outcomes).count() == 6).then_some(events)
    })
    .await;
    assert!(events.iter().filter(|e| e["type"] == "ad.outcome").all(|e| e["data"]["outcome"]["sandbox"] == true));

    // And nowhere else.
    let db = server.database.connect().await;
    for table in ["screening", "finding", "decision", "round", "task", "label", "signal_failure", "revision_asset"] {
        assert_eq!(number(&db, &format!("SELECT COUNT(*) AS n FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM revision WHERE domain IS NOT NULL").await, 0);
    db.close().await.unwrap();
    let ann = server.person("ann", "reviewer").await;
    assert!(ann.claim_next().await.is_none(), "nobody is asked");
    let listed = ann.get("/ads").await;
    assert!(!listed.html.contains("sandbox-") && !listed.html.contains("pistol"), "{}", listed.html);
    // A real ad of the same advertiser knows nothing of them.
    let id = shop.submit(&ads::clean("real")).await;
    let outcome = shop.wait_until_screened(&id).await;
    assert_eq!((&outcome["approval_status"], &outcome["sandbox"]), (&json!("approved"), &json!(false)));
    let staff = server.hook("analyst", "staff");
    let screenings = staff.get(&format!("/v1/ads/{id}/screenings")).await.expect(200);
    let counts = &screenings["items"][0]["facts"]["counts"];
    assert_eq!((&counts["advertiser"]["d7"], &counts["domain"]["d7"]), (&json!(1), &json!(1)), "{counts}");
    assert_eq!(screenings["items"][0]["facts"]["advertiser"]["decided_ads"], 0, "{screenings}");
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}
