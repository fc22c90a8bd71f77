//! Keys in the console: made by keyboard alone, shown once; the pages serve everybody.

use super::server;
use crate::harness::{browser::Browser, hook::Hook, server::password_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_makes_a_key_by_keyboard_and_its_pages_serve_everybody() {
    let server = server().await;
    server.add_person("lea", "lead");
    let browser = Browser::open().await;
    browser.sign_in(&server.url, "lea", &password_of("lea")).await;
    browser.go(&format!("{}/keys", server.url)).await;
    for (field, text) in [("#name", "nightly upload"), ("#submitter", "shop")] {
        browser.focus(field).await;
        browser.press(text).await;
    }
    browser.press_button("Make the key").await;
    let secret = browser.wait("the key", "document.querySelector('#secret')?.textContent.trim()").await;
    let hook = Hook::new(&server.url, secret.as_str().unwrap());
    let key = hook.get("/v1/key").await.expect(200);
    assert_eq!(key["name"], "nightly upload");
    hook.post("/v1/ads", &serde_json::json!({"creative": {"headlin": "x"}})).await.expect(422);
    let place = format!("{}/keys/{}", server.url, key["id"].as_str().unwrap());
    let mut complaints = vec![];
    for path in [format!("{}/keys", server.url), place] {
        for (width, height) in [(1280, 900), (390, 844)] {
            browser.driver().set_window_rect(0, 0, width, height).await.unwrap();
            browser.go(&path).await;
            browser.wait("the page", "document.readyState === 'complete'").await;
            complaints.extend(browser.audit().await.into_iter().map(|c| format!("{path} at {width}: {c}")));
            let spill = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1";
            if browser.eval(spill).await == true {
                complaints.push(format!("{path} at {width}: the page scrolls sideways"));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
    browser.close().await;
}
