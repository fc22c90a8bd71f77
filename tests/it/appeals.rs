//! What appellants rely on: a decision that is contested is decided anew by somebody who had no part in it, and what was
//! wrong is put right everywhere: what serves, the labels, the events.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    person::Person,
    server::Server,
    until,
};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

on_both_databases!(
    somebody_else_decides_an_appeal_and_an_overturn_puts_everything_right,
    an_appeal_is_taken_back_confirmed_for_good_or_overtaken,
);

pub(crate) async fn server(on: On, more: &str) -> Server {
    let mut server = Server::install(on, &[]).await;
    server.configure(&format!(
        "grace_seconds = 1\nsign_in_per_minute = 1000\npublic_url = \"https://review.example/\"\n{more}"
    ));
    server.run().await;
    server
}

/// An ad that a person has rejected, as its outcome.
pub(crate) async fn rejected_by(person: &Person, hook: &Hook, name: &str) -> Value {
    let id = hook.submit(&ads::for_people(name)).await;
    hook.wait_until_screened(&id).await;
    let task = person.claim_next().await.expect("a task waits");
    person.answer_all(&task, "confirmed").await;
    hook.wait_for(&id, |o| o["approval_status"] == "rejected").await
}

/// The path of the public page that an outcome's link leads to.
pub(crate) fn page_of(outcome: &Value) -> String {
    let url = outcome["appeal_url"].as_str().unwrap_or_else(|| panic!("a restriction has a link: {outcome}"));
    url.strip_prefix("https://review.example").expect("the link leads to the public address").to_owned()
}

async fn state_of(hook: &Hook, appeals: &str) -> String {
    let all = hook.get(appeals).await.expect(200);
    all["items"][0]["state"].as_str().unwrap_or_default().to_owned()
}

