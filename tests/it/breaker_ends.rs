//! Ends at the commits of breakers and of trainings, reached one by one: what was held back, asked for or half done is
//! there after a power cut, and goes on.

use crate::harness::{
    ads,
    hook::Hook,
    person::Person,
    server::{Server, password_of},
    until,
};
use crate::outbox::number;
use sea_orm::ConnectionTrait;
use std::time::Duration;

/// The flows that [`ends`] reaches.
pub(crate) const FLOWS: [&str; 7] =
    ["hold_screenings", "begin_probe", "end_probe", "recover", "ask_training", "training_progress", "end_training"];

/// Whether the server ends at this point of the flow. Afterwards it runs without one, and nothing is left waiting.
pub(crate) async fn ends(server: &mut Server, hook: &Hook, flow: &str, point: &str, tag: &str) -> bool {
    let at = format!("{point}=1*return");
    match flow {
        "ask_training" | "training_progress" | "end_training" => training_ends(server, flow, &at, tag).await,
        _ => breaker_ends(server, hook, flow, &at, tag).await,
    }
}

/// A breaker that opened long ago, and is to be tried at a moment.
async fn open_breaker(server: &Server, next_probe_at: i64) {
    sql(server, "DELETE FROM breaker").await;
    let open = format!(
        "INSERT INTO breaker (signal, state, version, since, opened_at, next_probe_at, probes, streak, screenings, failed,
                              held) VALUES ('encoder', 'open', 1, 0, 1, {next_probe_at}, 0, 2, 4, 4, 0)"
    );
    sql(server, &open).await;
}

async fn breaker_ends(server: &mut Server, hook: &Hook, flow: &str, at: &str, tag: &str) -> bool {
    server.stop();
    let holds = flow == "hold_screenings";
    open_breaker(server, if holds { i64::MAX } else { 0 }).await;
    server.set("FAILPOINTS", at);
    let mut came_up = server.spawn().await;
    let mut waiting = None;
    if holds {
        let ad = ads::clean(&format!("held-{tag}"));
        waiting = Some(hook.submit(&ad).await);
        came_up = true;
    }
    let ended = !came_up || gone(server).await;
    server.set("FAILPOINTS", "");
    sql(server, "UPDATE breaker SET next_probe_at = 0 WHERE state <> 'closed'").await;
    sql(server, "UPDATE job SET lease_until = 0").await;
    server.run().await;
    let db = server.database.connect().await;
    until("the breaker to close and all to be recovered", async || {
        let open = number(&db, "SELECT COUNT(*) AS n FROM breaker WHERE state <> 'closed'").await;
        let jobs = number(&db, "SELECT COUNT(*) AS n FROM job WHERE name = 'recover' OR held_by IS NOT NULL").await;
        (open + jobs == 0).then_some(())
    })
    .await;
    db.close().await.unwrap();
    if let Some(id) = waiting {
        hook.wait_until_screened(&id).await;
    }
    ended
}

async fn training_ends(server: &mut Server, flow: &str, at: &str, tag: &str) -> bool {
    let name = format!("trainer-{tag}");
    server.run().await;
    server.add_person(&name, "policy_editor");
    if flow == "end_training" {
        // A job whose run is no more.
        server.stop();
        let id = uuid::Uuid::now_v7();
        let job = format!(
            "INSERT INTO job (id, name, dedup_key, payload, state, run_at, attempts, lease_until, created_at)
             SELECT id, 'train', 'train:{tag}', '{{\"training\":\"trn_{}\"}}', 'ready', 0, 0, 0, 0 FROM model LIMIT 1",
            id.simple()
        );
        sql(server, &job).await;
    }
    server.set("FAILPOINTS", at);
    let came_up = server.spawn().await;
    if came_up && flow != "end_training" {
        let editor = Person::sign_in(&server.url, &name, &password_of(&name)).await;
        let csrf = editor.get("/models").await.csrf();
        let _ = editor.try_post("/models/train", &[("csrf", &csrf)]).await;
    }
    let ended = !came_up || gone(server).await;
    server.set("FAILPOINTS", "");
    sql(server, "UPDATE job SET lease_until = 0").await;
    server.run().await;
    let db = server.database.connect().await;
    until("every training to end", async || {
        let running = number(&db, "SELECT COUNT(*) AS n FROM training WHERE state = 'running'").await;
        let jobs = number(&db, "SELECT COUNT(*) AS n FROM job WHERE name = 'train'").await;
        (running + jobs == 0).then_some(())
    })
    .await;
    for (what, sql) in [
        ("a training that ended without a candidate", "SELECT COUNT(*) AS n FROM training WHERE state = 'failed'"),
        (
            "a training without the candidate that it made",
            "SELECT COUNT(*) AS n FROM training WHERE state = 'done' AND model_id NOT IN (SELECT id FROM model)",
        ),
    ] {
        assert_eq!(number(&db, sql).await, 0, "{what}");
    }
    db.close().await.unwrap();
    ended
}

async fn sql(server: &Server, statement: &str) {
    let db = server.database.connect().await;
    db.execute_unprepared(statement).await.unwrap();
    db.close().await.unwrap();
}

async fn gone(server: &mut Server) -> bool {
    for _ in 0..400 {
        if !server.runs() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}
