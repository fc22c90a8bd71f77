//! What all pages share: the head, the menu, the undo bar.
//!
//! Called by every handler of the console. It must never hold an inline script or style: the frame's content
//! security policy forbids them.

use super::text;
use crate::{
    domain::{
        AdId, JudgementId, Millis,
        role::{Permission, Scope},
    },
    store::views::console::queues::OwnJudgement,
    web::assets,
};
use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
};
use askama::Template;

/// The frame around a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// Who is signed in.
    pub person: Option<Person>,
    /// The server's clock, for countdowns.
    pub now: Millis,
    /// The page's place in the menu.
    pub here: Here,
    /// The last answer, while it can be undone.
    pub undo: Option<Undo>,
    /// One sentence about what just happened.
    pub notice: Option<Notice>,
}

/// The person signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Roles, in words.
    pub roles: String,
    /// The token that forms send back.
    pub csrf: String,
    /// What they may see.
    pub permissions: Vec<Permission>,
}

/// An answer that can still be undone.
#[derive(Debug, Clone)]
pub struct Undo {
    /// The answer.
    pub judgement: JudgementId,
    /// The ad it was about.
    pub ad: AdId,
    /// `Rejected “Win big”`.
    pub said: String,
    /// Until when.
    pub until: Millis,
}

/// One sentence with a tone.
#[derive(Debug, Clone)]
pub struct Notice {
    /// `good`, `warn` or `bad`.
    pub tone: &'static str,
    /// The sentence.
    pub text: String,
}

/// The pages of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    /// Queues and tasks.
    Queues,
    /// Ads.
    Ads,
    /// Advertisers.
    Advertisers,
    /// Certificates.
    Certificates,
    /// Models.
    Models,
    /// Policies.
    Policies,
    /// Releases.
    Releases,
    /// Hooks.
    Hooks,
    /// Keys.
    Keys,
    /// None of them.
    Elsewhere,
}

/// One entry of the menu.
#[derive(Debug, Clone)]
pub struct MenuItem {
    /// Address.
    pub href: &'static str,
    /// Words.
    pub title: &'static str,
    /// Whether the page is there.
    pub current: bool,
}

impl Shell {
    /// The frame for a page without a person: sign-in, and errors before it.
    pub fn anonymous(now: Millis) -> Self {
        Self { person: None, now, here: Here::Elsewhere, undo: None, notice: None }
    }

    /// The frame for a person.
    pub fn of(scope: &Scope, name: &str, csrf: &str, now: Millis, here: Here) -> Self {
        let roles: Vec<String> = scope.roles.iter().map(text::words).collect();
        let permissions = Permission::ALL.iter().copied().filter(|p| scope.permits(*p)).collect();
        let person = Person { name: name.to_owned(), roles: roles.join(", "), csrf: csrf.to_owned(), permissions };
        Self { person: Some(person), now, here, undo: None, notice: None }
    }

    /// Adds the undo bar for the newest answer that can still be undone.
    pub fn with_undo(mut self, own: &[OwnJudgement]) -> Self {
        self.undo = own.iter().find_map(|j| {
            let until = j.undo_until.filter(|until| *until > self.now)?;
            let said = format!("{} “{}”", text::done(j.outcome), title(&j.headline, &j.external_id, 40));
            Some(Undo { judgement: j.id, ad: j.ad, said, until })
        });
        self
    }

    /// Address of an embedded file.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The menu, as far as the person may go.
    pub fn menu(&self) -> Vec<MenuItem> {
        let entries = [
            ("/", "Queues", Here::Queues, Permission::Judge),
            ("/ads", "Ads", Here::Ads, Permission::ReadAds),
            ("/advertisers", "Advertisers", Here::Advertisers, Permission::ReadAds),
            ("/certificates", "Certificates", Here::Certificates, Permission::ReadAds),
            ("/models", "Models", Here::Models, Permission::ReadModels),
            ("/policies", "Policies", Here::Policies, Permission::ReadPolicies),
            ("/releases", "Releases", Here::Releases, Permission::ReadPolicies),
            ("/hooks", "Hooks", Here::Hooks, Permission::ManageHooks),
            ("/keys", "API keys", Here::Keys, Permission::ManageKeys),
        ];
        let may = |p: &Permission| self.person.as_ref().is_some_and(|person| person.permissions.contains(p));
        entries
            .into_iter()
            .filter(|(.., permission)| may(permission))
            .map(|(href, title, here, _)| MenuItem { href, title, current: here == self.here })
            .collect()
    }
}

/// A headline cut to `most` characters, or the submitter's id where there is none.
pub(crate) fn title(headline: &str, external_id: &str, most: usize) -> String {
    let words = if headline.trim().is_empty() { external_id } else { headline.trim() };
    let mut cut: String = words.chars().take(most).collect();
    if words.chars().count() > most {
        cut.push('…');
    }
    cut
}

/// Renders a page that no cache keeps.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(body) => html(status, body),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().body("Something went wrong. Try again.")
        }
    }
}

/// An HTML answer that no cache keeps.
pub(crate) fn html(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        // What a person saw must not stay in a shared browser after sign-out.
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body)
}
