//! What the checker refuses, where it points, and what it suggests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::{problem::Problem, testing::names};
use super::check;

fn problems(source: &str) -> Vec<Problem> {
    match check(source, &names()) {
        Ok(_) => Vec::new(),
        Err(complaints) => complaints.iter().map(|c| c.in_text("", None, source)).collect(),
    }
}

/// Source, then line, column, length and message of its first problem, and the suggestion.
type Row = (&'static str, usize, usize, usize, &'static str, Option<&'static str>);

#[test]
fn refusals_point_at_the_place_and_suggest_the_likely_spelling() {
    #[rustfmt::skip]
    let rows: &[Row] = &[
        ("ad.headlin == 'x'", 1, 1, 10, "unknown field `ad.headlin`", Some("ad.headline")),
        ("true &&\n  advertiser.verifed", 2, 3, 18, "unknown field `advertiser.verifed`", Some("advertiser.verified")),
        ("'é' == ad.bdy", 1, 8, 6, "unknown field `ad.bdy`", Some("ad.body")),
        ("headline == 'x'", 1, 1, 8, "unknown name `headline`", Some("ad.headline")),
        ("ad.targeting == 'x'", 1, 1, 12, "`ad.targeting` is a group of fields: name one, such as `ad.targeting.countries`", None),
        ("scroe('scam') >= 0.5", 1, 1, 5, "unknown function `scroe`", Some("score")),
        ("score >= 0.5", 1, 1, 5, "`score` is a function: call it with brackets", Some("score")),
        ("score('scma') >= 0.5", 1, 7, 6, "unknown policy `scma`", Some("scam")),
        ("matches('weapon_word')", 1, 9, 13, "unknown list `weapon_word`", Some("weapon_words")),
        ("matches('shorteners')", 1, 9, 12, "`shorteners` is a list of domains, and matches takes one of phrases or regexes", None),
        ("matches('weapon_words', 'hedline')", 1, 25, 9, "unknown text field `hedline`", Some("headline")),
        ("matches(ad.body)", 1, 9, 7, "matches(list, field?) takes a name in quotes here", None),
        ("targets('GER')", 1, 9, 5, "`GER` is not a country code (ISO 3166-1, such as \"DE\")", None),
        ("targets('UK')", 1, 9, 4, "`UK` is not a country code (ISO 3166-1, such as \"DE\")", Some("GB")),
        ("targets('eea')", 1, 9, 5, "`eea` is not a country code (ISO 3166-1, such as \"DE\")", Some("EEA")),
        ("targets_under(0)", 1, 15, 1, "targets_under(years) takes an age from 1 to 120", None),
        ("targets_age(-1, 17)", 1, 13, 2, "targets_age(from, to) takes an age from 1 to 120", None),
        ("after('tomorrow')", 1, 7, 10, "`tomorrow` is not a day: write it as \"2026-11-03\"", None),
        ("before('2026-02-30')", 1, 8, 12, "`2026-02-30` is not a day: write it as \"2026-11-03\"", None),
        ("regex('a*')", 1, 7, 4, "write an expression that does not match an empty text", None),
        ("regex('(\\\\w{1,500}){500}')", 1, 7, 19, "write a smaller expression: its repetitions take too much memory", None),
        ("similar_to('weapon_words') > 0.5", 1, 12, 14, "`weapon_words` is a list of phrases, and similar_to takes one of examples", None),
        ("similar_to('scam_texts') > 1", 1, 1, 28, "this comparison never holds: the left side is -1 to 1", None),
        ("advertiser.age_days < 0", 1, 1, 23, "this comparison never holds: the left side is at least 0", None),
        ("advertiser.spend_tier == 'hgh'", 1, 26, 5, "this is never `hgh`, but one of none, low, medium, high", Some("high")),
        ("advertiser.age_days < 5 && ad.has_video && 10 < advertiser.age_days", 1, 44, 24, "this never holds together with `advertiser.age_days < 5`", None),
        ("score('scam') < 0.5 && score('scam') >= 0.5", 1, 24, 20, "this never holds together with `score('scam') < 0.5`", None),
        ("ad.language == 'en' && ad.language == 'de'", 1, 24, 19, "this never holds together with `ad.language == 'en'`", None),
        ("destination.status == 600", 1, 1, 25, "this comparison never holds: the left side is 100 to 599", None),
        ("targets()", 1, 1, 9, "wrong number of arguments: write targets(country, ...)", None),
        ("contains(ad.body, 'x')", 1, 1, 8, "write text.contains(part)", None),
        ("ad.body.contains(3)", 1, 18, 1, "text.contains(part) takes text here, and this is a whole number", None),
        ("score('scam') >= 1.5", 1, 1, 20, "this comparison never holds: the left side is 0 to 1", None),
        ("-1.5 > gap('scam')", 1, 1, 18, "this comparison never holds: the right side is -1 to 1", None),
        ("ad.image_count >= 0", 1, 1, 19, "this comparison always holds: the left side is at least 0", None),
        ("advertiser.standing == 'suspnded'", 1, 24, 10, "this is never `suspnded`, but one of active, restricted, suspended, terminated", Some("suspended")),
        ("'leat' in ad.disguises", 1, 1, 6, "this is never `leat`, but one of invisible, homoglyph, mixed_script, leet, spaced, combining, styled", Some("leet")),
        ("'de' in ad.targeting.countries", 1, 1, 4, "`de` is not a country code (ISO 3166-1)", Some("DE")),
        ("ad.language in ['en', 'zz']", 1, 23, 4, "`zz` is not a language code (ISO 639-1)", None),
        ("ad.headline > 'a'", 1, 1, 17, "only numbers have an order, and this is text", None),
        ("ad.image_count == 'x'", 1, 1, 21, "cannot compare a whole number with text", None),
        ("ad.headline", 1, 1, 11, "a condition must be true or false, and this is text", None),
        ("ad.headline && true", 1, 1, 11, "this must be true or false, and it is text", None),
        ("ad.image_count / 0 > 1", 1, 18, 1, "division by zero", None),
        ("has(ad.body)", 1, 5, 7, "`ad.body` is always known, so has(...) always holds", None),
        ("ad.verified == null", 1, 1, 11, "unknown field `ad.verified`", Some("advertiser.verified")),
        ("ad.targeting.countries.all(c, c == 'DE')", 1, 27, 1, "loops (all, exists, map, filter) are not part of the rule language; use `in` or a list", None),
        ("ad.targeting.countries[0] == 'DE'", 1, 1, 25, "elements are not taken by number; use `in`", None),
        ("3 in ad.targeting.countries", 1, 1, 1, "this list holds text, never a whole number", None),
        ("ad.body in []", 1, 12, 1, "an empty list matches nothing", None),
        ("true &&\n  (false", 2, 9, 1, "`)` is missing at the end", None),
        ("true false", 1, 6, 5, "the condition should end here; is an operator such as && missing?", None),
        ("ad.body == 'x", 1, 12, 1, "this text has no closing quote, or a wrong escape", None),
        ("", 1, 1, 1, "the condition is not complete", None),
        ("true && $x", 1, 9, 1, "`$` cannot be read here", None),
        ("if(true)", 1, 1, 2, "`if` is a reserved word", None),
    ];
    for (source, line, column, length, message, suggestion) in rows {
        let found = problems(source);
        let first = found.first().unwrap_or_else(|| panic!("accepted: {source}"));
        let seen = (first.line, first.column, first.length, first.message.as_str(), first.suggestion.as_deref());
        assert_eq!(seen, (*line, *column, *length, *message, *suggestion), "{source}");
    }
}

#[test]
fn all_problems_come_at_once() {
    let found = problems("ad.headlin == 'x' || scroe('scam') > 2 || matches('nope')");
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn what_the_language_has_is_accepted() {
    for source in [
        "true",
        "ad.has_video",
        "!ad.has_video && ad.image_count == 0",
        "score('scam') >= 0.9 || flagged(\"adult\") && gap('adult') > 0.2",
        "matches('weapon_words') || matches('weapon_words', 'headline')",
        "domain_in('shorteners') && image_in('banned_images') && advertiser_in('banned_advertisers')",
        "targets('DE', 'FR') && targets_outside('GB') && targets_under(18)",
        "uppercase_share(ad.headline) > 0.7 && count(ad.text, '!') > 3 && longest_run(ad.text) >= 4",
        "ad.body.contains('x') && ad.body.startsWith('y') && ad.domain.endsWith('.bet')",
        "ad.language in ['en', 'de'] && 'gambling' in advertiser.certificates",
        "has(advertiser.verified) ? advertiser.verified : advertiser.age_days < 30",
        "advertiser.rejected_ads * 2 > advertiser.decided_ads - 1 && -advertiser.strikes < 0",
        "advertiser.rejected_ads / 3.0 >= 0.5 && counts.advertiser_1h % 2 == 1",
        "size(ad.headline + ad.body) < 10",
        "advertiser.standing != 'active' // a comment",
        "ad.targeting.min_age in [0, 13, 18]",
        "advertiser.age_days > 5 && advertiser.age_days < 10 && advertiser.age_days >= 6 && advertiser.age_days == 6",
        "ad.language == 'en' && ad.language != 'de' && score('scam') > 0.5 && score('adult') < 0.5",
        "-1 < ad.targeting.min_age - 5",
    ] {
        assert_eq!(problems(source), [], "{source}");
    }
}

#[test]
fn hostile_source_is_refused_and_never_hangs() {
    let deep = |open: &str, close: &str, n: usize| format!("{}true{}", open.repeat(n), close.repeat(n));
    for source in [
        deep("(", ")", 1_000),
        deep("[", "]", 33),
        "!".repeat(3_999),
        "-".repeat(3_999),
        format!("a{}", ".a".repeat(1_900)),
        vec!["1"; 1_900].join("+"),
        "f(".repeat(1_300),
        "'".repeat(3_999),
        "x".repeat(1_000_000),
        "\u{0}\u{202e}\u{feff}".repeat(50),
    ] {
        assert!(!problems(&source).is_empty(), "{source:.40}");
    }
    assert_eq!(problems(&deep("(", ")", 30)), []);
    assert_eq!(problems(&vec!["ad.has_video"; 200].join(" || ")), []);
}
