//! Programs that submit: tables by the batch, `adjudge submit` with its going on after a break, and the examples in Python
//! and shell, run as a stranger would run them.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    server::Server,
    until,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

on_both_databases!(a_table_is_read_row_by_row, a_file_goes_on_where_it_broke_off);

const HEADER: &str = "external_id,advertiser.external_id,advertiser.name,creative.headline,creative.body,landing_url,\
                      targeting.countries,targeting.min_age";

fn row(id: &str, age: &str) -> String {
    format!(
        "{id},acct-1,\"Northwind, \"\"Tools\"\"\",Garden tools,\"Spades and rakes,\nsent in two days.\",https://northwind.example/tools,DE|AT,{age}"
    )
}

async fn a_table_is_read_row_by_row(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let table = [HEADER.to_owned(), row("ad-1", "18"), row("ad-2", "eighteen"), "ad-3,short".into(), row("ad-4", "")];
    let sent = hook.post_bytes("/v1/ads/batch", "text/csv; charset=utf-8", table.join("\r\n")).await;
    let told: Vec<Value> = sent.expect_lines();
    let lines: Vec<(u64, u64)> =
        told.iter().map(|t| (t["line"].as_u64().unwrap(), t["status"].as_u64().unwrap())).collect();
    assert_eq!(lines, [(2, 202), (4, 422), (6, 422), (7, 202)], "{}", sent.text);
    assert_eq!(told[1]["problem"]["errors"][0]["pointer"], "#/targeting/min_age");
    assert_eq!(told[1]["external_id"], "ad-2");
    let id = told[0]["outcome"]["id"].as_str().unwrap();
    let content = hook.get(&format!("/v1/ads/{id}")).await.expect(200);
    assert!(content.to_string().contains("Spades and rakes,\\nsent in two days."), "{content}");
    assert!(content.to_string().contains("Northwind, \\\"Tools\\\""), "{content}");

    let wrong = hook.post_bytes("/v1/ads/batch", "text/csv", "external_id,creative.headlin\nad-5,x").await;
    assert!(wrong.expect(422)["errors"][0]["detail"].as_str().unwrap().contains("did you mean `creative.headline`?"));
    assert_eq!(hook.post_bytes("/v1/ads/batch", "text/csv", "").await.status, 400);
    assert_eq!(hook.post_bytes("/v1/ads/batch", "text/html", "x").await.status, 415);
    assert_eq!(hook.get("/v1/ads").await.expect(200)["items"].as_array().unwrap().len(), 2);
}

