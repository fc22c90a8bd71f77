//! What lists find, and where.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::domain::{
    ad::{AssetRef, Creative, Image},
    digest::Digest,
    policy::{List, ListEntry, ListKind},
};

const NOW: Millis = Millis(1_000_000);

fn list(name: &str, kind: ListKind, entries: &[&str]) -> List {
    let entry = |value: &&str| match value.strip_prefix('!') {
        Some(value) => ListEntry { value: value.to_owned(), negative: true, note: String::new(), until: None },
        None => ListEntry { value: (*value).to_owned(), negative: false, note: String::new(), until: None },
    };
    List { name: name.to_owned(), kind, entries: entries.iter().map(entry).collect() }
}

fn ad(body: &str, url: &str) -> AdContent {
    let landing_url = (!url.is_empty()).then(|| url.to_owned());
    AdContent {
        creative: Creative { body: body.to_owned(), ..Creative::default() },
        landing_url,
        ..AdContent::default()
    }
}

/// Terms found in the body, each with the raw text it stands on and whether it was disguised.
fn found(kind: ListKind, entries: &[&str], body: &str) -> Vec<(String, String, bool)> {
    let lists = CompiledLists::compile(&[list("l", kind, entries)]).unwrap();
    let matches = measure(&ad(body, ""), "", &lists, NOW).matches;
    let raw = |m: &ListMatch| body[m.start as usize..m.end as usize].to_owned();
    matches.iter().map(|m| (m.term.to_string(), raw(m), m.disguised)).collect()
}

#[test]
fn phrases_are_found_on_word_boundaries() {
    for (entries, body, expected) in [
        (&["gun"][..], "A gun, begun guns GUN's", &["gun", "GUN"][..]),
        (
            &["lose weight"],
            "Lose  Weight; lose\nweight; lose-weight; lose weights",
            &["Lose  Weight", "lose\nweight", "lose-weight"],
        ),
        (&["café"], "CAFÉ cafe cafés", &["CAFÉ"]),
        (&["señorita"], "la Señorita, señoritas", &["Señorita"]),
        (&["$$$"], "win $$$ now, or $$", &["$$$"]),
        (&["100%"], "100% legal, 1100%", &["100%"]),
        (&["赌场"], "最好的赌场在线", &["赌场"]),
        (&["казино"], "Лучшее КАЗИНО, казиношный", &["КАЗИНО"]),
        (&["don't wait"], "Don’t wait!", &["Don’t wait"]),
        (&["İstanbul"], "istanbul İSTANBUL", &["İSTANBUL"]),
        (&["straße"], "die STRASSE, Straße", &["Straße"]),
        (&["ὀδυσσεύς"], "ὈΔΥΣΣΕΎΣ", &["ὈΔΥΣΣΕΎΣ"]),
        (&["กัญชา"], "ขายกัญชาถูก", &["กัญชา"]),
        (&["gun"], "gun\u{301} is another word", &[]),
    ] {
        let raw: Vec<String> = found(ListKind::Phrases, entries, body).into_iter().map(|(_, raw, _)| raw).collect();
        assert_eq!(raw, expected, "{entries:?} in {body}");
    }
}

#[test]
fn an_entry_matches_until_its_date() {
    let entry = |negative, until| ListEntry { value: "gun".into(), negative, note: String::new(), until };
    let matches = |entries: Vec<ListEntry>| {
        let lists = CompiledLists::compile(&[List { name: "l".into(), kind: ListKind::Phrases, entries }]).unwrap();
        measure(&ad("a gun", ""), "", &lists, NOW).matches.len()
    };
    assert_eq!(matches(vec![entry(false, Some(NOW.plus(1)))]), 1);
    assert_eq!(matches(vec![entry(false, Some(NOW))]), 0);
    // A negative entry that has ended overrules nothing.
    assert_eq!(matches(vec![entry(false, None), entry(true, Some(NOW.plus(1)))]), 0);
    assert_eq!(matches(vec![entry(false, None), entry(true, Some(NOW))]), 1);
}

