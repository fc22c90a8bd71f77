//! Statements of reasons: each restriction leaves one in the commit in which it takes effect, in the form that the DSA
//! transparency database takes; one that ends leaves another; and a year's figures count them.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    server::Server,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases!(every_restriction_leaves_a_statement, a_restriction_is_told_in_the_advertisers_language);

async fn a_restriction_is_told_in_the_advertisers_language(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let advertiser = "/v1/advertisers/acct-1";
    let wrong = hook.put(advertiser, &json!({"language": "DE"})).await;
    assert_eq!((wrong.status, wrong.pointers()), (422, vec!["/language".to_owned()]), "{}", wrong.text);
    let kept = hook.put(advertiser, &json!({"language": "de"})).await.expect(200);
    assert_eq!(kept["facts"]["language"], "de");
    let refused = hook.submit_and_wait(&ads::weapon("ad-de")).await;
    hook.put(advertiser, &json!({"language": "ja"})).await.expect(200);
    let mut beer = ads::ad("ad-ja", "Craft beer delivered", "Order a case of craft beer to your door.");
    beer["targeting"] = json!({"countries": ["DE"], "min_age": 16});
    let limited = hook.submit_and_wait(&beer).await;
    let clean = hook.submit_and_wait(&ads::clean("clean")).await;
    let notices: Vec<(Value, Value)> = crate::harness::until("all outcomes", async || {
        let (events, _) = hook.events_after("").await;
        let told = events.into_iter().filter(|e| e["type"] == "ad.outcome");
        let told: Vec<_> = told.map(|e| (e["data"]["outcome"]["id"].clone(), e["data"]["notice"].clone())).collect();
        (told.len() == 3).then_some(told)
    })
    .await;
    let notice = |ad: &Value| &notices.iter().find(|(id, _)| *id == ad["id"]).unwrap().1;
    assert_eq!(notice(&clean), &Value::Null, "an approval needs no reasons");
    let german = notice(&refused);
    assert_eq!(
        (&german["language"], &german["subject"]),
        (&json!("de"), &json!("Ihre Anzeige „ad-de“ darf nicht gezeigt werden"))
    );
    let text = german["text"].as_str().unwrap();
    for said in
        ["Waffen und Sprengstoffe", "pistol", "Entfernen Sie die Waffe", "ohne dass ein Mensch beteiligt war", "shop"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    let english = notice(&limited);
    assert_eq!(english["language"], "en", "{limited}");
    assert!(english["text"].as_str().unwrap().contains("Shown only to people of"), "{english}");
}

/// All statements that a program can read, a few at a time.
async fn all(hook: &Hook, with: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (vec![], "0".to_owned());
    loop {
        let answer = hook.get(&format!("/v1/statements?limit=2&cursor={cursor}{with}")).await;
        let body = answer.expect(200);
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["statements"], "nothing but statements");
        let page = body["statements"].as_array().unwrap().clone();
        assert!(page.len() <= 2);
        if page.is_empty() {
            assert_eq!(answer.headers["x-next-cursor"], cursor, "the end stays the end");
            return found;
        }
        found.extend(page);
        cursor = answer.headers["x-next-cursor"].clone();
    }
}

