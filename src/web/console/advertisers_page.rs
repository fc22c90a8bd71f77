//! Advertisers as pages: the list, and one with its facts, ads, decisions, certificates and appeals.
//!
//! Called by `advertisers`. It must never call an unknown fact false.

use super::{
    appeal_page, certificates_page,
    facts::{Fact, advertiser_facts},
    page::{self, Shell},
    text::{self, Tone, When, encoded, words},
};
use crate::{
    domain::{AdvertiserId, ReviewStatus, advertiser::Standing},
    store::views::console::{
        ads::AdLine,
        advertisers::{AdvertiserLine, AdvertiserPageView, DecisionLine},
    },
};
use askama::Template;

/// `templates/advertisers.html`.
#[derive(Debug, Template)]
#[template(path = "advertisers.html")]
pub struct AdvertisersPage {
    shell: Shell,
    text: String,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Debug)]
struct Row {
    id: String,
    name: String,
    external_id: String,
    submitter: String,
    standing: String,
    tone: &'static str,
    ads: i64,
    rejected: i64,
    created: When,
}

/// `templates/advertiser.html`.
#[derive(Debug, Template)]
#[template(path = "advertiser.html")]
pub struct AdvertiserPage {
    shell: Shell,
    name: String,
    external_id: String,
    submitter: String,
    standing: String,
    tone: &'static str,
    facts: Vec<Fact>,
    counts: Vec<Count>,
    ads: Vec<AdRow>,
    decisions: Vec<DecisionRow>,
    certificates: Vec<CertificateRow>,
    appeals: Vec<AppealRow>,
}

#[derive(Debug)]
struct Count {
    name: String,
    tone: &'static str,
    n: i64,
}

#[derive(Debug)]
struct AdRow {
    id: String,
    title: String,
    review: String,
    approval: String,
    tone: &'static str,
    created: When,
}

#[derive(Debug)]
struct DecisionRow {
    ad: String,
    external_id: String,
    conclusion: &'static str,
    tone: &'static str,
    because: String,
    by: String,
    state: String,
    at: When,
}

#[derive(Debug)]
struct CertificateRow {
    id: String,
    kind: String,
    state: String,
    tone: &'static str,
}

#[derive(Debug)]
struct AppealRow {
    ad: String,
    state: String,
    tone: &'static str,
    who: String,
    opened: When,
}

const fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "good",
        Standing::Restricted => "warn",
        Standing::Suspended | Standing::Terminated => "bad",
    }
}

impl AdvertisersPage {
    /// Builds the page. `older` is the last advertiser shown, where more follow.
    pub(crate) fn of(shell: Shell, text: &str, all: &[AdvertiserLine], older: Option<AdvertiserId>) -> Self {
        let row = |a: &AdvertiserLine| Row {
            id: a.id.to_string(),
            name: page::title(&a.name, &a.external_id, 80),
            external_id: a.external_id.clone(),
            submitter: a.submitter.clone(),
            standing: words(a.standing),
            tone: tone(a.standing),
            ads: a.ads,
            rejected: a.rejected,
            created: When(a.created_at),
        };
        Self {
            rows: all.iter().map(row).collect(),
            next: older.map(|id| format!("/advertisers?q={}&before={id}", encoded(text))),
            text: text.to_owned(),
            shell,
        }
    }
}

impl AdvertiserPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, view: &AdvertiserPageView) -> Self {
        let advertiser = &view.advertiser;
        let count = |(status, n): &(crate::domain::ApprovalStatus, i64)| Count {
            name: words(status),
            tone: text::status(ReviewStatus::Reviewed, *status).1,
            n: *n,
        };
        Self {
            name: page::title(&advertiser.name, &advertiser.external_id, 90),
            external_id: advertiser.external_id.clone(),
            submitter: view.submitter.clone(),
            standing: words(advertiser.standing),
            tone: tone(advertiser.standing),
            facts: advertiser_facts(advertiser, false),
            counts: view.by_status.iter().map(count).collect(),
            ads: view.ads.iter().map(ad).collect(),
            decisions: view.decisions.iter().map(decision).collect(),
            certificates: view
                .certificates
                .iter()
                .map(|c| CertificateRow {
                    id: c.id.to_string(),
                    kind: words(&c.kind),
                    state: words(c.state),
                    tone: certificates_page::tone(c.state),
                })
                .collect(),
            appeals: view
                .appeals
                .iter()
                .map(|a| AppealRow {
                    ad: a.ad.to_string(),
                    state: words(a.state),
                    tone: appeal_page::tone(a.state),
                    who: words(a.appellant),
                    opened: When(a.created_at),
                })
                .collect(),
            shell,
        }
    }
}

fn ad(line: &AdLine) -> AdRow {
    AdRow {
        id: line.id.to_string(),
        title: page::title(&line.headline, &line.external_id, 80),
        review: words(line.review_status),
        approval: words(line.approval_status),
        tone: text::status(ReviewStatus::Reviewed, line.approval_status).1,
        created: When(line.created_at),
    }
}

fn decision(d: &DecisionLine) -> DecisionRow {
    let mut because: Vec<String> = d.findings.iter().map(|f| words(&f.policy)).collect();
    because.dedup();
    DecisionRow {
        ad: d.ad.to_string(),
        external_id: d.external_id.clone(),
        conclusion: text::conclusion(d.conclusion),
        tone: d.conclusion.tone(),
        because: because.join(", "),
        by: words(d.decided_by),
        state: words(d.state),
        at: When(d.effective_at),
    }
}
