//! What a rule can see while it runs: one ad, its signals, the facts about it, and the release's thresholds.
//!
//! Built by `compile` for every evaluation, read by fields and functions. Names are numbers here: heads and lists were
//! numbered when the release was compiled. What costs something to make is made when a rule first asks for it. It must
//! never do I/O or read a clock: `evaluated_at` is a fact.

use super::check::Names;
use crate::domain::{
    ad::{AdContent, TextField},
    digest::Digest,
    policy::PolicyCode,
    release::SecondModel,
    screening::Facts,
    signal::{Disguise, ListMatch, PolicyScore, Reading, Signals},
};
use std::{
    borrow::Cow,
    cell::OnceCell,
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

/// The numbers that a release gave to heads and lists: their places in [`Names`].
#[derive(Debug, Default)]
pub struct Symbols {
    heads: Vec<String>,
    thresholds: Vec<Option<f64>>,
    /// Those of the model on a second encoder, with the encoder's digest.
    second: Option<(Digest, Vec<Option<f64>>)>,
    lists: HashMap<String, u32>,
}

impl Symbols {
    /// Numbers for these names, and the release's thresholds by head.
    pub fn new(names: &Names, thresholds: &BTreeMap<PolicyCode, f64>, second: Option<&SecondModel>) -> Self {
        let numbered = |thresholds: &BTreeMap<PolicyCode, f64>| {
            let of = |head: &String| head.parse().ok().and_then(|code: PolicyCode| thresholds.get(&code).copied());
            names.heads.iter().map(of).collect()
        };
        Self {
            thresholds: numbered(thresholds),
            second: second.map(|second| (second.encoder, numbered(&second.thresholds))),
            heads: names.heads.iter().cloned().collect(),
            lists: names.lists.keys().cloned().zip(0..).collect(),
        }
    }

    /// How many heads there are.
    pub fn heads(&self) -> usize {
        self.heads.len()
    }

    /// How many lists there are.
    pub fn lists(&self) -> usize {
        self.lists.len()
    }
}

/// One evaluation's inputs.
#[derive(Debug)]
pub struct Environment<'e> {
    /// The ad.
    pub content: &'e AdContent,
    /// What was measured.
    pub signals: &'e Signals,
    /// What the flow fetched.
    pub facts: &'e Facts,
    symbols: &'e Symbols,
    /// Matches of known lists by the list's number, else in the signals' order.
    hits: Vec<(u32, &'e ListMatch)>,
    scores: Vec<Option<&'e Reading<PolicyScore>>>,
    host: OnceCell<String>,
    joined: OnceCell<String>,
    alt_text: OnceCell<String>,
    countries: OnceCell<Vec<Cow<'static, str>>>,
    languages: OnceCell<Vec<Cow<'static, str>>>,
    interests: OnceCell<Vec<Cow<'static, str>>>,
    certificates: OnceCell<Option<Vec<Cow<'static, str>>>>,
    disguises: OnceCell<Vec<Cow<'static, str>>>,
    disguise: OnceCell<f64>,
}

impl<'e> Environment<'e> {
    /// Inputs of one evaluation.
    pub fn new(content: &'e AdContent, signals: &'e Signals, facts: &'e Facts, symbols: &'e Symbols) -> Self {
        // Matches of one list stand together, so its name is looked up once.
        let mut last: (&str, Option<u32>) = ("", None);
        let mut hits: Vec<(u32, &ListMatch)> = Vec::with_capacity(signals.matches.len());
        for m in &signals.matches {
            if m.list != last.0 {
                last = (&m.list, symbols.lists.get(m.list.as_str()).copied());
            }
            hits.extend(last.1.map(|list| (list, m)));
        }
        hits.sort_by_key(|(list, _)| *list);
        // Both sides are sorted by code, so one walk over both is enough.
        let mut measured = signals.scores.iter();
        let mut next = measured.next();
        let reading = |head: &String| {
            while let Some((code, reading)) = next {
                match code.as_str().cmp(head) {
                    Ordering::Greater => return None,
                    Ordering::Equal => {
                        next = measured.next();
                        return Some(reading);
                    }
                    Ordering::Less => next = measured.next(),
                }
            }
            None
        };
        let scores = symbols.heads.iter().map(reading).collect();
        Self {
            content,
            signals,
            facts,
            symbols,
            hits,
            scores,
            host: OnceCell::new(),
            joined: OnceCell::new(),
            alt_text: OnceCell::new(),
            countries: OnceCell::new(),
            languages: OnceCell::new(),
            interests: OnceCell::new(),
            certificates: OnceCell::new(),
            disguises: OnceCell::new(),
            disguise: OnceCell::new(),
        }
    }

    /// Matches of a list, by its number.
    pub(super) fn hits_of(&self, list: u32) -> &[(u32, &'e ListMatch)] {
        let from = self.hits.partition_point(|(l, _)| *l < list);
        let to = from + self.hits[from..].partition_point(|(l, _)| *l == list);
        &self.hits[from..to]
    }

    /// Numbers of the lists with a match, ascending, with repetitions.
    pub(super) fn lists_hit(&self) -> impl Iterator<Item = u32> {
        self.hits.iter().map(|(list, _)| *list)
    }

    /// What was measured under a head, by its number; `None` where nothing was.
    pub(super) fn score(&self, head: usize) -> Option<&'e Reading<PolicyScore>> {
        self.scores.get(head).copied().flatten()
    }

    /// The release's threshold of a head, by its number.
    pub(super) fn threshold(&self, head: usize) -> Option<f64> {
        // Scores are compared with the thresholds of the model that made them.
        let encoder = self.signals.engine.encoder;
        let second = self.symbols.second.as_ref().filter(|(second, _)| encoder == Some(*second));
        second.map_or(&self.symbols.thresholds, |(_, thresholds)| thresholds).get(head).copied().flatten()
    }

    /// Host of the landing URL, lower case; empty when there is no landing URL or it names no host.
    pub fn host(&self) -> &str {
        self.host.get_or_init(|| self.content.landing_url.as_deref().and_then(host_of).unwrap_or_default())
    }

    /// Headline, body and call to action, one a line.
    pub fn joined(&self) -> &str {
        self.joined.get_or_init(|| self.content.text(TextField::Joined))
    }

    /// The alternative texts of all images, one a line.
    pub fn alt_text(&self) -> &str {
        self.alt_text.get_or_init(|| self.content.text(TextField::AltText))
    }

    /// A text field as submitted.
    pub fn text(&self, field: TextField) -> &str {
        let creative = &self.content.creative;
        match field {
            TextField::Headline => &creative.headline,
            TextField::Body => &creative.body,
            TextField::CallToAction => &creative.call_to_action,
            TextField::AltText => self.alt_text(),
            TextField::LandingUrl => self.content.landing_url.as_deref().unwrap_or_default(),
            TextField::Joined => self.joined(),
        }
    }

    pub(super) fn countries(&self) -> &[Cow<'static, str>] {
        let all = &self.content.targeting.countries;
        self.countries.get_or_init(|| all.iter().map(|c| Cow::Owned(c.to_string())).collect())
    }

    pub(super) fn languages(&self) -> &[Cow<'static, str>] {
        let all = &self.content.targeting.languages;
        self.languages.get_or_init(|| all.iter().map(|l| Cow::Owned(l.to_string())).collect())
    }

    pub(super) fn interests(&self) -> &[Cow<'static, str>] {
        let all = &self.content.targeting.interests;
        self.interests.get_or_init(|| all.iter().map(|i| Cow::Owned(i.clone())).collect())
    }

    /// Certificates held; `None` where nobody told.
    pub(super) fn certificates(&self) -> Option<&[Cow<'static, str>]> {
        let held = self.facts.advertiser.facts.certificates.as_ref();
        let texts = || held.map(|held| held.iter().map(|c| Cow::Owned(c.clone())).collect());
        self.certificates.get_or_init(texts).as_deref()
    }

    pub(super) fn disguises(&self) -> &[Cow<'static, str>] {
        self.disguises.get_or_init(|| {
            let mut all: Vec<Disguise> = self.signals.texts.iter().flat_map(|t| t.changes.iter().copied()).collect();
            all.sort_unstable_by_key(|d| d.as_str());
            all.dedup();
            all.into_iter().map(|d| Cow::Borrowed(d.as_str())).collect()
        })
    }

    pub(super) fn disguise(&self) -> f64 {
        *self.disguise.get_or_init(|| self.signals.texts.iter().map(|t| t.disguise).fold(0.0, f64::max))
    }
}

/// Host of a URL, or of a bare host name; lower case, without the dot at its end.
pub(super) fn host_of(url: &str) -> Option<String> {
    let host = url::Url::parse(url).ok()?.host_str()?.trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some(host)
}

/// The part of a host that somebody registered: `shop.example.co.uk` is `example.co.uk`. Addresses stay whole.
pub(super) fn registrable(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}