async fn every_restriction_leaves_a_statement(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("grace_seconds = 0\nterms_url = \"https://shop.example/ads\"\n");
    server.run().await;
    let hook = server.submitter("shop");
    let ann = server.person("ann", "reviewer").await;

    let mut refused = ads::weapon("refused");
    refused["on_behalf_of"] = "Ann Lee".into();
    refused["paid_by"] = "Adway GmbH".into();
    let refused = hook.submit_and_wait(&refused).await;
    assert_eq!(refused["approval_status"], "rejected");
    let mut beer = ads::ad("limited", "Craft beer delivered", "Order a case of craft beer to your door.");
    beer["targeting"] = json!({"countries": ["DE"], "min_age": 16});
    let limited = hook.submit_and_wait(&beer).await;
    assert_eq!(limited["approval_status"], "limited", "{limited}");
    let clean = hook.submit_and_wait(&ads::clean("clean")).await;
    assert_eq!(clean["approval_status"], "approved");
    let by_person = hook.submit(&ads::for_people("by-person")).await;
    hook.wait_until_screened(&by_person).await;
    let task = ann.claim_next().await.unwrap();
    ann.answer_all(&task, "confirmed").await;
    hook.wait_for(&by_person, |o| o["approval_status"] == "rejected").await;
    let mut tried = ads::weapon("tried");
    tried["sandbox"] = true.into();
    hook.submit_and_wait(&tried).await;
    sealed(&hook, 3).await;

    let found = all(&hook, "").await;
    assert_eq!(found.len(), 3, "{found:#?}");
    let puids: BTreeSet<&str> = found.iter().map(|s| s["puid"].as_str().unwrap()).collect();
    assert_eq!(puids.len(), 3);
    let [first, second, third] = &found[..] else { panic!() };
    assert_eq!(first["decision_visibility"], json!(["DECISION_VISIBILITY_CONTENT_DISABLED"]));
    assert_eq!(first["decision_ground"], "DECISION_GROUND_INCOMPATIBLE_CONTENT");
    assert_eq!(first["decision_ground_reference_url"], "https://shop.example/ads");
    assert_eq!(first["category"], "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS");
    assert_eq!(first["category_specification"], json!(["KEYWORD_PROHIBITED_PRODUCTS"]));
    assert_eq!(first["territorial_scope"], json!(["AT", "DE"]));
    assert_eq!(first["content_language"], "EN");
    assert_eq!(first["automated_decision"], "AUTOMATED_DECISION_FULLY");
    assert_eq!((&first["automated_detection"], &first["source_type"]), (&json!("Yes"), &json!("SOURCE_VOLUNTARY")));
    let facts = first["decision_facts"].as_str().unwrap();
    assert!(facts.contains("pistol") && facts.contains("Adway GmbH") && !facts.contains("Ann Lee"), "{facts}");
    assert_eq!(second["decision_visibility"], json!(["DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"]), "{second:#}");
    assert_eq!(second["territorial_scope"], json!(["DE"]));
    assert_eq!(third["automated_decision"], "AUTOMATED_DECISION_PARTIALLY");

    // The ad's page keeps who is behind the ad; the statement tells of organisations only.
    let lena = server.person("lena", "lead").await;
    let page = lena.get(&format!("/ads/{}", refused["id"].as_str().unwrap())).await;
    assert!(page.html.contains("Ann Lee") && page.html.contains("Adway GmbH"));

    a_lifted_one_is_amended(&server, &hook).await;

    // What another submitter did is not there, nor is what was only tried.
    assert_eq!(all(&server.submitter("other"), "&lifted=true").await, Vec::<Value>::new());
    for wrong in ["limit=101", "format=xml", "cursor=x", "colour=red"] {
        assert_eq!(hook.get(&format!("/v1/statements?{wrong}")).await.status, 400, "{wrong}");
    }

    figures_and_files(&server, &hook, &lena).await;
}

/// Waits until as many statements in earnest have a place.
async fn sealed(hook: &Hook, n: usize) {
    crate::harness::until("statements with a place", async || (all(hook, "").await.len() == n).then_some(())).await;
}

