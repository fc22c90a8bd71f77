//! The typed environment of rules: one table of every field, with type, meaning and how to read it.
//!
//! The checker resolves names here, the evaluator reads through here, and help pages are generated from here. A new
//! field is one entry. Content is what was submitted, so an absent text is empty; facts and signals may be unknown.
//! It must never invent a value for a fact that nobody told.

use super::{
    environment::{Environment, host_of, registrable},
    types::{Possible, Type, Value},
};
use crate::domain::{
    advertiser::Standing,
    destination::DestinationFacts,
    screening::Window,
    signal::{Cause, Disguise, Reading},
    time::Millis,
};
use std::borrow::Cow;

/// What reading a field gives: its value, or why it is unknown.
pub type Read<'a> = Result<Value<'a>, Cause>;

/// One field of the environment.
#[derive(Debug)]
pub struct Field {
    /// Its full name in rules.
    pub name: &'static str,
    /// Its type.
    pub type_: Type,
    /// Values it can have.
    pub possible: Possible,
    /// Whether it can be unknown.
    pub may_be_unknown: bool,
    /// What it means, in one sentence.
    pub doc: &'static str,
    /// Reads it.
    pub read: for<'e> fn(&'e Environment<'e>) -> Read<'e>,
}

const SHARE: Possible = Possible::Range(0.0, 1.0);
const COUNT: Possible = Possible::Range(0.0, u32::MAX as f64);
const DAYS: Possible = Possible::Range(-(u32::MAX as f64), u32::MAX as f64);
const AMOUNT: Possible = Possible::Range(0.0, i64::MAX as f64);
const AGE: Possible = Possible::Range(0.0, OLDEST as f64);

/// The oldest age in years: what `ad.targeting.max_age` is when the targeting sets none.
pub(super) const OLDEST: u8 = 120;

/// A field that is always known.
const fn known(
    name: &'static str,
    type_: Type,
    possible: Possible,
    doc: &'static str,
    read: for<'e> fn(&'e Environment<'e>) -> Read<'e>,
) -> Field {
    Field { name, type_, possible, may_be_unknown: false, doc, read }
}

/// A field that may be unknown.
const fn maybe(
    name: &'static str,
    type_: Type,
    possible: Possible,
    doc: &'static str,
    read: for<'e> fn(&'e Environment<'e>) -> Read<'e>,
) -> Field {
    Field { name, type_, possible, may_be_unknown: true, doc, read }
}

