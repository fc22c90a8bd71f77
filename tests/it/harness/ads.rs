//! Ads for tests, as JSON that a program would send.

use serde_json::{Value, json};

/// An ad that no rule objects to. Ids make ads differ; the text stays the same.
pub(crate) fn clean(external_id: &str) -> Value {
    ad(external_id, "Garden tools, 20 % off", "Spades, rakes and shears, delivered to your door in two days.")
}

/// An ad with a headline and a body of one's own.
pub(crate) fn ad(external_id: &str, headline: &str, body: &str) -> Value {
    json!({
        "external_id": external_id,
        "advertiser": {"external_id": "acct-1", "name": "Northwind Garden Tools"},
        "creative": {"headline": headline, "body": body, "call_to_action": "Shop now"},
        "landing_url": "https://northwind.example/tools",
        "targeting": {"countries": ["DE", "AT"], "min_age": 18},
    })
}

/// An ad that sells a pistol: a listed phrase, found without any model.
pub(crate) fn weapon(external_id: &str) -> Value {
    ad(external_id, "Handguns for sale", "Buy a pistol online, no background check, ships today.")
}

/// An ad that a person must look at: a listed word, and no word of sale beside it.
pub(crate) fn for_people(external_id: &str) -> Value {
    let mut ad = ad(external_id, "The handgun in history", "A new exhibition about the pistol, at the city museum.");
    ad["creative"]["call_to_action"] = "Learn more".into();
    ad
}

/// The same in disguise: look-alike letters, zero-width spaces, leet.
pub(crate) fn disguised_weapon(external_id: &str) -> Value {
    ad(
        external_id,
        "H\u{200b}andgun\u{455} for s4le",
        "Buy a p\u{456}st\u{43e}l online, no backgr\u{200b}ound check, ships today.",
    )
}

/// An ad in a language that the default encoder does not cover.
pub(crate) fn uncovered(external_id: &str) -> Value {
    ad(
        external_id,
        "Садовые инструменты со скидкой",
        "Лопаты, грабли и секаторы с доставкой на дом за два дня. Сегодня скидка на весь ассортимент магазина.",
    )
}

/// A PNG of one colour.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(vec![]);
    image::RgbImage::from_pixel(width, height, image::Rgb([40, 90, 160]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// Bytes as base64, as `creative.images[].data` takes them.
pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}
