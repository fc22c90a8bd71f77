//! What operators rely on: who is counted behind a proxy, a log that strangers cannot fill with errors, readiness that
//! means it, and commands in a pipe.

use crate::harness::{
    database::On,
    hook::Answer,
    server::{ADJUDGE, Server},
};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_told_apart_behind_a_proxy_and_leave_no_errors() {
    let mut server = Server::install(On::Sqlite, &[]).await;
    server.configure("sign_in_per_minute = 1\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n");
    server.run().await;
    let http = reqwest::Client::new();
    let sign_in = async |said: &str, name: &str| {
        let request = http.post(format!("{}/sign-in", server.url)).header("x-forwarded-for", said);
        request.form(&[("name", name), ("password", "wrong horse battery")]).send().await.unwrap().status().as_u16()
    };
    // Five names a minute from one address; what a stranger writes in front of it makes it no other one.
    let mut statuses = vec![];
    for n in 0..40 {
        if statuses.last() == Some(&429) {
            break;
        }
        statuses.push(sign_in(&format!("203.0.113.{n}, 198.51.100.7, 10.0.0.2"), &format!("name-{n}")).await);
    }
    assert!(statuses.contains(&429), "one address is one client: {statuses:?}");
    assert_eq!(sign_in("198.51.100.8", "another").await, 422, "another address is another");

    let address = server.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"THIS IS NO HTTP \x00\xff\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let ready = Answer::read(http.get(format!("{}/readyz", server.url)).send().await.unwrap()).await.expect(200);
    assert_eq!((&ready["writable"], &ready["ready"]), (&true.into(), &true.into()));
    assert!(!server.log_text().contains("ERROR"), "{}", server.log_text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_is_none_is_told_before_anything_starts() {
    let server = Server::install(On::Sqlite, &[]).await;
    server.configure("trusted_proxies = [\"10.0.0.0/33\"]\n");
    let refused = server.cli(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success() && refused.err.contains("trusted_proxies: \"10.0.0.0/33\""), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_end_quietly_when_nobody_reads_on() {
    let mut child = Command::new(ADJUDGE)
        .args(["policy", "reference"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(141), "{:?}", done.status);
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_not_there_is_named_with_the_nearest_one() {
    let server = Server::install(On::Sqlite, &[]).await;
    for (arguments, told) in [
        (vec!["policy", "list", "weapons_firearm", "--add", "x"], "did you mean \"weapons_firearms\"?"),
        (vec!["policy", "list", "weapons_firearm", "--hits"], "did you mean \"weapons_firearms\"?"),
        (vec!["policy", "rollback", "9.9"], "there is no release \"9.9\""),
        (vec!["model", "promote", "mod_00000000000000000000000000000000"], "there is no model"),
        (vec!["model", "show", "mod_00000000000000000000000000000000"], "there is no model"),
        (vec!["replay", "scr_00000000000000000000000000000000"], "there is no screening scr_0000"),
    ] {
        let refused = server.cli(&arguments);
        assert!(!refused.status.success() && refused.err.contains(told), "{arguments:?}: {}", refused.err);
    }
    // What was imported before is said to be there already.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.jsonl");
    std::fs::write(&file, "{\"text\": \"a pistol\", \"policy\": \"weapons\", \"label\": 1, \"source\": \"ours\"}\n")
        .unwrap();
    let import = || server.cli(&["labels", "import", file.to_str().unwrap()]).expect();
    assert!(import().starts_with("1 labels added"));
    let again = import();
    assert!(again.starts_with("0 labels added") && again.contains("1 were there already"), "{again}");
}
