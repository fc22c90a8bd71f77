//! What normalisation undoes, what it leaves alone, and what holds for any text.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// Raw text, normalised text, what was undone.
const DISGUISES: &[(&str, &str, &[Disguise])] = &[
    // Invisible characters
    ("vi\u{200B}agra", "viagra", &[Disguise::Invisible]),
    ("c\u{AD}a\u{AD}s\u{AD}i\u{AD}n\u{AD}o", "casino", &[Disguise::Invisible]),
    ("fr\u{2060}ee mo\u{FEFF}ney", "free money", &[Disguise::Invisible]),
    ("gam\u{E0041}\u{E0042}bling", "gambling", &[Disguise::Invisible]),
    ("po\u{0}r\u{8}n", "porn", &[Disguise::Invisible]),
    ("por\u{FE0F}n", "porn", &[Disguise::Invisible]),
    ("s\u{200D}e\u{200C}x", "sex", &[Disguise::Invisible]),
    ("\u{202E}argaiv\u{202C} here", "viagra here", &[Disguise::Invisible]),
    // Styled letters
    ("ｆｒｅｅ ｃａｓｈ", "free cash", &[Disguise::Styled]),
    ("𝓯𝓻𝓮𝓮 𝐜𝐚𝐬𝐡", "free cash", &[Disguise::Styled]),
    ("ⓕⓡⓔⓔ", "free", &[Disguise::Styled]),
    ("🄵🅁🄴🄴", "FREE", &[Disguise::Styled]),
    ("🅵🆁🅴🅴", "FREE", &[Disguise::Styled]),
    ("🅲🅰🆂🅸🅽🅾", "CASINO", &[Disguise::Styled]),
    ("🇻\u{200B}🇮\u{200B}🇦\u{200B}🇬\u{200B}🇷\u{200B}🇦", "VIAGRA", &[Disguise::Invisible, Disguise::Styled]),
    ("🇵 🇴 🇷 🇳", "PORN", &[Disguise::Spaced, Disguise::Styled]),
    ("⒞⒜⒮⒤⒩⒪", "casino", &[Disguise::Styled]),
    ("ᴠɪᴀɢʀᴀ", "viagra", &[Disguise::Styled]),
    // Stacked and scattered marks
    ("f\u{336}r\u{336}e\u{336}e\u{336}", "free", &[Disguise::Combining]),
    ("p\u{301}\u{302}\u{303}\u{304}\u{335}orn", "porn", &[Disguise::Combining]),
    ("ca\u{20DD}sino", "casino", &[Disguise::Combining]),
    ("v\u{300}ag\u{300}rx\u{300}", "vagrx", &[Disguise::Combining]),
    // Look-alikes
    ("сasіno", "casino", &[Disguise::Homoglyph, Disguise::MixedScript]),
    ("VIАGRА", "VIAGRA", &[Disguise::Homoglyph, Disguise::MixedScript]),
    ("frее mоnеу now", "free money now", &[Disguise::Homoglyph, Disguise::MixedScript]),
    ("buy сосо now", "buy coco now", &[Disguise::Homoglyph]),
    ("hot ѕех tonight", "hot sex tonight", &[Disguise::Homoglyph]),
    ("pοrn", "porn", &[Disguise::Homoglyph, Disguise::MixedScript]),
    ("ƒяее", "free", &[Disguise::Homoglyph, Disguise::MixedScript]),
    ("₣ⱤɆɆ ₵₳₴Ⱨ", "FREE CASH", &[Disguise::Homoglyph, Disguise::MixedScript]),
    ("ɡɑmbling", "gambling", &[Disguise::Homoglyph]),
    ("скидкa на кредuт", "скидка на кредит", &[Disguise::Homoglyph, Disguise::MixedScript]),
    // Leet
    ("fr33 v1agra", "free viagra", &[Disguise::Leet]),
    ("V14GR4", "VIAGRA", &[Disguise::Leet]),
    ("c@$ino b0nus", "casino bonus", &[Disguise::Leet]),
    ("c4s1n0", "casino", &[Disguise::Leet]),
    ("m0ney fast", "money fast", &[Disguise::Leet]),
    ("$ex", "sex", &[Disguise::Leet]),
    ("earn ca$h!", "earn cash!", &[Disguise::Leet]),
    ("p0rn", "porn", &[Disguise::Leet]),
    ("s3x", "sex", &[Disguise::Leet]),
    ("cl1ck h3re", "click here", &[Disguise::Leet]),
    ("l0se w3ight", "lose weight", &[Disguise::Leet]),
    ("0nline l0an", "online loan", &[Disguise::Leet]),
    ("5ale", "sale", &[Disguise::Leet]),
    ("bu$ine$$", "business", &[Disguise::Leet]),
    ("v!agra", "viagra", &[Disguise::Leet]),
    ("c0ca1ne", "cocaine", &[Disguise::Leet]),
    ("@dult d@ting", "adult dating", &[Disguise::Leet]),
    ("n0 ver1fication, zer0 r1sk, 0vernight c4sh", "no verification, zero risk, overnight cash", &[Disguise::Leet]),
    ("S1n r1esgo, dep0sita y c0bra el d0ble", "Sin riesgo, deposita y cobra el doble", &[Disguise::Leet]),
    // Spaced-out letters
    ("v i a g r a", "viagra", &[Disguise::Spaced]),
    ("c.a.s.i.n.o bonus", "casino bonus", &[Disguise::Spaced]),
    ("F-R-E-E", "FREE", &[Disguise::Spaced]),
    ("f r e e   c a s h", "free   cash", &[Disguise::Spaced]),
    ("p*o*r*n", "porn", &[Disguise::Spaced]),
    ("F🔥R🔥E🔥E", "FREE", &[Disguise::Spaced]),
    ("s\ne\nx\ny", "sexy", &[Disguise::Spaced]),
    ("к-р-е-д-и-т", "кредит", &[Disguise::Spaced]),
    // Several at once
    ("v 1 a g r @", "viagra", &[Disguise::Leet, Disguise::Spaced]),
    ("с.а.ѕ.і.n.о", "casino", &[Disguise::Homoglyph, Disguise::MixedScript, Disguise::Spaced]),
    ("ｖ１ａｇｒａ", "viagra", &[Disguise::Leet, Disguise::Styled]),
];

