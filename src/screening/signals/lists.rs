//! Lists: phrases, expressions, domains, image digests and advertisers, found in an ad with the raw bytes they stand on.
//!
//! Compiled once a release, applied to every ad. Phrases of all lists are found in one pass, in the raw and in the
//! normalised text. It must never let an entry do unbounded work, nor report a span that is not in the raw text.

use super::{
    folded::Folded,
    phrases::{Found, Phrases},
};
use crate::domain::{
    Shared,
    ad::{AdContent, TextField},
    digest::Digest,
    policy::{List, ListEntry, ListKind},
    signal::ListMatch,
    time::Millis,
};
use crate::screening::normalise::Normalised;
use regex::{Regex, RegexBuilder};
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

/// Longest value of an entry, in bytes.
const LONGEST_VALUE: usize = 1_000;
/// Compiled size of one expression, in bytes: enough for a thousand literal letters, too small for nested counts.
const EXPRESSION_SIZE: usize = 1 << 20;
/// Matches kept of one list in one field.
const KEPT: usize = 50;
/// Texts are searched up to here; intake bounds fields well below.
const SEARCHED: usize = 100_000;

/// A list that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("list `{list}`, entry `{entry}`: {reason}")]
pub struct ListError {
    /// The list's name.
    pub list: String,
    /// The entry's value.
    pub entry: String,
    /// What to change.
    pub reason: String,
}

/// One entry of one list, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct EntryRef {
    list: u32,
    entry: u32,
}

#[derive(Debug)]
struct Entry {
    value: Shared,
    negative: bool,
    until: Option<Millis>,
}

/// Lists ready to be matched.
pub struct CompiledLists {
    lists: Vec<(Shared, Vec<Entry>)>,
    /// By list: its place when lists are sorted by name.
    ranks: Vec<u32>,
    phrases: Phrases,
    expressions: Vec<(EntryRef, Regex)>,
    domains: HashMap<String, Vec<EntryRef>>,
    images: HashMap<Digest, Vec<EntryRef>>,
    advertisers: HashMap<String, Vec<EntryRef>>,
}

/// A text field to be searched.
pub struct FieldText<'a> {
    /// The field.
    pub field: TextField,
    /// Its raw text.
    pub raw: &'a str,
    /// Its normalised text.
    pub normalised: &'a Normalised,
}

/// A match before it is named.
#[derive(Debug, Clone, Copy)]
struct Hit {
    entry: EntryRef,
    start: u32,
    end: u32,
    disguised: bool,
}

impl CompiledLists {
    /// Compiles lists.
    ///
    /// # Errors
    /// The first entry that is empty, too long, given twice as a list, or not of its list's kind.
    pub fn compile(lists: &[List]) -> Result<Self, ListError> {
        let mut compiled = Self {
            lists: Vec::with_capacity(lists.len()),
            ranks: Vec::new(),
            phrases: Phrases::default(),
            expressions: Vec::new(),
            domains: HashMap::new(),
            images: HashMap::new(),
            advertisers: HashMap::new(),
        };
        let mut phrases = Vec::new();
        let mut names = HashSet::new();
        for (list_at, list) in lists.iter().enumerate() {
            let refuse = |entry: &str, reason: &str| ListError {
                list: list.name.clone(),
                entry: entry.chars().take(80).collect(),
                reason: reason.to_owned(),
            };
            if !names.insert(list.name.as_str()) {
                return Err(refuse("", "give each list a name of its own"));
            }
            if list.entries.len() > most_entries(list.kind) {
                return Err(refuse("", &format!("use at most {} entries", most_entries(list.kind))));
            }
            for (entry_at, entry) in list.entries.iter().enumerate() {
                let at = EntryRef { list: list_at as u32, entry: entry_at as u32 };
                let value = entry.value.trim();
                match usable(list.kind, value).map_err(|reason| refuse(value, &reason))? {
                    Usable::Phrase(phrase) => phrases.push((phrase, at)),
                    Usable::Expression(expression) => compiled.expressions.push((at, expression)),
                    Usable::Domain(domain) => compiled.domains.entry(domain).or_default().push(at),
                    Usable::Image(digest) => compiled.images.entry(digest).or_default().push(at),
                    Usable::Advertiser => compiled.advertisers.entry(value.to_owned()).or_default().push(at),
                    Usable::Example => {}
                }
            }
            let entry = |e: &ListEntry| Entry { value: e.value.as_str().into(), negative: e.negative, until: e.until };
            compiled.lists.push((list.name.as_str().into(), list.entries.iter().map(entry).collect()));
        }
        compiled.phrases = Phrases::compile(phrases);
        let mut by_name: Vec<usize> = (0..lists.len()).collect();
        by_name.sort_by_key(|at| &lists[*at].name);
        compiled.ranks = vec![0; lists.len()];
        for (rank, at) in by_name.into_iter().enumerate() {
            compiled.ranks[at] = rank as u32;
        }
        Ok(compiled)
    }

