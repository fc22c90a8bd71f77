//! Configuration: flags, then `ADJUDGE_*`, then `adjudge.toml`, then defaults.
//!
//! Read once by the command line and handed inwards as plain values. It must never be read again later.

use super::outbound::OutboundRules;
use crate::domain::{Millis, breaker::BreakerLimits};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::{collections::BTreeMap, net::IpAddr, path::PathBuf};

/// Settings that flows and jobs read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a person's decision can be undone before the outside hears of it, ms.
    pub grace_ms: i64,
    /// Worker threads of the encoder.
    pub encoder_threads: usize,
    /// How long an idle sign-in lasts, ms.
    pub session_idle_ms: i64,
    /// Sign-in attempts a minute for one name and address.
    pub sign_in_per_minute: u32,
    /// How long an idempotency key is remembered, ms.
    pub idempotency_ms: i64,
    /// Whether cookies are marked `Secure` (behind TLS).
    pub secure_cookies: bool,
    /// Revisions screened in one claim of work.
    pub screen_batch: u64,
    /// When routing pauses because a signal fails widely, and goes on.
    pub breaker: BreakerLimits,
    /// Where the terms can be read that decisions rest on; statements of reasons name it.
    pub terms_url: Option<String>,
    /// Where the outside reaches this installation, without a slash at its end; links to it are made only with one.
    pub public_url: Option<String>,
    /// How long a decision can be appealed, ms.
    pub appeal_window_ms: i64,
    /// Appeals that may be opened for one advertiser in 24 hours.
    pub appeals_per_day: u32,
    /// The IAB Ad Management API.
    pub iab: IabSettings,
    /// Where webhooks may be sent beyond https to public addresses.
    pub outbound: OutboundRules,
    /// How long events and deliveries are kept, ms.
    pub event_ms: i64,
    /// How much keys may ask.
    pub quotas: Quotas,
    /// Proxies whose word on a client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
}

/// What an exchange decides about its Ad Management API.
#[derive(Debug, Clone)]
pub struct IabSettings {
    /// Name of the exchange, as its integration checklist says it.
    pub exchange: String,
    /// Where bidders reach the API, without `/bidder`; `None` where the request's own address is right.
    pub base_url: Option<String>,
    /// Most ads of one answer.
    pub page: u32,
    /// How long after the last touch an ad expires, ms; `None` for never.
    pub expiry_ms: Option<i64>,
}

impl Default for IabSettings {
    fn default() -> Self {
        Self { exchange: "Adjudge".into(), base_url: None, page: 100, expiry_ms: Some(30 * Millis::DAY) }
    }
}

/// Fewest days that events are kept: who was away for a month still misses nothing.
pub const LEAST_EVENT_DAYS: u32 = 30;
/// How much keys may ask. Zero is no limit.
#[derive(Debug, Clone)]
pub struct Quotas {
    /// Requests a minute of a key, unless its submitter or the key has a number of its own.
    pub requests_per_minute: u32,
    /// The same for keys of a submitter, by its name.
    pub of_submitter: BTreeMap<String, u32>,
    /// Dry runs an hour for one advertiser.
    pub dry_runs_per_hour: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { requests_per_minute: 60_000, of_submitter: BTreeMap::new(), dry_runs_per_hour: 120 }
    }
}

impl Quotas {
    /// Requests a minute of a key: its own number, else its submitter's, else everybody's.
    pub fn requests(&self, own: Option<u32>, submitter: &str) -> u32 {
        own.or_else(|| self.of_submitter.get(submitter).copied()).unwrap_or(self.requests_per_minute)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            grace_ms: 10 * Millis::SECOND,
            encoder_threads: 2,
            session_idle_ms: 12 * Millis::HOUR,
            sign_in_per_minute: 10,
            idempotency_ms: Millis::DAY,
            secure_cookies: false,
            screen_batch: 16,
            breaker: BreakerLimits::default(),
            terms_url: None,
            iab: IabSettings::default(),
            public_url: None,
            // Six months, as the Digital Services Act asks for internal complaints.
            appeal_window_ms: 183 * Millis::DAY,
            appeals_per_day: 50,
            outbound: OutboundRules::default(),
            event_ms: 90 * Millis::DAY,
            quotas: Quotas::default(),
            trusted_proxies: vec![],
        }
    }
}

