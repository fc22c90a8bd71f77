//! Collections of ads, as every answer of the IAB API is one; sparse or whole.
//!
//! Called by the handlers. It must never give back what the bidder sent otherwise than it came, but for lists that were
//! sent as their one item.

use crate::{intake::adcom::wire::AdcomAd, store::views::iab::IabAd};
use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A collection of ads.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdcomCollection {
    /// How many ads are in it.
    #[schema(example = 1)]
    count: usize,
    /// Whether there are more: 0 or 1.
    #[schema(example = 0)]
    more: u8,
    /// Address of the next page, where there are more.
    #[serde(rename = "nextPage", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_page: Option<String>,
    /// The ads, by `lastmod` of their audit and id, the oldest first.
    #[schema(value_type = Vec<AdcomAnswer>)]
    ads: Vec<Value>,
}

/// An ad as it is given back: sparse (`id`, `init`, `lastmod`, `audit`), or with all that was sent.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes an answer that is built member by member, around what was sent")]
pub(crate) struct AdcomAnswer {
    /// Your id for the ad.
    id: String,
    /// When it was first submitted, epoch ms.
    #[schema(required = false)]
    init: i64,
    /// When you last changed it, epoch ms.
    lastmod: i64,
    /// What we say of it.
    audit: AdcomAudit,
    /// All that was sent, where the whole ad is given back.
    #[serde(flatten)]
    sent: AdcomAd,
}

/// What we say of an ad (AdCOM 1.0).
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes an answer that is built member by member")]
pub(crate) struct AdcomAudit {
    /// 1 pending, 2 pre-approved, 3 approved, 4 denied, 5 changed since it was approved, 6 expired.
    #[schema(minimum = 1, maximum = 6, example = 3)]
    status: u8,
    /// Why, one sentence an item; as much as each policy discloses.
    #[schema(required = false)]
    feedback: Vec<String>,
    /// When the audit began, epoch ms.
    #[schema(required = false)]
    init: i64,
    /// When this last changed, epoch ms. No two ads share one, and it only grows: poll from the greatest you saw.
    lastmod: i64,
    /// A sparse ad with our corrections.
    #[schema(required = false, value_type = Object)]
    corr: Value,
    /// `serving`: where and to whom an ad may serve that is approved within limits.
    #[schema(required = false, value_type = Object)]
    ext: Value,
}

/// How much of an ad is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What changed.
    Sparse,
    /// The same with `init`, for answers to a submission.
    Submitted,
    /// All of it.
    Whole,
}

impl AdcomCollection {
    /// A page; `next` is the next one's address.
    pub(super) fn page(ads: &[IabAd], extent: Extent, next: Option<String>) -> Self {
        let ads: Vec<Value> = ads.iter().map(|ad| rendered(ad, extent)).collect();
        Self { count: ads.len(), more: u8::from(next.is_some()), next_page: next, ads }
    }

    /// One ad.
    pub(super) fn of(ad: &IabAd, extent: Extent) -> Self {
        Self::page(std::slice::from_ref(ad), extent, None)
    }
}

fn rendered(ad: &IabAd, extent: Extent) -> Value {
    let mut told = Map::new();
    told.insert("id".into(), ad.external_id.clone().into());
    if extent == Extent::Whole
        && let Some(Value::Object(sent)) = &ad.document
    {
        told.extend(sent.clone());
    }
    if extent != Extent::Sparse {
        told.insert("init".into(), ad.init.0.into());
    }
    told.insert("lastmod".into(), ad.audit.modified_at.0.into());
    let mut audit = Map::new();
    audit.insert("status".into(), ad.audit.status.into());
    if !ad.audit.feedback.is_empty() {
        audit.insert("feedback".into(), json!(ad.audit.feedback));
    }
    if extent != Extent::Sparse {
        audit.insert("init".into(), ad.init.0.into());
    }
    audit.insert("lastmod".into(), ad.lastmod.0.into());
    for (name, value) in [("corr", &ad.audit.corr), ("ext", &ad.audit.ext)] {
        if let Some(value) = value {
            audit.insert(name.into(), value.clone());
        }
    }
    told.insert("audit".into(), Value::Object(audit));
    Value::Object(told)
}

/// Whether the request prefers whole ads (`Prefer: return=representation`, RFC 7240).
pub(super) fn prefers_whole(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all("prefer")
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split([',', ';']).any(|one| one.trim().eq_ignore_ascii_case("return=representation")))
}

/// Where bidders reach the API, without `/bidder`.
pub(super) fn base_url(configured: Option<&str>, request: &HttpRequest) -> String {
    match configured {
        Some(url) => url.to_owned(),
        None => {
            let connection = request.connection_info();
            format!("{}://{}/iab/v1", connection.scheme(), connection.host())
        }
    }
}
