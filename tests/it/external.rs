//! A submitter in observe mode tells its own decisions and sees, as staff do, where Adjudge concludes otherwise.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    server::Server,
};
use serde_json::json;

on_both_databases!(decisions_of_an_observed_submitter_are_compared_with_ours);

async fn decisions_of_an_observed_submitter_are_compared_with_ours(on: On) {
    let server = Server::start(on).await;
    let made = server.cli(&["key", "create", "--role", "submitter", "--observe", "--name", "watched"]);
    let hook = Hook::new(&server.url, made.expect().trim());
    let enforced = server.submitter("shop");
    let mode = server.cli(&["key", "create", "--role", "submitter", "--observe", "--name", "shop"]);
    assert!(!mode.status.success() && mode.err.contains("shop"), "a submitter is one or the other: {mode:?}");
    let mut ids = vec![];
    for (name, ad) in [
        ("clean", ads::clean("clean")),
        ("weapon", ads::weapon("weapon")),
        ("missed", ads::weapon("missed")),
        ("waits", ads::for_people("waits")),
    ] {
        let done = hook.submit_and_wait(&ad).await;
        assert_eq!(done["external_id"], name);
        ids.push(done["id"].as_str().unwrap().to_owned());
    }
    let lines = json!([
        {"external_id": "clean", "outcome": "rejected", "policies": ["scam"]},
        {"id": ids[1], "outcome": "rejected", "policies": ["weapons"]},
        {"external_id": "missed", "outcome": "approved"},
        {"external_id": "waits", "outcome": "rejected", "policies": ["weapons"]},
        {"external_id": "nobody's", "outcome": "approved"},
        {"external_id": "clean", "outcome": "perhaps", "policies": ["Not a code"]},
    ]);
    let refused = enforced.post("/v1/decisions/external", &lines).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("not_observed")), "{}", refused.text);
    let told = hook.post("/v1/decisions/external", &lines).await.expect(200);
    let statuses: Vec<_> = told.as_array().unwrap().iter().map(|l| l["status"].clone()).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 422, 422], "{told}");
    let pointers: Vec<_> =
        told[5]["problem"]["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(pointers, ["#/outcome", "#/policies/0"], "{told}");
    let again = hook.post("/v1/decisions/external", &lines).await.expect(200);
    assert!((0..4).all(|i| again[i]["told"] == "unchanged"), "{again}");

    let compared = hook.get("/v1/decisions/external?days=7").await.expect(200);
    assert_eq!((&compared["compared"], &compared["waiting"]), (&json!(3), &json!(1)), "{compared}");
    assert_eq!(compared["restricted"], json!({"both": 1, "only_ours": 1, "only_theirs": 1, "neither": 0}));
    let of =
        |code: &str| compared["policies"].as_array().unwrap().iter().find(|p| p["policy"] == code).unwrap().clone();
    assert_eq!(of("weapons")["counts"], json!({"both": 1, "only_ours": 1, "only_theirs": 0, "neither": 1}));
    assert_eq!(of("scam")["counts"]["only_theirs"], 1);
    let agreement = &of("weapons")["agreement"];
    assert!(agreement["low"].as_f64() < agreement["value"].as_f64(), "{agreement}");
    let differ: Vec<_> =
        compared["disagreements"].as_array().unwrap().iter().map(|d| d["external_id"].as_str().unwrap()).collect();
    assert!(differ.len() == 2 && differ.contains(&"clean") && differ.contains(&"missed"), "{compared}");
    assert_eq!(hook.get("/v1/decisions/external?days=0").await.status, 400);
    assert_eq!(enforced.get("/v1/decisions/external").await.expect(200)["compared"], 0, "nobody sees another's");

    // The comparison changed nothing, and staff see the same.
    let kept = hook.get(&format!("/v1/ads/{}", ids[0])).await.expect(200);
    assert_eq!(kept["approval_status"], "approved");
    let lena = server.person("lena", "lead").await;
    let page = lena.get("/observed").await;
    assert!(page.html.contains("watched") && page.html.contains("Decided differently: 2"), "{}", page.html);
    assert!(page.html.contains("3 decided by both, 1 wait"), "{}", page.html);
}