async fn somebody_else_decides_an_appeal_and_an_overturn_puts_everything_right(on: On) {
    let server = server(on, "").await;
    let (hook, other) = (server.submitter("shop"), server.submitter("rival"));
    let (ann, ben) = (server.person("ann", "reviewer").await, server.person("ben", "reviewer").await);
    let rejected = rejected_by(&ann, &hook, "museum").await;
    let ad = format!("/v1/ads/{}", rejected["id"].as_str().unwrap());
    let appeals = format!("{ad}/appeals");

    let files = json!([{"name": "x.png", "data": ads::base64(b"MZ\0")}]);
    let wrong = json!({"statement": " ", "decision": "dec_1", "attachments": files, "odd": 1});
    let refused = hook.post(&appeals, &wrong).await;
    assert_eq!(
        (refused.status, refused.pointers()),
        (422, ["/attachments/0/data", "/decision", "/odd", "/statement"].map(str::to_owned).to_vec())
    );
    let statement = "It is an exhibition; nothing is sold. <b>See the flyer.</b>";
    let files = json!([
        {"name": "flyer.png", "data": ads::base64(&ads::png(8, 8))},
        {"name": "letter.txt", "data": ads::base64("Grüße aus dem Museum\n".as_bytes())},
    ]);
    let appeal = json!({"statement": statement, "decision": rejected["decision"], "attachments": files});
    assert_eq!(other.post(&appeals, &appeal).await.status, 404, "another submitter's ad is not there");
    let opened = hook.post(&appeals, &appeal).await.expect(201);
    assert_eq!(
        (opened["state"].as_str(), opened["attachments"][1]["media_type"].as_str()),
        (Some("open"), Some("text/plain"))
    );
    let contested = hook.get(&ad).await.expect(200);
    assert_eq!(
        (&contested["review_status"], &contested["approval_status"]),
        (&json!("under_appeal"), &json!("rejected"))
    );
    assert_eq!(contested["expected_by"], opened["due"]);
    assert_eq!(hook.post(&appeals, &appeal).await.expect(409)["code"], "appeal_open");
    assert_eq!(other.get(&appeals).await.status, 404);
    assert_eq!(
        hook.get(&format!("{appeals}/{}", opened["id"].as_str().unwrap())).await.expect(200)["statement"],
        statement
    );

    assert!(ann.claim_next().await.is_none(), "who decided first is never asked");
    let task = ben.claim_next().await.expect("somebody else is");
    assert_eq!(task.page.texts("h1"), ["Appeal"]);
    assert!(task.page.html.contains("It is an exhibition; nothing is sold. &#60;b&#62;"), "{}", task.page.html);
    let links = task.page.attributes("a[href^='/appeals/']", "href");
    assert_eq!(links.len(), 2, "what was added can be read");
    assert_eq!(ben.get(&links[1]).await.html, "Grüße aus dem Museum\n");
    assert_eq!(ann.post(&format!("/tasks/{}/claim", task.id), &[("csrf", &ann.get("/").await.csrf())]).await.path, "/");
    ben.answer_all(&task, "dismissed").await;

    let corrected = hook.wait_for(ad.trim_start_matches("/v1/ads/"), |o| o["review_status"] == "reviewed").await;
    assert_eq!(
        (&corrected["approval_status"], &corrected["serving"]["eligible"]),
        (&json!("approved"), &json!(true)),
        "{corrected}"
    );
    assert!(corrected.get("appeal_url").is_none(), "an approval has no link");
    let over = hook.get(&appeals).await.expect(200);
    assert_eq!(
        (&over["items"][0]["state"], &over["items"][0]["result_decision"]),
        (&json!("overturned"), &corrected["decision"])
    );
    assert_eq!(hook.post(&appeals, &json!({"statement": "Again."})).await.expect(409)["code"], "nothing_to_appeal");

    let labels = server.hook("analyst", "research").get("/v1/labels").await.expect_lines();
    let weapons = |source: &str| {
        labels
            .iter()
            .filter(|l| l["source"] == source && l["policy"] == "weapons")
            .map(|l| l["value"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!((weapons("judgement"), weapons("appeal")), (vec![json!("yes")], vec![json!("no")]), "{labels:?}");

    let events = until("the end of the appeal to be told", async || {
        let (events, _) = hook.events_after("").await;
        events.iter().any(|e| e["type"] == "appeal.decided").then_some(events)
    })
    .await;
    let about = |e: &&Value| e["data"]["decision"] == rejected["decision"];
    let told: Vec<&Value> = events.iter().filter(about).map(|e| &e["type"]).collect();
    assert_eq!(told, ["appeal.opened", "appeal.decided"]);
    let last = events.iter().rfind(|e| e["type"] == "ad.outcome").unwrap();
    assert_eq!(last["data"]["outcome"]["approval_status"], "approved", "a correcting event");
    let page = ben.get(&page_of(&rejected)).await;
    assert!(
        page.status == 200 && page.html.contains("Overturned") && page.attributes("form", "action").is_empty(),
        "{}",
        page.html
    );
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

async fn an_appeal_is_taken_back_confirmed_for_good_or_overtaken(on: On) {
    let server = server(on, "appeals_per_day = 3\n").await;
    let (hook, other) = (server.submitter("shop"), server.submitter("rival"));
    let visitor = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    let send = async |page: &str, statement: &str, file: &[u8]| {
        let file = Part::bytes(file.to_vec()).file_name("proof.pdf");
        let form = Form::new().text("statement", statement.to_owned()).part("files", file);
        let answer = visitor.post(format!("{}{page}", server.url)).multipart(form).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    // What a machine decided is contested through the link, by somebody without a session.
    let rejected = hook.submit_and_wait(&ads::weapon("pistol")).await;
    let appeals = format!("/v1/ads/{}/appeals", rejected["id"].as_str().unwrap());
    let page = page_of(&rejected);
    let (status, shown) = {
        let answer = visitor.get(format!("{}{page}", server.url)).send().await.unwrap();
        assert!(answer.headers().get("set-cookie").is_none());
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert!(status == 200 && shown.contains("decided automatically") && shown.contains("background check"), "{shown}");
    assert_eq!(send(&format!("{page}x"), "No.", b"%PDF-1.4 %%EOF").await.0, 404, "a link that was not signed here");
    let (status, shown) = send(&page, "It is a <toy>.", b"MZ\0\x01").await;
    assert!(
        status == 422 && shown.contains("“proof.pdf” is not a PNG") && shown.contains("It is a &#60;toy&#62;."),
        "{shown}"
    );
    assert_eq!(send(&page, "It is a toy.", b"%PDF-1.4 %%EOF").await.0, 303);
    assert_eq!(state_of(&hook, &appeals).await, "open");

    // Taken back by its submitter, and by nobody else.
    let open = hook.get(&appeals).await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(other.delete(&format!("{appeals}/{open}")).await.status, 404);
    for _ in 0..2 {
        assert_eq!(hook.delete(&format!("{appeals}/{open}")).await.expect(200)["state"], "withdrawn");
    }
    let back = hook.get(appeals.trim_end_matches("/appeals")).await.expect(200);
    assert_eq!((&back["review_status"], &back["expected_by"]), (&json!("reviewed"), &Value::Null));

    // Confirmed: looked at twice, the decision is final for the outside.
    let ann = server.person("ann", "reviewer").await;
    hook.post(&appeals, &json!({"statement": "Please look again."})).await.expect(201);
    let task = ann.claim_next().await.expect("the appeal waits");
    ann.answer_all(&task, "confirmed").await;
    let confirmed = hook.wait_for(rejected["id"].as_str().unwrap(), |o| o["review_status"] == "reviewed").await;
    assert_eq!((&confirmed["approval_status"], &confirmed["decided_by"]), (&json!("rejected"), &json!("person")));
    assert_eq!(state_of(&hook, &appeals).await, "confirmed");
    assert_eq!(hook.post(&appeals, &json!({"statement": "Once more."})).await.expect(409)["code"], "appeal_final");
    assert_eq!(hook.delete(&format!("{appeals}/{open}")).await.expect(200)["state"], "withdrawn");

    // A lead has it corrected from the ad's page, and may not decide that alone.
    let lea = server.person("lea", "lead").await;
    let place = format!("/ads/{}", rejected["id"].as_str().unwrap());
    let csrf = lea.get(&place).await.csrf();
    assert_eq!(lea.post(&format!("{place}/correct"), &[("csrf", &csrf), ("reason", " ")]).await.status, 422);
    let asked =
        lea.post(&format!("{place}/correct"), &[("csrf", &csrf), ("reason", "The photo shows a water pistol.")]).await;
    assert!(asked.status == 200 && asked.html.contains("The photo shows a water pistol."), "{}", asked.html);
    let csrf = ann.get("/").await.csrf();
    assert_eq!(ann.post(&format!("{place}/correct"), &[("csrf", &csrf), ("reason", "Mine.")]).await.status, 403);
    assert!(lea.claim_next().await.is_none(), "who asks for a correction does not make it");
    assert!(ann.claim_next().await.is_none(), "who answered about this content does not either");

    // The ad changes: what was contested is no more.
    let path = appeals.trim_end_matches("/appeals");
    hook.put(path, &ads::clean("pistol")).await;
    assert_eq!(state_of(&hook, &appeals).await, "lapsed");
    hook.wait_for(rejected["id"].as_str().unwrap(), |o| o["approval_status"] == "approved").await;

    // The advertiser's page tells all of it.
    let account = hook.put("/v1/advertisers/acct-1", &json!({"verified": true})).await.expect(200);
    assert_eq!(hook.get("/v1/advertisers/acct-1").await.expect(200), account);
    assert_eq!(other.get("/v1/advertisers/acct-1").await.status, 404);
    let listed = lea.get("/advertisers?q=ACCT").await.attributes("td a", "href");
    assert_eq!(listed, [format!("/advertisers/{}", account["id"].as_str().unwrap())]);
    assert!(lea.get("/advertisers?q=nobody").await.attributes("td a", "href").is_empty());
    let record = lea.get(&listed[0]).await;
    let tags = record.texts("[aria-labelledby=appeals-title] .tag");
    assert_eq!(tags, ["Lapsed", "Confirmed", "Withdrawn"], "{}", record.html);
    assert!(record.texts("[aria-labelledby=decisions-title] td a").iter().all(|ad| ad == "pistol"));

    // A quota bounds what one advertiser can ask; staff's corrections do not count.
    let second = hook.submit_and_wait(&ads::weapon("rifle")).await;
    let third = hook.submit_and_wait(&ads::weapon("revolver")).await;
    let path = |ad: &Value| format!("/v1/ads/{}/appeals", ad["id"].as_str().unwrap());
    hook.post(&path(&second), &json!({"statement": "A toy."})).await.expect(201);
    assert_eq!(hook.post(&path(&third), &json!({"statement": "A toy."})).await.expect(409)["code"], "appeal_quota");
    // Escalated, an appeal is a lead's to settle, and what she says teaches as an appeal does.
    let task = ann.claim_next().await.expect("the appeal waits");
    ann.answer(&task, &[("outcome", "escalate"), ("note", "Is it a toy?")]).await;
    let task = lea.claim_next().await.expect("a lead settles it");
    lea.answer_all(&task, "dismissed").await;
    hook.wait_for(second["id"].as_str().unwrap(), |o| o["approval_status"] == "approved").await;
    assert_eq!(state_of(&hook, &path(&second)).await, "overturned");
    let labels = server.hook("analyst", "research").get("/v1/labels").await.expect_lines();
    assert!(labels.iter().all(|l| l["source"] == "appeal") && labels.iter().any(|l| l["value"] == "no"), "{labels:?}");
    // What is sent in a minute is bounded too; the loop may run across a minute's end.
    let mut answers = vec![];
    for _ in 0..22 {
        answers.push(send(&page_of(&third), "", b"").await.0);
    }
    assert!(answers.contains(&429), "{answers:?}");
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}
