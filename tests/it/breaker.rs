//! What everybody relies on when the encoder breaks down: people are not flooded, nothing is approved unseen, a lead
//! hears of it, and when it is back every ad gets what it should have got.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    person::Person,
    server::Server,
    until,
};
use crate::outbox::number;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};

on_both_databases!(a_signal_that_fails_widely_pauses_routing_until_it_is_back);

/// What makes the encoder fail in processes that are started with it.
const BROKEN: &str = "embed_fails=return";
/// Screenings of which half have to fail before routing pauses here.
const FEWEST: i64 = 4;
/// One is made before the encoder fails; the others fail.
const FAILED: i64 = FEWEST - 1;

async fn failing(hook: &Hook) -> Value {
    // Ready all the same: the process takes work.
    hook.get("/readyz").await.expect(200)["failing"].clone()
}

async fn tasks(db: &DatabaseConnection) -> i64 {
    number(db, "SELECT COUNT(*) AS n FROM task WHERE state = 'open'").await
}

async fn screenings(staff: &Hook, id: &str) -> Vec<Value> {
    let all = staff.get(&format!("/v1/ads/{id}/screenings")).await.expect(200);
    all.get("items").unwrap_or(&all).as_array().unwrap().clone()
}

/// A server whose encoder breaks down after one ad was approved; with a program, a lead, and that ad.
async fn with_a_broken_encoder(on: On) -> (Server, Hook, Person, String) {
    let mut server = Server::install(on, &[]).await;
    server.configure(&format!(
        "breaker_screenings = {FEWEST}\nbreaker_window_seconds = 3600\nbreaker_probe_seconds = 1\n\
         sign_in_per_minute = 1000\n"
    ));
    server.run().await;
    let hook = server.submitter("shop");
    let lena = server.person("lena", "lead").await;
    let before = ads::ad("before", "Wheelbarrows for everyone", "Galvanised, with a rubber wheel, in three sizes.");
    let before = hook.submit_and_wait(&before).await;
    assert_eq!(before["approval_status"], "approved", "{before}");
    assert_eq!(failing(&hook).await, json!([]));
    assert!(!lena.get("/").await.html.contains("Routing is paused"));

    // From now on in every process.
    server.set("FAILPOINTS", BROKEN);
    server.run().await;
    (server, hook, lena, before["id"].as_str().unwrap().to_owned())
}