#[test]
fn disguised_words_point_at_the_raw_bytes() {
    for (entry, body, raw, disguised) in [
        ("viagra", "get v1agra now", "v1agra", true),
        ("viagra", "get v.i.a.g.r.a now", "v.i.a.g.r.a", true),
        ("free money", "get fr\u{200B}ee m0ney!", "fr\u{200B}ee m0ney", true),
        ("casino", "the ｃａｓｉｎｏ here", "ｃａｓｉｎｏ", true),
        ("casino", "the сasіno here", "сasіno", true),
        ("café", "un cafe\u{301} noir", "cafe\u{301}", false),
        ("finance", "the ﬁnance team", "ﬁnance", false),
        ("v1agra", "get v1agra now", "v1agra", false),
    ] {
        assert_eq!(found(ListKind::Phrases, &[entry], body), [(entry.to_owned(), raw.to_owned(), disguised)], "{body}");
    }
    // Shown plainly and disguised: both, each once.
    let both = found(ListKind::Phrases, &["viagra"], "viagra and v1agra");
    assert_eq!(
        both.iter().map(|(_, raw, d)| (raw.as_str(), *d)).collect::<Vec<_>>(),
        [("viagra", false), ("v1agra", true)]
    );
}

#[test]
fn negative_entries_and_longer_matches_win() {
    let entries = ["pistol", "water", "!water pistol", "gun shop", "gun", "shop near"];
    let terms = |body: &str| found(ListKind::Phrases, &entries, body).into_iter().map(|(t, ..)| t).collect::<Vec<_>>();
    assert_eq!(terms("a water pistol"), Vec::<String>::new());
    assert_eq!(terms("a w4ter pistol"), Vec::<String>::new());
    assert_eq!(terms("a pistol in water pistol water"), ["pistol", "water"]);
    assert_eq!(terms("the gun shop"), ["gun shop"]);
    assert_eq!(terms("the gun shop near gun"), ["gun shop", "shop near", "gun"]);
}

#[test]
fn expressions_are_found_and_bounded() {
    let terms = found(ListKind::Regexes, &[r"\b\d{1,3}% (risk|win)", r"!100% win"], "10% RISK, 100% win, 9% win");
    assert_eq!(terms.iter().map(|(_, raw, _)| raw.as_str()).collect::<Vec<_>>(), ["10% RISK", "9% win"]);
    assert_eq!(found(ListKind::Regexes, &["free cash"], "fr33 ca$h")[0].1, "fr33 ca$h");
    let many = found(ListKind::Regexes, &["a"], &"a ".repeat(1_000));
    assert_eq!(many.len(), 50);
}

#[test]
fn domains_are_found_on_label_boundaries() {
    let lists = CompiledLists::compile(&[list(
        "sites",
        ListKind::Domains,
        &["bad.example", "*.evil.example", "!good.bad.example", "bücher.example", "192.0.2.7"],
    )])
    .unwrap();
    for (url, expected) in [
        ("https://bad.example/x", Some("bad.example")),
        ("https://WWW.Bad.Example:8443/x", Some("Bad.Example")),
        ("https://notbad.example/", None),
        ("https://good.bad.example/", None),
        ("https://x.good.bad.example/", None),
        ("https://a.evil.example/", Some("evil.example")),
        ("https://shop.example/?u=bad.example", None),
        ("https://bücher.example/", Some("https://bücher.example/")),
        ("https://xn--bcher-kva.example/", Some("xn--bcher-kva.example")),
        ("http://192.0.2.7/", Some("192.0.2.7")),
        ("no url", None),
    ] {
        let matches = measure(&ad("", url), "", &lists, NOW).matches;
        let spans: Vec<&str> = matches.iter().map(|m| &url[m.start as usize..m.end as usize]).collect();
        assert_eq!(spans.first().copied(), expected, "{url}");
    }
}

#[test]
fn images_and_advertisers_are_found_whole() {
    let digest = Digest::of(b"image");
    let asset = AssetRef { digest, media_type: "image/png".into(), width: 1, height: 1, bytes: 5 };
    let mut content = ad("text", "");
    content.creative.images.push(Image { url: None, asset: Some(asset), alt_text: String::new() });
    let hash = digest.to_string();
    let lists = [
        list("images", ListKind::ImageHashes, &[&hash]),
        list("cleared", ListKind::ImageHashes, &[&hash, &format!("!{hash}")]),
        list("people", ListKind::Advertisers, &["adv-1"]),
    ];
    let lists = CompiledLists::compile(&lists).unwrap();
    let names = |advertiser: &str| {
        let matches = measure(&content, advertiser, &lists, NOW).matches;
        matches.into_iter().map(|m| (m.list.to_string(), m.field, m.start, m.end)).collect::<Vec<_>>()
    };
    assert_eq!(
        names("adv-1"),
        [("images".into(), TextField::AltText, 0, 0), ("people".into(), TextField::Joined, 0, 0)]
    );
    assert_eq!(names("ADV-1").len(), 1);
}

