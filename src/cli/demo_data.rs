//! The demo's ads and advertisers, read from `assets/demo`, which is embedded in the binary.
//!
//! Called by `adjudge demo`, which submits them through the same flows as any submitter. It must never hold a result:
//! what the demo shows is screened in that run.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use include_dir::{Dir, include_dir};
use serde_json::{Value, json};

static DEMO: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/demo");

/// The ads in their order of arrival, each a body of `POST /v1/ads` with its images inside.
pub fn ads() -> impl Iterator<Item = Value> {
    lines("ads.ndjson").map(|mut ad| {
        if let Some(images) = ad.pointer_mut("/creative/images").and_then(Value::as_array_mut) {
            images.iter_mut().for_each(embed);
        }
        ad
    })
}

/// The advertisers, each a body of `PUT /v1/advertisers/{external_id}` with the `external_id` added.
pub fn advertisers() -> impl Iterator<Item = Value> {
    lines("advertisers.ndjson")
}

/// The readable lines of an embedded file; the tests below hold that every line is readable.
fn lines(file: &str) -> impl Iterator<Item = Value> {
    let text = DEMO.get_file(file).and_then(|f| f.contents_utf8()).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// Puts the bytes of `{"file": "img/..."}` in its place, as `{"data": base64}`, and keeps the alternative text.
fn embed(image: &mut Value) {
    let Some(fields) = image.as_object_mut() else { return };
    let Some(file) = fields.get("file").and_then(Value::as_str).and_then(|path| DEMO.get_file(path)) else { return };
    let data = json!(STANDARD.encode(file.contents()));
    fields.remove("file");
    fields.insert("data".to_owned(), data);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::intake::{read_ad, read_advertiser};
    use std::collections::BTreeSet;

    fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
    }

    fn every_line(file: &str) -> usize {
        DEMO.get_file(file).unwrap().contents_utf8().unwrap().lines().count()
    }

    #[test]
    fn there_are_enough_ads_advertisers_and_languages() {
        let (ads, advertisers): (Vec<_>, Vec<_>) = (ads().collect(), advertisers().collect());
        assert_eq!((ads.len(), advertisers.len()), (every_line("ads.ndjson"), every_line("advertisers.ndjson")));
        assert!(ads.len() >= 260 && advertisers.len() >= 48, "{} ads, {} advertisers", ads.len(), advertisers.len());
        let languages: BTreeSet<_> =
            ads.iter().filter_map(|ad| ad.pointer("/targeting/languages/0").and_then(Value::as_str)).collect();
        assert!(languages.len() >= 6, "{languages:?}");
        let with_images = ads.iter().filter(|ad| ad.pointer("/creative/images/0").is_some()).count();
        assert!(with_images >= 50, "{with_images} ads with images");
    }

    #[test]
    fn ids_are_unique_and_every_advertiser_of_an_ad_is_known() {
        let advertisers: Vec<_> = advertisers().collect();
        let known: BTreeSet<_> = advertisers.iter().map(|a| text(a, "/external_id").to_owned()).collect();
        assert_eq!(known.len(), advertisers.len());
        let mut seen = BTreeSet::new();
        for ad in ads() {
            assert!(seen.insert(text(&ad, "/external_id").to_owned()), "twice: {}", text(&ad, "/external_id"));
            assert!(known.contains(text(&ad, "/advertiser/external_id")), "unknown advertiser in {ad}");
        }
    }

    #[test]
    fn intake_takes_every_line() {
        for ad in ads() {
            let taken = read_ad(ad.to_string().as_bytes());
            assert!(taken.is_ok(), "{:?} for {}", taken.err(), text(&ad, "/external_id"));
            let host = url::Url::parse(text(&ad, "/landing_url")).unwrap().host_str().unwrap().to_owned();
            assert!(host.ends_with(".example"), "{host} may be somebody's");
        }
        for mut advertiser in advertisers() {
            let id = advertiser.as_object_mut().unwrap().remove("external_id");
            let taken = read_advertiser(advertiser.to_string().as_bytes());
            assert!(taken.is_ok(), "{:?} for {id:?}", taken.err());
        }
    }

    #[test]
    fn images_come_as_readable_bytes() {
        let mut decoded = BTreeSet::new();
        for ad in ads() {
            for image in ad.pointer("/creative/images").and_then(Value::as_array).into_iter().flatten() {
                assert!(image.get("file").is_none(), "a file is missing: {image}");
                let bytes = STANDARD.decode(text(image, "/data")).unwrap();
                assert!(bytes.len() <= 40 * 1024, "{} bytes", bytes.len());
                if decoded.insert(bytes.clone()) {
                    let known = [&b"\x89PNG"[..], b"\xff\xd8\xff", b"GIF8", b"RIFF"];
                    assert!(known.iter().any(|magic| bytes.starts_with(magic)), "{image}");
                }
            }
        }
        assert!(decoded.len() >= 24, "{} images", decoded.len());
    }
}