async fn a_signal_that_fails_widely_pauses_routing_until_it_is_back(on: On) {
    let (mut server, hook, lena, _) = with_a_broken_encoder(on).await;
    let staff = server.hook("analyst", "research");
    let mut companion = server.companion().await;
    let mut first = vec![];
    for n in 0..FAILED {
        let outcome = hook.submit_and_wait(&ads::clean(&format!("first-{n}"))).await;
        assert_eq!(outcome["review_status"], "in_review", "what could not be measured goes to a person: {outcome}");
        first.push(outcome["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(failing(&hook).await, json!(["encoder"]), "it has failed widely enough");
    let elsewhere = hook.at(&companion.url);
    assert_eq!(failing(&elsewhere).await, json!(["encoder"]), "processes agree");

    let mut waiting = vec![];
    for n in 0..6 {
        let hook = if n % 2 == 0 { &hook } else { &elsewhere };
        waiting.push(hook.submit(&ads::clean(&format!("then-{n}"))).await);
    }
    let looked_at = hook.submit(&ads::for_people("looked-at")).await;
    let rejected = hook.submit(&ads::weapon("rejected")).await;
    let page = until("the ads to be held back", async || {
        Some(lena.get("/").await).filter(|page| page.html.contains("8 ads wait"))
    })
    .await;
    assert!(page.texts("[role=alert]").concat().contains("Text scores fail"), "{}", page.html);
    assert!(page.attributes("[role=alert] a", "href").contains(&"/signals".to_owned()), "{}", page.html);
    let signals = lena.get("/signals").await;
    assert!(signals.html.contains("Fails widely") || signals.html.contains("Being tried"), "{}", signals.html);
    until("the metric", async || {
        let text = hook.get("/metrics").await.text;
        text.contains("adjudge_breaker_open{signal=\"encoder\"} 1").then_some(())
    })
    .await;

    let db = server.database.connect().await;
    // It is tried again and again, and stays as it is.
    until("it to be tried", async || {
        (number(&db, "SELECT CAST(probes AS BIGINT) AS n FROM breaker WHERE signal = 'encoder'").await >= 3)
            .then_some(())
    })
    .await;
    assert_eq!(failing(&hook).await, json!(["encoder"]));
    assert_eq!(tasks(&db).await, FAILED, "people get no more than it took to notice");
    for id in waiting.iter().chain([&looked_at, &rejected]) {
        let outcome = hook.get(&format!("/v1/ads/{id}")).await.expect(200);
        let statuses = (outcome["review_status"].as_str(), outcome["approval_status"].as_str());
        assert_eq!(statuses, (Some("pending"), Some("none")), "{outcome}");
    }

    // A power cut, and the encoder works again.
    companion.kill();
    server.kill();
    server.set("FAILPOINTS", "");
    server.run().await;
    until("the signal to be back", async || (failing(&hook).await == json!([])).then_some(())).await;
    for id in first.iter().chain(&waiting) {
        let outcome = hook.wait_for(id, |outcome| outcome["review_status"] == "reviewed").await;
        assert_eq!(outcome["approval_status"], "approved", "{outcome}");
    }
    hook.wait_for(&looked_at, |outcome| outcome["review_status"] == "in_review").await;
    hook.wait_for(&rejected, |outcome| outcome["approval_status"] == "rejected").await;
    for id in &first {
        let all = screenings(&staff, id).await;
        assert_eq!(all.len(), 2, "one more, for one trouble: {all:?}");
        assert_eq!(all[0]["trigger"]["kind"], "recovered", "{all:?}");
        assert!(all[0]["signals"]["scores"]["scam"]["known"].is_object(), "{all:?}");
    }
    for id in &waiting {
        assert_eq!(screenings(&staff, id).await.len(), 1, "what waited is screened once");
    }
    assert_eq!(tasks(&db).await, 1, "only what a rule asks for is left to people");
    assert!(!lena.get("/").await.html.contains("Routing is paused"));
    assert!(lena.get("/signals").await.html.contains("back since"));
    for (action, times) in [("breaker.opened", 1), ("breaker.closed", 1)] {
        let sql = format!("SELECT COUNT(*) AS n FROM audit WHERE action = '{action}'");
        assert_eq!(number(&db, &sql).await, times, "{action}");
    }
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM job WHERE name = 'screen' OR state = 'dead'").await, 0);
    db.close().await.unwrap();
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lead_blocks_comes_down_while_routing_is_paused() {
    let (_server, hook, lena, before) = with_a_broken_encoder(On::Sqlite).await;
    for n in 0..FAILED {
        hook.submit_and_wait(&ads::clean(&format!("first-{n}"))).await;
    }
    assert_eq!(failing(&hook).await, json!(["encoder"]));
    let csrf = lena.get("/blocks").await.csrf();
    let block = [("csrf", csrf.as_str()), ("kind", "phrase"), ("value", "wheelbarrows"), ("reason", "recalled")];
    assert_eq!(lena.post("/blocks", &block).await.status, 200);
    hook.wait_for(&before, |outcome| outcome["approval_status"] == "rejected").await;
    assert_eq!(failing(&hook).await, json!(["encoder"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_threshold_is_refused_at_start() {
    let mut server = Server::install(On::Sqlite, &[]).await;
    server.configure("breaker_share = 1.5\n");
    assert!(!server.spawn().await, "it starts with a share that nothing reaches");
    assert!(server.log_text().contains("breaker_share must be above 0"), "{}", server.log_text());
}
