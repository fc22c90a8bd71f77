//! What AdCOM becomes: texts, links, images and videos of every kind of ad, and sentences for what is no ad.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use serde_json::json;

fn of(ad: &Value) -> AdcomSubmission {
    read(ad.to_string().as_bytes(), None).unwrap_or_else(|refusal| panic!("{refusal}\n{ad}"))
}

fn pointers(ad: &Value) -> Vec<String> {
    let refusal = read(ad.to_string().as_bytes(), None).expect_err("refused");
    assert!(refusal.problems.iter().all(|p| !p.detail.is_empty()));
    refusal.problems.into_iter().map(|p| p.pointer).collect()
}

fn html(adm: &str) -> AdcomSubmission {
    of(&json!({"id": "1", "adomain": "a.example", "display": {"adm": adm}}))
}

#[test]
fn single_items_become_lists_and_what_is_ours_is_not_read() {
    let sent = of(&json!({
        "id": "557391", "adomain": "ford.com", "cat": "653", "attr": 6, "iurl": "https://cdn.example/1.gif",
        "display": {"w": 300, "h": 250, "api": 3, "event": {"type": 1, "method": 1, "api": 7}},
        "init": "not ours to read", "lastmod": -1, "audit": 7, "vendor": {"kept": [1.5, null, "x"]},
    }));
    let expected = json!({
        "adomain": ["ford.com"], "cat": ["653"], "attr": [6], "iurl": "https://cdn.example/1.gif",
        "display": {"w": 300, "h": 250, "api": [3], "event": [{"type": 1, "method": 1, "api": [7]}]},
        "vendor": {"kept": [1.5, null, "x"]},
    });
    assert_eq!(sent.document, expected);
    let names: Vec<_> = sent.document.as_object().unwrap().keys().collect();
    assert_eq!(names, ["adomain", "cat", "attr", "iurl", "display", "vendor"], "in the order sent");
    assert_eq!(sent.submission.advertiser.external_id, "ford.com");
    assert_eq!(sent.submission.content.landing_url.as_deref(), Some("https://ford.com/"));
    assert!(sent.submission.content.document.is_some());
}

#[test]
fn a_native_ads_texts_links_and_images_are_found() {
    let sent = of(&json!({
        "id": "n-1", "adomain": ["shop.example"], "display": {"native": {
            "link": {"url": "myapp://open", "urlfb": "https://shop.example/app", "trkr": "https://t.example/c"},
            "asset": [
                {"id": 1, "req": 1, "title": {"text": "Garden tools", "len": 12}},
                {"id": 2, "img": {"url": "https://cdn.example/icon.png", "type": 1}},
                {"id": 3, "image": {"url": "https://cdn.example/main.png", "type": 3}},
                {"id": 4, "data": {"type": 2, "value": "Spades and rakes."}},
                {"id": 5, "data": {"type": 12, "value": "Shop now"}},
                {"id": 6, "link": {"url": "https://shop.example/six"}},
                {"id": 7, "video": {"mime": "video/mp4", "dur": 15, "curl": "https://cdn.example/v.mp4"}},
            ],
        }},
    }));
    let content = &sent.submission.content;
    assert_eq!(content.creative.headline, "Garden tools");
    assert_eq!(content.creative.body, "Spades and rakes.");
    assert_eq!(content.creative.call_to_action, "Shop now");
    assert_eq!(content.landing_url.as_deref(), Some("https://shop.example/app"));
    let images: Vec<_> = content.creative.images.iter().filter_map(|i| i.url.as_deref()).collect();
    assert_eq!(images, ["https://cdn.example/icon.png", "https://cdn.example/main.png"]);
    let video = content.creative.video.as_ref().unwrap();
    assert_eq!((video.url.as_str(), video.duration_ms), ("https://cdn.example/v.mp4", Some(15_000)));
}

