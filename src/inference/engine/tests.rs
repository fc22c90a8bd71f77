//! The engine on its own: order, one computation for equal texts, failures, overload, help, stopping.
//!
//! Never touches an encoder: what is computed is a function of the test.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::platform::metrics::Metrics;
use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

fn engine(
    embed: impl Fn(&str) -> Result<Vec<Vec<f32>>, InferenceError> + Send + Sync + 'static,
    options: EngineOptions,
) -> Engine {
    let fingerprint = Fingerprint { encoder: Digest::of(b""), kernel: String::new(), build: String::new() };
    let embed = move |texts: &[&str], _: &Crew| (texts.iter().map(|text| embed(text)).collect(), Spent::default());
    Engine::start_with(Box::new(embed), fingerprint, options).unwrap()
}

fn length(text: &str) -> Vec<Vec<f32>> {
    vec![vec![text.len() as f32]]
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|&t| t.to_owned()).collect()
}

#[tokio::test]
async fn answers_come_in_order_and_equal_texts_are_computed_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let engine = engine(
        move |text| {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(length(text))
        },
        EngineOptions::default(),
    );
    for _ in 0..2 {
        let answers = engine.embed(texts(&["aaa", "b", "aaa", "cc"])).await.unwrap();
        let lengths: Vec<f32> = answers.iter().map(|windows| windows[0][0]).collect();
        assert_eq!(lengths, [3.0, 1.0, 3.0, 2.0]);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_failure_and_a_panic_are_answers_and_the_engine_works_on() {
    let engine = engine(
        |text| match text {
            "fail" => Err(InferenceError::Tokenizer("no".to_owned())),
            "panic" => panic!("on purpose"),
            other => Ok(length(other)),
        },
        EngineOptions { threads: 1, ..EngineOptions::default() },
    );
    for bad in ["fail", "panic"] {
        assert!(matches!(engine.embed(texts(&["fine", bad])).await, Err(EngineError::Failed(_))), "{bad}");
    }
    assert_eq!(engine.embed(texts(&["still here"])).await.unwrap()[0][0], [10.0]);
}

#[tokio::test]
async fn a_full_queue_answers_busy_and_takes_nothing_of_the_call() {
    let (release, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let engine = engine(
        move |text| {
            lock(&gate).recv().unwrap();
            Ok(length(text))
        },
        EngineOptions { threads: 1, queue: 2, remembered: 0, ..EngineOptions::default() },
    );
    let running = tokio::spawn({
        let engine = engine.clone();
        async move { engine.embed(texts(&["running"])).await }
    });
    tokio::task::yield_now().await;
    // The thread has taken the first text once a full load of two more fits beside it.
    let waiting = loop {
        let attempt = tokio::spawn({
            let engine = engine.clone();
            async move { engine.embed(texts(&["one", "two"])).await }
        });
        tokio::task::yield_now().await;
        if !attempt.is_finished() {
            break attempt;
        }
    };
    assert_eq!(engine.embed(texts(&["three"])).await, Err(EngineError::Busy));
    assert_eq!(engine.waiting(), 2);

    // A caller that leaves makes room.
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    let late = tokio::spawn({
        let engine = engine.clone();
        async move { engine.embed(texts(&["three", "four"])).await }
    });
    for _ in 0..3 {
        release.send(()).unwrap();
    }
    assert_eq!(running.await.unwrap().unwrap()[0][0], [7.0]);
    assert_eq!(late.await.unwrap().unwrap()[1][0], [4.0]);
}

#[tokio::test]
async fn too_many_tokens_and_too_long_a_wait_are_answered_busy() {
    let options = EngineOptions { threads: 1, queue_tokens: 100, ..EngineOptions::default() };
    let small = engine(|text| Ok(length(text)), options);
    assert_eq!(small.embed(vec!["x".repeat(400)]).await, Err(EngineError::Busy));
    assert_eq!(small.embed(vec!["x".repeat(300)]).await.unwrap()[0][0], [300.0]);
    let hasty = engine(|text| Ok(length(text)), EngineOptions { patience: -1.0, ..options });
    assert_eq!(hasty.embed(texts(&["late"])).await, Err(EngineError::Busy));
}

#[tokio::test]
async fn idle_threads_help_and_times_are_counted() {
    let (embed, helped) = (
        |_: &[&str], crew: &Crew| {
            let (tell, told) = mpsc::channel();
            for _ in 1..crew.threads {
                let tell = tell.clone();
                (crew.recruit)(Box::new(move || tell.send(thread::current().id()).unwrap()));
            }
            drop(tell);
            let others = told.iter().filter(|id| *id != thread::current().id()).count();
            (vec![Ok(vec![vec![others as f32]])], Spent { tokenise: 0.5, infer: 1.5 })
        },
        Metrics::new().unwrap(),
    );
    let fingerprint = Fingerprint { encoder: Digest::of(b""), kernel: String::new(), build: String::new() };
    let engine = Engine::start_with(
        Box::new(embed),
        fingerprint,
        EngineOptions { threads: 3, remembered: 0, ..EngineOptions::default() },
    )
    .unwrap();
    engine.measured_by(helped.encoder_seconds.clone());
    // Threads that have only just been started may not be idle yet.
    while engine.embed(texts(&["alone"])).await.unwrap()[0][0] != [2.0] {}
    let text = helped.render().unwrap();
    assert!(text.contains(r#"adjudge_encoder_seconds_count{stage="infer"}"#), "{text}");
}

#[tokio::test]
async fn a_stopped_engine_says_so() {
    let engine = engine(|text| Ok(length(text)), EngineOptions::default());
    engine.stop();
    assert_eq!(engine.embed(texts(&["late"])).await, Err(EngineError::Stopped));
}
