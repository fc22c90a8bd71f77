//! The checks that no schema can say: codes, URLs, times, orders, "one of the two", and images.
//!
//! Called by `read_ad` and `read_advertiser` on the parsed value, before the schema, so that its words win over the
//! schema's patterns. It must never assume a type: what has the wrong one is the schema's to tell.

use super::{
    StoredImage, pictures,
    refusal::{Problems, under},
};
use crate::domain::{
    AdId, PolicyCode,
    delivery::HOUR_MS,
    external::ExternalOutcome,
    place::{Country, Language},
    report::Reporter,
    time::Millis,
};
use serde_json::Value;

/// Longest URL, in characters; the schema tells when one is longer.
const URL_CHARS: usize = 2048;

/// Checks an ad. Gives the decoded images by their place in `creative.images`.
pub(super) fn ad(value: &Value, problems: &mut Problems) -> Vec<Option<StoredImage>> {
    url(value, "/landing_url", problems);
    url(value, "/creative/video/url", problems);
    each(value, "/targeting/countries", problems, country);
    each(value, "/targeting/languages", problems, language);
    ages(value, problems);
    schedule(value, problems);
    moment(value, "/needed_by", problems);
    currency(value, "/budget/currency", problems);
    something_to_see(value, problems);
    images(value, problems)
}

/// Checks an advertiser's facts.
pub(super) fn advertiser(value: &Value, problems: &mut Problems) {
    moment(value, "/account_created_at", problems);
    currency(value, "/currency", problems);
    if let Some(Err((code, detail))) = text(value, "/language").map(language) {
        problems.add("/language", code, detail);
    }
    if value.get("spend_30d_micros").is_some() && value.get("currency").is_none() {
        problems.add("/currency", "required", "is required with spend_30d_micros");
    }
}

/// Checks a certificate.
pub(super) fn certificate(value: &Value, problems: &mut Problems) {
    each(value, "/countries", problems, country);
    moment(value, "/valid_until", problems);
}

/// Most that an ad can spend in an hour: years of it still add up.
const MOST_SPENT: i64 = 100_000_000_000_000;

/// Checks a report.
pub(super) fn report(value: &Value, problems: &mut Problems) {
    named_ad(value, problems);
    if text(value, "/reporter").is_some_and(|r| r.parse::<Reporter>().is_err()) {
        let all: Vec<&str> = Reporter::ALL.iter().map(|r| r.as_str()).collect();
        problems.add("/reporter", "not_an_option", format!("must be one of {}", all.join(", ")));
    }
}

/// Checks a line about delivery.
pub(super) fn delivery(value: &Value, problems: &mut Problems) {
    named_ad(value, problems);
    if moment(value, "/hour", problems).is_some_and(|hour| hour.0.rem_euclid(HOUR_MS) != 0) {
        problems.add("/hour", "not_an_hour", "must be the first moment of an hour, such as `2026-01-31T12:00:00Z`");
    }
    currency(value, "/spend/currency", problems);
    if value.pointer("/spend/micros").and_then(Value::as_i64).is_some_and(|micros| micros > MOST_SPENT) {
        problems.add("/spend/micros", "too_great", format!("must be at most {MOST_SPENT}"));
    }
}

/// Checks a decision that a submitter made itself.
pub(super) fn external_decision(value: &Value, problems: &mut Problems) {
    named_ad(value, problems);
    if text(value, "/outcome").is_some_and(|o| o.parse::<ExternalOutcome>().is_err()) {
        let all: Vec<&str> = ExternalOutcome::ALL.iter().map(|o| o.as_str()).collect();
        problems.add("/outcome", "not_an_option", format!("must be one of {}", all.join(", ")));
    }
    each(value, "/policies", problems, |code| match code.parse::<PolicyCode>() {
        Ok(_) => Ok(()),
        Err(bad) => Err(("not_a_policy", format!("is not a policy's code: {bad}"))),
    });
    moment(value, "/decided_at", problems);
}