#[test]
fn text_that_a_browser_shows_is_found_however_it_is_hidden_in_markup() {
    for (adm, lines) in [
        ("Buy a <b>pis</b>tol<br>today", vec!["Buy a pistol", "today"]),
        ("<script>var x = '<p>no</p>';</script><p>yes</p>", vec!["yes"]),
        ("<style>p { color: red }</style><p>yes</p><!-- no -->", vec!["yes"]),
        ("<!-- <VAST --><div>Handguns</div>", vec!["Handguns"]),
        ("<textarea><script>shown</script></textarea>", vec!["<script>shown</script>"]),
        ("<svg><style/><text>Handguns</text></svg>", vec!["Handguns"]),
        ("<svg><![CDATA[Handguns]]></svg>", vec!["Handguns"]),
        ("<iframe srcdoc=\"&lt;p&gt;Handguns&lt;/p&gt;\"></iframe>", vec!["Handguns"]),
        ("<input type=button value='Buy now'><img src=x alt='A pistol'>", vec!["Buy now", "A pistol"]),
        ("<noscript>Handguns</noscript><p>h&#x61;ndguns &amp; more", vec!["Handguns", "handguns & more"]),
        ("<plaintext>Handguns", vec!["Handguns"]),
        ("{\"native\": {\"assets\": [{\"title\": {\"text\": \"Handguns\"}}]}}", vec!["Handguns"]),
        ("{not json} Handguns", vec!["{not json} Handguns"]),
    ] {
        assert_eq!(html(adm).submission.content.creative.body.split('\n').collect::<Vec<_>>(), lines, "{adm}");
    }
    let sent = html(
        "<a href='${CLICK}https://shop.example/a?x=1&amp;y=2'><img src='//cdn.example/1.png' alt='Spades'></a>\
         <img src='https://t.example/pixel' width=1 height=1><a href='javascript:alert(1)'>x</a>",
    );
    assert_eq!(sent.submission.content.landing_url.as_deref(), Some("https://shop.example/a?x=1&y=2"));
    let images: Vec<_> = sent.submission.content.creative.images.iter().filter_map(|i| i.url.as_deref()).collect();
    assert_eq!(images, ["https://cdn.example/1.png"]);
}

#[test]
fn a_vast_documents_texts_links_and_media_are_found() {
    let vast = "<?xml version=\"1.0\"?><!-- a --><VAST version=\"3.0\"><Ad id=\"1\"><InLine>\
        <AdTitle><![CDATA[Garden  tools]]></AdTitle><Description>Spades &amp; rakes</Description>\
        <Creatives><Creative><Linear><Duration>00:01:15.5</Duration><VideoClicks>\
        <ClickThrough><![CDATA[ https://shop.example/v?a=1&copy=2 ]]></ClickThrough></VideoClicks>\
        <MediaFiles><MediaFile type=\"video/mp4\"><![CDATA[https://cdn.example/v.mp4]]></MediaFile></MediaFiles></Linear>\
        <CompanionAds><Companion><HTMLResource><![CDATA[<p>Shop <i>now</i></p>]]></HTMLResource>\
        <StaticResource>https://cdn.example/c.png</StaticResource></Companion></CompanionAds>\
        </Creative></Creatives></InLine></Ad></VAST>";
    for media in ["video", "audio"] {
        let sent = of(&json!({"id": "v", "adomain": ["shop.example"], media: {"ctype": 6, "adm": vast}}));
        let content = &sent.submission.content;
        assert_eq!(content.creative.headline, "Garden tools");
        assert_eq!(content.creative.body, "Spades & rakes\nShop now");
        assert_eq!(content.landing_url.as_deref(), Some("https://shop.example/v?a=1&copy=2"));
        assert_eq!(content.creative.images[0].url.as_deref(), Some("https://cdn.example/c.png"));
        let video = content.creative.video.as_ref().unwrap();
        assert_eq!((video.url.as_str(), video.duration_ms), ("https://cdn.example/v.mp4", Some(75_500)));
        assert_eq!(sent.document, json!({"adomain": ["shop.example"], media: {"ctype": 6, "adm": vast}}));
    }
}

