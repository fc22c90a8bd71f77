//! Ends at the commits of appeals: one that was opened is there after a power cut, one that was not can be opened, and an
//! ad is under appeal exactly while one is open.

use crate::harness::{ads, hook::Hook, server::Server};
use crate::outbox::number;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// The flows that [`ends`] reaches.
pub(crate) const FLOWS: [&str; 2] = ["open_appeal", "withdraw_appeal"];

/// Whether the server ends at this point of the flow. Afterwards it runs without one, and no appeal is open.
pub(crate) async fn ends(server: &mut Server, hook: &Hook, flow: &str, point: &str, tag: &str) -> bool {
    server.run().await;
    let ad = ads::ad(&format!("contested-{tag}"), "Tools", "Here stands a blocked phrase.");
    let rejected = hook.submit_and_wait(&ad).await;
    assert_eq!(rejected["approval_status"], "rejected", "{rejected}");
    let appeals = format!("/v1/ads/{}/appeals", rejected["id"].as_str().unwrap());
    let statement = json!({"statement": "A toy."});
    let mut open = None;
    if flow == "withdraw_appeal" {
        open = hook.post(&appeals, &statement).await.expect(201)["id"].as_str().map(str::to_owned);
    }
    server.stop();
    server.set("FAILPOINTS", &format!("{point}=1*return"));
    server.run().await;
    let answer = match &open {
        Some(id) => hook.attempt(Method::DELETE, &format!("{appeals}/{id}"), None).await,
        None => hook.attempt(Method::POST, &appeals, Some(&statement)).await,
    };
    let ended = answer.is_none() && gone(server).await;
    server.set("FAILPOINTS", "");
    server.run().await;
    let db = server.database.connect().await;
    for (what, sql) in [
        (
            "an ad under appeal without one, or the other way round",
            "SELECT COUNT(*) AS n FROM ad WHERE (review_status = 'under_appeal')
             <> EXISTS (SELECT 1 FROM appeal p WHERE p.ad_id = ad.id AND p.state = 'open')",
        ),
        (
            "an open appeal without an open round",
            "SELECT COUNT(*) AS n FROM appeal WHERE state = 'open'
             AND round_id NOT IN (SELECT id FROM round WHERE state = 'open')",
        ),
    ] {
        assert_eq!(number(&db, sql).await, 0, "{what}");
    }
    db.close().await.unwrap();
    // The client tries again, as it would: whatever the end left, the appeal is open, and then it is not.
    if open.is_none() {
        let again = hook.post(&appeals, &statement).await;
        assert!([201, 409].contains(&again.status), "{}", again.text);
        open = hook.get(&appeals).await.expect(200)["items"][0]["id"].as_str().map(str::to_owned);
    }
    let id = open.expect("an appeal is open");
    assert_eq!(hook.delete(&format!("{appeals}/{id}")).await.expect(200)["state"], "withdrawn");
    ended
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
