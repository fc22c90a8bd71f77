//! Lists that are looked up whole: domains, advertisers and image digests. Phrases and regexes are signals.
//!
//! Compiled from a release's lists, read by `domain_in`, `advertiser_in` and `image_in`. It must never match by prefix
//! or substring: a domain matches itself and its subdomains, everything else matches exactly.

use crate::domain::{
    digest::Digest,
    policy::{List, ListKind},
};
use std::collections::{BTreeMap, HashMap};

/// Whether a looked-up value is listed, by which entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The entry's value, as written in the list.
    pub entry: &'a str,
}

/// All exact-match lists of a release.
#[derive(Debug, Default)]
pub struct Sets(BTreeMap<String, HashMap<String, Entry>>);

#[derive(Debug)]
struct Entry {
    written: String,
    negative: bool,
}

impl Sets {
    /// Compiles the lists that are looked up; phrases and regexes are left to the signals.
    pub fn compile(lists: &[List]) -> Self {
        let exact = lists.iter().filter(|l| !matches!(l.kind, ListKind::Phrases | ListKind::Regexes));
        Self(
            exact
                .map(|list| {
                    let entries = list.entries.iter().map(|e| {
                        let entry = Entry { written: e.value.clone(), negative: e.negative };
                        (key(list.kind, &e.value), entry)
                    });
                    (list.name.clone(), entries.collect())
                })
                .collect(),
        )
    }

    /// Looks a host up: the most specific entry that is the host or a parent of it decides, so a negative
    /// `shop.example.com` takes that subdomain out of a listed `example.com`.
    pub fn domain(&self, list: &str, host: &str) -> Option<Hit<'_>> {
        let entries = self.0.get(list)?;
        let parents = std::iter::successors(Some(host), |h| h.split_once('.').map(|(_, parent)| parent));
        parents.filter_map(|h| entries.get(h)).next().and_then(hit)
    }

    /// Looks an advertiser's external id or an image digest up.
    pub fn exact(&self, list: &str, value: &str) -> Option<Hit<'_>> {
        self.0.get(list)?.get(value).and_then(hit)
    }
}

fn hit(entry: &Entry) -> Option<Hit<'_>> {
    (!entry.negative).then_some(Hit { entry: &entry.written })
}

/// The form in which an entry is looked up.
fn key(kind: ListKind, value: &str) -> String {
    let value = value.trim();
    match kind {
        ListKind::Domains => value.trim_start_matches("*.").trim_end_matches('.').to_lowercase(),
        ListKind::ImageHashes => value.parse::<Digest>().map_or_else(|_| value.to_lowercase(), |d| d.to_string()),
        _ => value.to_owned(),
    }
}

/// What is wrong with an entry of a list that is looked up, in one sentence.
pub fn entry_complaint(kind: ListKind, value: &str) -> Option<&'static str> {
    match kind {
        ListKind::Domains => {
            let host = key(kind, value);
            let label = |l: &str| !l.is_empty() && l.len() <= 63 && l.chars().all(|c| c.is_alphanumeric() || c == '-');
            let ok = host.contains('.') && host.len() <= 253 && host.split('.').all(label);
            (!ok).then_some("a domain entry is a host name such as example.com, without scheme or path")
        }
        ListKind::ImageHashes => {
            value.trim().parse::<Digest>().is_err().then_some("an image entry is sha256:<64 hexadecimal digits>")
        }
        ListKind::Advertisers => {
            value.trim().is_empty().then_some("an advertiser entry is the submitter's id of the advertiser")
        }
        ListKind::Phrases | ListKind::Regexes => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::domain::policy::ListEntry;

    fn list(kind: ListKind, entries: &[(&str, bool)]) -> Sets {
        let entries = entries
            .iter()
            .map(|(value, negative)| ListEntry { value: (*value).into(), negative: *negative, note: String::new() })
            .collect();
        Sets::compile(&[List { name: "l".into(), kind, entries }])
    }

    #[test]
    fn a_domain_matches_itself_and_its_subdomains_and_the_most_specific_entry_decides() {
        let sets = list(ListKind::Domains, &[("Example.com", false), ("shop.example.com", true), ("evil.net.", false)]);
        for (host, expected) in [
            ("example.com", Some("Example.com")),
            ("a.b.example.com", Some("Example.com")),
            ("shop.example.com", None),
            ("x.shop.example.com", None),
            ("notexample.com", None),
            ("evil.net", Some("evil.net.")),
            ("com", None),
        ] {
            assert_eq!(sets.domain("l", host).map(|h| h.entry), expected, "{host}");
        }
    }

    #[test]
    fn digests_match_with_and_without_their_prefix() {
        let hex = "ab".repeat(32);
        let sets = list(ListKind::ImageHashes, &[(&hex.to_uppercase(), false)]);
        assert!(sets.exact("l", &format!("sha256:{hex}")).is_some());
        assert!(sets.exact("other", &format!("sha256:{hex}")).is_none());
    }
}
