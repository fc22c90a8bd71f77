//! The only HTTP client for URLs that others choose.
//!
//! Called by flows that send to submitters. A name is resolved once for each connection, every address it has must be
//! public or allowed by the operator, and the connection goes to exactly those. It must never follow a redirect, use a
//! proxy, read more of an answer than asked for, or take longer than it was given.

mod address;
mod target;
#[cfg(test)]
mod tests;

pub use target::Unfit;

use bytes::Bytes;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolving};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use url::Url;

/// Longest time for a whole request.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What an operator allows beyond https to public addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboundRules {
    /// Networks of his own that are no public ones.
    pub allow: Vec<IpNet>,
    /// Plain http, for development.
    pub http: bool,
}

/// Turns a host's name into addresses.
#[async_trait::async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of the name.
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// The machine's resolver.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

#[async_trait::async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|at| at.ip()).collect())
    }
}

/// Why nothing came back. The words are a sentence that whoever owns the URL may read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The URL is not one to send to.
    #[error("The URL {0}.")]
    Unfit(#[from] Unfit),
    /// The name leads to an address that is not public.
    #[error("The host's name leads to an address that is not public.")]
    Private,
    /// The name leads nowhere.
    #[error("The host's name cannot be resolved.")]
    NoHost,
    /// Nobody listens, or TLS failed.
    #[error("No connection: nobody answers there, or the certificate is not valid.")]
    NoConnection,
    /// No answer in time.
    #[error("No answer within {} seconds.", PATIENCE.as_secs())]
    Timeout,
    /// The answer broke off, or is none.
    #[error("The connection ended before there was an answer.")]
    Broken,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, as sent.
    pub retry_after: Option<String>,
    /// The body's beginning.
    pub body: Bytes,
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    http: reqwest::Client,
    rules: Arc<OutboundRules>,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outbound({:?})", self.rules)
    }
}

impl Outbound {
    /// A client with the machine's resolver.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(rules: OutboundRules) -> anyhow::Result<Self> {
        Self::with_resolver(rules, Arc::new(SystemResolver))
    }

    /// A client with a resolver of the caller's.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_resolver(rules: OutboundRules, resolver: Arc<dyn Resolve>) -> anyhow::Result<Self> {
        let rules = Arc::new(rules);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(Guard { resolver, rules: Arc::clone(&rules) })
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .user_agent(concat!("Adjudge/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(8)
            .pool_idle_timeout(Duration::from_secs(20))
            .build()?;
        Ok(Self { http, rules })
    }

    /// Whether a URL is one to send to, all but what its name resolves to.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, url: &str) -> Result<Url, Unfit> {
        target::read(url, &self.rules)
    }

    /// Posts a body and keeps at most `keep` bytes of the answer's.
    ///
    /// # Errors
    /// When no status came in time.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        keep: usize,
    ) -> Result<Answer, SendError> {
        let url = self.check(url)?;
        let mut request = self.http.post(url).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let end = tokio::time::Instant::now() + PATIENCE;
        let mut response = match tokio::time::timeout_at(end, request.send()).await {
            Ok(sent) => sent.map_err(|error| explain(&error))?,
            Err(_) => return Err(SendError::Timeout),
        };
        let retry_after = response.headers().get("retry-after").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let mut kept = Vec::new();
        // The status is the answer: a body that is slow or breaks off changes nothing.
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout_at(end, response.chunk()).await {
            let room = keep - kept.len();
            kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if kept.len() >= keep {
                break;
            }
        }
        Ok(Answer { status: response.status().as_u16(), retry_after, body: kept.into() })
    }
}

/// TLS with the roots that browsers trust.
fn tls() -> anyhow::Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // Whoever asks for the process's provider later finds the same one; the first one stays.
    let _ = rustls::crypto::CryptoProvider::install_default((*provider).clone());
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Resolves a name and lets nothing through that is not permitted.
struct Guard {
    resolver: Arc<dyn Resolve>,
    rules: Arc<OutboundRules>,
}

/// Why a name was not resolved, inside the client's error.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("not a public address")]
    Private,
    #[error("no such host: {0}")]
    NoHost(std::io::Error),
}

impl reqwest::dns::Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, rules) = (Arc::clone(&self.resolver), Arc::clone(&self.rules));
        Box::pin(async move {
            let found = resolver.resolve(name.as_str()).await.map_err(Refused::NoHost)?;
            if found.is_empty() {
                return Err(Refused::NoHost(std::io::ErrorKind::NotFound.into()).into());
            }
            // One private address among public ones is a trap, not an accident.
            if !found.iter().all(|address| target::permitted(*address, &rules)) {
                return Err(Refused::Private.into());
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

fn explain(error: &reqwest::Error) -> SendError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = cause {
        match one.downcast_ref::<Refused>() {
            Some(Refused::Private) => return SendError::Private,
            Some(Refused::NoHost(_)) => return SendError::NoHost,
            None => cause = one.source(),
        }
    }
    if error.is_timeout() {
        SendError::Timeout
    } else if error.is_connect() {
        SendError::NoConnection
    } else {
        SendError::Broken
    }
}
