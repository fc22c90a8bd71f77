//! Certificates as pages: the list, and one with what a person needs to decide about it.
//!
//! Called by `certificates`. It must never show a lease's secret to anybody but its holder.

use super::{
    days::day,
    page::Shell,
    text::{When, words},
};
use crate::{
    domain::{
        Millis, UserId,
        certificate::{Certificate, CertificateState},
        decision::DecisionState,
        review::TaskState,
        role::Permission,
        verdict::Conclusion,
    },
    store::views::console::certificates::{CertificateLine, CertificateView},
};
use askama::Template;

/// `templates/certificates.html`.
#[derive(Debug, Template)]
#[template(path = "certificates.html")]
pub struct CertificatesPage {
    shell: Shell,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    id: String,
    kind: String,
    advertiser: String,
    state: String,
    tone: &'static str,
    until: Option<String>,
    created: When,
}

/// `templates/certificate.html`.
#[derive(Debug, Template)]
#[template(path = "certificate.html")]
pub struct CertificatePage {
    shell: Shell,
    csrf: String,
    id: String,
    kind: String,
    advertiser: String,
    external_id: String,
    submitter: String,
    standing: String,
    state: String,
    tone: &'static str,
    countries: String,
    document: String,
    link: Option<String>,
    note: String,
    until: Option<String>,
    lapsed: bool,
    created: When,
    reason: String,
    others: Vec<Other>,
    task: Option<String>,
    may_take: bool,
    token: Option<String>,
    lease_until: Option<When>,
    pending: Option<Pending>,
    typed: String,
}

#[derive(Debug)]
struct Other {
    id: String,
    kind: String,
    countries: String,
    state: String,
    tone: &'static str,
}

#[derive(Debug)]
struct Pending {
    said: &'static str,
    at: When,
    mine: bool,
}

/// What was typed, and why it was refused.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The reason typed.
    pub(crate) reason: String,
    /// Why it was refused.
    pub(crate) error: Option<String>,
}

pub(crate) fn tone(state: CertificateState) -> &'static str {
    match state {
        CertificateState::Submitted => "info",
        CertificateState::Approved => "good",
        CertificateState::Refused => "bad",
        CertificateState::Expired => "warn",
        CertificateState::Replaced => "",
    }
}

fn countries(c: &Certificate) -> String {
    if c.countries.is_empty() {
        return "everywhere".into();
    }
    c.countries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl CertificatesPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, all: &[CertificateLine]) -> Self {
        let row = |c: &CertificateLine| Row {
            id: c.id.to_string(),
            kind: words(&c.kind),
            advertiser: c.advertiser.clone(),
            state: words(c.state),
            tone: tone(c.state),
            until: c.valid_until.map(day),
            created: When(c.created_at),
        };
        Self { rows: all.iter().map(row).collect(), shell }
    }
}

impl CertificatePage {
    /// Builds the page for a viewer.
    pub(crate) fn of(shell: Shell, view: &CertificateView, viewer: UserId, said: Said) -> Self {
        let c = &view.certificate;
        let now: Millis = shell.now;
        let person = shell.person.as_ref();
        let may_judge = person.is_some_and(|p| p.permissions.contains(&Permission::Judge));
        let open = view.task.as_ref().filter(|t| t.state == TaskState::Open);
        let lease = open.and_then(|t| t.lease.as_ref()).filter(|l| l.until >= now);
        let mine = lease.filter(|l| l.user == viewer);
        let pending = view.decided.filter(|d| d.state == DecisionState::Pending && d.effective_at > now);
        let web = |d: &&String| d.starts_with("https://") || d.starts_with("http://");
        Self {
            csrf: person.map(|p| p.csrf.clone()).unwrap_or_default(),
            id: c.id.to_string(),
            kind: words(&c.kind),
            advertiser: view.advertiser.name.clone(),
            external_id: view.advertiser.external_id.clone(),
            submitter: view.submitter.clone(),
            standing: words(view.advertiser.standing),
            state: words(c.state),
            tone: tone(c.state),
            countries: countries(c),
            document: c.document.clone(),
            link: Some(&c.document).filter(web).cloned(),
            note: c.note.clone(),
            until: c.valid_until.map(day),
            lapsed: c.valid_until.is_some_and(|end| end <= now),
            created: When(c.created_at),
            reason: if c.state == CertificateState::Refused { c.reason.clone() } else { String::new() },
            others: view
                .others
                .iter()
                .map(|o| Other {
                    id: o.id.to_string(),
                    kind: words(&o.kind),
                    countries: countries(o),
                    state: words(o.state),
                    tone: tone(o.state),
                })
                .collect(),
            task: open.map(|t| t.id.to_string()),
            may_take: may_judge && open.is_some() && lease.is_none(),
            token: mine.map(|l| l.token.to_string()),
            lease_until: lease.map(|l| When(l.until)),
            pending: pending.map(|d| Pending {
                said: if d.conclusion == Conclusion::Approve { "Approved" } else { "Refused" },
                at: When(d.effective_at),
                mine: d.user == Some(viewer),
            }),
            typed: said.reason,
            shell,
        }
    }
}