/// Texts that must come out as they went in.
const PLAIN: &[&str] = &[
    "Buy now for $5, was $19.99",
    "iPhone 15 Pro, 256GB",
    "B2B and B2C software",
    "4K TV, 8K ready, 1080p",
    "Open 24/7",
    "Save 100% today, up to 50% off!",
    "3D printing with PLA",
    "Drink more h2o",
    "Call 1-800-555-0199 or +44 20 7946 0958",
    "On 12/05/2026 at 10:30",
    "mp3 player, mp4 video, usb3 hub",
    "Samsung Galaxy S23, A54 and Z4",
    "PS5, Xbox 360 and GTX1070ti",
    "WH1000XM4 headphones",
    "Windows 11, Office365",
    "covid19 and H1N1",
    "1st, 2nd, 3rd, 4th, 21st",
    "10mg of q10, vitamin b12, omega3",
    "Buy1get1 on all shoes",
    "#Birdies4Good, #Doodle4Google, #MayThe4thBeWithYou",
    "Inno3D, Knowledge@Wharton, @_lostb0y, 0xed4f",
    "Sold for US$1M, 10mins, W1JHL",
    "Stop!Look, bonne idée!Découvrez, what a wochenende!J",
    "the N.A.A.C.P. and the L.P.G.A.",
    "D A Y 3",
    "① first ② second",
    "3in1 shampoo, 2for1 drinks",
    "US$20, A$15, R$ 50, HK$99, $1M",
    "$TSLA up, follow @brand or mail sales@example.com",
    "See https://example.com/a1b2c3?x=v1agra or www.c4sino.com",
    "bit.ly/3xYz0ab",
    "AK47 and R2D2",
    "gpt4, web3, c3",
    "1Password and 7eleven, 5star, 4ever",
    "the 90s, 24h, 5g, 50k",
    "U.S.A. and N.Y.",
    "J. R. R. Tolkien",
    "sizes S M L XL",
    "A B C D E",
    "vitamins A, B, C, D and E",
    "Yes!Now",
    "meet me@work",
    "Für größere Füße: süße Grüße, Straße",
    "L'été à la plage, ça c'est déjà Noël, cœur",
    "¡Compra ya! ¿Qué más quieres, señorita?",
    "Não perca a promoção, coração",
    "Perché no? È già così",
    "Smørrebrød på Ærø, Åre",
    "Zażółć gęślą jaźń, Łódź",
    "Příliš žluťoučký kůň",
    "İstanbul'da ışık, şeker",
    "Được mua hàng giảm giá, miễn phí vận chuyển",
    "Tiếng Việt: ưu đãi đặc biệt hôm nay",
    "Ẹ kú àárọ̀ o",
    "Купите сейчас со скидкой 50%",
    "Купите iPhone со скидкой",
    "Московский ресторан: оса, сор, рука",
    "Безкоштовна доставка їжі",
    "Αγοράστε τώρα με έκπτωση",
    "Το νέο κατάστημα στην Αθήνα",
    "ᾧ ἄνδρες Ἀθηναῖοι",
    "今すぐ購入、Tシャツ半額",
    "立即购买 优惠",
    "지금 구매하세요",
    "اشترِ الآن بخصم",
    "می‌خواهم بخرم",
    "קנו עכשיו בהנחה",
    "अभी खरीदें, क्षमा",
    "ซื้อเลยวันนี้",
    "Love ❤️ family 👨‍👩‍👧 thumbs 👍🏽 key 1️⃣ flags 🇩🇪🇫🇷 parking 🅿️",
    "Brand™ and 20 m², ½ price, 1º",
    "5 μm filter, 10 μg, Δt",
    "β-carotene, α-lipoic",
    "price 10 €, 5€, £20, ¥500",
    "1920×1080",
    "don't, it’s “quoted” – really…?",
];

