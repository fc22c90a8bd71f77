//! What is left after a power cut: every accepted ad, one verdict for each trigger, every event once, a chain that
//! verifies. Once at every commit boundary that the sources name, and by kills at seeded moments under load.
//!
//! `ADJUDGE_TEST_SEED` chooses other moments; the seed is printed.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    person::{Page, Person, Task},
    server::{Server, password_of},
    until,
};
use crate::{
    appeal_ends, breaker_ends, command_ends, first_start, iab_ends, inbound_ends, learning, outbox::number,
    release_ends, webhook_ends, webhooks,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

on_both_databases!(kills_under_load_lose_nothing, an_end_at_any_commit_loses_nothing);

/// Kills in one run.
const KILLS: usize = 20;

/// What the outside was promised and saw, shared by everybody who talks to the server.
#[derive(Debug, Default)]
struct Seen {
    /// Ads that were accepted with 202, by external id.
    accepted: Mutex<BTreeMap<String, String>>,
    /// Events in the order in which the polling reader got them.
    events: Mutex<Vec<Value>>,
}

async fn installation(on: On) -> Server {
    let mut server = Server::install(on, &[]).await;
    server.configure(&format!("grace_seconds = 1\nsign_in_per_minute = 100000\n{}", webhooks::OPEN));
    server.run().await;
    server
}

async fn kills_under_load_lose_nothing(on: On) {
    let seed = std::env::var("ADJUDGE_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_260_101_u64);
    eprintln!("{on:?}: kills seeded with {seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut server = installation(on).await;
    let hook = server.submitter("shop");
    let seen = Arc::new(Seen::default());
    let loaded = Arc::new(AtomicBool::new(true));
    let mut load = vec![tokio::spawn(poll(hook.clone(), Arc::clone(&seen), Arc::clone(&loaded)))];
    for writer in 0..3 {
        load.push(tokio::spawn(submit_on(writer, hook.clone(), Arc::clone(&seen), Arc::clone(&loaded))));
    }
    for name in ["ann", "ben"] {
        let person = server.person(name, "reviewer").await;
        load.push(tokio::spawn(review_on(person, Arc::clone(&loaded))));
    }
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(dice.random_range(50..900))).await;
        server.kill();
        server.run().await;
    }
    loaded.store(false, Ordering::SeqCst);
    for task in load {
        task.await.unwrap();
    }
    assert!(seen.accepted.lock().unwrap().len() > KILLS, "the load was one");
    nothing_is_lost(&server, &hook, &seen).await;
}

/// Submits, revises and withdraws ads until the load ends.
async fn submit_on(writer: usize, hook: Hook, seen: Arc<Seen>, loaded: Arc<AtomicBool>) {
    let mut n = 0;
    while loaded.load(Ordering::SeqCst) {
        n += 1;
        let external_id = format!("ad-{writer}-{n}");
        let ad = if n % 3 == 0 { ads::for_people(&external_id) } else { ads::clean(&external_id) };
        // A client that got no answer sends the same again.
        let id = loop {
            match hook.attempt(Method::POST, "/v1/ads", Some(&ad)).await {
                Some(answer) if [200, 202].contains(&answer.status) => {
                    break answer.json()["id"].as_str().unwrap().to_owned();
                }
                Some(answer) => assert!(answer.status >= 429, "{} {}", answer.status, answer.text),
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        seen.accepted.lock().unwrap().insert(external_id.clone(), id.clone());
        let path = format!("/v1/ads/{id}");
        if n % 5 == 0 {
            hook.attempt(Method::PUT, &path, Some(&ads::ad(&external_id, "Changed", "Rakes and shears."))).await;
        }
        if n % 11 == 0 {
            hook.attempt(Method::DELETE, &path, None).await;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Claims and answers until the load ends; what fails is tried again, as a person would.
async fn review_on(person: Person, loaded: Arc<AtomicBool>) {
    while loaded.load(Ordering::SeqCst) {
        if work_once(&person, "confirmed").await.is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Takes the next task about an ad; passes over certificates. `None` when there is nothing to do, or nobody to ask.
async fn next_ad(person: &Person) -> Option<Task> {
    let csrf = person.try_get("/").await?.csrf();
    let mut page = person.try_post("/tasks/next", &[("csrf", &csrf)]).await?;
    while page.path.starts_with("/certificates/") {
        let (task, fields) = held_certificate(&page)?;
        page =
            person.try_post(&format!("/tasks/{task}/skip"), &fields.each_ref().map(|(n, v)| (*n, v.as_str()))).await?;
    }
    page.task()
}

/// The task of a certificate's page and the fields that prove it is the reader's; `None` where it is not.
fn held_certificate(page: &Page) -> Option<(String, [(&'static str, String); 3])> {
    let one = |css: &str| page.attributes(css, "value").into_iter().next();
    let (task, token) = (one("input[name=task]")?, one("input[name=token]")?);
    Some((task.clone(), [("csrf", page.csrf()), ("task", task), ("token", token)]))
}

/// Takes a task and answers it. `None` when there was nothing to do, or nobody to ask.
async fn work_once(person: &Person, answer: &str) -> Option<String> {
    let task = next_ad(person).await?;
    let mut fields =
        vec![("csrf", task.csrf.as_str()), ("token", task.token.as_str()), ("screening", task.screening.as_str())];
    fields.extend(task.findings.iter().map(|f| (f.as_str(), answer)));
    let answered = person.try_post(&format!("/tasks/{}/judge", task.id), &fields).await?;
    // The answer may race with another that a crash left behind; a broken server is never right.
    assert!(answered.status < 500, "{}", answered.html);
    Some(task.id)
}

/// Polls the event cursor until the load ends; keeps where it stopped, as a client would.
async fn poll(hook: Hook, seen: Arc<Seen>, loaded: Arc<AtomicBool>) {
    let mut cursor = String::new();
    while loaded.load(Ordering::SeqCst) {
        let page = hook.attempt(Method::GET, &format!("/v1/events?limit=50&cursor={cursor}"), None).await;
        if let Some(page) = page.filter(|p| p.status == 200).map(|p| p.json()) {
            seen.events.lock().unwrap().extend(page["items"].as_array().unwrap().iter().cloned());
            if let Some(next) = page["next"].as_str() {
                cursor = next.to_owned();
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The invariants, once everything that was begun is done.
async fn nothing_is_lost(server: &Server, hook: &Hook, seen: &Seen) {
    let db = server.database.connect().await;
    until("all work to be done and sealed", async || {
        let waiting = number(
            &db,
            "SELECT COUNT(*) AS n FROM job WHERE state = 'ready' AND name NOT IN ('lapse', 'publish', 'sweep')",
        )
        .await;
        let unsealed = number(&db, "SELECT COUNT(*) AS n FROM event WHERE position IS NULL").await;
        let unchained = number(&db, "SELECT COUNT(*) AS n FROM audit WHERE position IS NULL").await;
        (waiting + unsealed + unchained == 0).then_some(())
    })
    .await;
    for (what, sql) in [
        ("a dead job", "SELECT COUNT(*) AS n FROM job WHERE state = 'dead'"),
        (
            "a revision without a screening",
            "SELECT COUNT(*) AS n FROM revision WHERE screening_id IS NULL AND id IN
            (SELECT latest_revision_id FROM ad WHERE withdrawn_at IS NULL AND NOT sandbox)",
        ),
        (
            "a second verdict for a trigger",
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM screening
            GROUP BY revision_id, trigger_key HAVING COUNT(*) > 1) AS twice",
        ),
        (
            // What a block gives back came of no screening.
            "a second automatic decision on a screening",
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM decision WHERE decided_by = 'release'
            AND screening_id IS NOT NULL GROUP BY screening_id HAVING COUNT(*) > 1) AS twice",
        ),
        (
            "a second decision of a round",
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM decision
            WHERE round_id IS NOT NULL AND state <> 'undone' GROUP BY round_id HAVING COUNT(*) > 1) AS twice",
        ),
        (
            "a round resolved without an answer",
            "SELECT COUNT(*) AS n FROM round WHERE state = 'resolved'
            AND id NOT IN (SELECT round_id FROM judgement WHERE undone_at IS NULL)",
        ),
        ("a second live release, or none", "SELECT COUNT(*) - 1 AS n FROM release WHERE state = 'live'"),
        ("a second live model, or none", "SELECT COUNT(*) - 1 AS n FROM model WHERE state = 'live'"),
        (
            "a model without the snapshot that it was trained on",
            "SELECT COUNT(*) AS n FROM model WHERE snapshot_id IS NOT NULL AND snapshot_id NOT IN
            (SELECT id FROM snapshot)",
        ),
        ("a gap in the events", "SELECT COALESCE(MAX(position), 0) - COUNT(*) AS n FROM event"),
        ("a gap in the audit chain", "SELECT COALESCE(MAX(position), 0) - COUNT(*) AS n FROM audit"),
    ] {
        assert_eq!(number(&db, sql).await, 0, "{what}");
    }
    db.close().await.unwrap();

    let (all, _) = hook.events_after("").await;
    let mut submitted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut versions: BTreeMap<&str, i64> = BTreeMap::new();
    for event in &all {
        if event["type"] == "ad.submitted" {
            *submitted.entry(event["data"]["ad"].as_str().unwrap()).or_default() += 1;
        }
        if let Some(outcome) = event["data"].get("outcome").filter(|o| o.is_object()) {
            let version = outcome["outcome_version"].as_i64().unwrap();
            let before = versions.insert(outcome["id"].as_str().unwrap(), version);
            assert!(before.is_none_or(|b| b < version), "outcome versions grow: {event}");
        }
    }
    let accepted = seen.accepted.lock().unwrap().clone();
    for (external_id, id) in &accepted {
        assert_eq!(submitted.get(id.as_str()), Some(&1), "{external_id} was accepted and is told once");
        let outcome = hook.get(&format!("/v1/ads/{id}")).await.expect(200);
        assert_ne!(outcome["review_status"], "pending", "{external_id} was screened");
    }
    let polled = seen.events.lock().unwrap();
    assert_eq!(polled.as_slice(), &all[..polled.len()], "the polling reader skipped nothing and saw nothing twice");
    server.cli(&["audit", "verify"]).expect();
}

/// Ends the process before and after the commit of every flow that the sources name, while everything a deployment
/// does is done; then looks at what is left.
async fn an_end_at_any_commit_loses_nothing(on: On) {
    let flows = flows();
    first_start::ends(on).await;
    let mut server = installation(on).await;
    let hook = server.submitter("shop");
    let seen = Arc::new(Seen::default());
    let polling = Arc::new(AtomicBool::new(true));
    let reader = tokio::spawn(poll(hook.clone(), Arc::clone(&seen), Arc::clone(&polling)));
    let ann = server.person("ann", "reviewer").await;
    release_ends::begin_small(&server);
    learning::teach(&server, 0);
    assert!(server.cli(&["train"]).expect().contains("is a candidate"));
    let mut never = vec![];
    let tried = flows.iter().filter(|flow| !first_start::FLOWS.contains(&flow.as_str()));
    for (round, flow) in tried.filter(|flow| is_chosen(flow)).enumerate() {
        for boundary in ["before_commit", "after_commit"] {
            let (point, tag) = (format!("{flow}.{boundary}"), format!("{round}-{boundary}"));
            let ended = match flow.as_str() {
                flow if release_ends::FLOWS.contains(&flow) => {
                    release_ends::ends(&mut server, &hook, flow, &point, &tag).await
                }
                flow if appeal_ends::FLOWS.contains(&flow) => {
                    appeal_ends::ends(&mut server, &hook, flow, &point, &tag).await
                }
                flow if breaker_ends::FLOWS.contains(&flow) => {
                    breaker_ends::ends(&mut server, &hook, flow, &point, &tag).await
                }
                flow if inbound_ends::FLOWS.contains(&flow) => {
                    inbound_ends::ends(&mut server, &hook, flow, &point, &tag).await
                }
                flow if iab_ends::FLOWS.contains(&flow) => iab_ends::ends(&mut server, &hook, flow, &point, &tag).await,
                flow if webhook_ends::FLOWS.contains(&flow) => {
                    webhook_ends::ends(&mut server, &hook, flow, &point, &tag).await
                }
                "fail_job" | "finish_job" | "rescreen" => job_ends(&mut server, &hook, &seen, flow, &point, &tag).await,
                _ if command_ends::ends(&server, flow, &point, round) => true,
                _ => {
                    server.set("FAILPOINTS", &format!("{point}=1*return"));
                    !server.spawn().await || requests_end(&mut server, &hook, &ann, &seen, flow, &tag).await
                }
            };
            if !ended {
                never.push(point);
            }
            server.set("FAILPOINTS", "");
        }
    }
    assert!(never.is_empty(), "nothing reaches these commits: {never:?}");
    server.run().await;
    polling.store(false, Ordering::SeqCst);
    reader.await.unwrap();
    nothing_is_lost(&server, &hook, &seen).await;
}

/// Whether a flow is tried: all are, unless `ADJUDGE_TEST_FLOWS` names some, for somebody who works on those.
fn is_chosen(flow: &str) -> bool {
    std::env::var("ADJUDGE_TEST_FLOWS").map_or(true, |some| some.split(',').any(|one| one == flow))
}

/// Whether the server ends while everything is done that programs and people do.
async fn requests_end(server: &mut Server, hook: &Hook, ann: &Person, seen: &Seen, flow: &str, tag: &str) -> bool {
    let whole = match flow {
        "certificate" | "submit_certificate" | "judge_certificate" | "undo_certificate" => {
            decide_certificate(hook, ann, tag).await
        }
        "sandbox" => try_out(hook, tag).await,
        _ => do_everything(server, hook, ann, seen, tag).await,
    };
    // A request that got no answer met the fail point; the process may still be on its way out.
    whole.is_none() && ends(server).await
}

async fn ends(server: &mut Server) -> bool {
    for _ in 0..200 {
        if !server.runs() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

/// Whether the server ends at a job that nobody asks for over HTTP: one that cannot be read, one whose work somebody
/// else has done, and what follows a release.
async fn job_ends(server: &mut Server, hook: &Hook, seen: &Seen, flow: &str, point: &str, tag: &str) -> bool {
    server.run().await;
    let ad = ads::clean(&format!("job-{tag}"));
    let id = hook.submit(&ad).await;
    seen.accepted.lock().unwrap().insert(ad["external_id"].as_str().unwrap().to_owned(), id.clone());
    hook.wait_until_screened(&id).await;
    let revision = hook.get(&format!("/v1/ads/{id}")).await.expect(200)["revision"].clone();
    server.stop();
    match flow {
        "rescreen" => {
            command_ends::promote_the_other(server, "");
        }
        "finish_job" => add_job(server, tag, &json!({"revision": revision, "trigger": {"kind": "submitted"}})).await,
        _ => add_job(server, tag, &json!("not a job")).await,
    }
    server.set("FAILPOINTS", &format!("{point}=1*return"));
    let ended = !server.spawn().await || ends(server).await;
    let db = server.database.connect().await;
    if flow == "fail_job" {
        let left = number(&db, "SELECT COUNT(*) AS n FROM job WHERE payload = '\"not a job\"'").await;
        assert_eq!(left, 1, "a job that failed is kept for somebody to look at");
        db.execute_unprepared("DELETE FROM job WHERE payload = '\"not a job\"'").await.unwrap();
    }
    db.close().await.unwrap();
    ended
}

/// Adds a screening job with this payload.
async fn add_job(server: &Server, tag: &str, payload: &Value) {
    let db = server.database.connect().await;
    let sql = "INSERT INTO job (id, name, dedup_key, payload, state, run_at, attempts, lease_until, created_at)
               VALUES ($1, 'screen', $2, $3, 'ready', 0, 0, 0, 0)";
    let values: [sea_orm::Value; 3] =
        [uuid::Uuid::now_v7().into(), format!("extra-{tag}").into(), payload.to_string().into()];
    db.execute_raw(sea_orm::Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.unwrap();
    db.close().await.unwrap();
}

/// The names of all flows that commit, read from the sources.
fn flows() -> BTreeSet<String> {
    let name = regex::Regex::new(r#"\.write\(\s*"(\w+)""#).unwrap();
    let mut names = BTreeSet::new();
    let mut open = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                names.extend(name.captures_iter(code).map(|found| found[1].to_owned()));
            }
        }
    }
    assert!(names.len() > 10, "{names:?}");
    names
}

/// Everything that programs and people do over HTTP, once, until the server ends.
async fn do_everything(server: &mut Server, hook: &Hook, ann: &Person, seen: &Seen, tag: &str) -> Option<()> {
    let (clean, queued) = (ads::clean(&format!("clean-{tag}")), ads::for_people(&format!("queued-{tag}")));
    for ad in [&clean, &queued] {
        let answer = hook.attempt(Method::POST, "/v1/ads", Some(ad)).await?;
        assert_eq!(answer.status, 202, "{}", answer.text);
        let (external_id, id) = (ad["external_id"].as_str().unwrap(), answer.json()["id"].clone());
        seen.accepted.lock().unwrap().insert(external_id.to_owned(), id.as_str().unwrap().to_owned());
    }
    let path_of = |ad: &Value| {
        let id = seen.accepted.lock().unwrap()[ad["external_id"].as_str().unwrap()].clone();
        format!("/v1/ads/{id}")
    };
    let request = hook.request(Method::POST, "/v1/ads").header("idempotency-key", tag).json(&clean);
    request.send().await.ok()?;
    let refused = hook.request(Method::POST, "/v1/ads").header("idempotency-key", format!("{tag}-refused"));
    refused.json(&json!({})).send().await.ok()?;
    hook.attempt(Method::POST, "/v1/ads/validate", Some(&clean)).await?;
    hook.attempt(Method::PUT, "/v1/advertisers/acct-1", Some(&json!({"verified": tag.len().is_multiple_of(2)})))
        .await?;

    let screened = tokio::time::Instant::now() + Duration::from_secs(20);
    while hook.attempt(Method::GET, &path_of(&queued), None).await?.json()["review_status"] == "pending" {
        assert!(tokio::time::Instant::now() < screened, "{tag}: not screened");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    hook.attempt(Method::PUT, &path_of(&clean), Some(&ads::ad(clean["external_id"].as_str()?, "New", "Rakes.")))
        .await?;
    hook.attempt(Method::DELETE, &path_of(&clean), None).await?;

    // A session that was last seen long ago is written again at its next request.
    let db = server.database.connect().await;
    db.execute_unprepared("UPDATE session SET last_seen_at = 1").await.unwrap();
    db.close().await.unwrap();
    for action in ["heartbeat", "draft", "leave", "release", "skip"] {
        let task = next_ad(ann).await?;
        let fields = [("csrf", task.csrf.as_str()), ("token", task.token.as_str()), ("note", "a word")];
        ann.try_post(&format!("/tasks/{}/{action}", task.id), &fields).await?;
    }
    // Skipped tasks are not offered again: somebody else answers them, and undoes one answer.
    let name = format!("helper-{tag}");
    server.add_person(&name, "reviewer");
    let helper = Person::visitor(&server.url);
    helper.try_get("/sign-in").await?;
    helper.try_post("/sign-in", &[("name", &name), ("password", &password_of(&name)), ("next", "/")]).await?;
    work_once(&helper, "confirmed").await?;
    let page = helper.try_get("/").await?;
    if let Some(undo) = page.attributes("[data-undo] form, form[data-undo]", "action").first() {
        helper.try_post(undo, &[("csrf", &page.csrf())]).await?;
    }
    work_once(&helper, "dismissed").await?;
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    helper.try_post("/sign-out", &[("csrf", &page.csrf())]).await?;
    Some(())
}

/// Submits an ad for trying out, and waits for its outcome.
async fn try_out(hook: &Hook, tag: &str) -> Option<()> {
    let mut ad = ads::clean(&format!("sandbox-reject-{tag}"));
    ad["sandbox"] = true.into();
    let answer = hook.attempt(Method::POST, "/v1/ads", Some(&ad)).await?;
    let path = format!("/v1/ads/{}", answer.json()["id"].as_str().unwrap());
    let patience = tokio::time::Instant::now() + Duration::from_secs(20);
    while hook.attempt(Method::GET, &path, None).await?.json()["approval_status"] != "rejected" {
        assert!(tokio::time::Instant::now() < patience, "{tag}: no outcome");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Some(())
}

/// Submits a certificate and another in its place, decides, takes the answer back, decides again, and waits until it counts.
async fn decide_certificate(hook: &Hook, person: &Person, tag: &str) -> Option<()> {
    let all = "/v1/advertisers/acct-1/certificates";
    let kind = format!("kind_{}", tag.replace('-', "_"));
    hook.attempt(Method::PUT, "/v1/advertisers/acct-1", Some(&json!({"verified": true}))).await?;
    let mut id = String::new();
    for document in ["first", "second"] {
        let submitted = hook.attempt(Method::POST, all, Some(&json!({"kind": kind, "document": document}))).await?;
        assert!(submitted.status < 300, "{}", submitted.text);
        id = submitted.json()["id"].as_str().unwrap().to_owned();
    }
    let place = format!("/certificates/{id}");
    let mut page = person.try_get(&place).await?;
    if let Some(take) = page.attributes("form[action$=claim]", "action").first() {
        page = person.try_post(take, &[("csrf", &page.csrf())]).await?;
    }
    for again in [true, false] {
        let (_, fields) = held_certificate(&page).expect("the certificate's task is the reader's");
        let mut form: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        form.push(("outcome", "approve"));
        page = person.try_post(&format!("{place}/judge"), &form).await?;
        assert!(page.status < 400, "{}", page.html);
        if again {
            page = person.try_post(&format!("{place}/undo"), &[("csrf", &page.csrf())]).await?;
        }
    }
    let counts = tokio::time::Instant::now() + Duration::from_secs(20);
    let approved = |listed: &Value| {
        let items = listed["items"].as_array().expect("the list answers");
        items.iter().any(|one| one["id"] == *id && one["state"] == "approved")
    };
    while !approved(&hook.attempt(Method::GET, all, None).await?.json()) {
        assert!(tokio::time::Instant::now() < counts, "{tag}: the certificate does not count");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Some(())
}