/// What `adjudge.toml` may hold. Flags and environment overrule it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigFile {
    /// Address to listen on.
    pub listen: Option<String>,
    /// Folder of database, blobs and secrets.
    pub data_dir: Option<PathBuf>,
    /// `sqlite://FILE` or `postgres://…`.
    pub database: Option<String>,
    /// Seconds in which a decision can be undone.
    pub grace_seconds: Option<u32>,
    /// Worker threads of the encoder.
    pub encoder_threads: Option<usize>,
    /// How the encoder computes: `f32`, `bf16` or `int8`.
    pub precision: Option<String>,
    /// Whether cookies are marked `Secure`.
    pub secure_cookies: Option<bool>,
    /// Sign-in attempts a minute for one name and address.
    pub sign_in_per_minute: Option<u32>,
    /// Requests a minute of a key; 0 is no limit.
    pub requests_per_minute: Option<u32>,
    /// The same for keys of a submitter, by its name, as a table.
    pub requests_per_minute_of: Option<BTreeMap<String, u32>>,
    /// Dry runs an hour for one advertiser; 0 is no limit.
    pub dry_runs_per_hour: Option<u32>,
    /// Networks of the proxies in front, such as `10.0.0.0/8` or `127.0.0.1`.
    pub trusted_proxies: Option<Vec<String>>,
    /// Share of screenings with a failed signal at which routing pauses, above 0 and up to 1.
    pub breaker_share: Option<f64>,
    /// Fewest screenings in the window before routing may pause.
    pub breaker_screenings: Option<u32>,
    /// Seconds of that window.
    pub breaker_window_seconds: Option<u32>,
    /// Seconds between two tries to measure again.
    pub breaker_probe_seconds: Option<u32>,
    /// Where the terms can be read that decisions rest on: an http or https URL.
    pub terms_url: Option<String>,
    /// Name of the exchange in the IAB integration checklist.
    pub iab_exchange: Option<String>,
    /// Where bidders reach the IAB API, such as `https://ads.example/iab/v1`.
    pub iab_base_url: Option<String>,
    /// Most ads of one answer of the IAB API, 1 to 1000.
    pub iab_page: Option<u32>,
    /// Days without a touch after which an ad of the IAB API expires; 0 for never.
    pub iab_expiry_days: Option<u32>,
    /// Where the outside reaches this installation: `https://ads.example`.
    pub public_url: Option<String>,
    /// Days in which a decision can be appealed.
    pub appeal_days: Option<u32>,
    /// Appeals that may be opened for one advertiser in 24 hours.
    pub appeals_per_day: Option<u32>,
    /// Networks that webhooks may lead to although they are not public, such as `10.1.0.0/16`.
    #[serde(deserialize_with = "networks")]
    pub outbound_allow: Option<Vec<IpNet>>,
    /// Whether webhooks may use plain http.
    pub outbound_http: Option<bool>,
    /// Days that events and deliveries are kept, at least 30.
    pub event_days: Option<u32>,
}

/// Networks in CIDR notation.
fn networks<'de, D: Deserializer<'de>>(document: D) -> Result<Option<Vec<IpNet>>, D::Error> {
    let read = |text: &String| {
        text.parse().map_err(|_| D::Error::custom(format!("`{text}` is not a network such as `10.1.0.0/16`")))
    };
    Vec::<String>::deserialize(document)?.iter().map(read).collect::<Result<_, _>>().map(Some)
}

/// A network, or the network of one address.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

impl ConfigFile {
    /// Where it is looked for unless somebody names another place.
    pub const USUAL: &str = "adjudge.toml";

