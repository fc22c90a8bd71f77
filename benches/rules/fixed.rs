//! The inputs: 1,000 ads of about 250 bytes, 50,000 phrases in 200 lists and 1,000 rules, made from a seed and from
//! `benches/texts.txt`.
//!
//! The rules' shapes and their shares are those of the default pack: four in five begin with a list, most others with a
//! score. Every fact is known, so that both sides have the same to say. It must never change: figures would not compare.

use adjudge::domain::{
    ad::{AdContent, Creative, Targeting, TextField},
    advertiser::{AdvertiserFacts, AdvertiserView, Standing},
    digest::Digest,
    finding::Effect,
    policy::{List, ListEntry, ListKind, Rule, RuleState, STARTER_CODES},
    release::Bundle,
    screening::{Facts, Window, WindowCounts},
    signal::{Cause, DetectedLanguage, Engine, FieldScore, PolicyScore, Reading, Signals, Similarity},
    time::Millis,
};
use adjudge::screening::{
    policy::{CompiledRelease, Pack},
    signals::{Banks, measure},
};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const ADS: usize = 1_000;
const LISTS: usize = 200;
const PHRASES_OF_A_LIST: usize = 250;
const RULES: usize = 1_000;
const NOW: Millis = Millis(1_767_225_600_000);
const TEXTS: &str = include_str!("../texts.txt");
const CERTIFICATES: [&str; 3] = ["gambling", "pharmacy", "financial_services"];
const COUNTRIES: [&str; 6] = ["US", "GB", "DE", "FR", "IN", "BR"];
const INTERESTS: [&str; 8] = ["cycling", "gardening", "jazz", "sailing", "cooking", "chess", "hiking", "knitting"];

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// One ad, with what people told about its advertiser and what a model made of it.
pub(crate) struct Ad {
    pub(crate) content: AdContent,
    pub(crate) facts: Facts,
    pub(crate) scores: BTreeMap<String, f64>,
}

impl Ad {
    /// All that is measured of a content of it; what a model would say is made up.
    pub(crate) fn signals(&self, content: &AdContent, release: &CompiledRelease) -> Signals {
        let engine = Engine {
            normaliser: "1".into(),
            detector: "none".into(),
            encoder: None,
            heads: None,
            kernel: "none".into(),
            build: "bench".into(),
        };
        let advertiser = &self.facts.advertiser.external_id;
        let measured = measure(content, advertiser, &release.lists, self.facts.evaluated_at);
        let mut signals = measured.finish(Err(Cause::TimedOut), &[], None, &[], &Banks::new(), engine);
        signals.language = Reading::Known(DetectedLanguage { language: "en".parse().unwrap(), confidence: 0.9 });
        for list in &release.banks_wanted {
            let similarity = Similarity { value: 0.2, example: "An example.".into(), field: TextField::Joined };
            signals.similarities.insert(list.clone(), Reading::Known(similarity));
        }
        for (head, value) in &self.scores {
            let of = |field, share: f64| FieldScore { field, raw: value * share, normalised: value * share };
            let fields = vec![of(TextField::Headline, 0.4), of(TextField::Body, 0.9), of(TextField::Joined, 1.0)];
            let score = PolicyScore { value: *value, field: TextField::Joined, gap: 0.0, fields };
            signals.scores.insert(head.parse().unwrap(), Reading::Known(score));
        }
        signals
    }
}

fn sentences() -> Vec<&'static str> {
    let mut all: Vec<&str> = TEXTS.lines().flat_map(|line| line.split_inclusive(". ")).map(str::trim).collect();
    all.retain(|s| s.len() > 15);
    all.sort_unstable();
    all.dedup();
    all
}

