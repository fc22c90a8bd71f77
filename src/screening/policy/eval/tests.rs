//! Kleene's tables, the evaluation of every construct, and the evidence it leaves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::{
    check::check,
    environment::{Environment, Symbols},
    testing,
};
use super::{truth, truth_with_evidence};
use crate::domain::{digest::Digest, finding::Evidence, release::SecondModel, screening::Truth};
use std::collections::BTreeMap;

/// Evaluates with and without evidence, which must agree.
fn evaluate(source: &str) -> (Truth, Vec<Evidence>) {
    let tree = check(source, &testing::names()).unwrap_or_else(|e| panic!("{source}: {e:?}"));
    let (ad, signals, facts) = (testing::ad(), testing::signals(), testing::facts());
    let symbols = Symbols::new(&testing::names(), &BTreeMap::from([("scam".parse().unwrap(), 0.7)]), None);
    let environment = Environment::new(&ad, &signals, &facts, &symbols);
    let (with, evidence) = truth_with_evidence(&tree, source, &environment);
    assert_eq!(with, truth(&tree, source, &environment), "{source}");
    (with, evidence)
}

/// Shorthand for evidence in expectations.
fn shown(evidence: &[Evidence]) -> Vec<String> {
    evidence
        .iter()
        .map(|e| match e {
            Evidence::Span { list, term, start, end, .. } => format!("{list}:{term}@{start}-{end}"),
            Evidence::Score { head, value, threshold, .. } => format!("{head}={value}>={threshold}"),
            Evidence::Fact { name, value } => format!("{name}={value}"),
            Evidence::Unavailable { signal, cause } => format!("{signal}?{cause}"),
            Evidence::Note { text } => text.clone(),
        })
        .collect()
}

#[test]
fn kleenes_tables() {
    const T: &str = "true";
    const F: &str = "false";
    const U: &str = "advertiser.verified";
    for (a, b, and, or) in [
        (T, T, Truth::True, Truth::True),
        (T, F, Truth::False, Truth::True),
        (T, U, Truth::Unknown, Truth::True),
        (F, F, Truth::False, Truth::False),
        (F, U, Truth::False, Truth::Unknown),
        (U, U, Truth::Unknown, Truth::Unknown),
    ] {
        for (x, y) in [(a, b), (b, a)] {
            assert_eq!(evaluate(&format!("{x} && {y}")).0, and, "{x} && {y}");
            assert_eq!(evaluate(&format!("{x} || {y}")).0, or, "{x} || {y}");
        }
    }
    assert_eq!(evaluate("!advertiser.verified").0, Truth::Unknown);
    assert_eq!(evaluate("!true").0, Truth::False);
}

#[test]
fn every_construct_evaluates() {
    #[rustfmt::skip]
    let rows = [
        ("ad.headline == 'WIN now!!'", Truth::True),
        ("ad.text.contains('gun') && ad.text.startsWith('WIN') && ad.text.endsWith('Buy')", Truth::True),
        ("ad.host == 'www.shop.example.co.uk' && ad.domain == 'example.co.uk'", Truth::True),
        ("domain_in('shorteners') && advertiser_in('banned_advertisers') && !image_in('banned_images')", Truth::True),
        ("ad.language == 'en' && ad.language in ['de', 'en']", Truth::True),
        ("matches('weapon_words') && matches('weapon_words', 'body') && !matches('weapon_words', 'headline')", Truth::True),
        ("score('scam') == 0.8 && flagged('scam') && gap('scam') == 0.25", Truth::True),
        ("score('scam') < 0.8", Truth::False),
        ("score('adult') >= 0.5", Truth::Unknown),
        ("score('drugs') >= 0.5", Truth::Unknown),
        ("flagged('drugs')", Truth::Unknown),
        ("targets('DE') && targets_outside('DE') && targets_under(18) && targets_under(1)", Truth::True),
        ("uppercase_share(ad.headline) == 0.5 && count(ad.headline, '!') == 2 && longest_run(ad.headline) == 2", Truth::True),
        ("count(ad.headline, '') == 0 && symbol_share(ad.headline) == 0", Truth::True),
        ("size(ad.call_to_action) == 3 && size(ad.headline + 'x') == 10", Truth::True),
        ("advertiser.age_days == 100 && advertiser.seen_days == 1", Truth::True),
        ("advertiser.rejected_ads * 5 == advertiser.decided_ads", Truth::True),
        ("advertiser.rejected_ads / advertiser.strikes > 1", Truth::Unknown),
        ("advertiser.rejected_ads % advertiser.strikes == 1", Truth::Unknown),
        ("advertiser.rejected_ads / 0.5 / advertiser.strikes > 1", Truth::Unknown),
        ("advertiser.rejected_ads * 9223372036854775807 > 1", Truth::Unknown),
        ("-(-9223372036854775807 - advertiser.rejected_ads + 1) > 0", Truth::Unknown),
        ("'gambling' in advertiser.certificates", Truth::Unknown),
        ("has(advertiser.certificates) || !has(advertiser.age_days)", Truth::False),
        ("has(advertiser.verified) ? advertiser.verified : advertiser.age_days < 101", Truth::True),
        ("advertiser.verified ? true : true", Truth::Unknown),
        ("advertiser.verified == false", Truth::Unknown),
        ("ad.targeting.min_age in [0, 18] && ad.targeting.max_age == 120", Truth::True),
        ("advertiser.strikes in [advertiser.spend_30d_micros]", Truth::Unknown),
        ("(advertiser.rejected_ads + 5) / 2 == 3 && (advertiser.rejected_ads + 5) / 2.0 == 3.5", Truth::True),
        ("regex('win +now') && regex('gun', 'body') && !regex('gun', 'headline')", Truth::True),
        ("domain(ad.landing_url) == 'example.co.uk' && domain('www.shop.com') == 'shop.com' && domain('no url') == ''", Truth::True),
        ("similar_to('scam_texts') >= 0.85", Truth::True),
        ("after('2025-06-15') && before('2025-06-16') && !before('2025-06-15')", Truth::True),
        ("targets('EU') && targets_age(13, 17) && !targets_only('EU', 'GB')", Truth::True),
        ("advertiser.id == 'acme' && advertiser.rejected_share == 0.2", Truth::True),
        ("advertiser.spend_tier == 'low'", Truth::Unknown),
        ("ad.schedule.starts_in_days < 0", Truth::Unknown),
        ("ad.schedule.ends_in_days < 0 || ad.schedule.days > 30", Truth::Unknown),
        ("has(ad.budget_micros) || ad.budget_currency != ''", Truth::False),
        ("destination.domain != ad.domain", Truth::Unknown),
        ("destination.status >= 400 || destination.redirects > 3", Truth::Unknown),
        ("counts.denials_24h > 2", Truth::Unknown),
        ("(advertiser.rejected_ads + 5) % 4 == 3 && 2.0 == advertiser.rejected_ads", Truth::True),
    ];
    for (source, expected) in rows {
        assert_eq!(evaluate(source).0, expected, "{source}");
    }
}

