//! The address of a client, behind the proxies that the installation trusts.
//!
//! Called where attempts are counted by address. It must never take the word of a stranger: of `X-Forwarded-For` only what
//! a trusted proxy added counts, read from its right end.

use actix_web::{HttpRequest, http::header::HeaderMap};
use ipnet::IpNet;
use std::net::IpAddr;

/// The client's address; `None` where the connection has none.
pub(super) fn address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    Some(behind(request.peer_addr()?.ip(), request.headers(), trusted))
}

/// The right-most address that is no trusted proxy's.
fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_proxy = |address: IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
    let said: Vec<&str> =
        headers.get_all("x-forwarded-for").filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).collect();
    let mut client = peer.to_canonical();
    for text in said.into_iter().rev() {
        if !is_proxy(client) {
            break;
        }
        // What cannot be read was said by nobody we know: the proxy that passed it on stands for it.
        let Some(next) = parse(text.trim()) else { break };
        client = next;
    }
    client
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').split(']').next().unwrap_or_default();
    let address = bare.parse::<IpAddr>().ok().or_else(|| text.rsplit_once(':')?.0.parse().ok());
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    #[test]
    fn only_trusted_proxies_say_who_asks() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (peer, said, client) in [
            ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.2.0.3", "198.51.100.7"),
            ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
            ("10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
            ("fd00::1", "2001:db8::7", "2001:db8::7"),
            ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "unknown", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ] {
            let headers: HeaderMap =
                [(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(said).unwrap())]
                    .into_iter()
                    .collect();
            let expected: IpAddr = client.parse().unwrap();
            assert_eq!(behind(peer.parse().unwrap(), &headers, &trusted), expected, "{peer} {said}");
            assert_eq!(behind(expected, &HeaderMap::new(), &trusted), expected);
        }
    }
}