    /// Every entry found in the ad that has not expired at `at`, ordered by list, field, span and term.
    ///
    /// An image or advertiser stands in no text: its match has an empty span, on `alt_text` and `joined`.
    pub fn matches(
        &self,
        content: &AdContent,
        advertiser: &str,
        texts: &[FieldText<'_>],
        at: Millis,
    ) -> Vec<ListMatch> {
        let mut found = Vec::new();
        for text in texts {
            let mut hits = self.in_text(text);
            if text.field == TextField::LandingUrl && !self.domains.is_empty() {
                hits.extend(self.in_host(text.raw));
            }
            hits.retain(|h| self.counts(h.entry, at));
            self.settle(hits, text.field, &mut found);
        }
        for asset in content.assets() {
            self.whole(self.images.get(&asset.digest), TextField::AltText, at, &mut found);
        }
        self.whole(self.advertisers.get(advertiser), TextField::Joined, at, &mut found);
        // Names of lists are compared once, when they are compiled.
        let place = |(hit, field): &(Hit, TextField)| (self.ranks[hit.entry.list as usize], *field, hit.start, hit.end);
        let term = |(hit, _): &(Hit, TextField)| &self.entry(hit.entry).value;
        found.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| term(a).cmp(term(b))));
        let mut named: Vec<ListMatch> = found.iter().map(|(hit, field)| self.named(hit, *field)).collect();
        named.dedup();
        named
    }

    /// Whether [`matches`](Self::matches) may find anything, given the texts as normalised: quicker, since nothing is
    /// normalised nor placed. A field whose normalised text is not at hand may match.
    pub fn may_match<'t>(
        &self,
        content: &AdContent,
        advertiser: &str,
        normalised: impl Fn(TextField) -> Option<&'t str>,
    ) -> bool {
        let fields =
            [TextField::Headline, TextField::Body, TextField::CallToAction, TextField::AltText, TextField::LandingUrl];
        let found = |text: &str| !self.search(text, &Folded::of_raw(text)).is_empty();
        fields.into_iter().any(|field| {
            let text = content.text(field);
            let (raw, normalised) = (clipped(&text), normalised(field).map(clipped));
            match normalised {
                _ if text.is_empty() => false,
                None => true,
                Some(normalised) => found(raw) || (normalised != raw && found(normalised)),
            }
        }) || content.landing_url.as_ref().is_some_and(|url| !self.domains.is_empty() && !self.in_host(url).is_empty())
            || content.assets().any(|asset| self.images.contains_key(&asset.digest))
            || self.advertisers.contains_key(advertiser)
    }

    /// Phrases and expressions in the raw text, and those that only the normalised one shows.
    fn in_text(&self, text: &FieldText<'_>) -> Vec<Hit> {
        let raw = clipped(text.raw);
        let mut hits: Vec<Hit> = self
            .search(raw, &Folded::of_raw(raw))
            .into_iter()
            .map(|f| Hit { entry: f.entry, start: f.start, end: f.end, disguised: false })
            .collect();
        let normalised = clipped(&text.normalised.text);
        if normalised == raw {
            return hits;
        }
        let mut plain: HashMap<EntryRef, Vec<(u32, u32)>> = HashMap::new();
        for hit in &hits {
            plain.entry(hit.entry).or_default().push((hit.start, hit.end));
        }
        for found in self.search(normalised, &Folded::of_raw(normalised)) {
            let (from, to) = (found.start as usize, found.end as usize);
            let Some((start, end)) = text.normalised.map.raw_span(from, to) else { continue };
            // Occurrences of one entry come in ascending order, by start and by end.
            let seen = plain.get(&found.entry).is_some_and(|spans| {
                let next = spans.partition_point(|(_, e)| *e <= start);
                spans.get(next).is_some_and(|(s, _)| *s < end)
            });
            if !seen {
                let disguised = text.normalised.map.was_disguised(from, to);
                hits.push(Hit { entry: found.entry, start, end, disguised });
            }
        }
        hits
    }

    fn search(&self, text: &str, folded: &Folded) -> Vec<Found> {
        let mut found = self.phrases.find(folded);
        for (entry, expression) in &self.expressions {
            let spans = expression.find_iter(text).filter(|m| !m.is_empty()).take(KEPT);
            found.extend(spans.map(|m| Found { entry: *entry, start: m.start() as u32, end: m.end() as u32 }));
        }
        found
    }

    /// Domains that the landing URL's host is, or lies under.
    fn in_host(&self, raw: &str) -> Vec<Hit> {
        let Some(host) = url::Url::parse(raw).ok().and_then(|u| u.host_str().map(str::to_owned)) else {
            return Vec::new();
        };
        let host = host.trim_end_matches('.');
        // The host as written; a host written in another form is pointed at as the whole URL.
        let written = raw.to_ascii_lowercase().find(host);
        let mut hits = Vec::new();
        let starts = std::iter::once(0).chain(host.match_indices('.').map(|(at, _)| at + 1));
        for at in starts {
            for &entry in self.domains.get(&host[at..]).into_iter().flatten() {
                let (start, end) = match written {
                    Some(from) => (from + at, from + host.len()),
                    None => (0, raw.len()),
                };
                hits.push(Hit { entry, start: start as u32, end: end as u32, disguised: false });
            }
        }
        hits
    }

    /// Gives what is found as a whole: an image or advertiser, unless the list also has a negative entry for it.
    fn whole(&self, entries: Option<&Vec<EntryRef>>, field: TextField, at: Millis, found: &mut Vec<(Hit, TextField)>) {
        let counting = || entries.into_iter().flatten().filter(|e| self.counts(**e, at));
        for entry in counting() {
            let overruled = counting().any(|other| other.list == entry.list && self.entry(*other).negative);
            if !overruled {
                found.push((Hit { entry: *entry, start: 0, end: 0, disguised: false }, field));
            }
        }
    }

    /// Whether an entry has not expired.
    fn counts(&self, entry: EntryRef, at: Millis) -> bool {
        self.entry(entry).until.is_none_or(|until| at < until)
    }

    /// Drops what a negative entry of the same list covers and what lies inside a longer match of it; gives the rest.
    fn settle(&self, mut hits: Vec<Hit>, field: TextField, found: &mut Vec<(Hit, TextField)>) {
        // By start, then longest first, then negative first: whatever lies around a hit has come before it.
        let order = |h: &Hit| (h.entry.list, h.start, Reverse(h.end), !self.entry(h.entry).negative, h.entry.entry);
        hits.sort_by_key(order);
        for of_list in hits.chunk_by(|a, b| a.entry.list == b.entry.list) {
            let (mut covered_to, mut inside_to, mut kept) = (0, 0, 0);
            for hit in of_list {
                if self.entry(hit.entry).negative {
                    covered_to = covered_to.max(hit.end);
                } else if hit.end > covered_to && hit.end > inside_to && kept < KEPT {
                    inside_to = hit.end;
                    kept += 1;
                    found.push((*hit, field));
                }
            }
        }
    }

    fn entry(&self, at: EntryRef) -> &Entry {
        &self.lists[at.list as usize].1[at.entry as usize]
    }

    fn named(&self, hit: &Hit, field: TextField) -> ListMatch {
        ListMatch {
            list: self.lists[hit.entry.list as usize].0.clone(),
            term: self.entry(hit.entry).value.clone(),
            field,
            start: hit.start,
            end: hit.end,
            disguised: hit.disguised,
        }
    }
}

