//! Where a click leads: the registrable domain of a landing URL, and what a fetch of it found.
//!
//! Called by intake, flows (window counts) and screening. It must never resolve or fetch anything.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// What a fetch of the landing URL found, as rules see it. Nothing in Adjudge fetches yet, so rules that read it end
/// unknown; it stands here so that rules can be written and tried in cases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DestinationFacts {
    /// Where the chain of redirects ended.
    pub url: String,
    /// HTTP status of the last answer.
    pub status: u16,
    /// How many redirects led there.
    pub redirects: u32,
    /// The page's title.
    pub title: String,
    /// The page's visible text.
    pub text: String,
}

/// The registrable domain of an absolute URL (`https://shop.example.co.uk/x` gives `example.co.uk`), lower case and in
/// ASCII form; an address literal stands for itself, and so does a host that is itself a public suffix. `None` where
/// there is no host.
pub fn registrable_domain(url: &str) -> Option<String> {
    match Url::parse(url).ok()?.host()? {
        Host::Domain(host) => {
            let host = host.trim_end_matches('.');
            let domain = psl::domain_str(host).unwrap_or(host);
            (!domain.is_empty()).then(|| domain.to_owned())
        }
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registrable_domains() {
        for (url, domain) in [
            ("https://shop.example.co.uk/x?y#z", Some("example.co.uk")),
            ("HTTP://WWW.Example.COM.", Some("example.com")),
            ("https://user:pw@a.b.example.org:8443/", Some("example.org")),
            ("https://bücher.example/", Some("xn--bcher-kva.example")),
            ("https://me.github.io/page", Some("me.github.io")),
            ("http://192.0.2.7/x", Some("192.0.2.7")),
            ("http://[2001:db8::1]/", Some("2001:db8::1")),
            ("http://localhost:8080/", Some("localhost")),
            ("mailto:a@example.com", None),
            ("not a url", None),
        ] {
            assert_eq!(registrable_domain(url).as_deref(), domain, "{url}");
        }
    }
}