async fn a_file_goes_on_where_it_broke_off(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("[requests_per_minute_of]\nshop = 1\n");
    server.run().await;
    let key = server.cli(&["key", "create", "--role", "submitter", "--name", "shop"]).expect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ads.csv");
    let rows: Vec<String> = (0..250).map(|n| row(&format!("ad-{n}"), if n == 7 { "seven" } else { "18" })).collect();
    std::fs::write(&file, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    let url = server.url.clone();
    let submit = |file: &Path, more: &[&str]| {
        let mut arguments = vec!["submit", file.to_str().unwrap(), "--url", url.as_str(), "--key", key.trim()];
        arguments.extend(more);
        server.cli(&arguments)
    };
    // Nobody listens there: it breaks off before the first line.
    let nobody =
        server.cli(&["submit", file.to_str().unwrap(), "--url", "http://127.0.0.1:9", "--key", "x", "--tries", "1"]);
    assert_eq!(nobody.status.code(), Some(4), "{}", nobody.err);
    assert!(nobody.err.contains("broke off before line 2"), "{}", nobody.err);

    // The quota lets one piece of two hundred lines pass in a minute.
    let cut = submit(&file, &["--tries", "1"]);
    assert_eq!(cut.status.code(), Some(4), "{}", cut.err);
    let refused: Value = serde_json::from_str(cut.out.trim()).unwrap();
    assert_eq!((&refused["line"], &refused["external_id"]), (&json!(16), &json!("ad-7")));
    let remembered = folder.path().join("ads.csv.sent");
    assert!(remembered.exists() && cut.err.contains("broke off before line 402"), "{}", cut.err);
    server.pass(std::time::Duration::from_secs(60));
    let rest = submit(&file, &[]);
    assert_eq!(rest.status.code(), Some(3), "one line was refused: {}", rest.err);
    assert!(rest.err.contains("going on at line 401"), "{}", rest.err);
    assert!(rest.err.contains("249 accepted, 0 unchanged, 1 refused") && rest.out.is_empty(), "{}", rest.err);
    assert!(!remembered.exists(), "nothing is left to remember");

    std::fs::write(
        &remembered,
        r#"{"what":"sha256:0","next_line":3,"counts":{"accepted":1,"unchanged":0,"refused":0}}"#,
    )
    .unwrap();
    let other = submit(&file, &[]);
    assert!(!other.status.success() && other.err.contains("--from-line"), "{}", other.err);
    std::fs::remove_file(&remembered).unwrap();
    let lines = folder.path().join("two.ndjson");
    std::fs::write(&lines, format!("{}\n{}\n", ads::clean("n-1"), ads::clean("n-2"))).unwrap();
    server.pass(std::time::Duration::from_secs(60));
    let from = submit(&lines, &["--from-line", "2"]);
    assert_eq!(from.status.code(), Some(0), "{}", from.err);
    assert!(from.err.contains("1 accepted"), "{}", from.err);
    let header = folder.path().join("bad.csv");
    std::fs::write(&header, "external_id,nonsense\n").unwrap();
    let bad = submit(&header, &[]);
    assert!(bad.status.code() == Some(1) && bad.err.contains("`nonsense` is not a known column"), "{}", bad.err);
}

/// Runs one of the examples.
fn example(name: &str, server: &Server, key: &str, arguments: &[&str], input: &[u8]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut run = Command::new(path);
    run.args(arguments).env("ADJUDGE_URL", &server.url).env("ADJUDGE_KEY", key);
    let mut child = run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that reads nothing closes the pipe; that is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_do_what_they_say() {
    let server = Server::start(On::Sqlite).await;
    let key = server.cli(&["key", "create", "--role", "submitter", "--name", "shop"]).expect();
    let (key, folder) = (key.trim(), tempfile::tempdir().unwrap());
    for name in ["client.py", "client.sh"] {
        let file = folder.path().join("ad.json");
        std::fs::write(&file, ads::weapon(name).to_string()).unwrap();
        let submitted = example(name, &server, key, &["submit", file.to_str().unwrap()], b"");
        assert!(submitted.status.success(), "{name}: {}", text(&submitted.stderr));
        let outcome: Value = serde_json::from_slice(&submitted.stdout).unwrap();
        assert_eq!((&outcome["external_id"], &outcome["approval_status"]), (&json!(name), &json!("rejected")));

        std::fs::write(&file, r#"{"external_id": "x", "creative": {"headlin": "x"}}"#).unwrap();
        let refused = example(name, &server, key, &["submit", file.to_str().unwrap()], b"");
        assert!(!refused.status.success() && text(&refused.stderr).contains("#/creative/headlin"), "{name}");

        let all = until("the events to be sealed", async || {
            let read = example(name, &server, key, &["events"], b"");
            assert!(read.status.success(), "{name}: {}", text(&read.stderr));
            let events: Vec<Value> = text(&read.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
            let rejected = |e: &Value| e["data"]["outcome"]["external_id"] == name && e["type"] == "ad.outcome";
            events.iter().any(rejected).then(|| (events.len(), text(&read.stderr)))
        })
        .await;
        let cursor = all.1.trim().trim_start_matches("cursor ").to_owned();
        let rest = example(name, &server, key, &["events", &cursor], b"");
        assert_eq!(text(&rest.stdout), "", "{name}: nothing comes twice");

        // A webhook as its sender signs it, and one that was changed on its way.
        let body = br#"{"type":"ad.outcome","data":{"x":1}}"#;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let secret = [7u8; 24];
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(format!("msg_1.{now}.").as_bytes());
        mac.update(body);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let head =
            format!("webhook-id: msg_1\nwebhook-timestamp: {now}\nwebhook-signature: v1,AAAA v1,{signature}\n\n");
        let secret = format!("whsec_{}", STANDARD.encode(secret));
        for (sent, fits) in [(body.to_vec(), true), (b"{}".to_vec(), false)] {
            let request = [head.as_bytes(), &sent].concat();
            let checked = example(name, &server, key, &["verify", &secret], &request);
            assert_eq!(checked.status.success(), fits, "{name}: {}", text(&checked.stderr));
        }
    }
    let stranger = example("client.py", &server, "adj_wrong", &["events"], b"");
    assert!(text(&stranger.stderr).contains("401 unauthorized"), "{}", text(&stranger.stderr));
}
