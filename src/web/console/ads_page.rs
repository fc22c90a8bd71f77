//! The list of ads as a page.
//!
//! Called by `ads`. It must never merge the two statuses into one.

use super::{
    page::{self, Shell},
    text::{When, status, words},
};
use crate::{
    domain::{AdId, ApprovalStatus, ReviewStatus},
    store::views::console::ads::{AdFilter, AdLine},
};
use askama::Template;

/// `templates/ads.html`.
#[derive(Debug, Template)]
#[template(path = "ads.html")]
pub struct AdsPage {
    shell: Shell,
    text: String,
    review: Vec<Choice>,
    approval: Vec<Choice>,
    narrowed: bool,
    ads: Vec<Row>,
    next: Option<String>,
}

#[derive(Debug)]
struct Choice {
    value: &'static str,
    title: String,
    selected: bool,
}

#[derive(Debug)]
struct Row {
    id: AdId,
    title: String,
    advertiser: String,
    external_id: String,
    review: String,
    approval: String,
    tone: &'static str,
    created: When,
}

impl AdsPage {
    /// Builds the page. `older` is the last ad shown, where more follow.
    pub(crate) fn of(shell: Shell, filter: &AdFilter, ads: &[AdLine], older: Option<AdId>) -> Self {
        let review = ReviewStatus::ALL.iter().map(|s| Choice {
            value: s.as_str(),
            title: words(s),
            selected: filter.review_status == Some(*s),
        });
        let approval = ApprovalStatus::ALL.iter().map(|s| Choice {
            value: s.as_str(),
            title: words(s),
            selected: filter.approval_status == Some(*s),
        });
        let rows = ads.iter().map(|ad| Row {
            id: ad.id,
            title: page::title(&ad.headline, &ad.external_id, 80),
            advertiser: ad.advertiser.clone(),
            external_id: ad.external_id.clone(),
            review: words(ad.review_status),
            approval: words(ad.approval_status),
            tone: status(ReviewStatus::Reviewed, ad.approval_status).1,
            created: When(ad.created_at),
        });
        Self {
            text: filter.text.clone(),
            review: review.collect(),
            approval: approval.collect(),
            narrowed: !filter.text.is_empty() || filter.review_status.is_some() || filter.approval_status.is_some(),
            ads: rows.collect(),
            next: older.map(|id| address(filter, id)),
            shell,
        }
    }
}

fn address(filter: &AdFilter, before: AdId) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if !filter.text.is_empty() {
        query.append_pair("q", &filter.text);
    }
    if let Some(s) = filter.review_status {
        query.append_pair("review", s.as_str());
    }
    if let Some(s) = filter.approval_status {
        query.append_pair("approval", s.as_str());
    }
    query.append_pair("before", &before.to_string());
    format!("/ads?{}", query.finish())
}
