//! The client against names that lie, answers that lead elsewhere, and answers without an end.

#![allow(clippy::unwrap_used)]
use super::*;
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Answers each question with the next list of addresses; the last one stays.
struct Scripted {
    answers: Mutex<Vec<Vec<&'static str>>>,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(answers: &[&[&'static str]]) -> Arc<Self> {
        let answers = answers.iter().rev().map(|a| a.to_vec()).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: AtomicUsize::new(0) })
    }
}

#[async_trait::async_trait]
impl Resolve for Scripted {
    async fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let now = if answers.len() > 1 { answers.pop().unwrap() } else { answers[0].clone() };
        Ok(now.iter().map(|a| a.parse().unwrap()).collect())
    }
}

/// A listener that answers every connection with these bytes and closes it; counts connections.
fn listener(at: &str, answer: impl Into<Vec<u8>>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(at).unwrap();
    let (port, seen, answer) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)), answer.into());
    let counted = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            counted.fetch_add(1, Ordering::SeqCst);
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(&answer);
        }
    });
    (port, seen)
}

fn client(resolver: Arc<Scripted>, allow: &[&str]) -> Outbound {
    let allow = allow.iter().map(|n| n.parse().unwrap()).collect();
    Outbound::with_resolver(OutboundRules { allow, http: true }, resolver).unwrap()
}

async fn post(client: &Outbound, url: &str) -> Result<Answer, SendError> {
    client.post(url, &[("x-test", "1".into())], "{}".into(), 1024).await
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";

#[tokio::test]
async fn a_name_that_turns_private_between_two_questions_is_refused_and_asked_once_each_time() {
    // The allowed address stands for a public one; 127.0.0.2 for what the name is turned to.
    let (port, good) = listener("127.0.0.1:0", OK);
    let (_, bad) = listener(&format!("127.0.0.2:{port}"), OK);
    let resolver = Scripted::new(&[&["127.0.0.1"], &["127.0.0.2"], &["127.0.0.1", "127.0.0.2"], &["169.254.169.254"]]);
    let client = client(Arc::clone(&resolver), &["127.0.0.1/32"]);
    let url = format!("http://hooks.shop.example:{port}/");
    assert_eq!(post(&client, &url).await.unwrap().body, "hi");
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 1, "checked and connected by the same answer");
    for _ in 0..3 {
        assert_eq!(post(&client, &url).await, Err(SendError::Private));
    }
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 4);
    assert_eq!((good.load(Ordering::SeqCst), bad.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn every_form_of_a_private_address_is_refused_without_a_question() {
    let (port, seen) = listener("127.0.0.1:0", OK);
    let resolver = Scripted::new(&[&["127.0.0.1"]]);
    let client = client(Arc::clone(&resolver), &[]);
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
        let refused = post(&client, &format!("http://{host}:{port}/")).await;
        assert_eq!(refused, Err(SendError::Unfit(Unfit::Private)), "{host}");
    }
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 0);
    assert_eq!(post(&client, &format!("http://shop.example:{port}/")).await, Err(SendError::Private));
    assert_eq!(seen.load(Ordering::SeqCst), 0, "nobody was connected to");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (elsewhere, reached) = listener("127.0.0.1:0", OK);
    let moved = format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    let (port, _) = listener("127.0.0.1:0", moved);
    let client = client(Scripted::new(&[&["127.0.0.1"]]), &["127.0.0.0/8"]);
    assert_eq!(post(&client, &format!("http://shop.example:{port}/")).await.unwrap().status, 302);
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn of_a_long_answer_only_the_beginning_is_read() {
    let long = [b"HTTP/1.1 500 Oh\r\nretry-after: 7\r\n\r\n".to_vec(), vec![b'x'; 300_000]].concat();
    let (port, _) = listener("127.0.0.1:0", long);
    let client = client(Scripted::new(&[&["127.0.0.1"]]), &["127.0.0.0/8"]);
    let answer = post(&client, &format!("http://shop.example:{port}/")).await.unwrap();
    assert_eq!((answer.status, answer.body.len(), answer.retry_after.as_deref()), (500, 1024, Some("7")));
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    let client = client(Scripted::new(&[&["127.0.0.1"]]), &["127.0.0.0/8"]);
    let (port, _) = listener("127.0.0.1:0", "");
    assert_eq!(post(&client, &format!("http://shop.example:{port}/")).await, Err(SendError::Broken));
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(post(&client, &format!("http://shop.example:{free}/")).await, Err(SendError::NoConnection));
    // A plain server where TLS is expected has no certificate that anybody signed.
    let (plain, _) = listener("127.0.0.1:0", OK);
    assert_eq!(post(&client, &format!("https://shop.example:{plain}/")).await, Err(SendError::NoConnection));
    let nobody = Outbound::with_resolver(OutboundRules::default(), Scripted::new(&[&[]])).unwrap();
    assert_eq!(post(&nobody, "https://shop.example/").await, Err(SendError::NoHost));
}
