//! What bidders rely on: the IAB's examples work, every status is reached, no change is missed by polling, and what was
//! sent comes back as it was.

use crate::harness::{
    database::{On, on_both_databases},
    hook::Hook,
    server::Server,
    until,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

on_both_databases!(every_status_is_reached, a_polling_bidder_misses_no_change, ads_come_back_as_they_were_sent);

/// The path of a seat's ads.
pub(crate) fn seat_path(seat: &str) -> String {
    format!("/iab/v1/bidder/{seat}/ads")
}

/// A native ad with these texts.
fn native(id: &str, title: &str, text: &str) -> Value {
    json!({
        "id": id, "adomain": ["northwind.example"], "cat": ["653"],
        "display": {"native": {
            "link": {"url": "https://northwind.example/tools"},
            "asset": [
                {"id": 1, "title": {"text": title}},
                {"id": 2, "data": {"type": 2, "value": text}},
                {"id": 3, "data": {"type": 12, "value": "Learn more"}},
            ],
        }},
    })
}

/// An ad that no rule objects to.
pub(crate) fn clean(id: &str) -> Value {
    native(id, "Garden tools, 20 % off", "Spades, rakes and shears, delivered to your door in two days.")
}

/// An ad that a person must look at.
fn for_people(id: &str) -> Value {
    native(id, "The handgun in history", "A new exhibition about the pistol, at the city museum.")
}

/// An ad that the rules deny.
fn denied(id: &str) -> Value {
    native(id, "D0uble your B1tc0in in 24h", "Gu4r4nteed r3turns, zer0 r1sk.")
}

/// One ad of every kind, with members that AdCOM does not know.
pub(crate) fn media_kinds() -> Vec<(&'static str, Value)> {
    let vast = "<VAST version=\"3.0\"><Ad><InLine><AdTitle>Garden tools</AdTitle><Creatives><Creative><Linear>\
                <VideoClicks><ClickThrough>https://shop.example/v</ClickThrough></VideoClicks><MediaFiles>\
                <MediaFile>https://cdn.example/v.mp4</MediaFile></MediaFiles></Linear></Creative></Creatives></InLine>\
                </Ad></VAST>";
    let whole = json!({
        "id": "banner", "adomain": ["shop.example", "other.example"], "bundle": ["com.shop"],
        "iurl": "https://cdn.example/look.png", "cat": ["653", "Rm3SiT"], "cattax": 2, "lang": "en", "attr": [2, 6],
        "secure": 1, "mrating": 1, "vendor": {"b": [1.5, "x"], "a": true}, "ext": {"mine": {"id": 7}},
        "display": {
            "mime": "image/png", "api": [3, 5], "ctype": 3, "w": 300, "h": 250, "wratio": 6, "hratio": 5,
            "priv": "https://privacy.example/", "vendor": "kept",
            "banner": {"img": "https://cdn.example/1.png", "link": {
                "url": "https://shop.example/a?b=c", "urlfb": "https://shop.example/", "trkr": ["https://t.example/1"],
            }, "ext": {}},
            "event": [{"type": 1, "method": 1, "api": [7], "url": "https://t.example/i", "cdata": {"k": "v"}}],
        },
    });
    vec![
        ("banner", whole),
        (
            "native",
            json!({"id": "native", "adomain": ["shop.example"], "display": {"native": {
                "link": {"url": "https://shop.example/n", "trkr": ["https://t.example/c"]},
                "asset": [
                    {"id": 1, "req": 1, "title": {"text": "Garden tools", "len": 12}},
                    {"id": 2, "image": {"url": "https://cdn.example/2.png", "w": 10, "h": 10, "type": 3}},
                    {"id": 3, "data": {"value": "Spades", "len": 6, "type": 2}},
                    {"id": 4, "video": {"mime": ["video/mp4"], "dur": 15, "curl": "https://cdn.example/v.mp4"}},
                    {"id": 5, "link": {"url": "https://shop.example/five"}},
                ],
            }}}),
        ),
        (
            "adm",
            json!({"id": "adm", "adomain": ["shop.example"], "display": {"ctype": 1, "w": 320, "h": 50,
            "adm": "<a href=\"https://shop.example/\"><b>Garden</b> tools</a>\n<script>run('\u{1f33b}')</script>"}}),
        ),
        (
            "curl",
            json!({"id": "curl", "adomain": ["shop.example"], "display": {"curl": "https://cdn.example/ad.html"}}),
        ),
        (
            "video",
            json!({"id": "video", "adomain": ["shop.example"],
            "video": {"mime": ["video/mp4"], "api": [7], "ctype": 6, "dur": 15, "adm": vast, "ext": {"x": [null]}}}),
        ),
        (
            "audio",
            json!({"id": "audio", "adomain": ["shop.example"],
            "audio": {"mime": ["audio/mp4"], "ctype": 9, "dur": 30, "curl": "https://cdn.example/vast.xml"}}),
        ),
    ]
}

/// The only ad of a collection.
#[track_caller]
fn only(collection: &Value) -> &Value {
    assert_eq!((&collection["count"], &collection["more"]), (&json!(1), &json!(0)), "{collection}");
    &collection["ads"][0]
}

async fn status_of(hook: &Hook, one: &str) -> i64 {
    only(&hook.get(one).await.expect(200))["audit"]["status"].as_i64().unwrap()
}

/// Waits until an ad has this status, and gives it.
async fn wait_for(hook: &Hook, one: &str, status: i64) -> Value {
    until(&format!("{one} to have status {status}"), async || {
        let ad = only(&hook.get(one).await.expect(200)).clone();
        (ad["audit"]["status"] == status).then_some(ad)
    })
    .await
}

/// Waits until the ad waits for people, whatever the IAB calls that.
async fn in_review(hook: &Hook, external_id: &str) {
    until("a person to be asked", async || {
        let found = hook.get(&format!("/v1/ads?external_id={external_id}")).await.expect(200);
        (found["items"][0]["review_status"] == "in_review").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_specifications_examples_work() {
    let examples: Vec<Value> = serde_json::from_str(include_str!("../fixtures/iab/examples.json")).unwrap();
    let server = Server::start(On::Sqlite).await;
    for bidding in ["permissive", "restrictive"] {
        let made = ["key", "create", "--role", "submitter", "--name", bidding, "--bidding", bidding];
        let key = server.cli(&made).expect();
        let hook = Hook::new(&server.url, key.trim());
        for example in examples.iter().filter(|e| e["bidding"] == bidding) {
            let heading = &example["heading"];
            let answer = match example["method"].as_str().unwrap() {
                "POST" => hook.post(&seat_path(bidding), &example["request"]).await,
                _ => hook.patch(&format!("{}/557391", seat_path(bidding)), &example["request"]).await,
            };
            let (told, expected) = (answer.expect(200), &example["response"]["ads"][0]);
            let ad = only(&told);
            assert_eq!(ad["id"], expected["id"], "{heading}");
            for member in expected.as_object().unwrap().keys() {
                assert_eq!(kind(&ad[member]), kind(&expected[member]), "{heading}: {member} of {ad}");
            }
            for member in expected["audit"].as_object().unwrap().keys() {
                assert_eq!(kind(&ad["audit"][member]), kind(&expected["audit"][member]), "{heading}: {member} of {ad}");
            }
            if example["method"] == "POST" {
                assert_eq!(ad["audit"]["status"], expected["audit"]["status"], "{heading}: {ad}");
            }
        }
    }
    let checklist = reqwest::get(format!("{}/iab/v1/checklist", server.url)).await.unwrap();
    let checklist: Value = serde_json::from_str(&checklist.text().await.unwrap()).unwrap();
    assert_eq!((&checklist["version"], &checklist["ad_ids_of_record"]), (&json!("1.1"), &json!("Bidder")));
    assert_eq!(checklist["base_url"], format!("{}/iab/v1", server.url));
    let page = reqwest::get(format!("{}/iab", server.url)).await.unwrap();
    assert!(page.status() == 200 && page.text().await.unwrap().contains("Integration checklist"));
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Object(_) => "an object",
        _ => "something else",
    }
}

async fn every_status_is_reached(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("grace_seconds = 0\niab_expiry_days = 14\n");
    server.run().await;
    let hook = server.submitter("shop");
    let permissive = server.cli(&[
        "key",
        "create",
        "--role",
        "submitter",
        "--name",
        "dsp",
        "--seat",
        "496",
        "--bidding",
        "permissive",
    ]);
    let permissive = Hook::new(&server.url, permissive.expect().trim());
    let one = |id: &str| format!("{}/{id}", seat_path("shop"));

    // 1 and 2: what waits for a person, restrictive and permissive; under the seat, the name and the id.
    for (bidder, seat, status) in [(&hook, "shop", 1), (&permissive, "496", 2), (&permissive, "dsp", 2)] {
        let told = bidder.post(&seat_path(seat), &for_people("waits")).await.expect(200);
        assert_eq!(only(&told)["audit"]["status"], status, "{told}");
        in_review(bidder, "waits").await;
        assert_eq!(status_of(bidder, &format!("{}/waits", seat_path(seat))).await, status);
    }
    let serving = permissive.get("/v1/ads?external_id=waits").await.expect(200)["items"][0].clone();
    assert_eq!((&serving["approval_status"], &serving["serving"]["eligible"]), (&json!("provisional"), &json!(true)));

    // 3 and 4: what the rules decide; feedback says why.
    hook.post(&seat_path("shop"), &clean("good")).await.expect(200);
    hook.post(&seat_path("shop"), &denied("bad")).await.expect(200);
    wait_for(&hook, &one("good"), 3).await;
    let bad = wait_for(&hook, &one("bad"), 4).await;
    let feedback = bad["audit"]["feedback"].as_array().unwrap();
    assert!(feedback.iter().any(|f| f.as_str().unwrap().contains("guaranteed returns")), "{bad}");

    // Touched, what the rules denied is audited again.
    hook.patch(&one("bad"), &json!({})).await.expect(200);
    let analyst = server.hook("analyst", "research");
    let id = hook.get("/v1/ads?external_id=bad").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    until("another screening", async || {
        let screenings = analyst.get(&format!("/v1/ads/{id}/screenings")).await.expect(200);
        screenings.to_string().contains("touched").then_some(())
    })
    .await;
    let again = wait_for(&hook, &one("bad"), 4).await;
    assert_eq!(again["lastmod"], bad["lastmod"], "the ad itself was not modified");

    // Changed, it is pending: 1.
    let told = hook.put(&one("bad"), &for_people("bad")).await.expect(200);
    assert_eq!(only(&told)["audit"]["status"], 1, "{told}");

    // 5: an approved ad that changed, until a touch asks for its audit.
    let mut changed = for_people("good");
    changed.as_object_mut().unwrap().remove("id");
    let told = hook.put(&one("good"), &changed).await.expect(200);
    assert_eq!(only(&told)["audit"]["status"], 5, "{told}");
    in_review(&hook, "good").await;
    assert_eq!(status_of(&hook, &one("good")).await, 5);
    let told = hook.patch(&one("good"), &json!({})).await.expect(200);
    assert_eq!(only(&told)["audit"]["status"], 1, "{told}");

    // What a person denied stays denied, however often it is touched.
    let ann = server.person("ann", "reviewer").await;
    while let Some(task) = ann.claim_next().await {
        assert!(task.page.html.contains("Document as sent"), "people see the markup: {}", task.page.html);
        ann.answer_all(&task, "confirmed").await;
    }
    let person = wait_for(&hook, &one("good"), 4).await;
    let told = hook.patch(&one("good"), &json!({})).await.expect(200);
    assert_eq!(only(&told)["audit"]["lastmod"], person["audit"]["lastmod"], "refused: nothing changed");

    // 6: nobody touched it for too long; a touch brings its last status back.
    hook.post(&seat_path("shop"), &clean("old")).await.expect(200);
    wait_for(&hook, &one("old"), 3).await;
    server.pass(Duration::from_secs(13 * 24 * 3600));
    hook.post(&seat_path("shop"), &clean("old")).await.expect(200);
    server.pass(Duration::from_secs(2 * 24 * 3600));
    wait_for(&hook, &one("bad"), 6).await;
    assert_eq!(status_of(&hook, &one("old")).await, 3, "sent again a day and a half ago, it is awake");
    server.pass(Duration::from_secs(13 * 24 * 3600));
    let expired = wait_for(&hook, &one("old"), 6).await;
    assert!(expired["audit"]["feedback"][0].as_str().unwrap().contains("touch"), "{expired}");
    let native = hook.get("/v1/ads?external_id=old").await.expect(200)["items"][0].clone();
    assert_eq!((&native["review_status"], &native["serving"]["eligible"]), (&json!("expired"), &json!(false)));
    let told = hook.patch(&one("old"), &json!({})).await.expect(200);
    assert_eq!(only(&told)["audit"]["status"], 3, "{told}");

    // Taken back through the other door, it is 6 too; a touch has it audited again.
    let id = native["id"].as_str().unwrap();
    hook.delete(&format!("/v1/ads/{id}")).await.expect(200);
    wait_for(&hook, &one("old"), 6).await;
    hook.patch(&one("old"), &json!({})).await.expect(200);
    wait_for(&hook, &one("old"), 3).await;
    server.cli(&["audit", "verify"]).expect();
}

/// Two servers, bidders on both, and a reader with small pages that never stops polling from the greatest stamp it saw.
async fn a_polling_bidder_misses_no_change(on: On) {
    const WRITERS: usize = 4;
    const ADS: usize = 8;
    let mut first = Server::install(on, &[]).await;
    first.configure("iab_page = 3\n");
    first.run().await;
    let second = first.companion().await;
    let hook = first.submitter("shop");
    let elsewhere = hook.at(&second.url);
    let writing = Arc::new(AtomicBool::new(true));
    let reader = tokio::spawn(poll(hook.clone(), Arc::clone(&writing)));
    let writers = (0..WRITERS).map(|w| {
        let hook = if w % 2 == 0 { hook.clone() } else { elsewhere.clone() };
        tokio::spawn(async move {
            for n in 0..ADS {
                let id = format!("ad {w}/{n}?");
                let ad = if n % 2 == 0 { clean(&id) } else { for_people(&id) };
                let told = hook.post(&seat_path("shop"), &ad).await.expect(200);
                assert!(only(&told)["audit"]["lastmod"].as_i64().unwrap() > 0, "{told}");
                if n % 3 == 0 {
                    let path = format!("{}/ad%20{w}%2F{n}%3F", seat_path("shop"));
                    hook.patch(&path, &json!({"vendor": n})).await.expect(200);
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    until("every ad to be screened", async || {
        let items = hook.get("/v1/ads?limit=200").await.expect(200)["items"].clone();
        items.as_array().unwrap().iter().all(|ad| ad["review_status"] != "pending").then_some(())
    })
    .await;
    let db = first.database.connect().await;
    until("every change to be stamped", async || {
        let sql = "SELECT COUNT(*) AS n FROM iab_ad WHERE version > sealed_version";
        (crate::outbox::number(&db, sql).await == 0).then_some(())
    })
    .await;
    db.close().await.unwrap();
    writing.store(false, Ordering::SeqCst);
    let seen = reader.await.unwrap();

    let stamps: Vec<i64> = seen.iter().map(|ad| ad["audit"]["lastmod"].as_i64().unwrap()).collect();
    assert!(stamps.is_sorted_by(|a, b| a < b), "stamps only grow, and none is seen twice: {stamps:?}");
    let last: BTreeMap<&str, &Value> = seen.iter().map(|ad| (ad["id"].as_str().unwrap(), ad)).collect();
    assert_eq!(last.len(), WRITERS * ADS);
    for (id, ad) in last {
        let path = format!("{}/{}", seat_path("shop"), id.replace(' ', "%20").replace('/', "%2F").replace('?', "%3F"));
        let now = hook.get(&path).await.expect(200);
        assert_eq!(only(&now)["audit"]["lastmod"], ad["audit"]["lastmod"], "{id}: the newest change was seen");
        assert_eq!(only(&now)["audit"]["status"], ad["audit"]["status"], "{id}");
    }

    // A reader who comes later sees every ad once, page by page; with an end, none after it.
    let mut ids = BTreeSet::new();
    let mut path = format!("{}?auditStart=0", seat_path("shop"));
    loop {
        let page = hook.get(&path).await.expect(200);
        let ads = page["ads"].as_array().unwrap();
        assert!(ads.len() <= 3 && page["count"] == ads.len());
        assert!(ads.iter().all(|ad| ids.insert(ad["id"].as_str().unwrap().to_owned())), "{page}");
        match page["nextPage"].as_str() {
            Some(next) => {
                assert_eq!(page["more"], 1);
                path = next.strip_prefix(&first.url).expect("an address of this server").to_owned();
            }
            None => break,
        }
    }
    assert_eq!(ids.len(), WRITERS * ADS);
    let middle = stamps[stamps.len() / 2];
    let until_then = hook.get(&format!("{}?auditStart=0&auditEnd={middle}", seat_path("shop"))).await.expect(200);
    assert!(until_then["ads"].as_array().unwrap().iter().all(|a| a["audit"]["lastmod"].as_i64().unwrap() <= middle));
}

/// Polls from the greatest stamp seen, following pages, until told to end; then once more.
async fn poll(hook: Hook, go_on: Arc<AtomicBool>) -> Vec<Value> {
    let (mut seen, mut newest) = (vec![], 0);
    loop {
        let last = !go_on.load(Ordering::SeqCst);
        loop {
            let page = hook.get(&format!("{}?auditStart={newest}", seat_path("shop"))).await.expect(200);
            let ads = page["ads"].as_array().unwrap().clone();
            newest = ads.last().map_or(newest, |ad| ad["audit"]["lastmod"].as_i64().unwrap());
            seen.extend(ads);
            if page["more"] == 0 {
                break;
            }
        }
        if last {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn ads_come_back_as_they_were_sent(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    for (kind, ad) in media_kinds() {
        let path = format!("{}/{kind}", seat_path("shop"));
        let sparse = hook.post(&seat_path("shop"), &ad).await.expect(200);
        let names: Vec<_> = only(&sparse).as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["id", "init", "lastmod", "audit"], "answers to a submission are sparse");
        assert_eq!(as_sent(&hook.get(&path).await.expect(200)), ad, "{kind}");

        // The same again is what is there; a change of a bidder's own member is kept, and is a new revision.
        let again = hook.post(&seat_path("shop"), &ad).await.expect(200);
        assert_eq!(only(&again)["init"], only(&sparse)["init"]);
        assert_eq!(only(&again)["lastmod"], only(&sparse)["lastmod"], "{kind}: nothing was modified");
        let told = hook.patch(&path, &json!({"vendor": {"n": 1}, "ext": null})).await.expect(200);
        assert_eq!(only(&told)["init"], only(&sparse)["init"]);
        let mut expected = ad.clone();
        let members = expected.as_object_mut().unwrap();
        members.remove("ext");
        match members.get_mut("vendor") {
            Some(vendor) => vendor["n"] = json!(1),
            None => drop(members.insert("vendor".into(), json!({"n": 1}))),
        }
        let request = hook.request(reqwest::Method::PATCH, &path).header("prefer", "return=representation");
        let whole = crate::harness::hook::Answer::read(request.json(&json!({})).send().await.unwrap()).await;
        assert_eq!(as_sent(&whole.expect(200)), expected, "{kind}");
        let revision = hook.get(&format!("/v1/ads?external_id={kind}")).await.expect(200)["items"][0]["id"].clone();
        let native = hook.get(&format!("/v1/ads/{}", revision.as_str().unwrap())).await.expect(200);
        assert_eq!(native["revision_number"], 2, "{kind}: a change that shows nowhere else is a revision");
        assert_eq!(native["advertiser"]["external_id"], "shop.example");
    }
    let put = hook.put(&format!("{}/none", seat_path("shop")), &clean("none")).await;
    assert_eq!(put.status, 404, "only POST makes an ad");

    // Content that came through the other door has no document: the ad is sparse until it is sent whole.
    let id = hook.get("/v1/ads?external_id=adm").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    hook.put(&format!("/v1/ads/{id}"), &crate::harness::ads::clean("adm")).await.expect(202);
    let path = format!("{}/adm", seat_path("shop"));
    assert!(only(&hook.get(&path).await.expect(200))["display"].is_null());
    assert_eq!(hook.patch(&path, &json!({"cat": ["1"]})).await.status, 400);
    hook.patch(&path, &json!({})).await.expect(200);
    hook.put(&path, &clean("adm")).await.expect(200);
    assert_eq!(as_sent(&hook.get(&path).await.expect(200)), clean("adm"));

    // Bidders of two seats may use one id.
    let other = server.submitter("other");
    assert_eq!(other.get(&format!("{}/adm", seat_path("other"))).await.status, 404);
    other.post(&seat_path("other"), &clean("adm")).await.expect(200);
    assert_eq!(other.get(&path).await.status, 404, "another submitter's seat is not found");
    let taken = server.cli(&["key", "create", "--role", "submitter", "--name", "third", "--seat", "9"]);
    taken.expect();
    let twice = server.cli(&["key", "create", "--role", "submitter", "--name", "fourth", "--seat", "9"]);
    assert!(!twice.status.success() && twice.err.contains("seat"), "{twice:?}");
}

/// The only ad, without what is the exchange's.
#[track_caller]
fn as_sent(collection: &Value) -> Value {
    let mut ad = only(collection).clone();
    for ours in ["init", "lastmod", "audit"] {
        assert!(ad.as_object_mut().unwrap().remove(ours).is_some(), "{ours} is there");
    }
    ad
}