/// The ads.
pub(crate) fn ads() -> Vec<Ad> {
    let mut random = Random::new(1);
    let sentences = sentences();
    (0..ADS)
        .map(|at| {
            let headline = random.pick(&sentences).trim_end_matches('.').to_owned();
            let mut body = String::new();
            while headline.len() + body.len() < 205 {
                if !body.is_empty() {
                    body.push(' ');
                }
                body.push_str(random.pick(&sentences));
            }
            let call_to_action =
                random.pick(&["Learn more", "Shop now", "Book today", "Sign up", "Read on"]).to_owned();
            let interests = (0..2).map(|_| random.pick(&INTERESTS).to_owned()).collect();
            let content = AdContent {
                creative: Creative { headline, body, call_to_action, images: vec![], video: None },
                landing_url: Some(format!("https://www.shop{}.example.com/offers/{at}?from=ad", random.below(300))),
                targeting: Targeting {
                    countries: vec![random.pick(&COUNTRIES).parse().unwrap()],
                    min_age: Some(18),
                    max_age: Some(if random.below(20) == 0 { 17 } else { 65 }),
                    languages: vec!["en".parse().unwrap()],
                    interests,
                },
                ..AdContent::default()
            };
            let scores = STARTER_CODES.iter().map(|code| ((*code).to_owned(), random.share().powi(8))).collect();
            Ad { content, facts: facts(&mut random, at), scores }
        })
        .collect()
}

fn facts(random: &mut Random, at: usize) -> Facts {
    let mut count = |most| random.below(most) as u32;
    let window = Window { h1: count(2) + 1, h24: count(5) + 2, d7: count(20) + 5 };
    let (rejected_ads, strikes, seen) = (count(6), count(3), i64::from(count(400)));
    let certificates = CERTIFICATES.iter().filter(|_| random.below(5) == 0).map(|c| (*c).to_owned()).collect();
    Facts {
        evaluated_at: NOW,
        advertiser: AdvertiserView {
            external_id: format!("advertiser-{}", at % 100),
            name: format!("Advertiser {}", at % 100),
            facts: AdvertiserFacts {
                account_created_at: Some(NOW.plus(-500 * Millis::DAY)),
                verified: Some(random.below(3) > 0),
                certificates: Some(certificates),
                spend_30d_micros: Some(5_000_000_000),
                currency: Some("EUR".into()),
                language: None,
            },
            standing: Standing::Active,
            strikes,
            rejected_ads,
            decided_ads: 20,
            first_seen_at: NOW.plus(-seen * Millis::DAY),
        },
        counts: WindowCounts { advertiser: window, domain: window, image: Window::default(), denials: Some(window) },
        destination: None,
    }
}

/// Phrases of two to four words: mostly of words that the ads use too, so that the pass over them goes deep; a few of
/// them occur.
fn lists() -> Vec<List> {
    let mut random = Random::new(2);
    let sentences = sentences();
    let words: BTreeSet<String> = sentences
        .iter()
        .flat_map(|s| s.split_whitespace())
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|w| w.len() > 1)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let syllables = ["ka", "ro", "mi", "tel", "san", "vor", "lin", "pex", "dor", "ume", "gra", "zif"];
    let mut seen = BTreeSet::new();
    let mut phrase = || {
        loop {
            let made = match random.below(200) {
                0 => {
                    let sentence: Vec<&str> = random.pick(&sentences).split_whitespace().collect();
                    let from = random.below(sentence.len() - 1);
                    sentence[from..from + 2].join(" ").trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
                }
                1..120 => (0..2 + random.below(3)).map(|_| random.pick(&words)).collect::<Vec<_>>().join(" "),
                _ => {
                    let new: String = (0..2 + random.below(3)).map(|_| random.pick(&syllables)).collect();
                    format!("{new} {}", random.pick(&words))
                }
            };
            if made.len() > 4 && seen.insert(made.clone()) {
                return made;
            }
        }
    };
    let entry = |value| ListEntry { value, negative: false, note: String::new(), until: None };
    (0..LISTS)
        .map(|at| List {
            name: format!("phrases_{at}"),
            kind: ListKind::Phrases,
            entries: (0..PHRASES_OF_A_LIST).map(|_| entry(phrase())).collect(),
        })
        .collect()
}

/// A rule in both languages: ours, and what the `cel` crate can evaluate with phrases handed in as the map `hits`.
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) policy: &'static str,
    pub(crate) ours: String,
    pub(crate) cel: String,
}

