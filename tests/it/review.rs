//! What reviewers and leads rely on: one task is one person's, nothing typed is lost, disagreement goes to a lead, and
//! what is undone in time was never seen outside.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    person::{Person, Task},
    server::{Server, password_of},
    until,
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases!(
    an_answer_becomes_a_decision_after_the_grace_time,
    two_people_never_answer_one_task,
    a_lost_lease_loses_no_text,
    what_is_undone_in_time_leaves_no_trace_outside,
    a_person_answers_a_round_once_and_a_lead_settles_an_escalation,
    three_people_who_answer_at_once_decide_by_majority,
    a_lead_settles_what_three_people_cannot,
    blind_checks_hide_findings_and_change_nothing,
);

/// A server whose decisions take effect after this many seconds.
async fn server_with_grace(on: On, seconds: u32) -> Server {
    let mut server = Server::install(on, &[]).await;
    server.configure(&format!("grace_seconds = {seconds}\nsign_in_per_minute = 1000\n"));
    server.run().await;
    server
}

/// Submits ads that wait for people, and returns their ids.
async fn queue_up(hook: &Hook, n: usize) -> Vec<String> {
    let mut ids = vec![];
    for i in 0..n {
        ids.push(hook.submit(&ads::for_people(&format!("queued-{i}"))).await);
    }
    for id in &ids {
        let outcome = hook.wait_until_screened(id).await;
        assert_eq!(outcome["review_status"], "in_review", "{outcome}");
    }
    ids
}

async fn an_answer_becomes_a_decision_after_the_grace_time(on: On) {
    let server = server_with_grace(on, 1).await;
    let hook = server.submitter("shop");
    let ad = queue_up(&hook, 1).await.remove(0);
    let ann = server.person("ann", "reviewer").await;

    let task = ann.claim_next().await.expect("a task waits");
    assert!(!task.findings.is_empty(), "{}", task.page.html);
    let marked = task.page.texts("mark");
    assert!(!marked.is_empty(), "matched words are highlighted");
    ann.answer_all(&task, "confirmed").await;

    let waiting = hook.get(&format!("/v1/ads/{ad}")).await.json();
    let decided = hook.wait_for(&ad, |o| o["review_status"] == "reviewed").await;
    assert_eq!(decided["approval_status"], "rejected", "{decided}");
    assert_eq!(decided["decided_by"], "person");
    assert_eq!(decided["serving"]["eligible"], false);
    assert!(!decided["findings"].as_array().unwrap().is_empty(), "a refusal says why: {decided}");
    if waiting["review_status"] == "in_review" {
        assert_eq!(decided["outcome_version"].as_i64(), waiting["outcome_version"].as_i64().map(|v| v + 1));
    }

    let labels = server.hook("analyst", "research").get("/v1/labels").await.expect_lines();
    assert!(labels.iter().any(|l| l["value"] == "yes" && l["source"] == "judgement"), "{labels:?}");
}

async fn two_people_never_answer_one_task(on: On) {
    let server = server_with_grace(on, 1).await;
    let hook = server.submitter("shop");
    let ids = queue_up(&hook, 12).await;
    let mut people = vec![];
    for name in ["ann", "ben", "cleo", "dan"] {
        people.push((name, server.person(name, "reviewer").await));
    }

    let working = people.into_iter().map(|(name, person)| {
        tokio::spawn(async move {
            let mut answered = vec![];
            while let Some(task) = person.claim_next().await {
                let page = person.answer_all(&task, "confirmed").await;
                assert!(page.status == 200, "{name}: {} {}", page.status, page.html);
                answered.push(task.id);
            }
            answered
        })
    });
    let mut answered = vec![];
    for person in working.collect::<Vec<_>>() {
        answered.extend(person.await.unwrap());
    }
    let distinct: BTreeSet<&String> = answered.iter().collect();
    assert_eq!((answered.len(), distinct.len()), (12, 12), "each task is answered once");
    for id in &ids {
        let outcome = hook.wait_for(id, |o| o["review_status"] == "reviewed").await;
        assert_eq!(outcome["approval_status"], "rejected");
    }
}

