//! Backtests over a handful of screenings whose answers can be counted by hand.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    domain::{
        advertiser::{AdvertiserFacts, AdvertiserView, Standing},
        backtest::Window,
        screening::{Evaluation, WindowCounts},
        signal::{Engine, Reading, Signals},
    },
    screening::{
        normalise::NORMALISER_VERSION,
        policy::{Pack, PackFiles},
        signals::{Banks, measure},
    },
};

const POLICY: &str = "title = \"Editorial\"\nclause = \"No rakes.\"\nseverity = \"low\"\ndisclosure = \"full\"\nfix_hint = \"Leave it out.\"\n";

fn bundle(rules: &str, words: &[&str]) -> Bundle {
    let list = format!("kind = \"phrases\"\nentries = {words:?}\n");
    let files =
        [("editorial/policy.toml", POLICY), ("editorial/rules.toml", rules), ("lists/words.toml", list.as_str())];
    Pack::read(&PackFiles::from_pairs(files)).unwrap().bundle
}

fn rule(name: &str, when: &str, effect: &str) -> String {
    format!("[[rule]]\nname = \"{name}\"\nwhen = '{when}'\neffect = \"{effect}\"\n")
}

fn row(n: u128, body: &str, release: &Bundle, id: ReleaseId) -> StoredRow {
    let content: AdContent = serde_json::from_value(serde_json::json!({"creative": {"body": body}})).unwrap();
    let facts = Facts {
        evaluated_at: Millis(1),
        advertiser: AdvertiserView {
            external_id: "a".into(),
            name: "A".into(),
            facts: AdvertiserFacts::default(),
            standing: Standing::Active,
            strikes: 0,
            rejected_ads: 0,
            decided_ads: 0,
            first_seen_at: Millis(0),
        },
        counts: WindowCounts::default(),
        destination: None,
    };
    let compiled = CompiledRelease::compile(release).unwrap();
    let signals = Signals {
        engine: Engine {
            normaliser: String::new(),
            detector: String::new(),
            encoder: None,
            heads: None,
            kernel: String::new(),
            build: String::new(),
        },
        texts: vec![],
        language: Reading::Unavailable(Cause::NothingToMeasure),
        scores: BTreeMap::new(),
        similarities: BTreeMap::new(),
        matches: list_matches(&content, "a", &compiled.lists, Millis(1)),
    };
    let evaluation: Evaluation = compiled.evaluate(&content, &signals, &facts, &mut || FindingId(Uuid::nil()));
    StoredRow {
        screening: ScreeningId(Uuid::from_u128(n)),
        ad: AdId(Uuid::from_u128(n)),
        advertiser: AdvertiserId(Uuid::from_u128(n % 2)),
        release: id,
        conclusion: evaluation.verdict.conclusion,
        at: Millis(i64::try_from(n).unwrap() * Millis::DAY),
        content: serde_json::to_string(&content).unwrap(),
        signals: serde_json::to_string(&signals).unwrap(),
        facts: serde_json::to_string(&facts).unwrap(),
        evaluation: serde_json::to_string(&evaluation).unwrap(),
    }
}

fn window() -> Window {
    Window { from: Millis(0), to: Millis(i64::MAX), most: 100 }
}

#[test]
fn flips_are_counted_against_people_and_weighted_by_how_they_were_chosen() {
    let live_id = ReleaseId(Uuid::from_u128(1));
    let live = bundle(&rule("words", "matches(\"words\")", "review"), &["spade"]);
    let draft = bundle(&rule("words", "matches(\"words\")", "prohibited"), &["spade", "rake"]);
    let bodies = ["a spade", "a rake", "a mug", "a rake and a spade"];
    let rows: Vec<StoredRow> = (1u128..).zip(bodies).map(|(n, body)| row(n, body, &live, live_id)).collect();
    let backtest = Backtest::new(&draft, &BTreeMap::from([(live_id, live)])).unwrap();
    assert_eq!(backtest.searched_again(), ["words"]);
    let editorial: PolicyCode = "editorial".parse().unwrap();
    let people = [
        Human { decided: Some((Conclusion::Approve, 1.0)), labels: vec![(editorial.clone(), false, 1.0)] },
        Human { decided: Some((Conclusion::Prohibited, 0.01)), labels: vec![(editorial, true, 0.01)] },
        Human::default(),
        Human::default(),
    ];
    let mut whole = Tally::default();
    let mut parts = [Tally::default(), Tally::default()];
    for (i, (row, human)) in rows.iter().zip(&people).enumerate() {
        let judged = backtest.judge(row).unwrap();
        whole.add(row, &judged, human);
        parts[i % 2].add(row, &judged, human);
    }
    let [a, b] = parts;
    let report = whole.report(window(), backtest.searched_again());
    assert_eq!(b.merge(a).report(window(), backtest.searched_again()), report, "threads may sum in any order");

    let told: Vec<_> = report.flips.iter().map(|f| (f.from, f.to, f.n, f.nearer, f.farther)).collect();
    use Conclusion::{Approve, Prohibited, Review};
    assert_eq!(told, [(Review, Prohibited, 2, 0, 1), (Approve, Prohibited, 1, 1, 0)]);
    assert_eq!(report.flips[0].samples[0].human, Some(Approve), "judged ones come first");
    // One rejected rightly stands for a hundred, one wrongly for itself: 100 of 101.
    let precision = report.rejects.draft.precision.unwrap();
    assert!((precision.value - 100.0 / 101.0).abs() < 1e-9, "{precision:?}");
    assert!(precision.low < 0.5, "two rows of unequal weight say little: {precision:?}");
    assert_eq!(report.rejects.then.precision, None, "nothing was rejected then");
    assert_eq!(report.rejects.draft.recall.unwrap().value, 1.0);
    assert_eq!((report.screenings, report.not_evaluable, report.days), (4, 0, 3.0));
    assert_eq!(report.tasks_a_day, (2.0 / 3.0, 0.0));
    assert_eq!(report.advertisers, (2, 2, 2));
    let rule = &report.rules[0];
    assert_eq!((rule.rule.as_str(), rule.hits, rule.broken, rule.fine), ("editorial/words", 3, 1, 1));
}

