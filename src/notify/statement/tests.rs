//! Statements over the whole default pack: every policy, every effect, every ground and source.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::domain::{FindingId, PolicyCode, ad::TextField, ad::Video, finding::Effect, verdict::conclude};
use crate::notify::fixture::pack;
use uuid::Uuid;

const AT: Millis = Millis(1_790_000_000_000);

fn puid(n: u128) -> StatementId {
    StatementId(Uuid::from_u128(n))
}

fn content(json: &str) -> AdContent {
    serde_json::from_str(json).unwrap()
}

fn ad() -> AdContent {
    content(
        r#"{"creative": {"headline": "Handguns", "body": "Ask ann.lee@mail.example"}, "targeting": {"countries": ["AT", "DE", "US"]},
            "on_behalf_of": "Ann Lee", "paid_by": "Adway GmbH"}"#,
    )
}

fn span(term: &str) -> Evidence {
    let (field, list, term) = (TextField::Body, "some_list".into(), term.into());
    Evidence::Span { field, start: 0, end: 1, list, term, disguised: false }
}

fn finding(code: &PolicyCode, effect: Effect, constraints: Vec<Constraint>) -> Finding {
    Finding {
        id: FindingId(Uuid::nil()),
        policy: code.clone(),
        clause_version: 1,
        rule: Some(format!("{code}/rule").into()),
        effect,
        evidence: vec![span("pistol"), span("call +49 151 1234567"), Evidence::Note { text: "Ann Lee again".into() }],
        constraints,
        undecided: false,
    }
}

fn told(bundle: &Bundle, content: &AdContent, findings: &[Finding], source: Source) -> StatementOfReasons {
    told_as(bundle, content, findings, source, Ground::Incompatible)
}

fn told_as(
    bundle: &Bundle,
    content: &AdContent,
    findings: &[Finding],
    source: Source,
    ground: Ground,
) -> StatementOfReasons {
    let verdict = conclude(findings, &content.targeting, &[]);
    restriction(&Facts {
        puid: puid(7),
        content,
        submitted_at: AT,
        language: Some("en".parse().unwrap()),
        verdict: &verdict,
        findings,
        bundle,
        ground,
        automation: Automation::Fully,
        source,
        effective_at: AT.plus(Millis::DAY),
        terms_url: Some("https://shop.example/ads"),
    })
}

#[test]
fn every_policy_of_the_pack_gives_valid_statements_whatever_the_effect() {
    let bundle = pack();
    assert_eq!(bundle.policies.len(), 22);
    let long = content(&format!(
        r#"{{"creative": {{"headline": "x", "images": [{{"url": "https://a.example/i.png"}}]}}, "paid_by": "{}"}}"#,
        "x".repeat(300)
    ));
    let video = AdContent {
        creative: crate::domain::ad::Creative {
            video: Some(Video { url: "https://a.example/v".into(), duration_ms: None }),
            ..Default::default()
        },
        ..AdContent::default()
    };
    let flagger = Source { kind: SourceType::TrustedFlagger, identity: Some("Fair Ads e.V.".into()) };
    let countries = |codes: &[&str]| codes.iter().map(|c| c.parse().unwrap()).collect::<Vec<Country>>();
    let limits = [
        vec![Constraint::MinAge { years: 18 }],
        vec![Constraint::ExcludeCountries { countries: countries(&["DE", "US"]) }],
        vec![Constraint::OnlyCountries { countries: countries(&["US"]) }, Constraint::MinAge { years: 21 }],
        vec![Constraint::NeedsCertificate { certificate: "gambling".into() }],
    ];
    let mut made = 0;
    for policy in &bundle.policies {
        let mut all = vec![vec![finding(&policy.code, Effect::Prohibited, vec![])]];
        all.extend(limits.iter().map(|limit| vec![finding(&policy.code, Effect::Limited, limit.clone())]));
        for findings in all {
            for content in [&ad(), &long, &video] {
                for source in [Source::OWN, flagger.clone()] {
                    for ground in [Ground::Incompatible, Ground::Illegal] {
                        let statement = told_as(&bundle, content, &findings, source.clone(), ground);
                        assert_eq!(check(&statement), [], "{}: {statement:#?}", policy.code);
                        let after = lifted(&statement, puid(8), AT.plus(3 * Millis::DAY));
                        assert_eq!(check(&after), [], "{}: {after:#?}", policy.code);
                        made += 1;
                        let hidden = policy.disclosure == Disclosure::None;
                        let shown = serde_json::to_string(&statement).unwrap();
                        assert_eq!(shown.contains(&policy.title), !hidden, "{shown}");
                        assert_eq!(shown.contains("pistol"), policy.disclosure == Disclosure::Full, "{shown}");
                        let mapped = policy.mappings.dsa_category.as_deref();
                        assert_eq!(Some(statement.category.as_str()) == mapped, !hidden, "{shown}");
                        for private in ["Ann", "Lee", "151", "mail.example"] {
                            assert!(!shown.contains(private), "{shown}");
                        }
                    }
                }
            }
        }
    }
    assert_eq!(made, 22 * 5 * 3 * 2 * 2);
}

#[test]
fn a_statement_says_what_was_found_and_what_it_did() {
    let bundle = pack();
    let (weapons, alcohol) = ("weapons".parse().unwrap(), "alcohol".parse().unwrap());
    let refused = told(&bundle, &ad(), &[finding(&weapons, Effect::Prohibited, vec![])], Source::OWN);
    insta::assert_json_snapshot!("refused", refused);
    let limits =
        vec![Constraint::MinAge { years: 18 }, Constraint::ExcludeCountries { countries: vec!["DE".parse().unwrap()] }];
    let limited = told(&bundle, &ad(), &[finding(&alcohol, Effect::Limited, limits)], Source::OWN);
    insta::assert_json_snapshot!("limited", limited);
    insta::assert_json_snapshot!("lifted", lifted(&refused, puid(8), AT.plus(3 * Millis::DAY)));
}