#[test]
fn disguises_are_undone() {
    let mut wrong = Vec::new();
    for (raw, text, changes) in DISGUISES {
        let normalised = normalise(raw);
        let mut expected = changes.to_vec();
        expected.sort();
        let is_share = normalised.disguise > 0.0 && normalised.disguise <= 1.0;
        if &normalised.text != text || normalised.changes != expected || !is_share {
            wrong.push(format!(
                "{raw:?} should be {text:?} {expected:?}: {normalised:?}",
                normalised = (normalised.text, normalised.changes, normalised.disguise)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn honest_texts_stay() {
    let mut wrong = Vec::new();
    for raw in PLAIN {
        let normalised = normalise(raw);
        if normalised.text != raw.replace('…', "...").replace('①', "1").replace('②', "2")
            || normalised.disguise > 0.0
            || !normalised.changes.is_empty()
        {
            wrong.push(format!("{raw:?}: {:?}", (normalised.text, normalised.changes, normalised.disguise)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn typography_is_no_disguise() {
    for (raw, text) in [
        ("e\u{301}te\u{301}", "été"),
        ("ﬁnance oﬃce", "finance office"),
        ("hundert\u{AD}tausen\u{AD}den", "hunderttausenden"),
        ("a\u{A0}b\tc\r\nd\u{2028}e", "a b c\nd\ne"),
        ("\u{FEFF}Hello\u{200B} world", "Hello world"),
        ("\u{200F}שלום\u{200F}", "שלום"),
    ] {
        let normalised = normalise(raw);
        assert_eq!((normalised.text.as_str(), normalised.disguise, normalised.changes.len()), (text, 0.0, 0));
    }
}

#[test]
fn a_whole_word_look_alike_needs_latin_company() {
    assert_eq!(normalise("СОСА").text, "СОСА");
    assert_eq!(normalise_within("СОСА", &["fresh drinks for you"]).text, "COCA");
    assert_eq!(normalise_within("СОСА", &["свежие напитки для вас"]).text, "СОСА");
}

#[test]
fn urls_keep_their_codes() {
    for (raw, text) in [
        ("https://example.com/v1agra?id=a1b2", "https://example.com/v1agra?id=a1b2"),
        ("https://example.com/buy%20now/%D0%BA", "https://example.com/buy now/к"),
        ("https://example.com/100%/%FF%GG", "https://example.com/100%/%FF%GG"),
        ("https://саsino.example/", "https://casino.example/"),
    ] {
        assert_eq!(normalise_url(raw).text, text);
    }
    let url = normalise_url("https://x.example/%D1%84%D1%83");
    assert_eq!(url.map.raw_span(18, 20), Some((18, 24)));
}

#[test]
fn spans_point_at_raw_bytes() {
    for (raw, word, span) in [
        ("get fr\u{200B}ee cash", "free", "fr\u{200B}ee"),
        ("get 𝓯𝓻𝓮𝓮 cash", "free", "𝓯𝓻𝓮𝓮"),
        ("a v i a g r a b", "viagra", ""),
        ("to v.i.a.g.r.a go", "viagra", "v.i.a.g.r.a"),
        ("un cafe\u{301} noir", "café", "cafe\u{301}"),
        ("the ﬁnance oﬃce", "finance", "ﬁnance"),
        ("see \u{202E}argaiv\u{202C} x", "viagra", "argaiv"),
        ("p\u{301}\u{302}\u{303}orn", "porn", "p\u{301}\u{302}\u{303}orn"),
    ] {
        let normalised = normalise(raw);
        let Some(at) = normalised.text.find(word).filter(|_| !span.is_empty()) else { continue };
        let (start, end) = normalised.map.raw_span(at, at + word.len()).unwrap();
        assert_eq!(&raw[start as usize..end as usize], span);
    }
}

/// Pieces that stages care about, for texts nastier than chance would make.
const PIECES: &[&str] = &[
    "a",
    "b",
    "c",
    "e",
    "i",
    "o",
    "v",
    "x",
    "A",
    "S",
    "T",
    "0",
    "1",
    "3",
    "4",
    "5",
    "7",
    "8",
    "$",
    "@",
    "!",
    "|",
    "€",
    "£",
    " ",
    "  ",
    ".",
    "-",
    "*",
    "/",
    "\n",
    "\r",
    "\t",
    ",",
    "'",
    "а",
    "с",
    "е",
    "о",
    "к",
    "и",
    "й",
    "я",
    "ѕ",
    "З",
    "α",
    "ο",
    "ν",
    "μ",
    "Ω",
    "ß",
    "ñ",
    "é",
    "ł",
    "ɑ",
    "ɡ",
    "ᴀ",
    "ⓐ",
    "ａ",
    "𝐚",
    "🅰",
    "🅵",
    "🅿️",
    "🇩",
    "🇪",
    "🇺",
    "⒜",
    "ﬁ",
    "™",
    "²",
    "½",
    "´",
    "…",
    "\u{301}",
    "\u{302}",
    "\u{336}",
    "\u{20DD}",
    "\u{20E3}",
    "\u{FE0F}",
    "\u{200B}",
    "\u{200D}",
    "\u{200C}",
    "\u{202E}",
    "\u{202C}",
    "\u{AD}",
    "\u{E0041}",
    "\u{3099}",
    "か",
    "ﾞ",
    "가",
    "\u{1100}",
    "\u{1161}",
    "\u{11A8}",
    "क",
    "्",
    "ष",
    "ا",
    "ِ",
    "ש",
    "ָ",
    "ท",
    "ี",
    "漢",
    "👍",
    "🏽",
    "viagra",
    "fr33",
    "c4s1n0",
    "now",
    "§",
    "₣",
    "×",
    "\u{0}",
    "\u{E000}",
    "\u{10FFFF}",
    "Ꭺ",
    "Ⅳ",
    "ǆ",
    "\u{345}",
    "ᾳ",
];

fn random_text(rng: &mut ChaCha8Rng) -> String {
    let length = rng.random_range(0..24);
    (0..length)
        .map(|_| {
            if rng.random_bool(0.1) {
                rng.random::<char>().to_string()
            } else {
                PIECES.choose(rng).copied().unwrap_or_default().to_owned()
            }
        })
        .collect()
}

#[test]
fn what_holds_for_any_text() {
    let seed: u64 = std::env::var("ADJUDGE_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_123);
    println!("seed {seed} (ADJUDGE_TEST_SEED)");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for round in 0..5_000 {
        let raw = random_text(&mut rng);
        let normalised = normalise(&raw);
        let again = normalise(&normalised.text);
        assert_eq!(
            again.text,
            normalised.text,
            "round {round}: not a fixed point of {raw:?} ({})",
            raw.escape_unicode()
        );
        assert!((0.0..=1.0).contains(&normalised.disguise));
        for (at, c) in normalised.text.char_indices() {
            let (start, end) = normalised.map.raw_span(at, at + c.len_utf8()).unwrap();
            assert!(start < end && raw.get(start as usize..end as usize).is_some(), "round {round}: {raw:?}");
        }
        for text in [&raw, &normalised.text] {
            let _ = normalise_url(text);
        }
    }
}

#[test]
fn hostile_texts_take_linear_work() {
    let texts = [
        "\u{301}".repeat(50_000),
        format!("a{}", "\u{316}\u{301}".repeat(25_000)),
        "\u{202E}".repeat(30_000),
        "\u{1161}".repeat(30_000),
        "v i ".repeat(25_000),
        "a.".repeat(50_000),
        "1a".repeat(50_000),
        "$ ".repeat(50_000),
        "с".repeat(50_000),
        "сa".repeat(30_000),
        "🇩".repeat(20_001),
        "🅰 ".repeat(20_000),
        "%41".repeat(30_000),
        "\u{FDFA}".repeat(10_000),
    ];
    for text in &texts {
        let began = std::time::Instant::now();
        let normalised = normalise(text);
        let _ = normalise_url(text);
        assert!(normalised.text.len() <= 20 * text.len() + 20);
        // Generous for an unoptimised build; quadratic work would take minutes.
        assert!(
            began.elapsed().as_secs() < 10,
            "{} took {:?}",
            text.chars().take(4).collect::<String>().escape_unicode(),
            began.elapsed()
        );
    }
}
