//! What is no ad to a bidder's exchange: every value of every kind of ad, made wrong, is refused at its place, and with
//! the IAB's codes alone.

use crate::harness::{database::On, hook::Answer, server::Server};
use crate::iab::{media_kinds, seat_path};
use serde_json::{Value, json};

/// Pointers to every value in a document, the document itself left out.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut inside = |token: String, value: &Value| {
        let pointer = format!("{at}/{}", token.replace('~', "~0").replace('/', "~1"));
        found.push(pointer.clone());
        pointers(value, &pointer, found);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, v)| inside(name.clone(), v)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| inside(i.to_string(), v)),
        _ => {}
    }
}

/// Values that are wrong wherever this one is right.
fn wrong(value: &Value) -> Vec<Value> {
    match value {
        Value::String(_) => vec![json!(true), json!({"x": 1}), json!("")],
        Value::Number(_) => vec![json!(true), json!("1"), json!(-1), json!(0.5), json!(9_000_000_000_000_i64)],
        Value::Array(_) => vec![json!(true), json!([[]])],
        Value::Object(_) => vec![json!(true), json!("x"), json!(7)],
        _ => vec![],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_value_is_refused_at_its_place() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let path = seat_path("shop");
    let mut refused = 0;
    for (kind, ad) in media_kinds() {
        // What is a bidder's own may hold anything; it is kept.
        let ours =
            |pointer: &String| !pointer.contains("/ext") && !pointer.contains("/vendor") && !pointer.contains("/cdata");
        let mut places = vec![];
        pointers(&ad, "", &mut places);
        for place in places.into_iter().filter(ours) {
            for value in wrong(ad.pointer(&place).unwrap()) {
                let mut broken = ad.clone();
                *broken.pointer_mut(&place).unwrap() = value.clone();
                let answer = hook.post(&path, &broken).await;
                let told = answer.expect(400);
                let named = answer.pointers();
                let near = |p: &String| p.starts_with(&place) || place.starts_with(p.as_str()) && !p.is_empty();
                assert!(named.iter().any(near), "{kind} {place} = {value}: {told}");
                assert!(told["errors"].as_array().unwrap().iter().all(|e| !e["detail"].as_str().unwrap().is_empty()));
                refused += 1;
            }
        }
    }
    assert!(refused >= 150, "{refused} malformed ads");
    eprintln!("{refused} malformed ads were refused");
    let all = hook.get(&format!("{path}?auditStart=0")).await.expect(200);
    assert_eq!((&all["count"], &all["ads"]), (&json!(0), &json!([])), "a refused ad is not stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_iabs_codes_are_answered() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let path = seat_path("shop");
    let bytes = async |media: &str, body: Vec<u8>| hook.post_bytes(&path, media, body).await;
    for (what, answer, status) in [
        ("nothing", bytes("application/json", vec![]).await, 400),
        ("no JSON", bytes("application/json", b"{".to_vec()).await, 400),
        ("a list", bytes("application/json", b"[]".to_vec()).await, 400),
        ("no UTF-8", bytes("application/json", b"{\"id\":\"\xff\"}".to_vec()).await, 400),
        ("deep JSON", bytes("application/json", [b"[".repeat(999), b"]".repeat(999)].concat()).await, 400),
        ("2 MB", bytes("application/json", vec![b' '; 2 * 1024 * 1024]).await, 400),
        ("a form", bytes("application/x-www-form-urlencoded", b"id=1".to_vec()).await, 400),
        ("a method that is none", hook.delete(&path).await, 400),
        ("an unknown ad", hook.get(&format!("{path}/none")).await, 404),
        ("a change to an unknown ad", hook.patch(&format!("{path}/none"), &json!({})).await, 404),
        ("an unknown path", hook.get("/iab/v1/bidders").await, 404),
        ("no auditStart", hook.get(&path).await, 400),
        ("a wrong auditStart", hook.get(&format!("{path}?auditStart=yesterday")).await, 400),
        ("a wrong auditEnd", hook.get(&format!("{path}?auditStart=0&auditEnd=-1")).await, 400),
        ("somebody else's seat", hook.get(&format!("{}?auditStart=0", seat_path("other"))).await, 404),
    ] {
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert_eq!(answer.json()["status"], status, "{what}");
        assert!(answer.headers["content-type"].ends_with("json"), "{what}: {:?}", answer.headers);
    }
    assert_eq!(hook.get(&path).await.pointers(), ["/auditStart"]);
    let staff = server.hook("analyst", "research");
    assert_eq!(staff.get(&format!("{path}?auditStart=0")).await.status, 404, "staff have no seat");
    assert_eq!(staff.post(&path, &json!({})).await.status, 404, "what a key may not do looks as if it were not there");
    let nobody = reqwest::Client::new().get(format!("{}{path}?auditStart=0", server.url));
    assert_eq!(Answer::read(nobody.send().await.unwrap()).await.status, 401);
}
