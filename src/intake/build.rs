//! The last step: a value that nothing was found wrong with becomes the types that flows take.
//!
//! Called by `read_ad` and `read_advertiser` only. It must never change a text: disguises must reach screening as sent.

use super::{
    AdvertiserRef, AdvertiserUpdate, NewCertificate, NewReport, Refusal, StoredImage, Submission,
    wire::{
        AdInput, AdvertiserFactsInput, CertificateInput, CreativeInput, DeliveryInput, ExternalDecisionInput,
        ImageInput, ReportInput, TargetingInput,
    },
};
use crate::domain::{
    ad::{AdContent, Creative, Image, Schedule, Targeting, Video},
    advertiser::AdvertiserFacts,
    delivery::{Delivery, NamedAd},
    external::ExternalDecision,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// Builds a submission from an ad and the images decoded from it, by their place.
pub(super) fn submission(value: Value, pictures: Vec<Option<StoredImage>>) -> Result<Submission, Refusal> {
    let input: AdInput = typed(value)?;
    let assets: Vec<_> = pictures.iter().map(|p| p.as_ref().map(|p| p.asset.clone())).collect();
    let mut seen = BTreeSet::new();
    let images = pictures.into_iter().flatten().filter(|p| seen.insert(p.asset.digest)).collect();
    let schedule = input.schedule.map(|s| Schedule { starts_at: s.starts_at, ends_at: s.ends_at });
    let content = AdContent {
        creative: creative(input.creative, assets),
        landing_url: input.landing_url,
        targeting: targeting(input.targeting.unwrap_or_default()),
        schedule: schedule.filter(|s| *s != Schedule::default()),
        budget: input.budget,
        on_behalf_of: input.on_behalf_of,
        paid_by: input.paid_by,
        document: None,
    };
    Ok(Submission {
        external_id: input.external_id,
        advertiser: AdvertiserRef { external_id: input.advertiser.external_id, name: input.advertiser.name },
        content,
        images,
        sandbox: input.sandbox,
        needed_by: input.needed_by,
    })
}

/// Builds an advertiser's facts.
pub(super) fn advertiser(value: Value) -> Result<AdvertiserUpdate, Refusal> {
    let input: AdvertiserFactsInput = typed(value)?;
    let facts = AdvertiserFacts {
        account_created_at: input.account_created_at,
        verified: input.verified,
        certificates: input.certificates.map(|names| sorted(names.into_iter().map(|name| name.0))),
        spend_30d_micros: input.spend_30d_micros,
        currency: input.currency,
        language: input.language,
    };
    Ok(AdvertiserUpdate { name: input.name, facts })
}

/// Builds a certificate.
pub(super) fn certificate(value: Value) -> Result<NewCertificate, Refusal> {
    let input: CertificateInput = typed(value)?;
    Ok(NewCertificate {
        kind: input.kind.0,
        countries: sorted(input.countries),
        document: input.document,
        note: input.note,
        valid_until: input.valid_until,
    })
}

/// Builds a line about delivery.
pub(super) fn delivery(value: Value) -> Result<Delivery, Refusal> {
    let input: DeliveryInput = typed(value)?;
    let ad = named(input.id, input.external_id)?;
    Ok(Delivery { ad, hour: input.hour, impressions: input.impressions, spend: input.spend })
}

/// Builds a report.
pub(super) fn report(value: Value) -> Result<NewReport, Refusal> {
    let input: ReportInput = typed(value)?;
    let policy = input.policy.parse().map_err(|_| Refusal::one("/policy", "bad_characters", "is no policy's code"))?;
    let person = input.person.unwrap_or_default();
    Ok(NewReport {
        ad: named(input.id, input.external_id)?,
        policy,
        reporter: input.reporter,
        reference: person.reference,
        contact: person.contact,
        statement: input.statement,
    })
}

/// Builds a decision that a submitter made itself.
pub(super) fn external_decision(value: Value) -> Result<ExternalDecision, Refusal> {
    let input: ExternalDecisionInput = typed(value)?;
    let code = |code: &String| code.parse().map_err(|_| Refusal::one("/policies", "not_a_policy", "names no policy"));
    Ok(ExternalDecision {
        ad: named(input.id, input.external_id)?,
        outcome: input.outcome,
        policies: input.policies.iter().map(code).collect::<Result<_, _>>()?,
        decided_at: input.decided_at,
    })
}

fn named(id: Option<String>, external_id: Option<String>) -> Result<NamedAd, Refusal> {
    let named = match (id, external_id) {
        (Some(id), _) => id.parse().ok().map(NamedAd::Id),
        (None, external) => external.map(NamedAd::External),
    };
    named.ok_or_else(|| Refusal::one("/external_id", "required", "is required, or `id`"))
}

/// The checks leave nothing for this to refuse; if one ever does, the whole input is named.
pub(super) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| Refusal::one("", "not_valid", format!("cannot be read: {error}")))
}

fn creative(input: CreativeInput, assets: Vec<Option<crate::domain::ad::AssetRef>>) -> Creative {
    let image = |(image, asset): (ImageInput, _)| Image { url: image.url, asset, alt_text: image.alt_text };
    Creative {
        headline: input.headline,
        body: input.body,
        call_to_action: input.call_to_action,
        images: input.images.into_iter().zip(assets).map(image).collect(),
        video: input.video.map(|v| Video { url: v.url, duration_ms: v.duration_ms }),
    }
}

fn targeting(input: TargetingInput) -> Targeting {
    Targeting {
        countries: sorted(input.countries),
        min_age: input.min_age,
        max_age: input.max_age,
        languages: sorted(input.languages),
        interests: sorted(input.interests.into_iter().map(|interest| interest.0)),
    }
}

/// A set in its canonical form.
fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    items.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}