#[test]
fn only_places_that_lose_something_are_in_the_scope() {
    let bundle = pack();
    let code: PolicyCode = "alcohol".parse().unwrap();
    let scope = |targeting: &str, limit: Constraint| {
        let content = content(&format!(r#"{{"creative": {{"headline": "x"}}, "targeting": {targeting}}}"#));
        let found = told(&bundle, &content, &[finding(&code, Effect::Limited, vec![limit])], Source::OWN);
        found.territorial_scope.iter().map(Country::to_string).collect::<Vec<_>>().join(" ")
    };
    let exclude =
        |codes: &[&str]| Constraint::ExcludeCountries { countries: codes.iter().map(|c| c.parse().unwrap()).collect() };
    assert_eq!(scope(r#"{"countries": ["AT", "DE", "FR"]}"#, exclude(&["FR"])), "FR");
    assert_eq!(scope("{}", exclude(&["FR", "US"])), "FR");
    assert_eq!(scope(r#"{"countries": ["AT", "US"]}"#, Constraint::MinAge { years: 18 }), "AT");
    assert_eq!(scope("{}", Constraint::MinAge { years: 18 }).split(' ').count(), 30);
    let only = Constraint::OnlyCountries { countries: vec!["AT".parse().unwrap(), "US".parse().unwrap()] };
    assert_eq!(scope(r#"{"countries": ["AT", "DE", "US"]}"#, only), "DE");
    assert_eq!(scope(r#"{"countries": ["US"]}"#, Constraint::MinAge { years: 21 }), "");
}

#[test]
fn each_rule_of_the_database_is_checked() {
    let bundle = pack();
    let good = told(&bundle, &ad(), &[finding(&"weapons".parse().unwrap(), Effect::Prohibited, vec![])], Source::OWN);
    type Change = fn(&mut StatementOfReasons);
    let changes: [(&str, Change); 22] = [
        ("decision_visibility", |s| s.decision_visibility.clear()),
        ("decision_visibility_other", |s| s.decision_visibility = vec![Visibility::Other]),
        ("decision_visibility_other", |s| s.decision_visibility_other = Some("x".into())),
        ("decision_monetary_other", |s| s.decision_monetary = Some(crate::domain::dsa::Monetary::Other)),
        ("end_date_visibility_restriction", |s| s.end_date_visibility_restriction = Some(Day::of(Millis(0)))),
        ("end_date_account_restriction", |s| s.end_date_account_restriction = Some(s.application_date)),
        ("illegal_content_legal_ground", |s| s.decision_ground = DecisionGround::IllegalContent),
        ("incompatible_content_ground", |s| s.incompatible_content_ground = Some("x".repeat(501))),
        ("incompatible_content_explanation", |s| s.incompatible_content_explanation = Some(" ".into())),
        ("decision_ground_reference_url", |s| s.decision_ground_reference_url = Some("terms".into())),
        ("category_addition", |s| s.category_addition = vec![s.category]),
        ("category_specification", |s| s.category_specification = vec![Keyword::Phishing, Keyword::Phishing]),
        ("category_specification_other", |s| s.category_specification_other = Some("x".into())),
        ("content_type", |s| s.content_type.clear()),
        ("content_type_other", |s| s.content_type = vec![ContentType::Other]),
        ("content_language", |s| s.content_language = Some("en".into())),
        ("content_id", |s| s.content_id = Some(crate::domain::statement::ContentId { ean_13: "12".into() })),
        ("territorial_scope", |s| s.territorial_scope = vec!["US".parse().unwrap()]),
        ("decision_facts", |s| s.decision_facts = "x".repeat(5_001)),
        ("source_identity", |s| s.source_identity = Some("Somebody".into())),
        ("content_date", |s| s.content_date = Day::of(Millis(0))),
        ("application_date", |s| s.application_date = Day::of(Millis(0))),
    ];
    for (field, change) in changes {
        let mut changed = good.clone();
        change(&mut changed);
        let found = check(&changed);
        assert!(found.iter().any(|b| b.field == field), "{field}: {found:?}");
    }
}

#[test]
fn csv_has_the_columns_of_the_dumps() {
    let bundle = pack();
    let statement =
        told(&bundle, &ad(), &[finding(&"weapons".parse().unwrap(), Effect::Prohibited, vec![])], Source::OWN);
    let row = csv::Row { body: &statement, platform: "=shop", created_at: AT };
    let mut bytes = csv::head().unwrap();
    bytes.extend(csv::rows([row]).unwrap());
    let mut reader = ::csv::Reader::from_reader(&bytes[..]);
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(head, csv::COLUMNS);
    let row = reader.records().next().unwrap().unwrap();
    let value = |name: &str| row.get(head.iter().position(|column| column == name).unwrap()).unwrap();
    assert_eq!(value("uuid"), "00000000-0000-0000-0000-000000000007");
    assert_eq!(value("decision_visibility"), r#"["DECISION_VISIBILITY_CONTENT_DISABLED"]"#);
    assert_eq!(value("territorial_scope"), r#"["AT","DE"]"#);
    assert_eq!(value("platform_name"), "'=shop");
    assert_eq!(value("platform_uid"), "sor_00000000000000000000000000000007");
    assert_eq!((value("content_date"), value("created_at")), ("2026-09-21", "2026-09-21 14:13:20"));
    assert!(!value("incompatible_content_explanation").contains('\n'));
}
