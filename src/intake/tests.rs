//! What intake accepts and how it words what it does not: one table of inputs, one snapshot of pointers and sentences.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use base64::Engine;
use serde_json::{Value, json};
use std::fmt::Write as _;

fn minimal() -> Value {
    json!({
        "external_id": "a-1",
        "advertiser": {"external_id": "acct-1", "name": "Northwind"},
        "creative": {"headline": "Spades"}
    })
}

/// The minimal ad with one value set, by pointer.
fn with(changes: &[(&str, Value)]) -> Vec<u8> {
    let mut ad = minimal();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut at = &mut ad;
        for token in parent.split('/').skip(1) {
            at = &mut at[token];
        }
        at[name] = value.clone();
    }
    serde_json::to_vec(&ad).unwrap()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(vec![]);
    image::DynamicImage::new_rgb8(width, height).write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// A small PNG whose header claims other dimensions, with a right checksum.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(1, 1);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    bytes
}

fn image(bytes: &[u8]) -> Value {
    json!([{"data": base64::engine::general_purpose::STANDARD.encode(bytes)}])
}

#[test]
fn every_bad_field_is_named_at_once_in_one_sentence() {
    let mut broken_text = with(&[("/creative/headline", json!("Sp@des"))]);
    let at = broken_text.iter().position(|b| *b == b'@').unwrap();
    broken_text[at] = 0xff;
    let truncated = png(40, 40)[..60].to_vec();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("not an object", b"[]".to_vec()),
        ("nothing in it", b"{}".to_vec()),
        (
            "wrong types",
            with(&[("/external_id", json!(7)), ("/targeting", json!([])), ("/creative/images", json!({}))]),
        ),
        ("null is absent", with(&[("/landing_url", json!(null)), ("/advertiser/name", json!(null))])),
        ("texts too long", with(&[("/creative/headline", json!("x".repeat(412))), ("/external_id", json!(""))])),
        ("control characters", with(&[("/external_id", json!("a\nb")), ("/creative/body", json!("a\u{0}b"))])),
        ("unknown fields", with(&[("/headlin", json!("x")), ("/creative/Body", json!("x")), ("/zzz", json!(1))])),
        ("countries", with(&[("/targeting", json!({"countries": ["DE", "uk", "XX", "Germany", 4]}))])),
        ("languages", with(&[("/targeting", json!({"languages": ["de", "en-US", "xx"]}))])),
        ("ages", with(&[("/targeting", json!({"min_age": 12, "max_age": 121}))])),
        ("ages in the wrong order", with(&[("/targeting", json!({"min_age": 30, "max_age": 20}))])),
        ("age with a fraction", with(&[("/targeting", json!({"min_age": 18.5, "max_age": 30.0}))])),
        ("script URL", with(&[("/landing_url", json!("javascript:alert(1)"))])),
        ("no URL", with(&[("/landing_url", json!("shop.example"))])),
        ("URL with credentials", with(&[("/landing_url", json!("https://me:pw@shop.example/"))])),
        ("URL with a space", with(&[("/landing_url", json!("https://shop.example/a b"))])),
        ("URL too long", with(&[("/landing_url", json!(format!("ftp://{}", "x".repeat(3000))))])),
        ("video URL", with(&[("/creative/video", json!({"url": "file:///etc/passwd", "duration_ms": -1}))])),
        (
            "schedule",
            with(&[("/schedule", json!({"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}))]),
        ),
        (
            "times",
            with(&[("/needed_by", json!("tomorrow")), ("/schedule", json!({"starts_at": "2026-02-30T00:00:00Z"}))]),
        ),
        ("money", with(&[("/budget", json!({"micros": -1, "currency": "euro"}))])),
        ("more money than is exact", with(&[("/budget", json!({"micros": 9007199254740993_i64, "currency": "EUR"}))])),
        ("nothing to see", with(&[("/creative", json!({"headline": " ", "call_to_action": "Buy"}))])),
        (
            "image by both",
            with(&[("/creative/images", json!([{"url": "https://a.example/x.png", "data": "AAAA"}, {}, "x"]))]),
        ),
        ("image URL", with(&[("/creative/images", json!([{"url": "data:image/png;base64,AAAA"}]))])),
        ("data URL", with(&[("/creative/images", json!([{"data": "data:image/png;base64,AAAA"}]))])),
        ("not base64", with(&[("/creative/images", json!([{"data": "%%%"}]))])),
        ("not an image", with(&[("/creative/images", image(b"<svg xmlns='http://www.w3.org/2000/svg'/>"))])),
        ("truncated image", with(&[("/creative/images", image(&truncated))])),
        ("bomb", with(&[("/creative/images", image(&png_that_claims(50_000, 50_000)))])),
        ("long side", with(&[("/creative/images", image(&png_that_claims(10_001, 1)))])),
        ("too many pixels", with(&[("/creative/images", image(&png_that_claims(9_000, 9_000)))])),
        ("too many bytes", with(&[("/creative/images", image(&vec![0; 5 * 1024 * 1024 + 1]))])),
        ("too many images", with(&[("/creative/images", json!(vec![json!({"url": "https://a.example/"}); 11]))])),
        ("broken UTF-8 beside another problem", [&broken_text[..broken_text.len() - 1], b",\"x\":1}"].concat()),
        ("deep", [b"{\"a\":".repeat(1_000), b"1".to_vec(), b"}".repeat(1_000)].concat()),
    ];
    let mut told = String::new();
    for (name, bytes) in cases {
        writeln!(told, "{name}").unwrap();
        for problem in read_ad(&bytes).expect_err(name).problems {
            writeln!(told, "    {} [{}] {}", problem.pointer, problem.code, problem.detail).unwrap();
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_full_ad_becomes_canonical_content_and_keeps_its_texts() {
    let bytes = with(&[
        ("/creative/body", json!("Fr\u{200b}ee  \n")),
        ("/creative/images", image(&png(3, 2))),
        ("/targeting", json!({"countries": ["FR", "DE", "FR"], "languages": ["fr", "de"], "min_age": 18.0})),
        ("/schedule", json!({})),
        ("/needed_by", json!("2026-01-01T01:00:00+01:00")),
    ]);
    let submission = read_ad(&bytes).unwrap();
    let content = &submission.content;
    assert_eq!(content.creative.body, "Fr\u{200b}ee  \n");
    assert_eq!(serde_json::to_value(&content.targeting).unwrap()["countries"], json!(["DE", "FR"]));
    assert_eq!(content.targeting.min_age, Some(18));
    assert_eq!(content.schedule, None);
    assert_eq!(submission.needed_by.unwrap().to_string(), "2026-01-01T00:00:00.000Z");
    let asset = content.assets().next().unwrap();
    assert_eq!((asset.width, asset.height, asset.media_type.as_str()), (3, 2, "image/png"));
    assert_eq!(submission.images.len(), 1);
    assert_eq!(&submission.images[0].asset, asset);

    let stored: AdContent = serde_json::from_value(serde_json::to_value(content).unwrap()).unwrap();
    assert_eq!(stored.digest().unwrap(), content.digest().unwrap());
}

#[test]
fn the_order_of_sets_and_members_makes_no_other_revision() {
    let one = read_ad(&with(&[("/targeting", json!({"countries": ["FR", "DE"], "min_age": 18}))])).unwrap();
    let two = read_ad(&with(&[("/targeting", json!({"min_age": 18, "countries": ["DE", "FR"]}))])).unwrap();
    assert_eq!(one.content.digest().unwrap(), two.content.digest().unwrap());
}

#[test]
fn an_advertisers_facts_are_read_and_refused_alike() {
    let read = read_advertiser(br#"{"name":"N","verified":true,"certificates":["pharmacy","gambling"]}"#).unwrap();
    assert_eq!(read.facts.certificates.unwrap(), ["gambling", "pharmacy"]);
    assert_eq!(read.facts.currency, None);
    let refusal =
        read_advertiser(br#"{"verified":"yes","certificates":["A B"],"spend_30d_micros":5,"nam":"x"}"#).unwrap_err();
    let told: Vec<_> = refusal.problems.iter().map(|p| (p.pointer.as_str(), p.code)).collect();
    assert_eq!(
        told,
        [
            ("/certificates/0", "bad_characters"),
            ("/currency", "required"),
            ("/nam", "unknown_field"),
            ("/verified", "wrong_type")
        ]
    );
}

#[test]
fn a_refused_ad_still_gives_its_external_id() {
    assert_eq!(external_id_of(br#"{"external_id":"a-1","creative":3}"#).as_deref(), Some("a-1"));
    assert_eq!(external_id_of(br#"{"external_id":"a-1""#), None);
}

/// A quarter of a million unknown fields, and one with a name of megabytes: refused like any other, and quickly.
#[test]
fn a_hostile_body_costs_no_more_than_its_bytes() {
    let many: Vec<String> = (0..250_000).map(|n| format!("\"creatives{n}\":\"\\u0000\"")).collect();
    let refusal = read_ad(format!("{{{}}}", many.join(",")).as_bytes()).unwrap_err();
    assert_eq!(refusal.problems.len(), 100);
    let long = format!("{{\"{}\":1}}", "headline".repeat(1_000_000));
    let refusal = read_ad(long.as_bytes()).unwrap_err();
    assert!(refusal.problems.iter().all(|p| p.pointer.chars().count() <= 301));
}

/// Bytes changed at random, with a fixed seed: whatever arrives is accepted or refused, never a panic.
#[test]
fn damaged_input_is_accepted_or_refused() {
    use rand::{Rng, SeedableRng};
    let whole = with(&[
        ("/creative/images", image(&png(3, 2))),
        ("/targeting", json!({"countries": ["FR"], "languages": ["fr"], "min_age": 18, "interests": ["x"]})),
        ("/schedule", json!({"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-02-01T00:00:00Z"})),
        ("/budget", json!({"micros": 5, "currency": "EUR"})),
    ]);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..5_000 {
        let mut bytes = whole.clone();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..3) {
                0 => bytes[at] = random.random(),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"{}[]\",:\\0e"[random.random_range(0..10)]),
            }
        }
        match read_ad(&bytes) {
            Ok(read) => {
                read.content.digest().unwrap();
                accepted += 1;
            }
            Err(refusal) => {
                // The types refuse nothing that schema and checks let through.
                assert!(refusal.problems.iter().all(|p| p.code != "not_valid"), "{refusal:?}");
                assert!(!refusal.problems.is_empty());
                refused += 1;
            }
        }
    }
    assert!(accepted > 20 && refused > 1_000, "{accepted} accepted, {refused} refused");
}