#[test]
fn evidence_is_what_settles_the_result() {
    #[rustfmt::skip]
    let rows: [(&str, &[&str]); 14] = [
        ("matches('weapon_words') && score('scam') >= 0.5", &["weapon_words:gun@2-5", "scam=0.8>=0.5"]),
        ("0.6 <= score('scam')", &["scam=0.8>=0.6"]),
        ("flagged('scam')", &["scam=0.8>=0.7"]),
        // True branches only, and all of them.
        ("matches('weapon_words') || ad.has_video || flagged('scam')", &["weapon_words:gun@2-5", "scam=0.8>=0.7"]),
        // What is missing does not matter once another branch decides.
        ("advertiser.verified || matches('weapon_words')", &["weapon_words:gun@2-5"]),
        // What is missing, beside what holds already.
        ("matches('weapon_words') && !advertiser.verified && ad.image_count < 1",
         &["weapon_words:gun@2-5", "advertiser.verified?not_provided", "ad.image_count=0"]),
        ("ad.has_video || score('adult') > 0.5", &["score(adult)?language_not_covered"]),
        ("!matches('weapon_words', 'headline')", &["matches('weapon_words', 'headline')=false"]),
        ("uppercase_share(ad.headline) >= 0.4", &["uppercase_share(ad.headline)=0.5"]),
        ("regex('a (gun|knife)')", &["regex:A gun@0-5"]),
        ("similar_to('scam_texts') > 0.5", &["similar_to(scam_texts)=0.900 to \"Win big\""]),
        ("has(advertiser.age_days) && destination.status == 200",
         &["has(advertiser.age_days)=true", "destination.status?not_fetched"]),
        ("counts.denials_1h > 0", &["counts.denials_1h?not_stored"]),
        ("advertiser.age_days < 365 && advertiser.age_days > 5", &["advertiser.age_days=100"]),
    ];
    for (source, expected) in rows {
        assert_eq!(shown(&evaluate(source).1), expected, "{source}");
    }
}

#[test]
fn a_score_is_compared_with_the_threshold_of_the_model_that_made_it() {
    let source = "flagged(\"scam\")";
    let tree = check(source, &testing::names()).unwrap();
    let second = SecondModel {
        model: "mod_019e0000000070008000000000000001".parse().unwrap(),
        encoder: Digest::of(b"second"),
        thresholds: BTreeMap::from([("scam".parse().unwrap(), 0.9)]),
    };
    let first = BTreeMap::from([("scam".parse().unwrap(), 0.7)]);
    let symbols = Symbols::new(&testing::names(), &first, Some(&second));
    let (ad, mut signals, facts) = (testing::ad(), testing::signals(), testing::facts());
    for (encoder, expected) in [(b"first".as_slice(), Truth::True), (b"second", Truth::False)] {
        signals.engine.encoder = Some(Digest::of(encoder));
        let environment = Environment::new(&ad, &signals, &facts, &symbols);
        assert_eq!(truth(&tree, source, &environment), expected);
    }
}
