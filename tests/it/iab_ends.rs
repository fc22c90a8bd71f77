//! Ends at the commits of the IAB API: an ad that a bidder sent, and one that expires, are whole after a power cut.

use crate::harness::{
    database::{On, on_both_databases},
    hook::Hook,
    server::Server,
    until,
};
use crate::iab::{clean, seat_path};
use reqwest::Method;
use sea_orm::ConnectionTrait;
use std::time::Duration;

on_both_databases!(an_end_at_a_commit_of_the_iab_api_loses_nothing);

/// The flows that [`ends`] reaches.
pub(crate) const FLOWS: [&str; 2] = ["iab_put", "expire_ad"];

async fn an_end_at_a_commit_of_the_iab_api_loses_nothing(on: On) {
    let mut server = Server::install(on, &[]).await;
    let hook = server.submitter("shop");
    for (round, flow) in FLOWS.into_iter().enumerate() {
        for boundary in ["before_commit", "after_commit"] {
            let (point, tag) = (format!("{flow}.{boundary}"), format!("{round}-{boundary}"));
            assert!(ends(&mut server, &hook, flow, &point, &tag).await, "nothing reaches {point}");
        }
    }
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

/// Whether the server ends at this point of the flow. Afterwards it runs without one, and the ad is where it should be.
pub(crate) async fn ends(server: &mut Server, hook: &Hook, flow: &str, point: &str, tag: &str) -> bool {
    let at = format!("{point}=1*return");
    let id = format!("iab-{tag}");
    let one = format!("/iab/v1/bidder/shop/ads/{id}");
    if flow == "iab_put" {
        server.set("FAILPOINTS", &at);
        server.run().await;
        let hook = hook.at(&server.url);
        let answer = hook.attempt(Method::POST, &seat_path("shop"), Some(&clean(&id))).await;
        let ended = answer.is_none() && gone(server).await;
        server.set("FAILPOINTS", "");
        server.run().await;
        // A bidder that got no answer sends the same again.
        let again = hook.at(&server.url).post(&seat_path("shop"), &clean(&id)).await.expect(200);
        assert_eq!(again["count"], 1);
        return ended;
    }
    server.set("FAILPOINTS", "");
    server.run().await;
    let hook = hook.at(&server.url);
    hook.post(&seat_path("shop"), &clean(&id)).await.expect(200);
    status_becomes(&hook, &one, 3).await;
    server.stop();
    let db = server.database.connect().await;
    db.execute_unprepared("UPDATE iab_ad SET awake_since = 1 WHERE awake_since IS NOT NULL").await.unwrap();
    db.close().await.unwrap();
    server.set("FAILPOINTS", &at);
    let ended = !server.spawn().await || gone(server).await;
    server.set("FAILPOINTS", "");
    server.run().await;
    let hook = hook.at(&server.url);
    status_becomes(&hook, &one, 6).await;
    hook.patch(&one, &serde_json::json!({})).await.expect(200);
    status_becomes(&hook, &one, 3).await;
    ended
}

async fn status_becomes(hook: &Hook, one: &str, status: i64) {
    until(&format!("{one} to have status {status}"), async || {
        (hook.get(one).await.expect(200)["ads"][0]["audit"]["status"] == status).then_some(())
    })
    .await;
}

async fn gone(server: &mut Server) -> bool {
    for _ in 0..400 {
        if !server.runs() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}