#[test]
fn what_was_not_stored_is_not_evaluable_and_counts_as_nothing() {
    let id = ReleaseId(Uuid::from_u128(1));
    let live = bundle(&rule("words", "matches(\"words\")", "review"), &["spade"]);
    let asks = rule("scores", "score(\"editorial\") > 0.5 && ad.body != \"\"", "review");
    let mut draft = bundle(&asks, &["spade"]);
    let stored = row(1, "a mug", &live, id);
    let releases = BTreeMap::from([(id, live)]);
    let report = |draft: &Bundle| {
        let backtest = Backtest::new(draft, &releases).unwrap();
        let mut tally = Tally::default();
        tally.add(&stored, &backtest.judge(&stored).unwrap(), &Human::default());
        tally.report(window(), vec![])
    };
    let without = report(&draft);
    assert_eq!((without.screenings, without.not_evaluable), (1, 0), "no model has the head: people look, then as now");
    draft.thresholds.insert("editorial".parse().unwrap(), 0.5);
    let with = report(&draft);
    assert_eq!((with.screenings, with.not_evaluable), (0, 1));
    assert_eq!(with.missing, BTreeMap::from([("score(editorial)".to_owned(), 1)]));
}

#[test]
fn lists_that_did_not_change_are_not_looked_for_again() {
    let id = ReleaseId(Uuid::from_u128(1));
    let live = bundle(&rule("words", "matches(\"words\")", "review"), &["spade"]);
    let backtest = Backtest::new(&live, &BTreeMap::from([(id, live.clone())])).unwrap();
    assert!(backtest.searched_again().is_empty());
}

#[test]
fn what_the_stored_texts_tell_is_what_normalising_them_again_finds() {
    let id = ReleaseId(Uuid::from_u128(1));
    let live = bundle(&rule("words", "matches(\"words\")", "review"), &["spade"]);
    let asks = [
        rule("words", "matches(\"words\")", "prohibited"),
        rule("hidden", "disguised(\"words\") && regex(\"p[i1]stol\")", "review"),
        rule("disguise", "ad.disguise > 0.0", "review"),
    ];
    let draft = bundle(&asks.concat(), &["pistol", "free money"]);
    let backtest = Backtest::new(&draft, &BTreeMap::from([(id, live.clone())])).unwrap();
    let compiled = CompiledRelease::compile(&live).unwrap();
    let judged = |body: &str, normaliser: &str| {
        let mut stored = row(1, body, &live, id);
        let content: AdContent = serde_json::from_str(&stored.content).unwrap();
        let mut signals: Signals = serde_json::from_str(&stored.signals).unwrap();
        let measured = measure(&content, "a", &compiled.lists, Millis(1));
        signals = measured.finish(Err(Cause::NoModel), &[], None, &[], &Banks::new(), signals.engine);
        signals.engine.normaliser = normaliser.to_owned();
        stored.signals = serde_json::to_string(&signals).unwrap();
        let drafted = backtest.judge(&stored).unwrap().draft.unwrap();
        (drafted.holds, drafted.unknown, drafted.conclusion)
    };
    for (body, holds) in [
        ("A mug \"for\" you.", vec![]),
        ("A pistol", vec!["editorial/words"]),
        ("Buy a p\u{456}stol today", vec!["editorial/disguise", "editorial/hidden", "editorial/words"]),
        ("f r e e money for a\u{200b}ll of you who read on", vec!["editorial/disguise", "editorial/words"]),
    ] {
        let (mut told, unknown, conclusion) = judged(body, NORMALISER_VERSION);
        assert_eq!(judged(body, "another"), (told.clone(), unknown, conclusion), "{body}");
        told.sort();
        assert_eq!(told, holds, "{body}");
    }
}
