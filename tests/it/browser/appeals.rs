//! An appeal as people make and answer it: the page behind a signed link, and the task, by keyboard.

use crate::{
    appeals::{page_of, rejected_by, server},
    harness::{browser::Browser, database::On, server::password_of},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_enough_to_appeal_and_keys_are_enough_to_answer() {
    let server = server(On::Sqlite, "").await;
    let hook = server.submitter("shop");
    let ann = server.person("ann", "reviewer").await;
    let rejected = rejected_by(&ann, &hook, "museum").await;
    server.add_person("ben", "reviewer");
    let page = format!("{}{}", server.url, page_of(&rejected));
    let browser = Browser::open().await;
    let mut complaints = vec![];
    let look = async |complaints: &mut Vec<String>| {
        for (width, height) in [(390, 844), (1280, 900)] {
            browser.driver().set_window_rect(0, 0, width, height).await.unwrap();
            browser.wait("the page", "document.readyState === 'complete'").await;
            complaints.extend(browser.audit().await.into_iter().map(|c| format!("at {width}: {c}")));
            let spill = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1";
            if browser.eval(spill).await == true {
                complaints.push(format!("at {width}: the page scrolls sideways"));
            }
        }
    };
    browser.go(&page).await;
    look(&mut complaints).await;
    browser.focus("#statement").await;
    browser.press("It is an exhibition.").await;
    browser.press_button("Send the appeal").await;
    browser.wait("the open appeal", "document.body.textContent.includes('A person who had no part')").await;
    look(&mut complaints).await;

    browser.sign_in(&server.url, "ben", &password_of("ben")).await;
    browser.press("n").await;
    let mine = "document.readyState === 'complete' && performance.getEntriesByType('paint').length > 0 \
                && document.querySelector('#answers[data-mine]') !== null";
    browser.wait("the task", mine).await;
    assert_eq!(browser.eval("document.body.textContent.includes('It is an exhibition.')").await, true);
    look(&mut complaints).await;
    browser.press("x").await;
    let all = "[...document.querySelectorAll('[data-finding]')].every((f) => f.querySelector('input:checked'))";
    browser.wait("every finding to be dismissed", all).await;
    browser.press("\u{e007}").await;
    browser.wait("the empty queue", "!document.querySelector('#answers') && document.readyState === 'complete'").await;
    let corrected = hook.wait_for(rejected["id"].as_str().unwrap(), |o| o["review_status"] == "reviewed").await;
    assert_eq!(corrected["serving"]["eligible"], true);
    browser.go(&page).await;
    browser.wait("the result", "document.body.textContent.includes('Overturned')").await;
    look(&mut complaints).await;
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
    browser.close().await;
}
