//! The order that the sealer gives: a reader that polls the event cursor misses nothing and sees nothing twice, however
//! commits race; and the audit chain tells when somebody touched it.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::{Answer, Hook},
    receiver::Receiver,
    server::Server,
    until,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult, Statement};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

on_both_databases!(
    a_polling_reader_sees_every_event_once,
    events_are_kept_as_long_as_promised_and_an_old_cursor_is_refused,
    tampering_with_the_audit_chain_is_found,
);

/// Two servers on one database, writers on both, and a reader that never stops polling.
async fn a_polling_reader_sees_every_event_once(on: On) {
    const WRITERS: usize = 4;
    const ADS: usize = 15;
    let first = Server::start(on).await;
    let second = first.companion().await;
    let third = first.companion().await;
    let hook = first.submitter("shop");
    let elsewhere = hook.at(&second.url);

    let writing = Arc::new(AtomicBool::new(true));
    let reader = tokio::spawn(poll(hook.clone(), Arc::clone(&writing)));
    // Another asks each server in turn, waits at the end, and takes a few at a time.
    let servers = [&first, &second, &third].map(|server| hook.at(&server.url));
    let waiting = tokio::spawn(wait_for_more(servers, Arc::clone(&writing)));
    let writers = (0..WRITERS).map(|w| {
        let hook = if w % 2 == 0 { hook.clone() } else { elsewhere.clone() };
        tokio::spawn(async move {
            let mut ids = vec![];
            for n in 0..ADS {
                ids.push(hook.submit(&ads::clean(&format!("ad-{w}-{n}"))).await);
            }
            ids
        })
    });
    let mut sent = BTreeSet::new();
    for writer in writers.collect::<Vec<_>>() {
        sent.extend(writer.await.unwrap());
    }
    for id in &sent {
        hook.wait_until_screened(id).await;
    }
    until("all events to be sealed", async || (unsealed(&first).await == 0).then_some(())).await;
    writing.store(false, Ordering::SeqCst);
    let seen = reader.await.unwrap();
    let waited_for = waiting.await.unwrap();

    let positions: Vec<i64> = seen.iter().map(|e| e["position"].as_i64().unwrap()).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "positions only grow: {positions:?}");
    let (all, _) = hook.events_after("").await;
    assert_eq!(seen.len(), all.len(), "a reader who comes later sees what the polling one saw");
    assert_eq!(seen, all);
    assert_eq!(waited_for, all, "and so does one that waits at every server");
    let submitted: Vec<&str> =
        all.iter().filter(|e| e["type"] == "ad.submitted").map(|e| e["data"]["ad"].as_str().unwrap()).collect();
    assert_eq!(submitted.len(), WRITERS * ADS);
    assert_eq!(submitted.into_iter().collect::<BTreeSet<_>>(), sent.iter().map(String::as_str).collect());

    let db = first.database.connect().await;
    assert_eq!(number(&db, "SELECT MAX(position) - COUNT(*) AS n FROM event").await, 0, "positions are dense");
    assert_eq!(number(&db, "SELECT MAX(position) - COUNT(*) AS n FROM audit").await, 0);
    db.close().await.unwrap();
    first.cli(&["audit", "verify"]).expect();
}

