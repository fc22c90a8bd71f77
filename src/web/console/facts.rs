//! Facts about an ad and its advertiser as rows of name and value.
//!
//! Called by the task page and the ad page. It must never call an unknown fact false.

use super::{
    marked::{Marked, Span, mark},
    text::{self, When, percent},
};
use crate::{
    domain::{
        AdContent, Millis,
        advertiser::AdvertiserView,
        delivery::Delivered,
        signal::{Reading, Signals},
    },
    store::views::console::task::TaskView,
};

/// One fact.
#[derive(Debug)]
pub struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: Marked,
    /// Instead of the value, where the fact is a moment.
    pub(crate) when: Option<When>,
    pub(crate) note: Option<String>,
}

fn fact(name: &'static str, value: impl AsRef<str>) -> Fact {
    Fact { name, value: Marked::plain(value.as_ref()), when: None, note: None }
}

fn moment(name: &'static str, at: Millis) -> Fact {
    Fact { name, value: Marked::default(), when: Some(When(at)), note: None }
}

/// Facts of the ad under review.
pub(crate) fn ad_facts(view: &TaskView, landing: Vec<Span>) -> Vec<Fact> {
    let mut facts = vec![language(&view.screening.signals)];
    facts.extend(content_facts(&view.content, landing));
    facts.push(moment("Submitted", view.submitted_at));
    let revision = (view.revision_number > 1).then(|| format!("revision {}", view.revision_number));
    facts.push(Fact { note: revision, ..fact("By", format!("{} as {}", view.submitter, view.external_id)) });
    facts
}

/// The detected language, or why there is none.
pub(crate) fn language(signals: &Signals) -> Fact {
    match &signals.language {
        Reading::Known(l) => Fact { note: Some(percent(l.confidence)), ..fact("Language", l.language.as_str()) },
        Reading::Unavailable(cause) => {
            Fact { note: Some(text::cause(*cause).to_owned()), ..fact("Language", "unknown") }
        }
    }
}

/// Facts that the content itself tells.
pub(crate) fn content_facts(content: &AdContent, landing: Vec<Span>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(url) = &content.landing_url {
        facts.push(Fact { name: "Leads to", value: mark(url, landing), when: None, note: None });
    }
    let t = &content.targeting;
    let countries: Vec<&str> = t.countries.iter().map(|c| c.as_str()).collect();
    facts.push(fact("Countries", if countries.is_empty() { "all".into() } else { countries.join(", ") }));
    let ages = match (t.min_age, t.max_age) {
        (None, None) => "all".to_owned(),
        (Some(min), None) => format!("from {min}"),
        (None, Some(max)) => format!("up to {max}"),
        (Some(min), Some(max)) => format!("{min} to {max}"),
    };
    facts.push(fact("Ages", ages));
    if !t.languages.is_empty() {
        let languages: Vec<&str> = t.languages.iter().map(|l| l.as_str()).collect();
        facts.push(fact("Speakers of", languages.join(", ")));
    }
    if !t.interests.is_empty() {
        facts.push(fact("Interests", t.interests.join(", ")));
    }
    facts.extend(content.on_behalf_of.as_ref().map(|name| fact("On behalf of", name)));
    facts.extend(content.paid_by.as_ref().map(|name| fact("Paid by", name)));
    if let Some(schedule) = &content.schedule {
        facts.extend(schedule.starts_at.map(|t| moment("Starts", t)));
        facts.extend(schedule.ends_at.map(|t| moment("Ends", t)));
    }
    if let Some(money) = &content.budget {
        facts.push(fact("Budget", amount(money.micros, &money.currency)));
    }
    facts
}

/// What an ad delivered, as its submitter told it.
pub(crate) fn delivery_facts(delivered: &Delivered) -> Vec<Fact> {
    let shown = |n: i64| grouped(n.unsigned_abs());
    let recent = (delivered.impressions > 0).then(|| {
        let (day, week) = (shown(delivered.impressions_24h), shown(delivered.impressions_7d));
        format!("{day} in 24 hours, {week} in 7 days")
    });
    let mut facts = vec![Fact { note: recent, ..fact("Impressions", shown(delivered.impressions)) }];
    let spent: Vec<String> = delivered.spend.iter().map(|m| amount(m.micros, &m.currency)).collect();
    if !spent.is_empty() {
        facts.push(fact("Spent", spent.join(", ")));
    }
    facts
}

/// A whole number in groups of three digits.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(",")
}

/// Facts of the advertiser. A blind page does without the counts of decisions: they may hold the machine's own about
/// this ad.
pub(crate) fn advertiser_facts(advertiser: &AdvertiserView, blind: bool) -> Vec<Fact> {
    let told = &advertiser.facts;
    let mut facts = vec![moment("First seen", advertiser.first_seen_at)];
    facts.extend(told.account_created_at.map(|t| moment("Account opened", t)));
    facts.push(fact(
        "Verified",
        match told.verified {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not told",
        },
    ));
    facts.push(fact("Standing", text::words(advertiser.standing)));
    if advertiser.strikes > 0 {
        facts.push(fact("Strikes", advertiser.strikes.to_string()));
    }
    if let Some(certificates) = told.certificates.as_ref().filter(|c| !c.is_empty()) {
        facts.push(fact("Certificates", certificates.join(", ")));
    }
    if let (Some(spend), Some(currency)) = (told.spend_30d_micros, &told.currency) {
        facts.push(fact("Spent in 30 days", amount(spend, currency)));
    }
    if blind {
        return facts;
    }
    let share = f64::from(advertiser.rejected_ads) / f64::from(advertiser.decided_ads.max(1));
    let decided = match advertiser.decided_ads {
        0 => fact("Decided ads", "none"),
        n => Fact {
            note: Some(percent(share)),
            ..fact("Decided ads", format!("{n}, {} rejected", advertiser.rejected_ads))
        },
    };
    facts.push(decided);
    facts
}

fn amount(micros: i64, currency: &str) -> String {
    format!("{} {currency}", micros / 1_000_000)
}