#[test]
fn what_is_no_ad_is_refused_at_its_place() {
    let display = |display: Value| json!({"id": "1", "adomain": ["a.example"], "display": display});
    for (ad, expected) in [
        (json!({}), vec!["", "/id"]),
        (json!({"id": "1"}), vec![""]),
        (json!({"id": 7, "adomain": {}, "display": []}), vec!["/adomain", "/display", "/id"]),
        (
            json!({"id": "1", "adomain": "not a domain", "iurl": "https://a.example/1.png", "display": {}}),
            vec!["/adomain"],
        ),
        (json!({"id": "1", "iurl": "https://a.example/1.png", "display": {"w": 1}}), vec!["/adomain"]),
        (display(json!({"w": 300, "h": 250})), vec!["/display"]),
        (display(json!({"adm": "x", "curl": "https://a.example/"})), vec!["/display/curl"]),
        (display(json!({"adm": "x", "w": "300"})), vec!["/display/w"]),
        (display(json!({"banner": {"img": "nowhere"}})), vec!["/display/banner/img"]),
        (
            display(json!({"banner": {"img": "https://a.example/1.png", "link": {"url": "javascript:x"}}})),
            vec!["/display/banner/link/url"],
        ),
        (display(json!({"native": {"asset": [{"id": 1}]}})), vec!["/display/native/asset/0"]),
        (
            display(json!({"native": {"asset": {"title": {}, "data": {"value": "x"}}}})),
            vec!["/display/native/asset/data", "/display/native/asset/title/text"],
        ),
        (display(json!({"adm": "word ".repeat(20_001)})), vec!["/display/adm"]),
        (display(json!({"adm": format!("<p {}", "a ".repeat(20_001))})), vec!["/display/adm"]),
        (
            json!({"id": "1", "adomain": ["a.example"], "video": {"adm": "x", "curl": "y"}, "audio": {}}),
            vec!["/audio", "/video/curl"],
        ),
    ] {
        assert_eq!(pointers(&ad), expected, "{ad:.200}");
    }
    assert_eq!(read(b"[]", None).unwrap_err().problems[0].code, "wrong_type");
    let other = read(br#"{"id": "2"}"#, Some("1")).unwrap_err();
    assert_eq!((other.problems[0].pointer.as_str(), other.problems[0].code), ("/id", "id_differs"));
}

#[test]
fn a_patch_merges_members_and_null_removes_one() {
    let kept = of(&json!({"id": "1", "adomain": ["a.example"], "cat": ["1"], "display": {"w": 300, "adm": "Spades"}}));
    let patch = read_patch(br#"{"cat": null, "display": {"w": 320, "h": 50}, "ext": {"a": {"b": null, "c": 1}}}"#, "1");
    let patched = patch.unwrap().applied_to(&kept.document, "1").unwrap();
    let expected =
        json!({"adomain": ["a.example"], "display": {"w": 320, "adm": "Spades", "h": 50}, "ext": {"a": {"c": 1}}});
    assert_eq!(patched.document, expected);
    assert_ne!(patched.submission.content.document, kept.submission.content.document);
    assert!(
        read_patch(b"{\"audit\": {\"status\": 3}, \"id\": \"1\"}", "1").unwrap().is_empty(),
        "only we write audits"
    );
    assert!(read_patch(b"[]", "1").is_err());
}

#[test]
fn hostile_markup_is_read_to_its_end() {
    for one in ["<div>", "<p><b>", "<svg>", "</p>", "&amp;", "<![CDATA[", "<!--", "<a href='", "<VAST>", "<td><table>"]
    {
        let adm = one.repeat(290_000 / one.len());
        for ad in [json!({"display": {"adm": adm}}), json!({"video": {"adm": adm}})] {
            let mut ad = ad;
            ad["id"] = "1".into();
            ad["adomain"] = "a.example".into();
            // Either an ad without a word, or a refusal: what counts is that it ends, in time that grows with its bytes.
            if let Ok(sent) = read(ad.to_string().as_bytes(), None) {
                assert!(sent.submission.content.creative.body.chars().count() <= 20_000);
            }
        }
    }
}