/// Reads events from the start, again and again from where it stopped, until told to end; then once more.
async fn poll(hook: Hook, go_on: Arc<AtomicBool>) -> Vec<Value> {
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let last = !go_on.load(Ordering::SeqCst);
        let (events, next) = hook.events_after(&cursor).await;
        seen.extend(events);
        cursor = next;
        if last {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Reads events in small pages from one server after the other, waiting at the end, until nothing more is written.
async fn wait_for_more(servers: [Hook; 3], go_on: Arc<AtomicBool>) -> Vec<Value> {
    let (mut seen, mut cursor) = (vec![], String::new());
    for hook in servers.iter().cycle() {
        let last = !go_on.load(Ordering::SeqCst);
        let path = format!("/v1/events?limit=7&cursor={cursor}");
        let request = hook.request(reqwest::Method::GET, &path).header("prefer", "wait=2");
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.headers["preference-applied"], "wait=2");
        let page = answer.expect(200);
        let items = page["items"].as_array().unwrap();
        cursor = page["next"].as_str().unwrap().to_owned();
        if last && items.is_empty() {
            break;
        }
        seen.extend(items.iter().cloned());
    }
    seen
}

async fn events_are_kept_as_long_as_promised_and_an_old_cursor_is_refused(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("event_days = 29\n");
    assert!(!server.spawn().await, "fewer days than are promised");
    assert!(server.log_text().contains("event_days must be at least 30"), "{}", server.log_text());
    server.configure(&format!("event_days = 30\n{}", crate::webhooks::OPEN));
    server.run().await;
    let hook = server.submitter("shop");
    let receiver = Receiver::start();
    let made = hook.post("/v1/webhooks", &json!({"url": receiver.url})).await.expect(201);
    hook.submit_and_wait(&ads::clean("old")).await;
    let (old, cursor) = until("its events", async || {
        let (events, cursor) = hook.events_after("").await;
        (events.len() == 2).then_some((events, cursor))
    })
    .await;
    receiver.wait("both", |seen| seen.len() == 2).await;
    let first = old[0]["position"].to_string();
    let read = async |cursor: &str| hook.get(&format!("/v1/events?cursor={cursor}")).await;

    // A reader at the end waits for the next event, and not longer.
    let waits = {
        let request = hook.request(reqwest::Method::GET, &format!("/v1/events?cursor={cursor}"));
        let sent = request.header("prefer", "wait=60").send();
        tokio::spawn(async move { Answer::read(sent.await.unwrap()).await.expect(200) })
    };
    hook.submit_and_wait(&ads::clean("next")).await;
    assert_eq!(waits.await.unwrap()["items"][0]["data"]["external_id"], "next");
    // Events count from the moment that sealed them: all of today's are, before time passes.
    until("today's events", async || (hook.events_after("").await.0.len() == 4).then_some(())).await;

    server.pass(std::time::Duration::from_secs(29 * 86_400));
    hook.submit_and_wait(&ads::clean("newer")).await;
    assert_eq!(read(&first).await.expect(200)["items"].as_array().unwrap()[0]["position"], old[1]["position"]);
    server.pass(std::time::Duration::from_secs(2 * 86_400));
    let refused = until("the oldest events to be forgotten", async || {
        Some(read(&first).await).filter(|answer| answer.status == 410)
    })
    .await;
    assert_eq!(refused.json()["code"], "cursor_expired");
    assert!(refused.json()["detail"].as_str().unwrap().contains("without a cursor"), "{}", refused.text);
    let kept = read("").await.expect(200);
    assert_eq!(kept["items"][0]["data"]["external_id"], "newer", "{kept}");
    // Whoever kept reading is not refused, however little happened since.
    let next = kept["next"].as_str().unwrap();
    assert_eq!(read(next).await.expect(200)["items"], json!([]));
    until("old deliveries to be forgotten too", async || {
        let path = format!("/v1/webhooks/{}/deliveries", made["id"].as_str().unwrap());
        let all = hook.get(&path).await.expect(200)["items"].as_array().unwrap().clone();
        (all.len() == 2).then_some(())
    })
    .await;
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

async fn tampering_with_the_audit_chain_is_found(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    for n in 0..3 {
        hook.submit_and_wait(&ads::clean(&format!("ad-{n}"))).await;
    }
    until("all rows to be sealed", async || (unsealed(&server).await == 0).then_some(())).await;
    let whole = server.cli(&["audit", "verify"]);
    assert!(whole.status.success(), "{whole:?}");

    let db = server.database.connect().await;
    for (what, tamper, repair) in [
        (
            "a changed row",
            "UPDATE audit SET action = 'ad.approved' WHERE position = 2",
            Some("UPDATE audit SET action = (SELECT a.action FROM kept a WHERE a.position = 2) WHERE position = 2"),
        ),
        ("a removed row", "DELETE FROM audit WHERE position = 2", None),
    ] {
        db.execute_unprepared("DROP TABLE IF EXISTS kept").await.unwrap();
        db.execute_unprepared("CREATE TABLE kept AS SELECT * FROM audit").await.unwrap();
        db.execute_unprepared(tamper).await.unwrap();
        let found = server.cli(&["audit", "verify"]);
        assert!(!found.status.success(), "{what} goes unnoticed: {}", found.out);
        assert!(format!("{}{}", found.out, found.err).contains('2'), "{what}: the place is named: {found:?}");
        if let Some(repair) = repair {
            db.execute_unprepared(repair).await.unwrap();
            assert!(server.cli(&["audit", "verify"]).status.success(), "{what}, put back");
        }
    }
    db.execute_unprepared("DROP TABLE kept").await.unwrap();
    db.close().await.unwrap();
}

/// Committed rows that the sealer has not numbered yet.
async fn unsealed(server: &Server) -> i64 {
    let db = server.database.connect().await;
    let events = number(&db, "SELECT COUNT(*) AS n FROM event WHERE position IS NULL").await;
    let audit = number(&db, "SELECT COUNT(*) AS n FROM audit WHERE position IS NULL").await;
    db.close().await.unwrap();
    events + audit
}

/// The one integer of a query.
pub(crate) async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    #[derive(FromQueryResult)]
    struct One {
        n: i64,
    }
    let statement = Statement::from_string(db.get_database_backend(), sql);
    One::find_by_statement(statement).one(db).await.unwrap().unwrap().n
}
