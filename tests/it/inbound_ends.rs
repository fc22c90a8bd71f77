//! Ends at the commits of what comes in besides ads. `durability` then looks at what is left.

use crate::harness::{ads, hook::Hook, server::Server};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// The flows that are reached here.
pub(crate) const FLOWS: [&str; 4] = ["tell_delivery", "tell_decisions", "report", "settle_reports"];

/// Whether the process ends at this point, in this flow.
pub(crate) async fn ends(server: &mut Server, hook: &Hook, flow: &str, point: &str, tag: &str) -> bool {
    server.set("FAILPOINTS", &format!("{point}=1*return"));
    // A report that an end before this one left open is settled as soon as the server runs.
    if !server.spawn().await {
        return true;
    }
    let name = format!("in-{tag}");
    let id = hook.submit(&ads::clean(&name)).await;
    let answered = match flow {
        "tell_delivery" => {
            let line = json!([{"external_id": name, "hour": hour(0), "impressions": 3}]);
            let first = hook.attempt(Method::POST, "/v1/delivery", Some(&line)).await;
            if first.is_none() {
                // Told again after an end, it is counted once.
                gone(server).await;
                server.set("FAILPOINTS", "");
                server.run().await;
                let again = hook.post("/v1/delivery", &line).await.json();
                let kept = if point.ends_with("before_commit") { "counted" } else { "unchanged" };
                assert_eq!(again[0]["told"], kept, "{again}");
                return true;
            }
            first
        }
        "tell_decisions" => {
            let watched = server.cli(&["key", "create", "--role", "submitter", "--observe", "--name", "watched"]);
            let watched = Hook::new(&server.url, watched.expect().trim());
            let line = json!([{"external_id": "nobody's", "outcome": "approved"}]);
            watched.attempt(Method::POST, "/v1/decisions/external", Some(&line)).await
        }
        "report" | "settle_reports" => {
            hook.wait_until_screened(&id).await;
            let report = json!({"external_id": name, "policy": "weapons", "person": {"reference": "u"}});
            let taken = hook.attempt(Method::POST, "/v1/reports", Some(&report)).await;
            if taken.is_some() {
                // An ad that is taken back leaves nothing to decide.
                hook.attempt(Method::DELETE, &format!("/v1/ads/{id}"), None).await;
                return gone(server).await;
            }
            taken
        }
        _ => return false,
    };
    answered.is_none() && gone(server).await
}

/// An hour that began so many hours before the one that runs, as lines about delivery name it.
pub(crate) fn hour(ago: i64) -> String {
    let now = time::OffsetDateTime::now_utc() - time::Duration::hours(ago);
    let hour = now.replace_time(time::Time::from_hms(now.hour(), 0, 0).unwrap());
    hour.format(&time::format_description::well_known::Rfc3339).unwrap()
}

async fn gone(server: &mut Server) -> bool {
    for _ in 0..200 {
        if !server.runs() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}