/// Every field, sorted by group.
pub static FIELDS: &[Field] = &[
    known("ad.headline", Type::Text, Possible::Anything, "The headline as submitted; empty when there is none.", |e| {
        Ok(Value::text(&e.content.creative.headline))
    }),
    known("ad.body", Type::Text, Possible::Anything, "The body text as submitted; empty when there is none.", |e| {
        Ok(Value::text(&e.content.creative.body))
    }),
    known(
        "ad.call_to_action",
        Type::Text,
        Possible::Anything,
        "The text of the button; empty when there is none.",
        |e| Ok(Value::text(&e.content.creative.call_to_action)),
    ),
    known("ad.text", Type::Text, Possible::Anything, "Headline, body and call to action, one a line.", |e| {
        Ok(Value::text(e.joined()))
    }),
    known("ad.alt_text", Type::Text, Possible::Anything, "The alternative texts of all images, one a line.", |e| {
        Ok(Value::text(e.alt_text()))
    }),
    known("ad.landing_url", Type::Text, Possible::Anything, "Where a click leads; empty when there is no link.", |e| {
        Ok(Value::text(e.content.landing_url.as_deref().unwrap_or_default()))
    }),
    known("ad.host", Type::Text, Possible::Anything, "Host of the landing URL, lower case; empty without one.", |e| {
        Ok(Value::text(e.host()))
    }),
    known(
        "ad.domain",
        Type::Text,
        Possible::Anything,
        "The registered part of the landing URL's host, such as example.co.uk; empty without one.",
        |e| Ok(Value::text(registrable(e.host()))),
    ),
    maybe(
        "ad.language",
        Type::Text,
        Possible::Language,
        "Detected language of the text (ISO 639-1); unknown when the text is too short to tell.",
        |e| match &e.signals.language {
            Reading::Known(detected) => Ok(Value::text(detected.language.as_str())),
            Reading::Unavailable(cause) => Err(*cause),
        },
    ),
    known("ad.image_count", Type::Int, COUNT, "How many images the ad has.", |e| {
        Ok(Value::count(e.content.creative.images.len()))
    }),
    known("ad.has_video", Type::Bool, Possible::Anything, "Whether the ad has a video.", |e| {
        Ok(Value::Bool(e.content.creative.video.is_some()))
    }),
    known(
        "ad.has_document",
        Type::Bool,
        Possible::Anything,
        "Whether the ad came as a document that holds more than is read of it here, such as markup (AdCOM).",
        |e| Ok(Value::Bool(e.content.document.is_some())),
    ),
    known(
        "ad.on_behalf_of",
        Type::Text,
        Possible::Anything,
        "On whose behalf the ad runs; empty when not told.",
        |e| Ok(Value::text(e.content.on_behalf_of.as_deref().unwrap_or_default())),
    ),
    known(
        "ad.paid_by",
        Type::Text,
        Possible::Anything,
        "Who pays, where that is somebody else; empty when not told.",
        |e| Ok(Value::text(e.content.paid_by.as_deref().unwrap_or_default())),
    ),
    known(
        "ad.disguise",
        Type::Double,
        SHARE,
        "Largest share of letters, over the text fields, that had to be undone to read the text (0 to 1).",
        |e| Ok(Value::double(e.disguise())),
    ),
    known(
        "ad.disguises",
        Type::Texts,
        Possible::Names(|| Disguise::ALL.iter().map(|d| d.as_str()).collect()),
        "Which disguises were undone in any text field.",
        |e| Ok(Value::borrowed(e.disguises())),
    ),
    known(
        "ad.targeting.countries",
        Type::Texts,
        Possible::Country,
        "Targeted countries; empty means all. targets(...) is usually what a rule wants.",
        |e| Ok(Value::borrowed(e.countries())),
    ),
    known("ad.targeting.min_age", Type::Int, AGE, "Youngest targeted age in years; 0 when open.", |e| {
        Ok(Value::Int(e.content.targeting.min_age.unwrap_or(0).into()))
    }),
    known("ad.targeting.max_age", Type::Int, AGE, "Oldest targeted age in years; 120 when open.", |e| {
        Ok(Value::Int(e.content.targeting.max_age.unwrap_or(OLDEST).min(OLDEST).into()))
    }),
    known("ad.targeting.languages", Type::Texts, Possible::Language, "Targeted languages; empty means all.", |e| {
        Ok(Value::borrowed(e.languages()))
    }),
    known("ad.targeting.interests", Type::Texts, Possible::Anything, "Targeted interests and keywords.", |e| {
        Ok(Value::borrowed(e.interests()))
    }),
    maybe(
        "ad.schedule.starts_in_days",
        Type::Int,
        DAYS,
        "Whole days until the ad may first run, negative once it may; unknown when the schedule sets no start.",
        |e| {
            let starts = e.content.schedule.as_ref().and_then(|s| s.starts_at).ok_or(Cause::NotProvided)?;
            Ok(days(starts.since(e.facts.evaluated_at)))
        },
    ),
    maybe(
        "ad.schedule.ends_in_days",
        Type::Int,
        DAYS,
        "Whole days until the ad last runs, negative once it is over; unknown when the schedule sets no end.",
        |e| {
            let ends = e.content.schedule.as_ref().and_then(|s| s.ends_at).ok_or(Cause::NotProvided)?;
            Ok(days(ends.since(e.facts.evaluated_at)))
        },
    ),
    maybe(
        "ad.schedule.days",
        Type::Int,
        COUNT,
        "Length of the schedule in whole days; unknown unless it sets start and end.",
        |e| {
            let schedule = e.content.schedule.as_ref().ok_or(Cause::NotProvided)?;
            let (starts, ends) = schedule.starts_at.zip(schedule.ends_at).ok_or(Cause::NotProvided)?;
            Ok(days(ends.since(starts).max(0)))
        },
    ),
    maybe("ad.budget_micros", Type::Int, AMOUNT, "Planned spend, micros of ad.budget_currency.", |e| {
        e.content.budget.as_ref().map(|b| Value::Int(b.micros)).ok_or(Cause::NotProvided)
    }),
    known(
        "ad.budget_currency",
        Type::Text,
        Possible::Anything,
        "Currency of the budget (ISO 4217); empty without one.",
        |e| Ok(Value::text(e.content.budget.as_ref().map(|b| b.currency.as_str()).unwrap_or_default())),
    ),
    maybe(
        "destination.url",
        Type::Text,
        Possible::Anything,
        "Where the landing URL's redirects end. Nothing fetches pages yet: unknown, but for cases.",
        |e| destination(e).map(|d| Value::text(&d.url)),
    ),
    maybe("destination.host", Type::Text, Possible::Anything, "Host of destination.url, lower case.", |e| {
        destination(e).map(|d| Value::Text(Cow::Owned(host_of(&d.url).unwrap_or_default())))
    }),
    maybe("destination.domain", Type::Text, Possible::Anything, "The registered part of destination.host.", |e| {
        destination(e).map(|d| Value::Text(Cow::Owned(registrable(&host_of(&d.url).unwrap_or_default()).to_owned())))
    }),
    maybe("destination.status", Type::Int, Possible::Range(100.0, 599.0), "HTTP status of the page's answer.", |e| {
        destination(e).map(|d| Value::Int(d.status.into()))
    }),
    maybe(
        "destination.redirects",
        Type::Int,
        COUNT,
        "How many redirects lead from the landing URL to the page.",
        |e| destination(e).map(|d| Value::Int(d.redirects.into())),
    ),
    maybe("destination.title", Type::Text, Possible::Anything, "Title of the page.", |e| {
        destination(e).map(|d| Value::text(&d.title))
    }),
    maybe("destination.text", Type::Text, Possible::Anything, "Visible text of the page.", |e| {
        destination(e).map(|d| Value::text(&d.text))
    }),
    known("advertiser.id", Type::Text, Possible::Anything, "The submitter's id for the advertiser.", |e| {
        Ok(Value::text(&e.facts.advertiser.external_id))
    }),
    known("advertiser.name", Type::Text, Possible::Anything, "The advertiser's name.", |e| {
        Ok(Value::text(&e.facts.advertiser.name))
    }),
    maybe("advertiser.verified", Type::Bool, Possible::Anything, "Whether the submitter verified its identity.", |e| {
        e.facts.advertiser.facts.verified.map(Value::Bool).ok_or(Cause::NotProvided)
    }),
    maybe("advertiser.age_days", Type::Int, COUNT, "Age of the account in whole days.", |e| {
        let opened = e.facts.advertiser.facts.account_created_at.ok_or(Cause::NotProvided)?;
        Ok(Value::Int((e.facts.evaluated_at.since(opened) / Millis::DAY).max(0)))
    }),
    known("advertiser.seen_days", Type::Int, COUNT, "Whole days since Adjudge first saw the advertiser.", |e| {
        Ok(Value::Int((e.facts.evaluated_at.since(e.facts.advertiser.first_seen_at) / Millis::DAY).max(0)))
    }),
    maybe("advertiser.certificates", Type::Texts, Possible::Anything, "Certificates held, such as gambling.", |e| {
        e.certificates().map(Value::borrowed).ok_or(Cause::NotProvided)
    }),
    maybe(
        "advertiser.spend_30d_micros",
        Type::Int,
        AMOUNT,
        "Spend of the last 30 days, micros of its currency.",
        |e| e.facts.advertiser.facts.spend_30d_micros.map(Value::Int).ok_or(Cause::NotProvided),
    ),
    maybe(
        "advertiser.spend_tier",
        Type::Text,
        Possible::Names(|| SPEND_TIERS.to_vec()),
        "Spend of the last 30 days by size, in units of its currency: none, low (below 1,000), medium (below 50,000), high.",
        |e| e.facts.advertiser.facts.spend_30d_micros.map(|s| Value::text(spend_tier(s))).ok_or(Cause::NotProvided),
    ),
    known(
        "advertiser.standing",
        Type::Text,
        Possible::Names(|| Standing::ALL.iter().map(|s| s.as_str()).collect()),
        "Standing of the account.",
        |e| Ok(Value::text(e.facts.advertiser.standing.as_str())),
    ),
    known("advertiser.strikes", Type::Int, COUNT, "Unexpired strikes.", |e| {
        Ok(Value::Int(e.facts.advertiser.strikes.into()))
    }),
    known("advertiser.rejected_ads", Type::Int, COUNT, "Ads of this advertiser rejected so far.", |e| {
        Ok(Value::Int(e.facts.advertiser.rejected_ads.into()))
    }),
    known("advertiser.decided_ads", Type::Int, COUNT, "Ads of this advertiser decided so far.", |e| {
        Ok(Value::Int(e.facts.advertiser.decided_ads.into()))
    }),
    maybe(
        "advertiser.rejected_share",
        Type::Double,
        SHARE,
        "Share of this advertiser's decided ads that were rejected (0 to 1); unknown before any was decided.",
        |e| match e.facts.advertiser.decided_ads {
            0 => Err(Cause::NothingToMeasure),
            decided => Ok(Value::double((f64::from(e.facts.advertiser.rejected_ads) / f64::from(decided)).min(1.0))),
        },
    ),
    known(
        "counts.advertiser_1h",
        Type::Int,
        COUNT,
        "Ads of this advertiser in the last hour, this one included.",
        |e| Ok(Value::Int(e.facts.counts.advertiser.h1.into())),
    ),
    known("counts.advertiser_24h", Type::Int, COUNT, "The same over 24 hours.", |e| {
        Ok(Value::Int(e.facts.counts.advertiser.h24.into()))
    }),
    known("counts.advertiser_7d", Type::Int, COUNT, "The same over 7 days.", |e| {
        Ok(Value::Int(e.facts.counts.advertiser.d7.into()))
    }),
    known("counts.domain_1h", Type::Int, COUNT, "Ads to the same domain, by anybody, in the last hour.", |e| {
        Ok(Value::Int(e.facts.counts.domain.h1.into()))
    }),
    known("counts.domain_24h", Type::Int, COUNT, "The same over 24 hours.", |e| {
        Ok(Value::Int(e.facts.counts.domain.h24.into()))
    }),
    known("counts.domain_7d", Type::Int, COUNT, "The same over 7 days.", |e| {
        Ok(Value::Int(e.facts.counts.domain.d7.into()))
    }),
    known("counts.image_1h", Type::Int, COUNT, "Ads with the same image, by anybody, in the last hour.", |e| {
        Ok(Value::Int(e.facts.counts.image.h1.into()))
    }),
    known("counts.image_24h", Type::Int, COUNT, "The same over 24 hours.", |e| {
        Ok(Value::Int(e.facts.counts.image.h24.into()))
    }),
    known("counts.image_7d", Type::Int, COUNT, "The same over 7 days.", |e| {
        Ok(Value::Int(e.facts.counts.image.d7.into()))
    }),
    maybe("counts.denials_1h", Type::Int, COUNT, "Rejections of this advertiser's ads in the last hour.", |e| {
        denials(e, |w| w.h1)
    }),
    maybe("counts.denials_24h", Type::Int, COUNT, "The same over 24 hours.", |e| denials(e, |w| w.h24)),
    maybe("counts.denials_7d", Type::Int, COUNT, "The same over 7 days.", |e| denials(e, |w| w.d7)),
];

