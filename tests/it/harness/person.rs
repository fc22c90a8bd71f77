//! A person at the console: signs in, claims, answers and undoes through the pages' own forms.

use super::hook::Answer;
use scraper::{Html, Selector};
use std::time::Duration;

/// A signed-in person with a cookie jar.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    http: reqwest::Client,
    url: String,
}

/// A page, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Path after redirects.
    pub(crate) path: String,
    pub(crate) html: String,
}

/// A task on somebody's page, with the fields of its form.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) csrf: String,
    pub(crate) token: String,
    pub(crate) screening: String,
    /// Names of the shown findings' fields, `answer.<finding>`.
    pub(crate) findings: Vec<String>,
    pub(crate) page: Page,
}

impl Page {
    async fn read(sent: reqwest::Result<reqwest::Response>) -> reqwest::Result<Self> {
        let response = sent?;
        let status = response.status().as_u16();
        let path = response.url().path().to_owned();
        Ok(Self { status, path, html: response.text().await? })
    }

    /// Values of an attribute over all elements that a CSS selector finds.
    pub(crate) fn attributes(&self, css: &str, attribute: &str) -> Vec<String> {
        let selector = Selector::parse(css).unwrap();
        let html = Html::parse_document(&self.html);
        html.select(&selector).filter_map(|e| e.value().attr(attribute).map(str::to_owned)).collect()
    }

    /// Texts of all elements that a CSS selector finds, with white space folded.
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        let selector = Selector::parse(css).unwrap();
        let html = Html::parse_document(&self.html);
        let text = |e: scraper::ElementRef<'_>| e.text().collect::<String>();
        html.select(&selector).map(|e| text(e).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// The token that the page's forms send back.
    pub(crate) fn csrf(&self) -> String {
        self.attributes("input[name=csrf]", "value").into_iter().next().unwrap_or_default()
    }

    /// The task that the page shows, if it shows one that is the reader's.
    pub(crate) fn task(&self) -> Option<Task> {
        let one = |css: &str, attribute: &str| self.attributes(css, attribute).into_iter().next();
        let mut findings = self.attributes("#answers [data-finding] input[type=radio]", "name");
        findings.dedup();
        findings.retain(|name| name.starts_with("answer."));
        Some(Task {
            id: one("#answers[data-mine]", "data-task")?,
            csrf: one("#answers input[name=csrf]", "value")?,
            token: one("#answers input[name=token]", "value")?,
            screening: one("#answers input[name=screening]", "value")?,
            findings,
            page: self.clone(),
        })
    }
}

impl Person {
    /// Signs in.
    pub(crate) async fn sign_in(url: &str, name: &str, password: &str) -> Self {
        let person = Self::visitor(url);
        let page = person.try_sign_in(name, password).await;
        assert!(page.status == 200 && page.path != "/sign-in", "{name} cannot sign in: {} {}", page.status, page.html);
        person
    }

    /// Somebody who has not signed in.
    pub(crate) fn visitor(url: &str) -> Self {
        let http = reqwest::Client::builder().cookie_store(true).timeout(Duration::from_secs(60));
        // As for programs: no connection outlives a server that is killed.
        let http = http.pool_max_idle_per_host(0).build().unwrap();
        Self { http, url: url.to_owned() }
    }

    pub(crate) async fn try_sign_in(&self, name: &str, password: &str) -> Page {
        self.get("/sign-in").await;
        self.post("/sign-in", &[("name", name), ("password", password), ("next", "/")]).await
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        Page::read(self.http.get(format!("{}{path}", self.url)).send().await).await.unwrap()
    }

    /// Asks a server that may be gone; `None` when no whole answer came.
    pub(crate) async fn try_get(&self, path: &str) -> Option<Page> {
        Page::read(self.http.get(format!("{}{path}", self.url)).send().await).await.ok()
    }

    /// Sends a form to a server that may be gone.
    pub(crate) async fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> Option<Page> {
        let request = self.http.post(format!("{}{path}", self.url)).header("origin", &self.url);
        Page::read(request.form(fields).send().await).await.ok()
    }

    /// Sends a form; redirects are followed as a browser does.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.try_post(path, fields).await.expect("the server answers")
    }

    /// Sends a form that somebody else encoded.
    pub(crate) async fn post_bytes(&self, path: &str, body: Vec<u8>) -> Page {
        let request = self.http.post(format!("{}{path}", self.url)).header("origin", &self.url);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Page::read(request.body(body).send().await).await.expect("the server answers")
    }

    /// Sends a form as the page's script does, and reads JSON.
    pub(crate) async fn call(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).header("origin", &self.url);
        Answer::read(request.form(fields).send().await.unwrap()).await
    }

    /// Takes the next task; `None` when nothing waits.
    pub(crate) async fn claim_next(&self) -> Option<Task> {
        let csrf = self.get("/").await.csrf();
        self.post("/tasks/next", &[("csrf", &csrf)]).await.task()
    }

    /// Answers every finding alike and submits what follows.
    pub(crate) async fn answer_all(&self, task: &Task, answer: &str) -> Page {
        let answers: Vec<(&str, &str)> = task.findings.iter().map(|f| (f.as_str(), answer)).collect();
        self.answer(task, &answers).await
    }

    /// Submits a judgement with these fields besides those of the form.
    pub(crate) async fn answer(&self, task: &Task, fields: &[(&str, &str)]) -> Page {
        let mut form =
            vec![("csrf", task.csrf.as_str()), ("token", task.token.as_str()), ("screening", task.screening.as_str())];
        form.extend(fields);
        self.post(&format!("/tasks/{}/judge", task.id), &form).await
    }

    /// Presses the undo bar of a page.
    pub(crate) async fn undo(&self, page: &Page) -> Page {
        let action = page.attributes("[data-undo] form, form[data-undo]", "action").into_iter().next();
        self.post(&action.expect("the page offers an undo"), &[("csrf", &page.csrf())]).await
    }
}
