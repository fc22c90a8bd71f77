//! What policy editors rely on at the Models page: a press makes one candidate, shows how far it is, survives a power cut,
//! and says why when there is none.

use crate::harness::{
    database::{On, on_both_databases},
    person::{Page, Person},
    server::Server,
    until,
};
use crate::{learning, outbox::number};

on_both_databases!(a_press_makes_one_candidate);

async fn press(person: &Person) -> Page {
    let csrf = person.get("/models").await.csrf();
    let page = person.post("/models/train", &[("csrf", &csrf), ("encoder", "")]).await;
    assert_eq!((page.status, page.path.as_str()), (200, "/models"), "{}", page.html);
    page
}

async fn ended(person: &Person, what: &str) -> Page {
    until(what, async || Some(person.get("/models").await).filter(|p| p.texts("progress").is_empty())).await
}

async fn a_press_makes_one_candidate(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("sign_in_per_minute = 1000\n");
    server.run().await;
    let edda = server.person("edda", "policy_editor").await;
    let lena = server.person("lena", "lead").await;

    // Those who may not are not offered it, and a form from elsewhere does nothing.
    let page = lena.get("/models").await;
    assert!(page.attributes("form[action='/models/train']", "action").is_empty(), "{}", page.html);
    assert_eq!(lena.post("/models/train", &[("csrf", &page.csrf())]).await.status, 403);
    assert_eq!(edda.post("/models/train", &[("csrf", "of another site")]).await.status, 403);
    let csrf = edda.get("/models").await.csrf();
    let other = "0".repeat(64);
    assert_eq!(edda.post("/models/train", &[("csrf", &csrf), ("encoder", &other)]).await.status, 422);

    // Without labels it says so.
    press(&edda).await;
    let page = ended(&edda, "the run to end").await;
    assert!(page.html.contains("collect more labels."), "{}", page.html);

    // With labels: it shows what it is at, and a second press makes no second run.
    learning::teach(&server, 0);
    server.set("FAILPOINTS", "training_thread=pause");
    server.run().await;
    press(&edda).await;
    let page = until("the run to begin", async || {
        Some(edda.get("/models").await).filter(|page| page.html.contains("Reads the labels"))
    })
    .await;
    assert!(page.attributes("form[action='/models/train']", "action").is_empty(), "one at a time: {}", page.html);
    press_again(&edda).await;
    let db = server.database.connect().await;
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM training").await, 2, "the one that failed, and this one");
    // It keeps its lease while it stands still.
    let lease = "SELECT lease_until AS n FROM job WHERE name = 'train'";
    let begun = number(&db, lease).await;
    until("the lease to be renewed", async || (number(&db, lease).await > begun).then_some(())).await;

    // A power cut in the middle: once the lease has lapsed, it is begun again and makes its candidate.
    server.kill();
    server.set("FAILPOINTS", "");
    sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE job SET lease_until = 0 WHERE name = 'train'")
        .await
        .unwrap();
    server.run().await;
    let page = ended(&edda, "the candidate").await;
    let made = page.attributes("section[aria-labelledby=train-title] a", "href");
    assert_eq!(made.len(), 1, "{}", page.html);
    let card = edda.get(&made[0]).await;
    assert!(card.status == 200 && card.html.contains("Candidate"), "{}", card.html);
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM model WHERE state = 'candidate'").await, 1);
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM job WHERE name = 'train'").await, 0);
    for (action, times) in [("training.asked", 2), ("training.failed", 1), ("model.trained", 1)] {
        let sql = format!("SELECT COUNT(*) AS n FROM audit WHERE action = '{action}'");
        assert_eq!(number(&db, &sql).await, times, "{action}");
    }
    db.close().await.unwrap();
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

/// The press of somebody whose page is older than the run.
async fn press_again(person: &Person) {
    let csrf = person.get("/").await.csrf();
    let page = person.post("/models/train", &[("csrf", &csrf)]).await;
    assert_eq!((page.status, page.path.as_str()), (200, "/models"), "{}", page.html);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_ends_while_a_training_runs() {
    let mut server = Server::install(On::Sqlite, &[("FAILPOINTS", "training_thread=pause")]).await;
    server.run().await;
    let edda = server.person("edda", "policy_editor").await;
    press(&edda).await;
    until("the run to begin", async || {
        Some(edda.get("/models").await).filter(|page| page.html.contains("Reads the labels"))
    })
    .await;
    assert!(server.stop().is_some_and(|status| status.success()), "{}", server.log_text());
}