async fn a_lost_lease_loses_no_text(on: On) {
    let server = server_with_grace(on, 60).await;
    let hook = server.submitter("shop");
    queue_up(&hook, 1).await;
    let (ann, ben) = (server.person("ann", "reviewer").await, server.person("ben", "reviewer").await);

    let anns = ann.claim_next().await.expect("a task waits");
    assert!(ben.claim_next().await.is_none(), "ann holds the only task");
    let path = |action: &str| format!("/tasks/{}/{action}", anns.id);
    let proof = [("csrf", anns.csrf.as_str()), ("token", anns.token.as_str())];
    let beat = ann.call(&path("heartbeat"), &proof).await.expect(200);
    assert!(beat["until"].is_number(), "{beat}");
    let draft = [&proof[..], &[("note", "half a thought"), (anns.findings[0].as_str(), "dismissed")]].concat();
    assert!(ann.call(&path("draft"), &draft).await.status < 300);

    // A closed tab, or a laptop put to sleep: the lease runs out.
    lapse_leases(&server).await;
    let bens = ben.claim_next().await.expect("a lapsed lease frees the task");
    assert_eq!(bens.id, anns.id);
    assert!(!bens.page.html.contains("half a thought"), "a draft is its writer's");

    let typed = [(anns.findings[0].as_str(), "confirmed"), ("note", "a whole thought")];
    let refused = ann.answer(&anns, &typed).await;
    assert_eq!(refused.status, 409);
    assert!(refused.html.contains("a whole thought"), "the page that refuses keeps the words: {}", refused.html);
    assert_eq!(ann.call(&path("heartbeat"), &proof).await.status, 409);

    // Ben leaves it; ann takes it again and finds what she had typed.
    let give_back = [("csrf", bens.csrf.as_str()), ("token", bens.token.as_str())];
    ben.post(&format!("/tasks/{}/release", bens.id), &give_back).await;
    let again = ann.claim_next().await.expect("a task given back is free at once");
    assert_eq!(again.id, anns.id);
    assert!(again.page.html.contains("thought"), "{}", again.page.html);
    assert_ne!(again.token, anns.token, "every claim has its own token");
}

async fn what_is_undone_in_time_leaves_no_trace_outside(on: On) {
    let server = server_with_grace(on, 3).await;
    let hook = server.submitter("shop");
    let ad = queue_up(&hook, 1).await.remove(0);
    let ann = server.person("ann", "reviewer").await;
    let before = hook.get(&format!("/v1/ads/{ad}")).await.json();

    let task = ann.claim_next().await.expect("a task waits");
    let answered = ann.answer_all(&task, "confirmed").await;
    let undone = ann.undo(&answered).await;
    assert!(undone.status == 200, "{} {}", undone.status, undone.html);

    // The task is hers again; she answers otherwise, and that is all the outside ever sees.
    let again = match undone.task() {
        Some(task) => task,
        None => ann.claim_next().await.expect("an undone task waits again"),
    };
    assert_eq!(again.id, task.id);
    assert_eq!(hook.get(&format!("/v1/ads/{ad}")).await.json(), before, "projected state is what it was");
    ann.answer_all(&again, "dismissed").await;
    let decided = hook.wait_for(&ad, |o| o["review_status"] == "reviewed").await;
    assert_eq!(decided["approval_status"], "approved", "{decided}");

    let outcomes = until("the outcome as an event", async || {
        let (events, _) = hook.events_after("").await;
        let told: Vec<Value> = events
            .into_iter()
            .filter(|e| e["type"] == "ad.outcome" && e["data"]["outcome"]["review_status"] == "reviewed")
            .collect();
        (!told.is_empty()).then_some(told)
    })
    .await;
    assert_eq!(outcomes.len(), 1, "the undone answer was never told: {outcomes:?}");
    let labels = server.hook("analyst", "research").get("/v1/labels").await.expect_lines();
    assert!(labels.iter().all(|l| l["value"] == "no"), "the undone answer teaches nothing: {labels:?}");
}

