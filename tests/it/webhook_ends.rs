//! Ends at the commits of webhooks, reached one by one: no event that a receiver was promised is lost by a power cut, and
//! what it gets twice it gets under the same id.

use crate::harness::{ads, hook::Hook, receiver::Receiver, server::Server, until};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// The flows that [`ends`] reaches.
pub(crate) const FLOWS: [&str; 7] = [
    "create_webhook",
    "change_webhook",
    "rotate_webhook",
    "queue_deliveries",
    "fan_out",
    "claim_deliveries",
    "record_attempts",
];

/// Whether the server ends at this point of the flow. Afterwards it runs without one, and the receiver has everything.
pub(crate) async fn ends(server: &mut Server, hook: &Hook, flow: &str, point: &str, tag: &str) -> bool {
    if !server.runs() {
        server.set("FAILPOINTS", "");
        server.run().await;
    }
    let receiver = Receiver::start();
    let wanted = json!({"url": receiver.url, "types": ["ad.submitted"]});
    let mut made = None;
    if flow != "create_webhook" {
        made = Some(hook.post("/v1/webhooks", &wanted).await.expect(201));
    }
    let (_, cursor) = hook.events_after("").await;
    server.set("FAILPOINTS", &format!("{point}=1*return"));
    let came_up = server.spawn().await;
    let place = |made: &Value| format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
    if came_up {
        let act = async |action: &str| {
            let path = format!("{}/{action}", place(made.as_ref().unwrap()));
            hook.attempt(Method::POST, &path, Some(&json!({}))).await
        };
        let answer = match flow {
            "create_webhook" => hook.attempt(Method::POST, "/v1/webhooks", Some(&wanted)).await,
            "change_webhook" => act("disable").await,
            "rotate_webhook" => act("rotate").await,
            "queue_deliveries" => act("test").await,
            _ => {
                hook.attempt(Method::POST, "/v1/ads", Some(&ads::clean(&format!("during-{tag}")))).await;
                None
            }
        };
        assert!(answer.is_none(), "{point}: answered all the same");
    }
    let ended = !came_up || gone(server).await;
    server.set("FAILPOINTS", "");
    server.run().await;

    // What was claimed is another process's once its lease lapsed.
    server.pass(Duration::from_secs(60));
    let all = hook.get("/v1/webhooks").await.expect(200)["items"].clone();
    let all = all.as_array().unwrap();
    let kept = point.ends_with("after_commit");
    match flow {
        "create_webhook" => assert_eq!(all.len(), usize::from(kept), "{point}: {all:?}"),
        "change_webhook" => assert_eq!(all[0]["state"] == "disabled", kept, "{point}: {all:?}"),
        "rotate_webhook" => assert_eq!(all[0]["old_key_until"].is_string(), kept, "{point}: {all:?}"),
        _ => {}
    }
    let made = match all.first() {
        Some(made) => made.clone(),
        None => hook.post("/v1/webhooks", &wanted).await.expect(201),
    };
    hook.post(&format!("{}/enable", place(&made)), &json!({})).await.expect(200);
    hook.submit(&ads::clean(&format!("after-{tag}"))).await;
    let expected: BTreeSet<String> = until("the ads to be told", async || {
        let (events, _) = hook.events_after(&cursor).await;
        let submitted: Vec<&Value> = events.iter().filter(|e| e["type"] == "ad.submitted").collect();
        let last = submitted.last().is_some_and(|e| e["data"]["external_id"] == format!("after-{tag}"));
        last.then(|| submitted.iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect())
    })
    .await;
    receiver
        .wait("everything", |seen| {
            let ids: BTreeSet<String> =
                seen.iter().filter(|r| r.json()["type"] == "ad.submitted").map(|r| r.id().to_owned()).collect();
            let tested = seen.iter().any(|r| r.json()["type"] == "webhook.test");
            ids == expected && (flow != "queue_deliveries" || tested == kept)
        })
        .await;
    until("all of it to be recorded", async || {
        let now = hook.get(&place(&made)).await.expect(200);
        (now["waiting"] == 0 && now["dead"] == 0).then_some(())
    })
    .await;
    assert_eq!(hook.delete(&place(&made)).await.status, 204);
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
