//! Chromium, driven as a person drives it: pages, keys, and what is on the screen. Headless, with a profile of its
//! own that is gone afterwards, as are all its processes.

use super::{server::signal, until};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities, WebDriver};

/// A browser window.
#[derive(Debug)]
pub(crate) struct Browser {
    driver: Option<WebDriver>,
    chromedriver: Child,
    profile: tempfile::TempDir,
}

/// The suite's own complaints about a page that hold for every page.
const AUDIT: &str = include_str!("audit.js");

impl Browser {
    /// Opens a window.
    pub(crate) async fn open() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut chromedriver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver runs; `tests/run browser` installs it");
        let port = port_of(&mut chromedriver);
        let mut wishes = ChromeCapabilities::new();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            "--lang=en",
        ] {
            wishes.add_arg(argument).unwrap();
        }
        wishes.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wishes).await.expect("Chromium starts");
        Self { driver: Some(driver), chromedriver, profile }
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("the window is open")
    }

    pub(crate) async fn go(&self, url: &str) {
        self.driver().goto(url).await.unwrap();
    }

    /// Presses keys wherever the focus is, one after the other, as a person does. A key that leads to another page may
    /// end the command early: the driver then reports the navigation, and the key was pressed.
    pub(crate) async fn press(&self, keys: impl Into<String>) {
        if let Err(error) = self.driver().action_chain().send_keys(keys.into()).perform().await {
            // A slow page makes the driver give up waiting after the key went out. That hides no lost key: whoever pressed
            // looks for what must come of each stroke.
            let said = error.to_string();
            assert!(said.contains("aborted by navigation") || said.contains("timeout"), "{error}");
        }
    }

    /// Presses a key while another is held, such as Control and `s`.
    pub(crate) async fn chord(&self, held: char, key: char) {
        let keys = self.driver().action_chain().key_down(held).send_keys(key.to_string()).key_up(held);
        if let Err(error) = keys.perform().await {
            let said = error.to_string();
            assert!(said.contains("aborted by navigation") || said.contains("timeout"), "{error}");
        }
    }

    /// Puts the focus on an element, as tabbing to it does.
    pub(crate) async fn focus(&self, css: &str) {
        let there = format!(
            "(() => {{ const e = document.querySelector({css:?}); e?.focus(); return document.activeElement === e && e !== null; }})()"
        );
        self.wait(css, &there).await;
    }

    /// Presses the button with these words by keyboard, and waits for the page that it leads to.
    pub(crate) async fn press_button(&self, words: &str) {
        let find = format!(
            "[...document.querySelectorAll('main button')].find((b) => b.textContent.trim().startsWith({words:?}) && b.checkVisibility())"
        );
        self.wait(words, &format!("document.readyState === 'complete' && Boolean({find})")).await;
        let focused = format!("(() => {{ window.stays = true; {find}.focus(); return true; }})()");
        self.eval(&focused).await;
        self.press("\u{e007}").await;
        self.wait("the next page", "window.stays === undefined && document.readyState === 'complete'").await;
    }

    /// Evaluates an expression in the page.
    pub(crate) async fn eval(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.driver().execute(script, vec![]).await.unwrap().json().clone()
    }

    /// Waits until an expression in the page holds; navigation in between is no error.
    pub(crate) async fn wait(&self, what: &str, expression: &str) -> Value {
        let script = format!("return ({expression});");
        until(what, async || {
            let value = self.driver().execute(script.clone(), vec![]).await.ok()?.json().clone();
            let holds = !matches!(value, Value::Null | Value::Bool(false)) && value != "";
            holds.then_some(value)
        })
        .await
    }

    /// Signs in by keyboard.
    pub(crate) async fn sign_in(&self, url: &str, name: &str, password: &str) {
        self.go(&format!("{url}/sign-in")).await;
        self.wait("the sign-in page", "document.activeElement?.id === 'name'").await;
        self.press(format!("{name}\t{password}\u{e007}")).await;
        self.wait("the first page", "location.pathname !== '/sign-in' && document.readyState === 'complete'").await;
    }

    /// What is wrong with the page for people who do not see it, or see it badly, or use a keyboard alone.
    pub(crate) async fn audit(&self) -> Vec<String> {
        let complaints = self.driver().execute(AUDIT, vec![]).await.unwrap();
        serde_json::from_value(complaints.json().clone()).unwrap()
    }

    /// Closes the window. Without it everything is killed on drop.
    pub(crate) async fn close(mut self) {
        if let Some(driver) = self.driver.take() {
            driver.quit().await.unwrap();
        }
    }
}

/// The driver says which free port it took.
fn port_of(chromedriver: &mut Child) -> u16 {
    let lines = BufReader::new(chromedriver.stdout.take().unwrap()).lines();
    let mut told = lines.map_while(Result::ok).filter_map(|line| {
        let (_, port) = line.rsplit_once("on port ")?;
        port.trim_end_matches('.').parse().ok().filter(|port| *port != 0)
    });
    told.next().expect("chromedriver names its port")
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            // Its own teardown would block this runtime; the processes are ended below.
            let _ = driver.leak();
        }
        let _ = self.chromedriver.kill();
        let _ = self.chromedriver.wait();
        // A killed driver leaves its browser behind; the profile's path names that browser and no other.
        let profile = self.profile.path().to_string_lossy().into_owned();
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(id) = process.file_name().to_str().and_then(|n| n.parse::<u32>().ok()) else { continue };
            let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&words).contains(&profile) {
                signal("KILL", id);
            }
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