/// Sizes of spend, ascending.
const SPEND_TIERS: [&str; 4] = ["none", "low", "medium", "high"];

fn spend_tier(micros: i64) -> &'static str {
    match micros / 1_000_000 {
        _ if micros <= 0 => SPEND_TIERS[0],
        ..1_000 => SPEND_TIERS[1],
        1_000..50_000 => SPEND_TIERS[2],
        _ => SPEND_TIERS[3],
    }
}

fn days(ms: i64) -> Value<'static> {
    Value::Int(ms.div_euclid(Millis::DAY))
}

fn destination<'e>(e: &'e Environment<'e>) -> Result<&'e DestinationFacts, Cause> {
    e.facts.destination.as_ref().ok_or(Cause::NotFetched)
}

fn denials<'e>(e: &'e Environment<'e>, window: fn(&Window) -> u32) -> Read<'e> {
    e.facts.counts.denials.as_ref().map(|w| Value::Int(window(w).into())).ok_or(Cause::NotStored)
}

/// A field by its full name.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|f| f.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_documented() {
        for (i, field) in FIELDS.iter().enumerate() {
            assert!(FIELDS[..i].iter().all(|other| other.name != field.name), "{} twice", field.name);
            assert!(field.doc.ends_with('.'), "{}", field.name);
        }
    }
}
