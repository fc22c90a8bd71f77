//! The order that the sealer gives: a reader that polls the event cursor misses nothing and sees nothing twice, however
//! commits race; and the audit chain tells when somebody touched it.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    server::Server,
    until,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult, Statement};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

on_both_databases!(a_polling_reader_sees_every_event_once, tampering_with_the_audit_chain_is_found);

/// Two servers on one database, writers on both, and a reader that never stops polling.
async fn a_polling_reader_sees_every_event_once(on: On) {
    const WRITERS: usize = 4;
    const ADS: usize = 15;
    let first = Server::start(on).await;
    let second = first.companion().await;
    let hook = first.submitter("shop");
    let elsewhere = hook.at(&second.url);

    let writing = Arc::new(AtomicBool::new(true));
    let reader = tokio::spawn(poll(hook.clone(), Arc::clone(&writing)));
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

    let positions: Vec<i64> = seen.iter().map(|e| e["position"].as_i64().unwrap()).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "positions only grow: {positions:?}");
    let (all, _) = hook.events_after("").await;
    assert_eq!(seen.len(), all.len(), "a reader who comes later sees what the polling one saw");
    assert_eq!(seen, all);
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