#[test]
fn bad_entries_are_named() {
    for (kind, value) in [
        (ListKind::Phrases, " - "),
        (ListKind::Phrases, ""),
        (ListKind::Regexes, "("),
        (ListKind::Regexes, "a*"),
        (ListKind::Regexes, r"(\w{1,500}){500}"),
        (ListKind::Domains, "not a domain"),
        (ListKind::Domains, "localhost"),
        (ListKind::ImageHashes, "sha256:12"),
    ] {
        let error = CompiledLists::compile(&[list("l", kind, &["ok.example", value])].map(|mut l| {
            l.entries.remove(0);
            l
        }));
        let error = error.err().unwrap_or_else(|| panic!("{kind:?} {value:?} compiles"));
        assert_eq!(error.list, "l");
        assert!(!error.reason.is_empty());
    }
    let twice = [list("l", ListKind::Phrases, &["a"]), list("l", ListKind::Phrases, &["b"])];
    assert!(CompiledLists::compile(&twice).is_err());
}

#[test]
fn many_phrases_stay_fast() {
    let phrases: Vec<String> = (0..50_000).map(|i| format!("phrase number {i} of many")).collect();
    let refs: Vec<&str> = phrases.iter().map(String::as_str).collect();
    let began = std::time::Instant::now();
    let lists = CompiledLists::compile(&[list("l", ListKind::Phrases, &refs)]).unwrap();
    let compiled = began.elapsed();
    let body = "nothing here but phrase number 4711 of many words ".repeat(40);
    let began = std::time::Instant::now();
    let matches = measure(&ad(&body, ""), "", &lists, NOW).matches;
    let measured = began.elapsed();
    assert_eq!(matches.len(), 40);
    println!("50,000 phrases: compiled in {compiled:?}, 2 kB measured in {measured:?}");
    assert!(measured.as_millis() < 1_000, "{measured:?}");
}

#[test]
fn hostile_lists_and_texts_stay_bounded() {
    let nested: Vec<String> = (1..200).map(|n| "a ".repeat(n).trim_end().to_owned()).collect();
    let refs: Vec<&str> = nested.iter().map(String::as_str).collect();
    let lists = CompiledLists::compile(&[list("l", ListKind::Phrases, &refs)]).unwrap();
    let matches = measure(&ad(&"a ".repeat(50_000), ""), "", &lists, NOW).matches;
    assert!(matches.len() <= 50);
}

#[test]
fn a_disguised_ad_is_read_in_its_language() {
    let lists = CompiledLists::compile(&[]).unwrap();
    let measured = measure(&ad("Вuу сhеар ріlls nоw and save mоnеу", ""), "", &lists, NOW);
    assert_eq!(measured.language.known().unwrap().language.as_str(), "en");
    let languages = ["en".parse().unwrap()];
    assert_eq!(measured.texts_to_score(&languages).len(), 2);
    let spanish = measure(&ad("Compra ahora y ahorra dinero", ""), "", &lists, NOW);
    assert_eq!(spanish.texts_to_score(&languages), []);
    let silent = measure(&ad("", "https://x.example"), "", &lists, NOW);
    assert_eq!(silent.language, Reading::Unavailable(Cause::NothingToMeasure));
}

#[test]
fn joined_texts_are_scored_where_there_are_several() {
    let lists = CompiledLists::compile(&[]).unwrap();
    let languages = ["en".parse().unwrap()];
    let mut content = ad("The best shoes for you", "");
    let fields = |content: &AdContent| {
        measure(content, "", &lists, NOW).texts_to_score(&languages).into_iter().map(|t| t.field).collect::<Vec<_>>()
    };
    assert_eq!(fields(&content), [TextField::Body]);
    content.creative.headline = "Shop now and save".into();
    assert_eq!(fields(&content), [TextField::Headline, TextField::Body, TextField::Joined]);
}
