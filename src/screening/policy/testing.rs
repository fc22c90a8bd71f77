//! Fixtures for this room's tests: an ad, signals and facts that a test changes where it needs to.
#![allow(clippy::unwrap_used)]

use super::check::Names;
use crate::domain::{
    Millis,
    ad::{AdContent, Creative, TextField},
    advertiser::{AdvertiserFacts, AdvertiserView, Standing},
    policy::{ListKind, STARTER_CODES},
    screening::{Facts, WindowCounts},
    signal::{Cause, DetectedLanguage, Engine, ListMatch, PolicyScore, Reading, Signals, Similarity},
};
use std::collections::BTreeMap;

pub(crate) fn names() -> Names {
    Names {
        heads: STARTER_CODES.iter().map(ToString::to_string).collect(),
        lists: [
            ("weapon_words", ListKind::Phrases),
            ("shorteners", ListKind::Domains),
            ("banned_images", ListKind::ImageHashes),
            ("banned_advertisers", ListKind::Advertisers),
            ("scam_texts", ListKind::Examples),
        ]
        .into_iter()
        .map(|(name, kind)| (name.to_owned(), kind))
        .collect(),
    }
}

pub(crate) fn ad() -> AdContent {
    AdContent {
        creative: Creative {
            headline: "WIN now!!".into(),
            body: "A gun for you".into(),
            call_to_action: "Buy".into(),
            ..Creative::default()
        },
        landing_url: Some("https://www.shop.example.co.uk/x?y=1".into()),
        ..AdContent::default()
    }
}

pub(crate) fn score(value: f64) -> Reading<PolicyScore> {
    Reading::Known(PolicyScore { value, field: TextField::Body, gap: 0.25, fields: Vec::new() })
}

fn found(list: &str, term: &str, field: TextField, (start, end): (u32, u32)) -> ListMatch {
    ListMatch { list: list.into(), term: term.into(), field, start, end, disguised: false }
}

/// Scores: scam 0.8, adult not covered, others not there. One match of `weapon_words` in the body.
pub(crate) fn signals() -> Signals {
    Signals {
        engine: Engine {
            normaliser: "n".into(),
            detector: "d".into(),
            encoder: None,
            heads: None,
            kernel: "k".into(),
            build: "b".into(),
        },
        texts: Vec::new(),
        language: Reading::Known(DetectedLanguage { language: "en".parse().unwrap(), confidence: 0.9 }),
        scores: BTreeMap::from([
            ("scam".parse().unwrap(), score(0.8)),
            ("adult".parse().unwrap(), Reading::Unavailable(Cause::LanguageNotCovered)),
        ]),
        matches: vec![
            found("weapon_words", "gun", TextField::Body, (2, 5)),
            found("shorteners", "example.co.uk", TextField::LandingUrl, (17, 30)),
            found("banned_advertisers", "acme", TextField::Joined, (0, 0)),
        ],
        similarities: BTreeMap::from([(
            "scam_texts".to_owned(),
            Reading::Known(Similarity { value: 0.9, example: "Win big".into(), field: TextField::Body }),
        )]),
    }
}

/// An advertiser of whom only age is told: 100 days.
pub(crate) fn facts() -> Facts {
    let now = Millis(1_750_000_000_000);
    Facts {
        evaluated_at: now,
        advertiser: AdvertiserView {
            external_id: "acme".into(),
            name: "Acme".into(),
            facts: AdvertiserFacts {
                account_created_at: Some(now.plus(-100 * Millis::DAY)),
                ..AdvertiserFacts::default()
            },
            standing: Standing::Active,
            strikes: 0,
            rejected_ads: 2,
            decided_ads: 10,
            first_seen_at: now.plus(-Millis::DAY),
        },
        counts: WindowCounts::default(),
        destination: None,
    }
}