/// The rules.
pub(crate) fn rules() -> Vec<Written> {
    let mut random = Random::new(3);
    (0..RULES)
        .map(|at| {
            let policy = random.pick(&STARTER_CODES);
            let ours = condition(&mut random);
            Written { name: format!("{policy}/rule_{at}"), policy, cel: peers(&ours), ours }
        })
        .collect()
}

fn condition(random: &mut Random) -> String {
    let mut list = || format!("matches(\"phrases_{}\")", random.below(LISTS));
    let (a, b, c) = (list(), list(), list());
    let head = random.pick(&STARTER_CODES);
    let threshold = 0.90 + 0.01 * random.below(9) as f64;
    let headline = a.replace(')', ", \"headline\")");
    match random.below(100) {
        0..16 => a,
        16..32 => format!("{a} && !{b}"),
        32..42 => format!("({a} || {b}) && {c}"),
        42..52 => format!("{a} && score(\"{head}\") >= {threshold:.2}"),
        52..58 => format!("{a} && ad.targeting.max_age < 18"),
        58..63 => headline,
        63..68 => format!("{a} && !(\"{}\" in advertiser.certificates)", random.pick(&CERTIFICATES)),
        68..74 => format!("{a} && !{b} && !{c} && advertiser.verified"),
        74..80 => format!("{a} && \"{}\" in ad.targeting.countries", random.pick(&COUNTRIES)),
        80..86 => format!("score(\"{head}\") >= {threshold:.2}"),
        86..90 => format!("advertiser.seen_days < {} && score(\"{head}\") >= 0.80 && {a}", 7 + random.below(60)),
        90..93 => format!(
            "advertiser.decided_ads >= 10 && advertiser.rejected_ads * 2 > advertiser.decided_ads && counts.advertiser_24h >= {}",
            5 + random.below(20)
        ),
        93..96 => format!("ad.text.contains(\"{}!!!\")", random.pick(&INTERESTS)),
        96..98 => format!("size(ad.headline) < {} && !ad.has_video && ad.image_count > 0", 20 + random.below(20)),
        _ => (0..4)
            .map(|_| format!("\"{} fans\" in ad.targeting.interests", random.pick(&INTERESTS)))
            .collect::<Vec<_>>()
            .join(" || "),
    }
}

/// The same condition for the `cel` crate. Fields are plain variables there, which it finds faster than members of maps.
fn peers(ours: &str) -> String {
    let mut cel = String::new();
    let mut rest = ours;
    while let Some(at) = rest.find("matches(\"").into_iter().chain(rest.find("score(\"")).min() {
        let (before, call) = rest.split_at(at);
        let (call, after) = call.split_once(')').unwrap();
        cel.push_str(before);
        let names: Vec<&str> = call.split('"').skip(1).step_by(2).collect();
        match call.starts_with("score") {
            true => cel.push_str(&format!("score_{}", names[0])),
            false => cel.push_str(&format!("(\"{}\" in hits)", names.join("/"))),
        }
        rest = after;
    }
    cel.push_str(rest);
    ["ad.targeting.", "ad.", "advertiser.", "counts."]
        .iter()
        .fold(cel, |cel, group| cel.replace(group, &group.replace('.', "_")))
}

/// The release that is timed.
pub(crate) fn bundle() -> Bundle {
    let policies = Pack::embedded().unwrap().bundle.policies;
    let rule = |written: Written| Rule {
        name: written.name,
        policy: written.policy.parse().unwrap(),
        when: written.ours,
        effect: Effect::Review,
        constraints: vec![],
        state: RuleState::Live,
        note: String::new(),
        percent: None,
        until: None,
        snoozes: vec![],
    };
    Bundle {
        policies,
        rules: rules().into_iter().map(rule).collect(),
        lists: lists(),
        model: None,
        thresholds: BTreeMap::new(),
        second: None,
        sampling: Default::default(),
    }
}

/// Tells one set of inputs from another.
pub(crate) fn digest() -> Digest {
    let rules: Vec<String> = rules().into_iter().map(|r| r.ours).collect();
    let ads: Vec<AdContent> = ads().into_iter().map(|ad| ad.content).collect();
    let phrases: Vec<String> = lists().into_iter().flat_map(|l| l.entries).map(|e| e.value).collect();
    Digest::of_json(&(rules, ads, phrases)).unwrap()
}