async fn a_person_answers_a_round_once_and_a_lead_settles_an_escalation(on: On) {
    let server = server_with_grace(on, 1).await;
    let hook = server.submitter("shop");
    let ad = queue_up(&hook, 1).await.remove(0);
    let ann = server.person("ann", "reviewer").await;

    let task = ann.claim_next().await.expect("a task waits");
    let silent = ann.answer(&task, &[("outcome", "escalate")]).await;
    assert_eq!(silent.status, 422, "an escalation says what the lead should look at");
    ann.answer(&task, &[("outcome", "escalate"), ("note", "Is this a toy?")]).await;
    assert!(ann.claim_next().await.is_none(), "nobody settles their own escalation");
    let ben = server.person("ben", "reviewer").await;
    assert!(ben.claim_next().await.is_none(), "an adjudication is for leads");

    let lead = server.person("lea", "lead").await;
    let settling = lead.claim_next().await.expect("the lead is asked");
    assert!(settling.page.html.contains("Is this a toy?"), "the lead reads why");
    lead.answer_all(&settling, "confirmed").await;
    let decided = hook.wait_for(&ad, |o| o["review_status"] == "reviewed").await;
    assert_eq!(decided["approval_status"], "rejected");
}

/// A server whose every round takes three people, or whose every automatic decision is checked blind.
async fn server_with_samples(on: On, blind: f64, overlap: f64) -> Server {
    let mut server = Server::install(on, &[]).await;
    server.configure("grace_seconds = 1\nsign_in_per_minute = 1000\n");
    server.samples(blind, overlap).await;
    server.run().await;
    server
}

async fn three_people_who_answer_at_once_decide_by_majority(on: On) {
    let server = server_with_samples(on, 0.0, 1.0).await;
    let hook = server.submitter("shop");
    let ids = queue_up(&hook, 6).await;
    let mut people = vec![];
    for (name, answer) in [("ann", "confirmed"), ("ben", "dismissed"), ("cleo", "confirmed")] {
        people.push((server.person(name, "reviewer").await, answer));
    }
    for _ in &ids {
        let mut tasks = vec![];
        for (person, answer) in &people {
            tasks.push((person.clone(), person.claim_next().await.expect("a task of the round"), *answer));
        }
        let rounds: BTreeSet<&String> = tasks.iter().map(|(_, task, _)| &task.id).collect();
        assert_eq!(rounds.len(), 3, "three people, three tasks");
        // All three answer in the same moment: each must see the others, or nobody completes the round.
        let answering = tasks
            .into_iter()
            .map(|(person, task, answer)| tokio::spawn(async move { person.answer_all(&task, answer).await.status }));
        for answered in answering.collect::<Vec<_>>() {
            assert_eq!(answered.await.unwrap(), 200);
        }
    }
    for id in &ids {
        let decided = hook.wait_for(id, |o| o["review_status"] == "reviewed").await;
        assert_eq!(decided["approval_status"], "rejected", "two of three confirmed");
    }
}

async fn a_lead_settles_what_three_people_cannot(on: On) {
    let server = server_with_samples(on, 0.0, 1.0).await;
    let hook = server.submitter("shop");
    let ad = queue_up(&hook, 1).await.remove(0);
    for (name, added) in [("ann", "scam"), ("ben", "health"), ("cleo", "")] {
        let person = server.person(name, "reviewer").await;
        let task = person.claim_next().await.expect("a task of the round");
        let mut fields: Vec<(&str, &str)> = task.findings.iter().map(|f| (f.as_str(), "dismissed")).collect();
        if !added.is_empty() {
            fields.push(("added", added));
        }
        assert_eq!(person.answer(&task, &fields).await.status, 200);
    }
    let outcome = hook.get(&format!("/v1/ads/{ad}")).await.json();
    assert_eq!(outcome["review_status"], "in_review", "two reject, for different policies: no common ground");

    let lead = server.person("lea", "lead").await;
    let task = lead.claim_next().await.expect("the lead is asked");
    lead.answer_all(&task, "dismissed").await;
    let decided = hook.wait_for(&ad, |o| o["review_status"] == "reviewed").await;
    assert_eq!(decided["approval_status"], "approved", "{decided}");
}

