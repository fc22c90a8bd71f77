//! Reports about ads: taken once, answered by people in the order of who reports, and told of without telling who did.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    server::Server,
    until,
};
use serde_json::{Value, json};

on_both_databases!(a_report_is_taken_once_hastens_people_and_is_told_what_came_of_it);

fn report(ad: &str, policy: &str, reporter: &str, reference: &str) -> Value {
    json!({"external_id": ad, "policy": policy, "reporter": reporter,
           "person": {"reference": reference, "contact": "jo@people.example"},
           "statement": "Jo Doe saw it at the museum's door."})
}

async fn a_report_is_taken_once_hastens_people_and_is_told_what_came_of_it(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("grace_seconds = 0\nsign_in_per_minute = 1000\n");
    server.run().await;
    let (hook, other) = (server.submitter("shop"), server.submitter("elsewhere"));
    let key = |role: &str| server.cli(&["key", "create", "--role", role, "--name", role]).expect().trim().to_owned();
    let flagger = Hook::new(&server.url, &key("trusted_flagger"));
    let authority = Hook::new(&server.url, &key("authority"));
    let mut ids = vec![];
    for (name, ad) in
        [("first", ads::for_people("first")), ("second", ads::for_people("second")), ("rakes", ads::clean("rakes"))]
    {
        let done = hook.submit_and_wait(&ad).await;
        assert_eq!(done["review_status"], if name == "rakes" { "reviewed" } else { "in_review" });
        ids.push(done["id"].as_str().unwrap().to_owned());
    }

    // What cannot be reported is refused, and another submitter's ad is as unknown as none.
    let bad = hook.post("/v1/reports", &json!({"policy": "weapons", "reporter": "nobody", "statment": "x"})).await;
    assert_eq!(
        (bad.status, bad.pointers()),
        (422, vec!["/external_id".into(), "/reporter".into(), "/statment".into()])
    );
    for (who, body, status) in [
        (&hook, report("second", "nonsense", "user", "u1"), 422),
        (&hook, report("second", "weapons", "authority", "u1"), 403),
        (&flagger, json!({"id": ids[1], "policy": "weapons", "reporter": "user"}), 403),
        (&flagger, json!({"external_id": "second", "policy": "weapons"}), 422),
        (&other, report("second", "weapons", "user", "u1"), 404),
    ] {
        let refused = who.post("/v1/reports", &body).await;
        assert_eq!(refused.status, status, "{body}: {}", refused.text);
    }

    // The same reporter's report is one; another's is another.
    let first = hook.post("/v1/reports", &report("second", "weapons", "user", "u1")).await.expect(202);
    let again = hook.post("/v1/reports", &report("second", "weapons", "user", "u1")).await.expect(200);
    assert_eq!((&first["id"], &again["times"], &first["state"]), (&again["id"], &json!(2), &json!("open")));
    let rights =
        hook.post("/v1/reports", &report("second", "intellectual_property", "rights_holder", "r1")).await.expect(202);
    assert_ne!(rights["id"], first["id"]);
    let path = |report: &Value| format!("/v1/reports/{}", report["id"].as_str().unwrap());
    assert_eq!(other.get(&path(&first)).await.status, 404, "a report is its sender's alone");
    assert_eq!(flagger.get(&path(&first)).await.status, 404);

    // The reported ad comes first, with what was said and without who did; nobody's name goes outside.
    let ann = server.person("ann", "reviewer").await;
    let task = ann.claim_next().await.unwrap();
    let page = ann.get(&format!("/tasks/{}", task.id)).await;
    assert!(page.html.contains("shop as second"), "the reported one is first: {}", page.html);
    assert!(page.html.contains("2 reports") && page.html.contains("museum&#39;s door"), "{}", page.html);
    assert!(!page.html.contains("jo@people.example"), "{}", page.html);
    ann.answer_all(&task, "confirmed").await;
    let decided = async |who: &Hook, report: &Value| {
        until("the report to be decided", async || {
            let told = who.get(&path(report)).await.expect(200);
            (told["state"] == "decided").then_some(told)
        })
        .await
    };
    assert_eq!(decided(&hook, &first).await["outcome"], "restricted");
    assert_eq!(decided(&hook, &rights).await["outcome"], "restricted");
    assert_eq!(
        hook.post("/v1/reports", &report("second", "weapons", "user", "u9")).await.status,
        409,
        "it is not shown"
    );

    // An approved ad is looked at again, before what waits.
    let flagged =
        flagger.post("/v1/reports", &json!({"id": ids[2], "policy": "scam", "statement": "A fake shop."})).await;
    let flagged = flagged.expect(202);
    assert_eq!(flagged["reporter"], "trusted_flagger");
    // Whoever answers has the next task at once, so somebody else takes this one.
    let ben = server.person("ben", "reviewer").await;
    let task = ben.claim_next().await.unwrap();
    let page = ben.get(&format!("/tasks/{}", task.id)).await;
    assert!(page.html.contains("somebody reported it") && page.html.contains("A fake shop."), "{}", page.html);
    let ordered =
        authority.post("/v1/reports", &json!({"id": ids[0], "policy": "weapons", "statement": "Order 7/26."})).await;
    let ordered = ordered.expect(202);
    ben.answer_all(&task, "dismissed").await;
    assert_eq!(decided(&flagger, &flagged).await["outcome"], "no_breach");
    let kept = hook.get(&format!("/v1/ads/{}", ids[2])).await.expect(200);
    assert_eq!((&kept["approval_status"], &kept["decided_by"]), (&json!("approved"), &json!("person")));
    // The ad that is taken back leaves nothing to decide.
    hook.delete(&format!("/v1/ads/{}", ids[0])).await;
    assert_eq!(decided(&authority, &ordered).await["outcome"], "gone");

    // The ads' submitter is told of each, and nothing outside the reports' own table says who reported.
    let told = until("the events", async || {
        let (events, _) = hook.events_after("0").await;
        let told: Vec<Value> = events.into_iter().filter(|e| e["type"] == "report.decided").collect();
        (told.len() == 4).then_some(told)
    })
    .await;
    assert!(told.iter().all(|e| e["data"]["ad"].is_string()), "{told:?}");
    let outside = format!("{told:?}{}", server.log_text());
    for personal in ["jo@people.example", "Jo Doe", "\"u1\""] {
        assert!(!outside.contains(personal), "{personal} is outside");
    }
    server.cli(&["audit", "verify"]).expect();
}
