//! A candidate with a starting head for a policy that nobody has judged yet: from a few examples and the policy's clause.
//!
//! Called by `adjudge model start`. All live heads are carried over. It must never touch the live release: promotion does.

use super::{
    App, Error,
    steps::{
        audit,
        reading::{self, Reader, live_model},
    },
};
use crate::{
    domain::{ModelId, PolicyCode, digest::Digest, metrics::Card, role::Scope},
    inference::{Heads, mean},
    learning::start::{FEWEST, Start, Started, benign_pool, start},
    store::{
        releases,
        releases::{ModelState, StoredModel},
    },
};
use serde_json::json;
use std::collections::BTreeMap;

/// What a head starts from.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// The policy.
    pub policy: PolicyCode,
    /// Ads that break it.
    pub breaks: Vec<String>,
    /// Ads that look like it and do not; may be none.
    pub harmless: Vec<String>,
    /// Its clause; `None` takes the live release's, where it has that policy.
    pub clause: Option<String>,
    /// The added encoder to start it on; `None` for the one that the process started with.
    pub encoder: Option<Digest>,
}

/// Makes the candidate; returns it as registered.
///
/// # Errors
/// [`Error::Conflict`] when fewer than five examples can be read, or the policy has a head that was trained.
pub async fn start_head(app: &App, scope: &Scope, request: &StartRequest) -> Result<StoredModel, Error> {
    let policy = &request.policy;
    let reader = reading::reader(app, request.encoder).await?;
    let live = live_model(app, &reader, &[]).await?;
    if live.as_ref().is_some_and(|l| l.heads.heads.contains_key(policy)) {
        let what = format!("{policy} has a head already; add the examples as labels and train it.");
        return Err(Error::conflict("has_a_head", what));
    }
    let release = app.live.get();
    let clause = request.clause.clone().or_else(|| release.release.bundle.policy(policy).map(|p| p.clause.clone()));
    let pool = benign_pool().map_err(|e| Error::Internal(e.to_string()))?;
    let breaks = vectors(&reader, &request.breaks).await?;
    let harmless = vectors(&reader, &request.harmless).await?;
    let clause = vectors(&reader, clause.as_slice()).await?;
    let pool = vectors(&reader, &pool).await?;
    let (read, given) = (breaks.len(), request.breaks.len());
    let started = reading::blocking(move || {
        start(Start { breaks: &breaks, harmless: &harmless, clause: clause.first(), pool: &pool })
    })
    .await?;
    let started = started.ok_or_else(|| {
        let what = format!("A head starts from at least {FEWEST} examples; {read} of the {given} given could be read.");
        Error::conflict("too_few_examples", what)
    })?;
    let now = app.clock.now();
    let card = card(app, &reader, policy, &started, live.as_ref().map(|l| &l.model.card), read);
    let mut heads = live.as_ref().map_or_else(
        || Heads {
            encoder: reader.engine.fingerprint().encoder,
            dimensions: started.head.weights.len(),
            heads: BTreeMap::new(),
        },
        |l| l.heads.clone(),
    );
    heads.heads.insert(policy.clone(), started.head);
    let mut thresholds = live.map(|l| l.model.thresholds).unwrap_or_default();
    thresholds.insert(policy.clone(), started.threshold);
    thresholds.retain(|code, _| heads.heads.contains_key(code));
    let damaged = |e: crate::inference::InferenceError| Error::Internal(e.to_string());
    let model = StoredModel {
        id: app.clock.new_id::<ModelId>(),
        digest: heads.digest().map_err(damaged)?,
        encoder: heads.encoder,
        state: ModelState::Candidate,
        heads: heads.to_bytes().map_err(damaged)?,
        thresholds,
        card,
        snapshot: None,
        created_by: scope.actor.id().to_owned(),
        created_at: now,
    };
    app.db
        .write("start_head", async |tx| {
            releases::add_model(tx, &model).await?;
            let details = json!({"digest": model.digest, "policy": policy, "examples": read});
            audit::record(app, tx, scope, "model.started", model.id, details, now).await
        })
        .await?;
    Ok(model)
}

/// Vectors of the texts that the encoder can read, whatever their language: examples are few, and somebody chose them.
async fn vectors(reader: &Reader, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut found = Vec::with_capacity(texts.len());
    for part in texts.chunks(reading::CHUNK) {
        let read = reading::embed_together(&reader.engine, part).await?;
        found.extend(read.iter().filter_map(|(_, windows)| mean(windows)));
    }
    Ok(found)
}

fn card(
    app: &App,
    reader: &Reader,
    policy: &PolicyCode,
    started: &Started,
    live: Option<&Card>,
    examples: usize,
) -> Card {
    let mut card = live.cloned().unwrap_or_else(|| Card {
        encoder: reader.name.clone(),
        encoder_digest: reader.engine.fingerprint().encoder,
        languages: reader.languages.iter().map(ToString::to_string).collect(),
        snapshot_digest: Digest::of(b""),
        trained_at: app.clock.now(),
        split: "none: no head was trained".into(),
        seed: 0,
        sources: BTreeMap::new(),
        heads: BTreeMap::new(),
        caveats: Vec::new(),
    });
    card.trained_at = app.clock.now();
    card.heads.insert(policy.clone(), started.card.clone());
    card.caveats.push(format!(
        "{policy}: a starting head, from {examples} examples, the clause and harmless ads. Nothing was held out, so it has \
         no figures: let it ask people, not decide, and train it once there are labels."
    ));
    card
}