async fn blind_checks_hide_findings_and_change_nothing(on: On) {
    let server = server_with_samples(on, 1.0, 0.0).await;
    let hook = server.submitter("shop");
    let rejected = hook.submit_and_wait(&ads::weapon("rejected")).await;
    assert_eq!(rejected["review_status"], "reviewed", "sampling delays nothing: {rejected}");
    let ann = server.person("ann", "reviewer").await;
    let task = ann.claim_next().await.expect("every automatic decision is checked");
    assert!(task.findings.is_empty(), "a blind judge sees no findings");
    assert!(task.page.texts("mark").is_empty(), "and no marked words");
    let fields = [("policy.weapons", "broken"), ("policy.adult", "clean")];
    assert_eq!(ann.answer(&task, &fields).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let after = hook.get(&format!("/v1/ads/{}", rejected["id"].as_str().unwrap())).await.json();
    assert_eq!(after, rejected, "a check has no effect outside");
    let labels = server.hook("analyst", "research").get("/v1/labels").await.expect_lines();
    let said: BTreeSet<String> = labels
        .iter()
        .map(|l| format!("{}={} blind {}", l["policy"].as_str().unwrap(), l["value"].as_str().unwrap(), l["blind"]))
        .collect();
    assert_eq!(said, BTreeSet::from(["adult=no blind true".into(), "weapons=yes blind true".into()]));
}

/// Ends every lease as if its time had passed.
async fn lapse_leases(server: &Server) {
    let db = server.database.connect().await;
    db.execute_unprepared("UPDATE task SET lease_until = 1 WHERE lease_until > 1").await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_signed_in_people_with_the_role_and_the_token_get_work() {
    let server = server_with_grace(On::Sqlite, 60).await;
    let hook = server.submitter("shop");
    queue_up(&hook, 1).await;

    let visitor = Person::visitor(&server.url);
    let page = visitor.get("/").await;
    assert!(page.path == "/sign-in", "a visitor is asked to sign in, not shown {}", page.path);
    server.add_person("ann", "reviewer");
    let wrong = visitor.try_sign_in("ann", "wrong").await;
    let unknown = visitor.try_sign_in("nobody", "wrong").await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(wrong.texts("[role=alert]"), unknown.texts("[role=alert]"), "names cannot be guessed");

    let ann = Person::sign_in(&server.url, "ann", &password_of("ann")).await;
    assert_eq!(ann.post("/tasks/next", &[]).await.status, 403, "no CSRF token");
    assert_eq!(ann.post("/tasks/next", &[("csrf", "wrong")]).await.status, 403);
    assert!(ann.claim_next().await.is_some());

    let editor = server.person("eve", "policy_editor").await;
    let csrf = editor.get("/").await.csrf();
    assert_eq!(editor.post("/tasks/next", &[("csrf", &csrf)]).await.status, 403, "an editor decides no ads");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_passwords_is_slowed_down() {
    let mut server = Server::install(On::Sqlite, &[]).await;
    server.configure("sign_in_per_minute = 5\n");
    server.run().await;
    server.add_person("ann", "reviewer");
    let guesser = Person::visitor(&server.url);
    let mut answers = vec![];
    for _ in 0..12 {
        answers.push(guesser.try_sign_in("ann", "guess").await.status);
    }
    assert!(answers.contains(&429), "{answers:?}");
    assert_eq!(answers[0], 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_added_finding_decides_and_teaches_like_a_confirmed_one() {
    let server = server_with_grace(On::Sqlite, 1).await;
    let hook = server.submitter("shop");
    let ad = queue_up(&hook, 1).await.remove(0);
    let ann = server.person("ann", "reviewer").await;
    let task: Task = ann.claim_next().await.expect("a task waits");
    let mut fields: Vec<(&str, &str)> = task.findings.iter().map(|f| (f.as_str(), "dismissed")).collect();
    fields.push(("added", "scam"));
    let answered = ann.answer(&task, &fields).await;
    assert_eq!(answered.status, 200, "{}", answered.html);
    let decided = hook.wait_for(&ad, |o| o["review_status"] == "reviewed").await;
    assert_eq!(decided["approval_status"], "rejected");
    assert_eq!(decided["serving"]["because"], json!(["scam"]));
    let labels = server.hook("analyst", "research").get("/v1/labels").await.expect_lines();
    let said: BTreeSet<(String, String)> = labels
        .iter()
        .map(|l| (l["policy"].as_str().unwrap().to_owned(), l["value"].as_str().unwrap().to_owned()))
        .collect();
    assert!(said.contains(&("scam".into(), "yes".into())), "{said:?}");
    assert!(said.iter().all(|(policy, value)| policy == "scam" || value == "no"), "{said:?}");
}
