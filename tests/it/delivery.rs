//! What ads delivered: told by their submitter, counted once, shown on the ad's page, and what sweeps go by.

use crate::{
    harness::{
        ads,
        database::{On, on_both_databases},
        hook::Hook,
        server::Server,
        until,
    },
    inbound_ends::hour,
    releases::{id_in, pack_with_rule, press},
};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases!(delivery_is_counted_once_and_kept_apart, a_sweep_goes_by_delivery_and_keeps_its_order);

async fn told(hook: &Hook, lines: &[Value]) -> Vec<Value> {
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    hook.post_bytes("/v1/delivery", "application/x-ndjson", body).await.expect_lines()
}

async fn delivery_is_counted_once_and_kept_apart(on: On) {
    let server = Server::start(on).await;
    let (hook, other) = (server.submitter("shop"), server.submitter("elsewhere"));
    let ad = hook.submit_and_wait(&ads::clean("rakes")).await;
    let id = ad["id"].as_str().unwrap();
    let this_hour = hour(0);
    let line = |impressions: i64| {
        json!({"external_id": "rakes", "hour": this_hour, "impressions": impressions,
               "spend": {"micros": 12_500_000, "currency": "EUR"}})
    };
    let lines = [
        line(1_500),
        json!({"id": id, "hour": hour(500), "impressions": 200, "spend": {"micros": 2_000_000, "currency": "USD"}}),
        json!({"external_id": "nobody's", "hour": this_hour, "impressions": 1}),
        json!({"external_id": "rakes", "hour": "2026-11-01T00:15:00Z", "impressions": -1}),
        json!({"external_id": "rakes", "hour": "2099-01-01T00:00:00Z", "impressions": 1}),
        json!({"external_id": "rakes", "hour": "2001-01-01T00:00:00Z", "impressions": 1}),
        line(1_200),
    ];
    let results = told(&hook, &lines).await;
    let summary = |r: &Value| {
        let pointers = r["problem"]["errors"].as_array().into_iter().flatten().map(|e| e["pointer"].clone());
        json!([r["line"], r["status"], r["told"], pointers.collect::<Vec<_>>()])
    };
    assert_eq!(
        results.iter().map(summary).collect::<Vec<_>>(),
        [
            json!([1, 200, "counted", []]),
            json!([2, 200, "counted", []]),
            json!([3, 422, null, ["#/external_id"]]),
            json!([4, 422, null, ["#/hour", "#/impressions"]]),
            json!([5, 422, null, ["#/hour"]]),
            json!([6, 422, null, ["#/hour"]]),
            json!([7, 200, "replaced", []]),
        ]
    );
    assert!(results.iter().all(|r| r["status"] != 200 || r["ad"] == ad["id"]), "{results:?}");
    let again = told(&hook, &lines[6..]).await;
    assert_eq!(again[0]["told"], "unchanged", "what is told twice counts once");
    // An array is answered by an array; another submitter's ad is as unknown as none.
    let foreign =
        other.post("/v1/delivery", &json!([{"id": id, "hour": this_hour, "impressions": 9}])).await.expect(200);
    assert_eq!((&foreign[0]["status"], &foreign[0]["problem"]["errors"][0]["pointer"]), (&json!(422), &json!("#/id")));
    assert_eq!(other.post_bytes("/v1/delivery", "application/x-ndjson", "").await.status, 400);
    assert_eq!(other.post_bytes("/v1/delivery", "text/csv", "a,b").await.status, 415);

    let lena = server.person("lena", "lead").await;
    let page = lena.get(&format!("/ads/{id}")).await;
    assert!(page.html.contains("1,400") && page.html.contains("1,200 in 24 hours"), "{}", page.html);
    assert!(page.html.contains("12 EUR, 2 USD"), "{}", page.html);
}

async fn a_sweep_goes_by_delivery_and_keeps_its_order(on: On) {
    let mut server = Server::start(on).await;
    let hook = server.submitter("shop");
    let mut ids = vec![];
    for name in ["few", "most", "many"] {
        ids.push(hook.submit_and_wait(&ads::clean(name)).await["id"].as_str().unwrap().to_owned());
    }
    let this_hour = hour(0);
    let line =
        |name: &str, impressions: i64| json!({"external_id": name, "hour": this_hour, "impressions": impressions});
    told(&hook, &[line("few", 10), line("most", 5_000), line("many", 300)]).await;

    let otto = server.person("otto", "policy_editor").await;
    let folder = tempfile::tempdir().unwrap();
    let rule = "[[rule]]\nname = \"no_rakes\"\nwhen = 'ad.body.contains(\"rakes\")'\neffect = \"prohibited\"";
    let pack = pack_with_rule(&server, folder.path(), rule);
    let draft = id_in(&server.cli(&["policy", "apply", &pack]).expect(), "drf_");
    let sweep = [("reach", "sweep"), ("order", "delivery"), ("rejections_a_day", "1"), ("despite_cases", "yes")];
    press(&otto, &draft, "publish", &sweep).await;
    let rejected = async |hook: &Hook| {
        let mut all = vec![];
        for id in &ids {
            all.push(hook.get(&format!("/v1/ads/{id}")).await.expect(200)["approval_status"] == "rejected");
        }
        all
    };
    // The cap stops the sweep after the first: that with the most impressions.
    hook.wait_for(&ids[1], |o| o["approval_status"] == "rejected").await;
    until("the sweep to wait", async || otto.get("/releases").await.html.contains("1 of 3 ads").then_some(())).await;
    assert_eq!(rejected(&hook).await, [false, true, false]);
    // What is delivered meanwhile moves nobody, and an end in between neither.
    told(&hook, &[line("few", 9_000_000)]).await;
    server.kill();
    server.run().await;
    let hook = hook.at(&server.url);
    server.pass(Duration::from_secs(24 * 3600 + 1));
    hook.wait_for(&ids[2], |o| o["approval_status"] == "rejected").await;
    assert_eq!(rejected(&hook).await, [false, true, true]);
}
