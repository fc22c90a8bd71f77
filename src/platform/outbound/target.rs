//! A URL that somebody else chose becomes a target, or a reason why not.
//!
//! Asked when an endpoint is registered and again whenever something is sent, since rules change. It must never resolve
//! a name: the client does, once for each connection.

use super::{OutboundRules, address::is_public};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Ports above 1023 that speak something else than HTTP, as browsers refuse them too.
const OTHER_PROTOCOLS: &[u16] = &[
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// Longest URL.
const LONGEST: usize = 2048;

/// Why a URL is not sent to. The words continue a sentence about the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not a URL.
    #[error("must be a URL such as `https://hooks.shop.example/adjudge`, of at most 2048 characters")]
    NoUrl,
    /// Neither https nor a permitted http.
    #[error("must be an https URL")]
    Scheme,
    /// A user name or password.
    #[error("must not hold a user name or password")]
    Credentials,
    /// A host that ends in a dot.
    #[error("must name the host without a dot at its end")]
    Dot,
    /// A port of another protocol.
    #[error("must use port 443, 80, or one from 1024 on that no other protocol has")]
    Port,
    /// An address that is not public.
    #[error("must lead to a public address")]
    Private,
}

impl Unfit {
    /// A stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoUrl | Self::Scheme | Self::Dot => "not_https_url",
            Self::Credentials => "url_with_credentials",
            Self::Port => "port_not_allowed",
            Self::Private => "not_public",
        }
    }
}

/// Reads and checks a URL, all but what its name resolves to.
pub(super) fn read(text: &str, rules: &OutboundRules) -> Result<Url, Unfit> {
    if text.len() > LONGEST || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Unfit::NoUrl);
    }
    let url = Url::parse(text).map_err(|_| Unfit::NoUrl)?;
    match url.scheme() {
        "https" => {}
        "http" if rules.http => {}
        _ => return Err(Unfit::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unfit::Credentials);
    }
    let port = url.port_or_known_default().unwrap_or_default();
    let fits = matches!(port, 80 | 443 | 1024..) && !OTHER_PROTOCOLS.contains(&port);
    if !fits {
        return Err(Unfit::Port);
    }
    // The parser has made every spelling of an IPv4 address (decimal, octal, hexadecimal, short) the usual one.
    match url.host() {
        None => return Err(Unfit::NoUrl),
        Some(Host::Ipv4(v4)) => permitted(IpAddr::V4(v4), rules).then_some(()).ok_or(Unfit::Private)?,
        Some(Host::Ipv6(v6)) => permitted(IpAddr::V6(v6), rules).then_some(()).ok_or(Unfit::Private)?,
        Some(Host::Domain(name)) => domain(name, rules)?,
    }
    Ok(url)
}

fn domain(name: &str, rules: &OutboundRules) -> Result<(), Unfit> {
    if name.is_empty() || name.ends_with('.') {
        return Err(Unfit::Dot);
    }
    // Whatever a resolver may say, these mean the machine itself (RFC 6761).
    let here = name == "localhost" || name.ends_with(".localhost");
    let loopback = || permitted(Ipv4Addr::LOCALHOST.into(), rules) || permitted(Ipv6Addr::LOCALHOST.into(), rules);
    if here && !loopback() { Err(Unfit::Private) } else { Ok(()) }
}

/// Whether an address may be connected to: a public one, or one that the operator allows.
pub(super) fn permitted(address: IpAddr, rules: &OutboundRules) -> bool {
    is_public(address) || rules.allow.iter().any(|net| net.contains(&address))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read_with(text: &str, http: bool, allow: &[&str]) -> Result<String, Unfit> {
        let rules = OutboundRules { http, allow: allow.iter().map(|n| n.parse().unwrap()).collect() };
        read(text, &rules).map(|url| url.to_string())
    }

    #[test]
    fn a_public_https_url_is_a_target() {
        for fit in [
            "https://hooks.shop.example/in?x=1",
            "https://hooks.shop.example:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://b\u{fc}cher.example/",
        ] {
            assert!(read_with(fit, false, &[]).is_ok(), "{fit}");
        }
        assert_eq!(read_with("http://hooks.shop.example/", true, &[]), Ok("http://hooks.shop.example/".into()));
    }

    #[test]
    fn everything_else_is_refused_for_its_own_reason() {
        for (text, why) in [
            ("", Unfit::NoUrl),
            ("hooks.shop.example", Unfit::NoUrl),
            ("https://", Unfit::NoUrl),
            ("https://a b.example/", Unfit::NoUrl),
            ("https://shop.example/\nHost: x", Unfit::NoUrl),
            ("http://shop.example/", Unfit::Scheme),
            ("ftp://shop.example/", Unfit::Scheme),
            ("file:///etc/passwd", Unfit::Scheme),
            ("gopher://shop.example/", Unfit::Scheme),
            ("https://user@shop.example/", Unfit::Credentials),
            ("https://user:secret@shop.example/", Unfit::Credentials),
            ("https://shop.example@127.0.0.1/", Unfit::Credentials),
            ("https://shop.example./", Unfit::Dot),
            ("https://localhost./", Unfit::Dot),
            ("https://shop.example:22/", Unfit::Port),
            ("https://shop.example:25/", Unfit::Port),
            ("https://shop.example:0/", Unfit::Port),
            ("https://shop.example:6000/", Unfit::Port),
            ("https://localhost/", Unfit::Private),
            ("https://LOCALHOST/", Unfit::Private),
            ("https://a.localhost/", Unfit::Private),
            ("https://127.0.0.1/", Unfit::Private),
            ("https://127.0.0.1./", Unfit::Private),
            ("https://2130706433/", Unfit::Private),
            ("https://0x7f000001/", Unfit::Private),
            ("https://0x7f.1/", Unfit::Private),
            ("https://0177.0.0.1/", Unfit::Private),
            ("https://127.1/", Unfit::Private),
            ("https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/", Unfit::Private),
            ("https://169.254.169.254/latest/meta-data", Unfit::Private),
            ("https://[::1]/", Unfit::Private),
            ("https://[::ffff:127.0.0.1]/", Unfit::Private),
            ("https://[::ffff:7f00:1]/", Unfit::Private),
            ("https://[64:ff9b::7f00:1]/", Unfit::Private),
            ("https://[fd00::1]/", Unfit::Private),
        ] {
            assert_eq!(read_with(text, false, &[]), Err(why), "{text}");
        }
    }

    #[test]
    fn an_operator_allows_his_own_networks_and_no_other() {
        let own = &["127.0.0.0/8", "fd00::/8"];
        assert!(read_with("http://127.0.0.1:9000/", true, own).is_ok());
        assert!(read_with("http://localhost:9000/", true, own).is_ok());
        assert!(read_with("http://[fd00::1]:9000/", true, own).is_ok());
        assert_eq!(read_with("http://10.0.0.1:9000/", true, own), Err(Unfit::Private));
        assert_eq!(read_with("http://[::ffff:127.0.0.1]:9000/", true, own), Err(Unfit::Private));
        assert_eq!(read_with("http://127.0.0.1:9000/", false, own), Err(Unfit::Scheme));
    }
}
