//! What people see and do in Chromium: a working day by keyboard, pages that everybody can use, ads that cannot harm
//! the person who judges them.

mod appeals;
mod keys;
mod workbench;

use crate::harness::{
    ads,
    browser::Browser,
    database::On,
    hook::Hook,
    server::{Server, password_of},
};

async fn server() -> Server {
    let mut server = Server::install(On::Sqlite, &[]).await;
    server.configure("grace_seconds = 1\n");
    server.run().await;
    server
}

async fn queue_up(hook: &Hook, n: usize) -> Vec<String> {
    let mut ids = vec![];
    for i in 0..n {
        ids.push(hook.submit(&ads::for_people(&format!("queued-{i}"))).await);
    }
    for id in &ids {
        hook.wait_until_screened(id).await;
    }
    ids
}

/// The id of the task on the page, once its script listens and a person could see it: what is pressed before the first
/// paint of a page, the browser gives to nobody.
const TASK: &str = "document.readyState === 'complete' && performance.getEntriesByType('paint').length > 0 \
                    && document.querySelector('#answers[data-mine]')?.dataset.task";

/// How many findings on the page are answered.
const ANSWERED: &str =
    "[...document.querySelectorAll('[data-finding]')].filter((f) => f.querySelector('input:checked')).length";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reviewer_clears_twenty_tasks_by_keyboard_alone() {
    let server = server().await;
    let hook = server.submitter("shop");
    let ids = queue_up(&hook, 20).await;
    server.add_person("ann", "reviewer");
    let browser = Browser::open().await;
    browser.sign_in(&server.url, "ann", &password_of("ann")).await;

    browser.press("n").await;
    let mut before = String::new();
    for n in 0..20 {
        let next = format!("({TASK}) !== '{before}' && ({TASK})");
        let task = browser.wait(&format!("task {n}"), &next).await.as_str().unwrap().to_owned();
        let findings = browser.eval("document.querySelectorAll('[data-finding]').length").await.as_u64().unwrap();
        assert!(findings > 0, "task {n} shows what was found");
        for answered in 1..=findings {
            browser.press("c").await;
            // Each stroke counts, and counts once.
            assert_eq!(
                browser.eval(ANSWERED).await.as_u64().unwrap(),
                answered,
                "task {n}: answers by {answered} keys"
            );
        }
        browser.press("\u{e007}").await;
        before = task;
    }
    browser.wait("the empty queue", "!document.querySelector('#answers') && document.readyState === 'complete'").await;
    for id in &ids {
        let decided = hook.wait_for(id, |o| o["review_status"] == "reviewed").await;
        assert_eq!(decided["approval_status"], "rejected");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_serves_everybody() {
    let server = server().await;
    let hook = server.submitter("shop");
    let made = hook.post("/v1/webhooks", &serde_json::json!({"url": "https://hooks.northwind.example/in"})).await;
    let made = format!("/hooks/{}", made.expect(201)["id"].as_str().unwrap());
    let ids = queue_up(&hook, 2).await;
    hook.submit_and_wait(&ads::weapon("refused")).await;
    server.add_person("lea", "lead");
    let browser = Browser::open().await;
    let mut complaints = vec![];
    let look = async |path: &str, complaints: &mut Vec<String>| {
        for (width, height) in [(1280, 900), (390, 844)] {
            browser.driver().set_window_rect(0, 0, width, height).await.unwrap();
            browser.wait("the page", "document.readyState === 'complete'").await;
            complaints.extend(browser.audit().await.into_iter().map(|c| format!("{path} at {width}: {c}")));
            let spill = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1";
            if browser.eval(spill).await == true {
                complaints.push(format!("{path} at {width}: the page scrolls sideways"));
            }
        }
    };
    for path in ["/sign-in", "/docs", "/iab", "/nothing-here"] {
        browser.go(&format!("{}{path}", server.url)).await;
        look(path, &mut complaints).await;
    }
    browser.sign_in(&server.url, "lea", &password_of("lea")).await;
    let ad = format!("/ads/{}", ids[0]);
    let account = hook.put("/v1/advertisers/acct-1", &serde_json::json!({})).await.expect(200);
    let advertiser = format!("/advertisers/{}", account["id"].as_str().unwrap());
    for path in [
        "/",
        "/ads",
        &ad,
        "/advertisers",
        "/observed",
        &advertiser,
        "/models",
        "/signals",
        "/policies",
        "/statements",
        "/hooks",
        &made,
    ] {
        browser.go(&format!("{}{path}", server.url)).await;
        look(path, &mut complaints).await;
    }
    browser.go(&server.url).await;
    browser.press("n").await;
    browser.wait("a task", TASK).await;
    look("a task", &mut complaints).await;
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_typed_outlives_a_reload() {
    let server = server().await;
    let hook = server.submitter("shop");
    queue_up(&hook, 1).await;
    server.add_person("ann", "reviewer");
    let browser = Browser::open().await;
    browser.sign_in(&server.url, "ann", &password_of("ann")).await;
    browser.press("n").await;
    browser.wait("a task", TASK).await;
    browser.press("w").await;
    browser.wait("the note", "document.activeElement?.id === 'note'").await;
    browser.press("Is this a toy?").await;
    browser.driver().refresh().await.unwrap();
    browser.wait("the page again", TASK).await;
    let note = browser.wait("the note's text", "document.getElementById('note').value").await;
    assert_eq!(note, "Is this a toy?");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ad_cannot_act_on_the_page_that_shows_it() {
    let server = server().await;
    let hook = server.submitter("shop");
    let mut ad = ads::for_people("hostile");
    ad["creative"]["headline"] =
        "The handgun in history <script>window.acted = 1</script><img src=x onerror='window.acted = 1'>".into();
    ad["landing_url"] = "https://northwind.example/?q=%22onmouseover=%22window.acted=1".into();
    ad["advertiser"]["name"] = "</title><script>window.acted = 1</script>".into();
    hook.submit_and_wait(&ad).await;
    server.add_person("ann", "reviewer");
    let browser = Browser::open().await;
    browser.sign_in(&server.url, "ann", &password_of("ann")).await;
    browser.press("n").await;
    browser.wait("a task", TASK).await;
    assert_eq!(browser.eval("window.acted === undefined").await, true);
    assert_eq!(browser.eval("document.body.textContent.includes('<script>window.acted')").await, true);
    let foreign = "performance.getEntriesByType('resource').every((e) => e.name.startsWith(location.origin))";
    assert_eq!(browser.eval(foreign).await, true, "nothing is fetched from anywhere else");
    browser.close().await;
}
