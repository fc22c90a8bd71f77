//! The workbench in Chromium: a policy editor, by console and keyboard alone, takes a rule from a typo to live ads and
//! back; and its pages serve everybody.

use crate::harness::{
    ads,
    browser::Browser,
    database::On,
    hook::Hook,
    server::{Server, password_of},
};

const ENTER: &str = "\u{e007}";
const CONTROL: char = '\u{e009}';
const END: char = '\u{e010}';

async fn server() -> Server {
    let mut server = Server::install(On::Sqlite, &[]).await;
    server.configure("grace_seconds = 1\n");
    server.run().await;
    server
}

/// Lines as keys: what a person types, with the key between them.
fn typed(text: &str) -> String {
    text.replace('\n', ENTER)
}

/// Opens a draft and returns its address.
async fn open_draft(browser: &Browser, server: &Server, name: &str) -> String {
    browser.go(&format!("{}/drafts", server.url)).await;
    browser.focus("#name").await;
    browser.press(format!("{name}{ENTER}")).await;
    let path =
        "location.pathname.startsWith('/drafts/drf_') && document.readyState === 'complete' && location.pathname";
    browser.wait("the draft", path).await.as_str().unwrap().to_owned()
}

const EDITOR: &str = "document.readyState === 'complete' && Boolean(document.querySelector('.editor.painted'))";

/// Rests until the results say this.
async fn results(browser: &Browser, says: &str) {
    let there = format!("document.querySelector('[data-results]')?.textContent.includes({says:?})");
    browser.wait(says, &there).await;
}

async fn write_the_rule(browser: &Browser, server: &Server, draft: &str) {
    browser.go(&format!("{}{draft}/file?path=editorial/rules.toml", server.url)).await;
    browser.wait("the editor", EDITOR).await;
    browser.focus("#text-0").await;
    browser.chord(CONTROL, END).await;
    let rule = "\n[[rule]]\nname = \"no_rakes\"\nwhen = 'ad.bod.contains(\"rakes\")'\neffect = \"prohibited\"\nnote = \"Rakes.\"\n";
    browser.press(typed(rule)).await;
    // The slip shows where it is, with what was probably meant, while one types.
    let at = "document.querySelector('[data-problem]')?.textContent.includes('ad.body')";
    browser.wait("the problem under the text", at).await;
    let marked = browser.wait("the mark in the text", "document.querySelector('.marks .wrong')?.textContent").await;
    assert_eq!(marked, "ad.bod");
    let line = "Number(document.querySelector('[data-problem]').dataset.line) ===
        document.querySelector('#text-0').value.split('\\n').findIndex((l) => l.includes('ad.bod.')) + 1";
    assert_eq!(browser.eval(line).await, true, "the problem names its line");
    // F8 selects it; typing mends it.
    browser.press("\u{e038}").await;
    browser.wait("the selection", "getSelection().toString() === 'ad.bod' || document.querySelector('#text-0').value.slice(document.querySelector('#text-0').selectionStart, document.querySelector('#text-0').selectionEnd) === 'ad.bod'").await;
    browser.press("ad.body").await;
    results(browser, "No problems").await;
    // A case beside the rule; saving runs the policy's cases.
    browser.focus("#text-1").await;
    browser.chord(CONTROL, END).await;
    let case = "\n[[case]]\nname = \"rakes\"\nkind = \"violating\"\nheadline = \"Tools\"\nbody = \"Spades and rakes.\"\nexpect = \"prohibited\"\n";
    browser.press(typed(case)).await;
    browser.chord(CONTROL, 's').await;
    results(browser, "passed").await;
    browser.chord(CONTROL, '\u{e007}').await;
    let tried = "document.querySelector('[data-tried]')?.textContent.includes('a finding on 1 of')";
    browser.wait("what the rule makes of recent ads", tried).await;
}

