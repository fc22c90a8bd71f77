//! A program that submits ads and learns the outcome, with a key of its own.

use super::until;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use std::collections::BTreeMap;

/// One program with its key.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    http: reqwest::Client,
    url: String,
    key: String,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        Self::try_read(response).await.unwrap()
    }

    /// The same, where the server may end in the middle of its answer.
    pub(crate) async fn try_read(response: Response) -> reqwest::Result<Self> {
        let status = response.status().as_u16();
        let header = |(n, v): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned())
        };
        let headers = response.headers().iter().map(header).collect();
        Ok(Self { status, headers, text: response.text().await? })
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e} in {} {}", self.status, self.text))
    }

    /// The body as lines of JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e} in {l}"))).collect()
    }

    /// The body, after the status was found right.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The lines, after the status was found to be 200.
    #[track_caller]
    pub(crate) fn expect_lines(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text);
        self.lines()
    }

    /// A refusal's pointers, sorted, without the `#` that makes them URI fragments.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        let mut pointers: Vec<String> = errors
            .iter()
            .map(|e| e["pointer"].as_str().unwrap_or_default().trim_start_matches('#').to_owned())
            .collect();
        pointers.sort();
        pointers
    }
}

impl Hook {
    pub(crate) fn new(url: &str, key: &str) -> Self {
        // No connection is kept: one to a server that was killed would fail the first request to its successor.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { http, url: url.to_owned(), key: key.to_owned() }
    }

    /// The same program, talking to another server.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// A request with the key, for what the named actions do not cover.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.key)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::read(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::read(self.request(Method::PUT, path).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::read(self.request(Method::PATCH, path).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::read(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    /// Sends a request to a server that may be gone; `None` when no whole answer came.
    pub(crate) async fn attempt(&self, method: Method, path: &str, body: Option<&Value>) -> Option<Answer> {
        let request = self.request(method, path);
        let request = if let Some(body) = body { request.json(body) } else { request };
        Answer::try_read(request.send().await.ok()?).await.ok()
    }

    /// Submits raw bytes as an ad.
    pub(crate) async fn post_bytes(&self, path: &str, media: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", media).body(body);
        Answer::read(request.send().await.unwrap()).await
    }

    /// Submits an ad with an idempotency key.
    pub(crate) async fn post_once(&self, path: &str, idempotency_key: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).header("idempotency-key", idempotency_key).json(body);
        Answer::read(request.send().await.unwrap()).await
    }

    /// Submits an ad and returns its id.
    pub(crate) async fn submit(&self, ad: &Value) -> String {
        let outcome = self.post("/v1/ads", ad).await.expect(202);
        outcome["id"].as_str().expect("an outcome has an id").to_owned()
    }

    /// Submits an ad and waits until it is screened: decided, or waiting for people.
    pub(crate) async fn submit_and_wait(&self, ad: &Value) -> Value {
        let id = self.submit(ad).await;
        self.wait_until_screened(&id).await
    }

    pub(crate) async fn wait_until_screened(&self, id: &str) -> Value {
        self.wait_for(id, |outcome| outcome["review_status"] != "pending").await
    }

    /// Waits until the ad's outcome fits.
    pub(crate) async fn wait_for(&self, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
        until(&format!("an outcome of {id}"), async || {
            let outcome = self.get(&format!("/v1/ads/{id}")).await.expect(200);
            fits(&outcome).then_some(outcome)
        })
        .await
    }

    /// Reads events from a cursor to the end; says where it ended.
    pub(crate) async fn events_after(&self, cursor: &str) -> (Vec<Value>, String) {
        let (mut all, mut cursor) = (vec![], cursor.to_owned());
        loop {
            let page = self.get(&format!("/v1/events?limit=200&cursor={cursor}")).await.expect(200);
            let items = page["items"].as_array().expect("items").clone();
            if items.is_empty() {
                return (all, cursor);
            }
            all.extend(items);
            match page["next"].as_str() {
                Some(next) if next != cursor => cursor = next.to_owned(),
                _ => return (all, cursor),
            }
        }
    }
}
