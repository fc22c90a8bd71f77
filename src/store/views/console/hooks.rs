//! Webhooks for the console: each with whose it is and what waits, and one with its deliveries.
//!
//! Called by `web::console::hooks`. It must never leave the caller's submitter, nor read a key.

use crate::{
    domain::{EventId, SubmitterId, WebhookId, role::Scope, webhook::Webhook},
    store::{
        Db, StoreError, db, deliveries,
        deliveries::{DeliveryFilter, DeliveryLine},
        webhooks,
        webhooks::Sealed,
    },
};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most webhooks of the list.
const MOST: u32 = 200;

/// One webhook.
#[derive(Debug, Clone)]
pub struct HookLine {
    /// The webhook.
    pub webhook: Webhook,
    /// Whose it is.
    pub submitter: String,
    /// Deliveries on their way.
    pub waiting: i64,
    /// Deliveries that failed at every attempt.
    pub dead: i64,
}

/// One webhook with its deliveries.
#[derive(Debug, Clone)]
pub struct HookView {
    /// The webhook.
    pub line: HookLine,
    /// Deliveries, newest first.
    pub deliveries: Vec<DeliveryLine>,
    /// Their events that are still kept.
    pub events: BTreeMap<EventId, Sealed>,
}

/// The webhooks in scope, newest first.
pub async fn list(on: &Db, scope: &Scope) -> Result<Vec<HookLine>, StoreError> {
    lines(on, webhooks::list(on, scope, None, MOST).await?).await
}

/// A webhook in scope, with a page of its deliveries.
pub async fn view(
    on: &Db,
    scope: &Scope,
    id: WebhookId,
    filter: DeliveryFilter,
    limit: u32,
) -> Result<Option<HookView>, StoreError> {
    let Some(webhook) = webhooks::get(on, scope, id).await? else { return Ok(None) };
    let Some(line) = lines(on, vec![webhook]).await?.pop() else { return Ok(None) };
    let deliveries = deliveries::list(on, scope, id, filter, limit).await?;
    let events: Vec<EventId> = deliveries.iter().filter_map(|d| d.delivery.event).collect();
    Ok(Some(HookView { line, events: webhooks::events_of(on, &events).await?, deliveries }))
}

async fn lines(on: &Db, all: Vec<Webhook>) -> Result<Vec<HookLine>, StoreError> {
    let ids: Vec<WebhookId> = all.iter().map(|w| w.id).collect();
    let counts = deliveries::counts(on, &ids).await?;
    let names = names(on, &all).await?;
    let line = |webhook: Webhook| {
        let (waiting, dead) = counts.get(&webhook.id).copied().unwrap_or_default();
        let submitter = names.get(&webhook.submitter).cloned().unwrap_or_default();
        HookLine { webhook, submitter, waiting, dead }
    };
    Ok(all.into_iter().map(line).collect())
}

async fn names(on: &Db, of: &[Webhook]) -> Result<BTreeMap<SubmitterId, String>, StoreError> {
    #[derive(FromQueryResult)]
    struct Named {
        id: Uuid,
        name: String,
    }
    if of.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!("SELECT id, name FROM submitter WHERE id IN ({})", db::placeholders(1, of.len()));
    let rows: Vec<Named> = db::rows(on, &sql, of.iter().map(|w| w.submitter.0.into()).collect()).await?;
    Ok(rows.into_iter().map(|row| (SubmitterId(row.id), row.name)).collect())
}