    /// Reads a configuration file; where the usual one is missing, it is an empty one. A wrong one is an error that names
    /// line and column.
    pub fn read(path: &std::path::Path) -> anyhow::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let file: Self = toml::from_str(&text).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
                let sane = file.breaker_share.is_none_or(|share| share > 0.0 && share <= 1.0);
                anyhow::ensure!(sane, "{}: breaker_share must be above 0 and at most 1", path.display());
                let web = |url: &String| {
                    url.len() <= 500 && url::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https"))
                };
                let sane = file.terms_url.as_ref().is_none_or(web);
                anyhow::ensure!(sane, "{}: terms_url must be an http or https URL", path.display());
                let sane = file.iab_page.is_none_or(|ads| (1..=1_000).contains(&ads));
                anyhow::ensure!(sane, "{}: iab_page must be 1 to 1000", path.display());
                let reachable = |url: &String| web(url) && url::Url::parse(url).is_ok_and(|u| u.query().is_none());
                let sane = file.public_url.as_ref().is_none_or(reachable);
                anyhow::ensure!(sane, "{}: public_url must be an http or https address", path.display());
                let kept = file.event_days.is_none_or(|days| days >= LEAST_EVENT_DAYS);
                anyhow::ensure!(kept, "{}: event_days must be at least {LEAST_EVENT_DAYS}", path.display());
                for text in file.trusted_proxies.iter().flatten() {
                    let words = "is no address and no network such as 10.0.0.0/8";
                    anyhow::ensure!(network(text).is_some(), "{}: trusted_proxies: {text:?} {words}", path.display());
                }
                Ok(file)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && path == std::path::Path::new(Self::USUAL) => {
                Ok(Self::default())
            }
            Err(e) => Err(anyhow::anyhow!("cannot read {}: {e}", path.display())),
        }
    }

    /// Settings with this file's values over the defaults.
    pub fn settings(&self) -> Settings {
        let base = Settings::default();
        Settings {
            grace_ms: self.grace_seconds.map_or(base.grace_ms, |s| i64::from(s) * Millis::SECOND),
            encoder_threads: self.encoder_threads.unwrap_or(base.encoder_threads),
            secure_cookies: self.secure_cookies.unwrap_or(base.secure_cookies),
            sign_in_per_minute: self.sign_in_per_minute.unwrap_or(base.sign_in_per_minute),
            breaker: self.breaker(base.breaker),
            terms_url: self.terms_url.clone(),
            iab: self.iab(base.iab),
            public_url: self.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            appeal_window_ms: self.appeal_days.map_or(base.appeal_window_ms, |d| i64::from(d) * Millis::DAY),
            appeals_per_day: self.appeals_per_day.unwrap_or(base.appeals_per_day),
            outbound: OutboundRules {
                allow: self.outbound_allow.clone().unwrap_or_default(),
                http: self.outbound_http.unwrap_or_default(),
            },
            event_ms: self.event_days.map_or(base.event_ms, |days| i64::from(days) * Millis::DAY),
            trusted_proxies: self.trusted_proxies.iter().flatten().filter_map(|text| network(text)).collect(),
            quotas: Quotas {
                requests_per_minute: self.requests_per_minute.unwrap_or(base.quotas.requests_per_minute),
                of_submitter: self.requests_per_minute_of.clone().unwrap_or_default(),
                dry_runs_per_hour: self.dry_runs_per_hour.unwrap_or(base.quotas.dry_runs_per_hour),
            },
            ..base
        }
    }

    fn iab(&self, base: IabSettings) -> IabSettings {
        let expiry = |days: u32| (days > 0).then(|| i64::from(days) * Millis::DAY);
        IabSettings {
            exchange: self.iab_exchange.clone().unwrap_or(base.exchange),
            base_url: self.iab_base_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            page: self.iab_page.unwrap_or(base.page),
            expiry_ms: self.iab_expiry_days.map_or(base.expiry_ms, expiry),
        }
    }

    fn breaker(&self, base: BreakerLimits) -> BreakerLimits {
        // A second at least: a window or a pause of nothing would count and probe without end.
        let ms = |seconds: u32| i64::from(seconds.max(1)) * Millis::SECOND;
        BreakerLimits {
            share: self.breaker_share.unwrap_or(base.share),
            fewest: self.breaker_screenings.unwrap_or(base.fewest),
            window_ms: self.breaker_window_seconds.map_or(base.window_ms, ms),
            probe_ms: self.breaker_probe_seconds.map_or(base.probe_ms, ms),
            ..base
        }
    }
}
