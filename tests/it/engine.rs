//! The encoder through the front door: texts to vectors from the command line, figures of speed, and the fingerprint
//! that says what scores were computed with.

use crate::harness::{
    database::On,
    server::{ADJUDGE, Server},
};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

/// Runs `adjudge` on lines of standard input.
fn adjudge(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(ADJUDGE)
        .args(arguments)
        .env_remove("ADJUDGE_PRECISION")
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn texts_become_unit_vectors_in_their_order() {
    let one = json!("Win cash prizes every day").to_string();
    let other = json!({ "text": "Fresh bread every morning", "policy": "benign" }).to_string();
    let output = adjudge(&["model", "embed"], &format!("{one}\n{other}\n{one}\n"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let vectors: Vec<Vec<f64>> = lines(&output).into_iter().map(|v| serde_json::from_value(v).unwrap()).collect();
    assert_eq!(vectors.len(), 3);
    for vector in &vectors {
        let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!(vector.len() == 384 && (length - 1.0).abs() < 1e-5, "{length}");
    }
    assert!(vectors[0] == vectors[2] && vectors[0] != vectors[1]);
    let backwards = adjudge(&["model", "embed", "--threads", "1"], &format!("{other}\n{one}\n"));
    let backwards = lines(&backwards);
    assert_eq!(backwards, [json!(vectors[1]), json!(vectors[0])], "order and threads change no bit");
}

#[test]
fn a_text_without_a_vector_and_a_line_without_a_text_are_named() {
    let long = json!("!".repeat(10_000)).to_string();
    let output = adjudge(&["model", "embed"], &format!("\"fine\"\n{long}\n"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("line 2: the text is longer"), "{said}");
    let found = lines(&output);
    assert!(found[0].is_array() && found[1].is_null());
    let output = adjudge(&["model", "embed"], "\"fine\"\n{\"txt\": 1}\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("line 2"), "{said}");
}

#[test]
fn speed_is_measured_by_precision_and_threads() {
    let arguments = ["model", "bench", "--json", "--texts", "4", "--seconds", "0", "--threads", "1", "--threads", "2"];
    let output = adjudge(&arguments, "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["texts"], 4);
    let f32_rows = report["rows"].as_array().unwrap().iter().filter(|row| row["precision"] == "f32");
    let threads: Vec<&Value> = f32_rows.map(|row| &row["threads"]).collect();
    assert_eq!(threads, [1, 2]);
    let output = adjudge(&["model", "bench", "--precision", "f16"], "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("f32, bf16 or int8"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_tells_the_engines_fingerprint() {
    let server = Server::start(On::Sqlite).await;
    let ready: Value = reqwest::get(format!("{}/readyz", server.url)).await.unwrap().json().await.unwrap();
    let engine = &ready["engine"];
    assert!(engine["kernel"].as_str().unwrap().split(' ').count() == 3, "{engine}");
    assert_eq!(engine["encoder"].as_str().unwrap().len(), 64);
    assert!(engine["build"].as_str().unwrap().starts_with("adjudge ") && engine["normaliser"].is_string(), "{engine}");
}
