//! Webhooks as their owners send them: the wire types, and their readers.
//!
//! Called by the API. What an address may be is for the outbound client to say, not for this. It must never accept a field
//! that is not known.

use super::{Refusal, document, refusal::Problems, schema::Checker};
use crate::domain::{
    time::Millis,
    webhook::{Profile, Signing},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::sync::LazyLock;
use utoipa::ToSchema;

/// Longest body about a webhook.
pub const WEBHOOK_BYTES: usize = 16 * 1024;

/// An address to send events to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    /// Where events are posted: an https URL that leads to a public address.
    #[schema(min_length = 1, max_length = 2048, format = "uri", example = "https://hooks.shop.example/adjudge")]
    pub url: String,
    /// Types of events that you want; leave out for all.
    #[serde(default)]
    #[schema(max_items = 50, example = json!(["ad.outcome"]))]
    pub types: Vec<EventType>,
    /// Your words about it.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub description: String,
    /// What you are sent; `standard` when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub profile: Option<Profile>,
    /// How it is signed; `symmetric` when left out. It stays as it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub signing: Option<Signing>,
}

/// What a webhook becomes. Members left out become what they are for a new one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChangeInput {
    /// Where events are posted: an https URL that leads to a public address.
    #[schema(min_length = 1, max_length = 2048, format = "uri", example = "https://hooks.shop.example/adjudge")]
    pub url: String,
    /// Types of events that you want; leave out for all.
    #[serde(default)]
    #[schema(max_items = 50, example = json!(["ad.outcome"]))]
    pub types: Vec<EventType>,
    /// Your words about it.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub description: String,
    /// What you are sent; `standard` when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub profile: Option<Profile>,
}

/// A type of event.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 100, pattern = r"^[a-z_.]+$")]
pub struct EventType(pub String);

/// How a key is replaced.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateInput {
    /// Seconds in which the key before signs too, at most 604800; a day when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 604800)]
    pub overlap_seconds: Option<u32>,
}

/// What is sent again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayInput {
    /// Everything that happened since this moment and was not received.
    pub since: Millis,
}

/// A new webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct NewWebhook {
    /// What may be changed later.
    pub change: WebhookChange,
    /// How it is signed.
    pub signing: Signing,
}

/// What a webhook becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookChange {
    /// Where events are sent.
    pub url: String,
    /// Types of events; empty is all.
    pub types: Vec<String>,
    /// The owner's words.
    pub description: String,
    /// What is sent.
    pub profile: Profile,
}

/// Reads a new webhook.
///
/// # Errors
/// Every bad field at once.
pub fn read_webhook(bytes: &[u8]) -> Result<NewWebhook, Refusal> {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<WebhookInput>);
    let input: WebhookInput = read(bytes, &CHECKER, |_, _| {})?;
    Ok(NewWebhook {
        signing: input.signing.unwrap_or(Signing::Symmetric),
        change: change(input.url, input.types, input.description, input.profile),
    })
}

/// Reads what a webhook becomes.
///
/// # Errors
/// Every bad field at once.
pub fn read_webhook_change(bytes: &[u8]) -> Result<WebhookChange, Refusal> {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<WebhookChangeInput>);
    let input: WebhookChangeInput = read(bytes, &CHECKER, |_, _| {})?;
    Ok(change(input.url, input.types, input.description, input.profile))
}

fn change(url: String, types: Vec<EventType>, description: String, profile: Option<Profile>) -> WebhookChange {
    let mut types: Vec<String> = types.into_iter().map(|t| t.0).collect();
    types.sort();
    types.dedup();
    WebhookChange { url, types, description, profile: profile.unwrap_or(Profile::Standard) }
}

/// Reads how a key is replaced; no body is the usual way.
///
/// # Errors
/// Every bad field at once.
pub fn read_rotation(bytes: &[u8]) -> Result<RotateInput, Refusal> {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<RotateInput>);
    if bytes.is_empty() { Ok(RotateInput::default()) } else { read(bytes, &CHECKER, |_, _| {}) }
}

/// Reads what is sent again.
///
/// # Errors
/// Every bad field at once.
pub fn read_replay(bytes: &[u8]) -> Result<ReplayInput, Refusal> {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<ReplayInput>);
    read(bytes, &CHECKER, |value, problems| {
        if value.get("since").and_then(Value::as_str).is_some_and(|text| text.parse::<Millis>().is_err()) {
            problems.add("/since", "not_a_time", "must be an RFC 3339 date-time such as `2026-01-31T12:00:00Z`");
        }
    })
}

fn read<T: DeserializeOwned>(bytes: &[u8], checker: &Checker, check: fn(&Value, &mut Problems)) -> Result<T, Refusal> {
    let (value, mut problems) = document::parse(bytes, WEBHOOK_BYTES)?;
    check(&value, &mut problems);
    checker.check(&value, &mut problems);
    problems.into_result()?;
    serde_json::from_value(value).map_err(|error| Refusal::one("", "not_valid", format!("cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_bad_field_of_a_webhook_is_named() {
        let refused = read_webhook(br#"{"ur":"x","types":"all","profile":"xml","signing":1}"#).unwrap_err();
        let named: Vec<_> = refused.problems.iter().map(|p| (p.pointer.as_str(), p.code)).collect();
        assert_eq!(
            named,
            [
                ("/profile", "not_an_option"),
                ("/signing", "wrong_type"),
                ("/types", "wrong_type"),
                ("/ur", "unknown_field"),
                ("/url", "required"),
            ]
        );
        assert_eq!(read_replay(br#"{"since":"yesterday"}"#).unwrap_err().problems[0].code, "not_a_time");
        assert_eq!(read_rotation(b"{\"overlap_seconds\":604801}").unwrap_err().problems[0].code, "too_great");
    }

    #[test]
    fn what_is_left_out_is_the_usual() {
        let new = read_webhook(br#"{"url":"https://a.example/","types":["ad.outcome","ad.outcome"]}"#).unwrap();
        assert_eq!((new.signing, new.change.profile), (Signing::Symmetric, Profile::Standard));
        assert_eq!(new.change.types, ["ad.outcome"]);
        assert_eq!(read_rotation(b"").unwrap().overlap_seconds, None);
    }
}
