//! Notices as people read them: in each language, for each disclosure, for one decision and for several.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::domain::{FindingId, PolicyCode, ad::Targeting, ad::TextField, finding::Constraint, verdict::conclude};
use crate::notify::fixture::pack;
use uuid::Uuid;

const AT: Millis = Millis(1_790_000_000_000);

fn finding(code: &str, effect: Effect, constraints: Vec<Constraint>) -> Finding {
    let span = |term: &str| Evidence::Span {
        field: TextField::Body,
        start: 0,
        end: 1,
        list: "a_list".into(),
        term: term.into(),
        disguised: false,
    };
    let score =
        Evidence::Score { head: code.parse().unwrap(), value: 0.934_217, threshold: 0.5, field: TextField::Joined };
    Finding {
        id: FindingId(Uuid::nil()),
        policy: code.parse().unwrap(),
        clause_version: 1,
        rule: Some(format!("{code}/rule").into()),
        effect,
        evidence: vec![span("<pistol>"), span("handgun"), score],
        constraints,
        undecided: false,
    }
}

fn with_told<T>(findings: &[Finding], ad: &str, then: impl FnOnce(Told<'_>) -> T) -> T {
    let (bundle, verdict) = (pack(), conclude(findings, &Targeting::default(), &[]));
    then(Told {
        ad,
        platform: "Shop & Co",
        submitted_at: AT,
        decided_at: AT.plus(Millis::DAY),
        verdict: &verdict,
        findings,
        bundle: &bundle,
        ground: Ground::Incompatible,
        automation: Automation::Partially,
    })
}

fn limited() -> Vec<Finding> {
    let countries = vec!["FR".parse().unwrap(), "SE".parse().unwrap()];
    let limits = vec![Constraint::ExcludeCountries { countries }, Constraint::MinAge { years: 18 }];
    vec![finding("alcohol", Effect::Limited, limits)]
}

#[test]
fn every_language_says_it_all() {
    for tongue in Tongue::ALL {
        let refused = vec![finding("weapons", Effect::Prohibited, vec![]), finding("scam", Effect::Prohibited, vec![])];
        let sent = with_told(&refused, "summer-17", |told| message(&[told], *tongue, None)).unwrap();
        insta::assert_snapshot!(format!("refused_{tongue}"), format!("{}\n\n{}", sent.subject, sent.text));
        insta::assert_snapshot!(format!("refused_{tongue}_html"), sent.html);
        let sent = with_told(&limited(), "summer-17", |told| message(&[told], *tongue, None)).unwrap();
        insta::assert_snapshot!(format!("limited_{tongue}"), format!("{}\n\n{}", sent.subject, sent.text));
        let several = with_told(&refused, "summer-17", |first| {
            with_told(&limited(), "winter-18", |second| {
                message(&[first, second], *tongue, Some("https://ads.shop.example/stop"))
            })
        });
        let sent = several.unwrap();
        insta::assert_snapshot!(format!("several_{tongue}"), format!("{}\n\n{}", sent.subject, sent.text));
        insta::assert_snapshot!(format!("several_{tongue}_html"), sent.html);
    }
}

#[test]
fn a_notice_says_no_more_than_is_disclosed() {
    for policy in &pack().policies {
        let refused = [finding(policy.code.as_str(), Effect::Prohibited, vec![])];
        for tongue in Tongue::ALL {
            let told = with_told(&refused, "ad-1", |told| message(&[told], *tongue, None)).unwrap();
            let written = policy.in_language(tongue.as_str());
            let (named, full) = (policy.disclosure != Disclosure::None, policy.disclosure == Disclosure::Full);
            assert_eq!(told.text.contains(written.title), named, "{} {tongue}", policy.code);
            assert_eq!(told.text.contains("handgun"), full, "{} {tongue}", policy.code);
            assert_eq!(told.text.contains(written.fix_hint), full, "{} {tongue}", policy.code);
            assert_eq!(told.text.contains(tongue.words().withheld), !named, "{} {tongue}", policy.code);
            for kept in ["0.93", "a_list", "/rule"] {
                assert!(!told.text.contains(kept), "{} {tongue} {kept}", policy.code);
            }
        }
    }
}

#[test]
fn the_default_pack_is_translated_whole() {
    for policy in &pack().policies {
        for tongue in Tongue::ALL.iter().filter(|t| **t != Tongue::En) {
            let written = policy.in_language(tongue.as_str());
            assert_ne!(written.fix_hint, policy.fix_hint, "{} {tongue}", policy.code);
            let language = policy.translations.keys().any(|known| known.as_str() == tongue.as_str());
            assert!(language && written.title.chars().count() < 80, "{} {tongue}", policy.code);
        }
    }
}

#[test]
fn an_id_ends_no_header_and_writes_no_html() {
    let refused = [finding("weapons", Effect::Prohibited, vec![])];
    let hostile = "x\r\nBcc: all@shop.example <script>alert(1)</script>";
    let told = with_told(&refused, hostile, |told| message(&[told], Tongue::En, None)).unwrap();
    assert!(!told.subject.contains(['\r', '\n']));
    assert!(!told.html.contains("<script>") && !told.html.contains("<pistol>"), "{}", told.html);
}

#[test]
fn who_speaks_another_language_reads_english() {
    let code = |c: &str| Tongue::of(Some(c.parse().unwrap()));
    assert_eq!((code("de"), code("ja"), Tongue::of(None)), (Tongue::De, Tongue::En, Tongue::En));
    let code: PolicyCode = "weapons".parse().unwrap();
    let bundle = pack();
    let policy = bundle.policy(&code).unwrap();
    assert_eq!(policy.in_language("ja").title, policy.title);
}
