//! Another installation over HTTP, as `adjudge submit` speaks to it.
//!
//! Called by the command line alone, with an address that somebody typed. It must never follow a redirect with the key.

use anyhow::Context as _;
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(20);

/// Longest time that a connection may be silent.
const SILENCE: Duration = Duration::from_secs(120);

/// An installation and the key for it.
#[derive(Debug, Clone)]
pub struct Remote {
    http: reqwest::Client,
    url: String,
    key: String,
}

/// What it answered.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Status.
    pub status: u16,
    /// Seconds to wait, where it said so.
    pub retry_after_s: Option<u64>,
    /// Body.
    pub body: String,
}

impl Remote {
    /// An installation by its address.
    pub fn new(url: &str, key: &str) -> anyhow::Result<Self> {
        // Whoever is second in a process finds a provider in place.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let parsed =
            url::Url::parse(url).with_context(|| format!("{url} is no address such as https://ads.example"))?;
        anyhow::ensure!(matches!(parsed.scheme(), "http" | "https"), "{url} is no http or https address");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .build()?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned(), key: key.to_owned() })
    }

    /// Sends a body and reads the whole answer.
    ///
    /// # Errors
    /// When the connection cannot be made or breaks: nobody knows then what arrived.
    pub async fn post(&self, path: &str, media: &str, body: Vec<u8>) -> anyhow::Result<Answered> {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.key);
        let answer = request.header("content-type", media).body(body).send().await?;
        let status = answer.status().as_u16();
        let said = answer.headers().get("retry-after").and_then(|v| v.to_str().ok());
        let retry_after_s = said.and_then(|v| v.trim().parse().ok());
        Ok(Answered { status, retry_after_s, body: answer.text().await? })
    }
}