/// A lead blocks what an approved ad leads to, and lifts it: the restriction's statement is followed by one that ends it.
async fn a_lifted_one_is_amended(server: &Server, hook: &Hook) {
    let lead = server.person("lea", "lead").await;
    let mut ad = ads::clean("blocked");
    ad["landing_url"] = "https://blocked-shop.example/".into();
    let ad = hook.submit_and_wait(&ad).await;
    let id = ad["id"].as_str().unwrap();
    assert_eq!(ad["approval_status"], "approved");
    let csrf = lead.get("/blocks").await.csrf();
    let fields = [("kind", "domain"), ("value", "blocked-shop.example"), ("reason", "a fraud"), ("csrf", &csrf)];
    assert_eq!(lead.post("/blocks", &fields).await.status, 200);
    hook.wait_for(id, |o| o["approval_status"] == "rejected").await;
    sealed(hook, 4).await;
    let page = lead.get("/blocks").await;
    let lift = page.attributes("form[action$='/lift']", "action").remove(0);
    lead.post(&lift, &[("csrf", &page.csrf())]).await;
    hook.wait_for(id, |o| o["approval_status"] == "approved").await;

    let amended = crate::harness::until("the amendment", async || {
        let found = all(hook, "&lifted=true").await;
        found.into_iter().find(|s| s["end_date_visibility_restriction"].is_string())
    })
    .await;
    let restrictions = all(hook, "").await;
    assert_eq!(restrictions.len(), 4, "an end is no restriction");
    let before = &restrictions[3];
    assert_eq!(before["automated_decision"], "AUTOMATED_DECISION_PARTIALLY", "a lead blocked it");
    assert!(before.get("end_date_visibility_restriction").is_none(), "the first one stays as it was");
    assert_ne!(amended["puid"], before["puid"]);
    assert!(amended["decision_facts"].as_str().unwrap().contains(before["puid"].as_str().unwrap()));
    assert_eq!(amended["end_date_visibility_restriction"], amended["application_date"]);
}

async fn figures_and_files(server: &Server, hook: &Hook, lead: &crate::harness::person::Person) {
    let year = all(hook, "").await[0]["application_date"].as_str().unwrap()[..4].to_owned();
    let figures: Value =
        serde_json::from_str(&server.cli(&["statements", "figures", "--year", &year, "--json"]).expect()).unwrap();
    assert_eq!(
        (&figures["restrictions"], &figures["lifted"], &figures["superseded"]),
        (&json!(4), &json!(1), &json!(1))
    );
    assert!(figures["median_ms"].as_i64().unwrap() >= 0);
    let by: serde_json::Map<String, Value> = figures["by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].clone()))
        .collect();
    assert_eq!(by["automation"], json!([["AUTOMATED_DECISION_FULLY", 2], ["AUTOMATED_DECISION_PARTIALLY", 2]]));
    assert_eq!(by["source"], json!([["SOURCE_VOLUNTARY", 4]]));
    assert_eq!(by["category"][0][1], 2, "{by:?}");
    let told = server.cli(&["statements", "figures", "--year", &year]).expect();
    assert!(told.contains("4 restrictions") && told.contains("STATEMENT_CATEGORY_"), "{told}");
    let before = server.cli(&["statements", "figures", "--year", "2024"]).expect();
    assert!(before.contains("0 restrictions") && before.contains("none"), "{before}");

    let batches = server.cli(&["statements", "export", "--lifted"]);
    assert!(batches.err.contains("--after "), "{}", batches.err);
    let batch: Value = serde_json::from_str(batches.expect().lines().next().unwrap()).unwrap();
    assert_eq!(batch["statements"], json!(all(hook, "&lifted=true").await));
    let rows = |text: &str| {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().len(), 38);
        reader.records().map(|r| r.unwrap().get(36).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let exported = rows(&server.cli(&["statements", "export", "--csv"]).expect());
    let puids: Vec<String> = all(hook, "").await.iter().map(|s| s["puid"].as_str().unwrap().to_owned()).collect();
    assert_eq!(exported, puids);
    assert_eq!(rows(&hook.get("/v1/statements?format=csv").await.text), puids);
    assert_eq!(rows(&lead.get("/statements.csv").await.html).len(), 5);

    let page = lead.get(&format!("/statements?year={year}")).await;
    assert_eq!(page.texts("dl.facts dd")[0], "4");
    assert_eq!(page.texts("table.as-cards tbody tr").len(), 5);
}