async fn wait_rejected(hook: &Hook, id: &str) -> serde_json::Value {
    hook.wait_for(id, |o| o["approval_status"] == "rejected").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_goes_from_a_typo_to_live_ads_and_back_by_console_alone() {
    let server = server().await;
    let hook = server.submitter("shop");
    let ad = hook.submit_and_wait(&ads::clean("rakes")).await["id"].as_str().unwrap().to_owned();
    for name in ["ines", "otto"] {
        server.add_person(name, "policy_editor");
    }
    let ines = Browser::open().await;
    ines.sign_in(&server.url, "ines", &password_of("ines")).await;
    let draft = open_draft(&ines, &server, "No rakes").await;
    write_the_rule(&ines, &server, &draft).await;

    // Backtest, then a shadow beside the live release.
    ines.go(&format!("{}{draft}/release", server.url)).await;
    ines.press_button("Run a backtest").await;
    ines.wait(
        "the backtest's report",
        "document.querySelector('main').textContent.includes('What it would have concluded')",
    )
    .await;
    assert_eq!(ines.eval("document.querySelector('main').textContent.includes('editorial/no_rakes')").await, true);
    ines.go(&format!("{}{draft}/release", server.url)).await;
    ines.press_button("Run as a shadow").await;
    hook.submit_and_wait(&ads::clean("more rakes")).await;
    ines.go(&format!("{}{draft}/release", server.url)).await;
    assert_eq!(ines.eval("document.querySelector('main').textContent.includes('Seen 1 screenings')").await, true);
    assert_eq!(
        ines.eval("document.querySelector('main').textContent.includes('Somebody else has to publish it')").await,
        true
    );
    ines.close().await;

    // A second person publishes with a sweep; what lives is rejected, with evidence.
    let otto = Browser::open().await;
    otto.sign_in(&server.url, "otto", &password_of("otto")).await;
    otto.go(&format!("{}{draft}/release", server.url)).await;
    for choice in ["input[name=reach][value=sweep]", "input[name=despite_cases]"] {
        otto.focus(choice).await;
        otto.press(" ").await;
    }
    otto.press_button("Publish").await;
    let outcome = wait_rejected(&hook, &ad).await;
    assert!(outcome["findings"].to_string().contains("editorial"), "{outcome}");
    otto.go(&format!("{}/ads/{ad}", server.url)).await;
    let evidence = "document.querySelector('main').textContent.includes('rakes')";
    assert_eq!(otto.eval(evidence).await, true, "the ad's page shows what it was rejected for");

    // Back to the first release in one step.
    otto.go(&format!("{}/releases", server.url)).await;
    let first =
        "[...document.querySelectorAll('td.lead a')].find((a) => a.textContent.trim() === '1.0')?.getAttribute('href')";
    let first = otto.wait("the first release", first).await.as_str().unwrap().to_owned();
    otto.go(&format!("{}{first}", server.url)).await;
    otto.focus("input[name=reach][value=sweep]").await;
    otto.press(" ").await;
    otto.press_button("Roll back").await;
    hook.wait_for(&ad, |o| o["approval_status"] == "approved").await;
    otto.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workbench_serves_everybody() {
    let server = server().await;
    let hook = server.submitter("shop");
    hook.submit_and_wait(&ads::weapon("pistol")).await;
    hook.put("/v1/advertisers/acct-1", &serde_json::json!({"verified": true})).await.expect(200);
    let paper = serde_json::json!({"kind": "gambling", "document": "UKGC 1", "countries": ["GB"]});
    hook.post("/v1/advertisers/acct-1/certificates", &paper).await.expect(202);
    server.add_person("ines", "policy_editor");
    let browser = Browser::open().await;
    browser.sign_in(&server.url, "ines", &password_of("ines")).await;
    let draft = open_draft(&browser, &server, "Looks").await;
    let file = |path: &str| format!("{draft}/file?path={path}");
    browser.go(&format!("{}/certificates", server.url)).await;
    let certificate = browser.wait("a certificate", "document.querySelector('tbody a')?.getAttribute('href')").await;
    let pages = [
        "/policies".to_owned(),
        "/policies/weapons".into(),
        "/lists".into(),
        "/lists/weapons_firearms".into(),
        "/registry".into(),
        "/drafts".into(),
        draft.clone(),
        file("weapons/rules.toml"),
        file("weapons/policy.toml"),
        file("lists/weapons_firearms.phrases.txt"),
        "/certificates".into(),
        certificate.as_str().unwrap().to_owned(),
    ];
    let mut complaints = vec![];
    for path in &pages {
        browser.go(&format!("{}{path}", server.url)).await;
        for (width, height) in [(1280, 900), (390, 844)] {
            browser.driver().set_window_rect(0, 0, width, height).await.unwrap();
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
