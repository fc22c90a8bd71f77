//! Takedowns: they are told before everything else, and somebody here hears of it when they were not received.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    person::Person,
    receiver::{Received, Receiver},
    server::Server,
    until,
};
use crate::webhooks::OPEN;
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases!(takedowns_go_first_and_are_an_alarm_until_they_are_received);

fn rejected(seen: &[Received]) -> usize {
    seen.iter().filter(|r| r.json()["data"]["outcome"]["approval_status"] == "rejected").count()
}

async fn block(lena: &Person, phrase: &str) {
    let csrf = lena.get("/blocks").await.csrf();
    let form = [("csrf", csrf.as_str()), ("kind", "phrase"), ("value", phrase), ("reason", "recalled")];
    assert_eq!(lena.post("/blocks", &form).await.status, 200);
}

async fn served(hook: &Hook, external_id: &str, thing: &str) {
    let ad = ads::ad(external_id, &format!("{thing} for everyone"), "Galvanised, with a rubber wheel, in three sizes.");
    assert_eq!(hook.submit_and_wait(&ad).await["approval_status"], "approved");
}

async fn takedowns_go_first_and_are_an_alarm_until_they_are_received(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure(OPEN);
    server.run().await;
    let hook = server.submitter("shop");
    let lena = server.person("lena", "lead").await;
    let receiver = Receiver::start();
    let made = hook.post("/v1/webhooks", &json!({"url": receiver.url})).await.expect(201);
    let path = format!("/hooks/{}", made["id"].as_str().unwrap());
    served(&hook, "barrow", "Wheelbarrows").await;
    served(&hook, "bucket", "Buckets").await;
    // A rejection of what never served takes nothing down.
    hook.submit_and_wait(&ads::weapon("never-served")).await;
    receiver.wait("all that happened so far", |seen| seen.len() == 6).await;

    // Its receiver is busy with as much as it is sent at once: what is urgent comes all the same.
    receiver.hold(true);
    for n in 0..10 {
        hook.submit(&ads::clean(&format!("ad-{n}"))).await;
    }
    receiver.wait("a busy receiver", |seen| seen.len() == 6 + 4).await;
    block(&lena, "wheelbarrows").await;
    let seen = receiver.wait("the takedown", |seen| rejected(seen) == 2).await;
    assert!(seen.len() < 6 + 20, "it overtook what waits: {}", seen.len());
    receiver.hold(false);
    let lanes = until("all of it to be recorded", async || {
        let page = hook.get(&format!("/v1/webhooks/{}/deliveries?limit=200", &path[7..])).await.expect(200);
        let all = page["items"].as_array().unwrap().clone();
        let done = all.iter().all(|d| d["state"] == "delivered") && all.len() == 6 + 20 + 1;
        done.then(|| all.iter().filter(|d| d["lane"] == "urgent").cloned().collect::<Vec<Value>>())
    })
    .await;
    assert_eq!(lanes.len(), 1, "{lanes:?}");
    assert_eq!(lanes[0]["body"]["data"]["outcome"]["external_id"], "barrow");

    // Nobody receives the next one: after five minutes the lead and the operators know.
    receiver.down(true);
    block(&lena, "buckets").await;
    until("a first attempt", async || {
        let page = hook.get(&format!("/v1/webhooks/{}/deliveries?state=waiting", &path[7..])).await.expect(200);
        let tried = |d: &Value| d["lane"] == "urgent" && !d["attempts"].as_array().unwrap().is_empty();
        page["items"].as_array().unwrap().iter().any(tried).then_some(())
    })
    .await;
    assert!(!lena.get("/").await.html.contains("not received"), "not yet");
    server.pass(Duration::from_secs(301));
    let queues = lena.get("/").await;
    assert!(queues.texts("[role=alert]").concat().contains("1 takedown was not received"), "{}", queues.html);
    assert!(queues.attributes("[role=alert] a", "href").contains(&"/hooks".to_owned()), "{}", queues.html);
    assert!(!server.person("rita", "reviewer").await.get("/").await.html.contains("not received"), "leads are told");
    let metric = async |n: i64| {
        until("the metric", async || {
            let said = format!("adjudge_takedowns_unreceived {n}\n");
            hook.get("/metrics").await.text.contains(&said).then_some(())
        })
        .await;
    };
    metric(1).await;
    let hooks = lena.get("/hooks").await;
    assert!(hooks.html.contains("1 takedown was not received") && hooks.html.contains("Failing"), "{}", hooks.html);
    assert!(hooks.attributes("td a", "href").contains(&path), "{}", hooks.html);
    let page = lena.get(&format!("{path}?state=waiting")).await;
    assert!(page.texts("td .tag").contains(&"takedown".to_owned()), "{}", page.html);
    assert!(!page.html.contains("whsec_"), "no key on any page");

    // The page sends it again.
    receiver.down(false);
    let sent = lena.post(&format!("{path}/replay"), &[("csrf", &page.csrf()), ("hours", "1")]).await;
    assert!(sent.texts("[role=status]").concat().contains("on its way"), "{}", sent.html);
    receiver.wait("the second takedown", |seen| rejected(seen) >= 3).await;
    until("the alarm to end", async || (!lena.get("/").await.html.contains("not received")).then_some(())).await;
    metric(0).await;
    for (action, told) in [("disable", "Disabled"), ("enable", "Healthy"), ("test", "Healthy")] {
        let after = lena.post(&format!("{path}/{action}"), &[("csrf", &page.csrf())]).await;
        assert!(after.status == 200 && after.html.contains(told), "{action}: {}", after.html);
    }
    receiver.wait("the test message", |seen| seen.iter().any(|r| r.json()["type"] == "webhook.test")).await;
    let one = lena.get(&path).await.attributes("form[action*=deliveries]", "action");
    let before = receiver.seen().len();
    assert_eq!(lena.post(&one[0], &[("csrf", &page.csrf())]).await.status, 200);
    receiver.wait("one more", |seen| seen.len() > before).await;
    let stranger = server.person("edith", "policy_editor").await;
    assert_eq!(stranger.get("/hooks").await.status, 403);
    assert_eq!(stranger.get(&path).await.status, 403);
}