/// Whether an ad is named by one of its two ids.
fn named_ad(value: &Value, problems: &mut Problems) {
    match (value.get("external_id"), value.get("id")) {
        (None, None) => problems.add("/external_id", "required", "is required, or `id`"),
        (Some(_), Some(_)) => {
            problems.add("/id", "one_of_two", "must not stand beside `external_id`: give one of them")
        }
        (None, Some(id)) if id.as_str().is_some_and(|id| id.parse::<AdId>().is_err()) => {
            problems.add("/id", "not_an_id", "must be an id such as `ad_` and 32 hexadecimal digits");
        }
        _ => {}
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

/// Runs a check over every string of a list.
fn each(value: &Value, pointer: &str, problems: &mut Problems, check: fn(&str) -> Result<(), (&'static str, String)>) {
    for (i, item) in value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().enumerate() {
        if let Some(Err((code, detail))) = item.as_str().map(check) {
            problems.add(format!("{pointer}/{i}"), code, detail);
        }
    }
}

fn country(code: &str) -> Result<(), (&'static str, String)> {
    if code.parse::<Country>().is_ok() {
        return Ok(());
    }
    let meant = match code.to_ascii_uppercase().as_str() {
        "UK" => Some("GB".to_owned()),
        "EL" => Some("GR".to_owned()),
        upper => upper.parse::<Country>().ok().map(|c| c.to_string()),
    };
    let hint = meant.map_or("use two upper-case letters such as `DE`".to_owned(), |m| format!("did you mean `{m}`?"));
    Err(("unknown_country", format!("is not a known country (ISO 3166-1 alpha-2); {hint}")))
}

fn language(code: &str) -> Result<(), (&'static str, String)> {
    if code.parse::<Language>().is_ok() {
        return Ok(());
    }
    let base = code.to_ascii_lowercase().split(['-', '_']).next().unwrap_or_default().parse::<Language>().ok();
    let hint = base.map_or("use two lower-case letters such as `de`".to_owned(), |m| format!("did you mean `{m}`?"));
    Err(("unknown_language", format!("is not a known language (ISO 639-1); {hint}")))
}

fn url(value: &Value, pointer: &str, problems: &mut Problems) {
    let Some(text) = text(value, pointer) else { return };
    if text.chars().nth(URL_CHARS).is_some() {
        return;
    }
    if let Err((code, detail)) = http_url(text) {
        problems.add(pointer, code, detail);
    }
}

fn http_url(text: &str) -> Result<(), (&'static str, &'static str)> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(("not_http_url", "has a space or control character; percent-encode it"));
    }
    let Ok(url) = url::Url::parse(text) else {
        return Err(("not_http_url", "is not a URL such as `https://shop.example/page`"));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(("not_http_url", "must be an http or https URL"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(("not_http_url", "must name a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(("url_with_credentials", "must not hold a user name or password"));
    }
    Ok(())
}

fn ages(value: &Value, problems: &mut Problems) {
    let age = |name: &str| value.pointer(&format!("/targeting/{name}")).and_then(Value::as_u64);
    if let (Some(min), Some(max)) = (age("min_age"), age("max_age"))
        && min > max
    {
        problems.add("/targeting/max_age", "wrong_order", format!("must be at least min_age, which is {min}"));
    }
}

fn moment(value: &Value, pointer: &str, problems: &mut Problems) -> Option<Millis> {
    let parsed = text(value, pointer)?.parse();
    if parsed.is_err() {
        problems.add(pointer, "not_a_time", "must be an RFC 3339 date-time such as `2026-01-31T12:00:00Z`");
    }
    parsed.ok()
}

fn schedule(value: &Value, problems: &mut Problems) {
    let starts = moment(value, "/schedule/starts_at", problems);
    let ends = moment(value, "/schedule/ends_at", problems);
    if let (Some(starts), Some(ends)) = (starts, ends)
        && ends <= starts
    {
        problems.add("/schedule/ends_at", "wrong_order", "must be after starts_at");
    }
}

fn currency(value: &Value, pointer: &str, problems: &mut Problems) {
    let known = |s: &str| s.len() == 3 && s.bytes().all(|b| b.is_ascii_uppercase());
    if text(value, pointer).is_some_and(|s| !known(s)) {
        problems.add(pointer, "not_a_currency", "must be three upper-case letters (ISO 4217) such as `EUR`");
    }
}

fn something_to_see(value: &Value, problems: &mut Problems) {
    let Some(creative) = value.get("creative").and_then(Value::as_object) else { return };
    let filled = |name: &str| match creative.get(name) {
        Some(Value::String(s)) => !s.trim().is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
        None => false,
    };
    if !["headline", "body", "images", "video"].into_iter().any(filled) {
        problems.add("/creative", "nothing_to_see", "must have a headline, a body, an image or a video");
    }
}

fn images(value: &Value, problems: &mut Problems) -> Vec<Option<StoredImage>> {
    let images = value.pointer("/creative/images").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    // The schema refuses longer lists; nothing is decoded for them.
    let images = images.iter().take(10).enumerate();
    images.map(|(i, image)| one_image(&format!("/creative/images/{i}"), image, problems)).collect()
}

fn one_image(pointer: &str, image: &Value, problems: &mut Problems) -> Option<StoredImage> {
    let object = image.as_object()?;
    let data = under(pointer, "data");
    match (object.contains_key("url"), object.get("data")) {
        (false, None) => problems.add(pointer, "required", "must have either `url` or `data`"),
        (true, Some(_)) => problems.add(pointer, "one_of_two", "must have `url` or `data`, not both"),
        (true, None) => {
            if let Some(Err((code, detail))) =
                image["url"].as_str().filter(|u| u.chars().nth(URL_CHARS).is_none()).map(http_url)
            {
                problems.add(under(pointer, "url"), code, detail);
            }
        }
        // Broken bytes inside the base64 were told by the parse.
        (false, Some(Value::String(base64))) if !problems.has(&data) => match pictures::decode(base64) {
            Ok(stored) => return Some(stored),
            Err((code, detail)) => problems.add(data, code, detail),
        },
        (false, Some(_)) => {}
    }
    None
}