/// What an entry is once it is read.
enum Usable {
    /// Folded.
    Phrase(String),
    Expression(Regex),
    /// In the form that parsed URLs have.
    Domain(String),
    Image(Digest),
    Advertiser,
    /// A text to compare with by meaning: nothing to find here.
    Example,
}

/// Most entries of a list.
pub(crate) fn most_entries(kind: ListKind) -> usize {
    match kind {
        // Each is run over each text.
        ListKind::Regexes => 1_000,
        // Each is embedded, and compared with each text.
        ListKind::Examples => 500,
        ListKind::Phrases | ListKind::Domains | ListKind::ImageHashes | ListKind::Advertisers => 500_000,
    }
}

/// Why an entry could not be used, in words that say what to change; `None` for one that can.
pub(crate) fn unusable(kind: ListKind, value: &str) -> Option<String> {
    usable(kind, value.trim()).err()
}

/// Reads an entry's value, without white space around it.
fn usable(kind: ListKind, value: &str) -> Result<Usable, String> {
    if value.is_empty() || value.len() > LONGEST_VALUE {
        return Err("write 1 to 1,000 bytes".into());
    }
    // Neither database keeps all of them, and nobody sees them.
    if value.chars().any(char::is_control) {
        return Err("write it without control characters".into());
    }
    match kind {
        ListKind::Phrases => match Folded::of_phrase(value) {
            phrase if phrase.is_empty() => Err("write a phrase with at least one letter, digit or sign".into()),
            phrase => Ok(Usable::Phrase(phrase)),
        },
        ListKind::Regexes => expression(value).map(Usable::Expression),
        ListKind::Domains => {
            domain(value).map(Usable::Domain).ok_or_else(|| "write a domain name such as example.com".into())
        }
        ListKind::ImageHashes => match value.parse() {
            Ok(digest) => Ok(Usable::Image(digest)),
            Err(_) => Err("write a digest: sha256: and 64 hexadecimal digits".into()),
        },
        ListKind::Advertisers => Ok(Usable::Advertiser),
        ListKind::Examples => Ok(Usable::Example),
    }
}

fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(SEARCHED)]
}

/// A regular expression within bounds of size, nesting and memory; matching it takes time linear in the text.
///
/// # Errors
/// What to change about the expression.
pub(crate) fn expression(source: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(source)
        .case_insensitive(true)
        .size_limit(EXPRESSION_SIZE)
        .dfa_size_limit(EXPRESSION_SIZE)
        .nest_limit(50)
        .build();
    match built {
        Ok(expression) if expression.is_match("") => {
            Err("write an expression that does not match an empty text".into())
        }
        Ok(expression) => Ok(expression),
        Err(regex::Error::CompiledTooBig(_)) => {
            Err("write a smaller expression: its repetitions take too much memory".into())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// A domain name in the form that parsed URLs have: ASCII, lower case, without scheme, `*.` or dots at the ends.
fn domain(value: &str) -> Option<String> {
    let name =
        value.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("*.").trim_matches('.');
    match url::Host::parse(name.trim_end_matches('/')).ok()? {
        url::Host::Domain(domain) if domain.contains('.') => {
            let part = |part: &str| (1..=63).contains(&part.len());
            (domain.len() <= 253 && domain.split('.').all(part)).then_some(domain)
        }
        url::Host::Ipv4(address) => Some(address.to_string()),
        _ => None,
    }
}
