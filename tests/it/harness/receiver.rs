//! A program that receives webhooks: it keeps what it was sent, and answers as the test says.

use super::until;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

/// One message, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Received {
    /// What `webhook-id` says.
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether programs by others find the signature right: Python's and JavaScript's reference libraries, or OpenSSL for
    /// a public key.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let peers = std::env::var("ADJUDGE_TEST_PEERS")
            .expect("ADJUDGE_TEST_PEERS names programs of others; `tests/run` installs them, `tests/run shell` too");
        let python = format!("{peers}/venv/bin/python");
        let scripts: &[(&str, &str)] = if secret.starts_with("whpk_") {
            &[("node", "verify.mjs")]
        } else {
            &[("node", "verify.mjs"), (&python, "verify.py")]
        };
        let message = serde_json::json!({"secret": secret, "headers": self.headers, "body": self.body}).to_string();
        let said: Vec<bool> = scripts
            .iter()
            .map(|(program, script)| {
                let script = format!("{}/tests/peers/{script}", env!("CARGO_MANIFEST_DIR"));
                let mut command = Command::new(program);
                command.arg(script).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
                let mut child = command.spawn().unwrap();
                child.stdin.take().unwrap().write_all(message.as_bytes()).unwrap();
                let done = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&done.stderr).into_owned();
                // A program that cannot start is no refusal.
                assert!(done.status.success() || said.contains("atching signature"), "{program}: {said}");
                done.status.success()
            })
            .collect();
        assert!(said.iter().all(|one| *one == said[0]), "the libraries differ: {said:?}");
        said[0]
    }
}

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: vec![] }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

type Answer = Box<dyn Fn(usize, &Received) -> Reply + Send + Sync>;

struct Inner {
    seen: Mutex<Vec<Received>>,
    answer: Mutex<Arc<Answer>>,
    down: AtomicBool,
    ended: AtomicBool,
    held: Mutex<bool>,
    released: Condvar,
}

/// A receiver. It ends with the test.
pub(crate) struct Receiver {
    /// Where it receives.
    pub(crate) url: String,
    port: u16,
    inner: Arc<Inner>,
}

impl Receiver {
    /// One that takes everything.
    pub(crate) fn start() -> Self {
        Self::answering(|_, _| Reply::status(204))
    }

    /// One that answers as it is told, by the number of the request (from 0) and the request.
    pub(crate) fn answering(answer: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            seen: Mutex::default(),
            answer: Mutex::new(Arc::new(Box::new(answer))),
            down: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            held: Mutex::new(false),
            released: Condvar::new(),
        });
        let shared = Arc::clone(&inner);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/in"), port, inner }
    }

    /// Answers otherwise from now on.
    pub(crate) fn answer(&self, answer: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) {
        *self.inner.answer.lock().unwrap() = Arc::new(Box::new(answer));
    }

    /// While it is down every connection ends at once.
    pub(crate) fn down(&self, down: bool) {
        self.inner.down.store(down, Ordering::SeqCst);
    }

    /// While it holds, requests are read and wait for their answer.
    pub(crate) fn hold(&self, hold: bool) {
        *self.inner.held.lock().unwrap() = hold;
        self.inner.released.notify_all();
    }

    /// All that came, in order.
    pub(crate) fn seen(&self) -> Vec<Received> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// Waits until messages that fit came.
    pub(crate) async fn wait(&self, what: &str, fits: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        until(what, async || Some(self.seen()).filter(|seen| fits(seen))).await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.hold(false);
        self.inner.ended.store(true, Ordering::SeqCst);
        // One more connection lets the listening thread see that it is over.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Inner {
    fn serve(&self, mut stream: TcpStream) {
        if self.down.load(Ordering::SeqCst) {
            return;
        }
        let Some(request) = read(&mut stream) else { return };
        let number = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let mut held = self.held.lock().unwrap();
        while *held {
            held = self.released.wait(held).unwrap();
        }
        drop(held);
        let answer = Arc::clone(&self.answer.lock().unwrap());
        let reply = answer(number, &request);
        let mut text = format!("HTTP/1.1 {} Said\r\nconnection: close\r\n", reply.status);
        if reply.status != 204 {
            text.push_str("content-length: 5\r\n");
        }
        for (name, value) in &reply.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(if reply.status == 204 { "\r\n" } else { "\r\nheard" });
        // A sender that was killed does not read its answer.
        let _ = stream.write_all(text.as_bytes());
    }
}

fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = vec![];
    let mut buffer = [0; 8192];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => bytes.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let headers: BTreeMap<String, String> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => body.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    }
    Some(Received { headers, body: String::from_utf8(body).ok()? })
}
