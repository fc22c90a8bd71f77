//! Ends at the commits of an installation's first start. `durability` runs it with all other ends.

use crate::{
    harness::{ads, database::On, hook::Hook, person::Person, server::Server},
    outbox::number,
};

/// Flows of an installation's first start.
pub(crate) const FLOWS: [&str; 2] = ["bootstrap", "first_secrets"];

/// Ends first starts at their commits. The next start always gets there, and whatever happened, somebody was shown
/// secrets that open the installation.
pub(crate) async fn ends(on: On) {
    for flow in FLOWS {
        for boundary in ["before_commit", "after_commit"] {
            let mut server = Server::bare(on).await;
            server.set("FAILPOINTS", &format!("{flow}.{boundary}=1*return"));
            assert!(!server.spawn().await, "nothing reaches {flow}.{boundary}");
            let mut told = server.log_text();
            server.set("FAILPOINTS", "");
            server.run().await;
            told.push_str(&server.log_text());
            let key = told.rsplit("API key").next().and_then(|t| t.split_whitespace().next()).unwrap().to_owned();
            let hook = Hook::new(&server.url, &key);
            hook.submit_and_wait(&ads::clean("first")).await;
            let password = told.rsplit("password").next().and_then(|t| t.split_whitespace().next()).unwrap();
            Person::sign_in(&server.url, "admin", password).await;
            let db = server.database.connect().await;
            for what in ["release WHERE live_key = 1", "model WHERE state = 'live'", "app_user", "api_key"] {
                assert_eq!(
                    number(&db, &format!("SELECT COUNT(*) AS n FROM {what}")).await,
                    1,
                    "{flow}.{boundary}: {what}"
                );
            }
            db.close().await.unwrap();
            server.cli(&["audit", "verify"]).expect();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_serving_begins_an_installation() {
    let server = Server::bare(On::Sqlite).await;
    for command in [&["audit", "verify"][..], &["key", "create", "--role", "submitter", "--name", "shop"], &["train"]] {
        let refused = server.cli(command);
        assert_eq!(refused.status.code(), Some(1), "{command:?}: {}", refused.out);
        assert!(
            refused.err.contains("there is no installation at") && refused.err.contains("--data-dir"),
            "{refused:?}"
        );
    }
    let begun = server.cli(&["model", "list", "--config", "missing.toml"]);
    assert!(begun.err.contains("cannot read missing.toml"), "{begun:?}");
    let file = server.database.url.strip_prefix("sqlite://").unwrap();
    assert!(!std::path::Path::new(file).exists(), "nothing was made");
}
