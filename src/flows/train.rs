//! A candidate model is trained on the installation's labels: frozen, embedded, fitted beside the live heads, and
//! registered with its snapshot and card in one commit.
//!
//! Called by `adjudge train` and the `train` job. It must never touch the live release: promotion does.

use super::{
    App, Error,
    steps::{
        audit,
        reading::{CHUNK, LiveModel, Reader, blocking, embed_together, live_model, reader},
    },
    training::Background,
};
use crate::{
    domain::{
        ModelId, PolicyCode, SnapshotId,
        audit::Actor,
        digest::Digest,
        label::Label,
        role::Scope,
        training::{TrainingStage, TrainingState},
    },
    inference::mean,
    learning::{
        corpus::{Corpus, corpus},
        rows::{Row, Statement},
        snapshot,
        threshold::Target,
        train::{Live, TrainError, TrainSpec, Trained, train as fit},
    },
    screening::signals::language,
    store::{
        jobs, releases,
        releases::{ModelState, StoredModel},
        screenings, snapshots,
        snapshots::NewSnapshot,
        trainings,
        views::labels,
    },
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Labels read at once.
const PAGE: u32 = 1_000;
/// What a run is asked for.
#[derive(Debug, Clone)]
pub struct TrainRequest {
    /// Statements of data sets, beside the installation's labels.
    pub imported: Vec<Statement>,
    /// Statements that are only measured on.
    pub held_out: Vec<Statement>,
    /// Licences of those data sets, by source.
    pub sources: BTreeMap<String, String>,
    /// What their users must know.
    pub caveats: Vec<String>,
    /// Policies that the candidate has no head for: their statements are passed over, and a live head is dropped.
    pub without: Vec<PolicyCode>,
    /// Seed of split, cross-fit and bootstrap. Keep it: another seed moves texts between training and held-out.
    pub seed: u64,
    /// The added encoder to train heads over; `None` for the one that the process started with.
    pub encoder: Option<Digest>,
}

impl TrainRequest {
    /// Whether the run may see the statement.
    fn admits(&self, statement: &Statement) -> bool {
        statement.policy.as_ref().is_none_or(|policy| !self.without.contains(policy))
    }
}

impl Default for TrainRequest {
    fn default() -> Self {
        Self {
            imported: Vec::new(),
            held_out: Vec::new(),
            sources: BTreeMap::new(),
            caveats: Vec::new(),
            without: Vec::new(),
            seed: 20_260_101,
            encoder: None,
        }
    }
}

/// Trains a candidate; returns it as registered. A run in the background is ended with its job in the same commit.
///
/// # Errors
/// [`Error::Conflict`] when the labels are too few; the sentence says how many are needed.
pub async fn train(
    app: &App,
    scope: &Scope,
    request: &TrainRequest,
    run: Option<&Background<'_>>,
) -> Result<StoredModel, Error> {
    let at = |stage, done, total| run.into_iter().for_each(|run| run.at(stage, done, total));
    at(TrainingStage::Reading, 0, 0);
    let labelled = all_labels(app).await?;
    let mut judged: Vec<Statement> = labelled.iter().filter_map(Statement::from_label).collect();
    judged.retain(|statement| request.admits(statement));
    let reader = reader(app, request.encoder).await?;
    let live = live_model(app, &reader, &request.without).await?;
    let (corpus, request) = {
        let mut request = request.clone();
        let all = request.clone();
        request.imported.retain(|statement| all.admits(statement));
        request.held_out.retain(|statement| all.admits(statement));
        blocking(move || (corpus(judged, &request.imported, &request.held_out, request.seed), request)).await?
    };
    let frozen = freeze(app, &corpus, request.seed);
    let spec = spec(app, &reader, &corpus, &request, live.as_ref());
    let rows = embed(app, &reader, corpus, |done, total| at(TrainingStage::Embedding, done, total)).await?;
    let texts = rows.len() as u64;
    at(TrainingStage::Fitting, texts, texts);
    let trained = blocking(move || {
        let live =
            live.as_ref().map(|l| Live { heads: &l.heads, thresholds: &l.model.thresholds, card: &l.model.card });
        fit(&rows, &spec, live)
    })
    .await?
    .map_err(refused)?;
    let model = candidate(app, scope, trained, frozen.id)?;
    app.db
        .write("train", async |tx| {
            snapshots::add(tx, &frozen, model.created_at).await?;
            releases::add_model(tx, &model).await?;
            if let Some(Background { job, training, .. }) = run {
                jobs::finish(tx, job.id, job.token).await?;
                trainings::end(tx, *training, TrainingState::Done, Some(model.id), None, model.created_at).await?;
            }
            let details = json!({"digest": model.digest, "snapshot": frozen.digest, "heads": model.thresholds.keys().collect::<Vec<_>>()});
            audit::record(app, tx, scope, "model.trained", model.id, details, model.created_at).await
        })
        .await?;
    Ok(model)
}

/// All labels of the installation, oldest first.
async fn all_labels(app: &App) -> Result<Vec<Label>, Error> {
    // Heads are shared by all submitters, so training reads what no single caller may.
    let everything = Scope::system(Actor::System("train".into()));
    let mut all: Vec<Label> = Vec::new();
    loop {
        let after = all.last().map(|l| l.id);
        let page = labels::after(&app.db, &everything, after, None, PAGE).await?;
        let full = page.len() == PAGE as usize;
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

fn freeze(app: &App, corpus: &Corpus, seed: u64) -> NewSnapshot {
    let members = snapshot::members(corpus.examples.iter().map(|(example, part, _)| (example, *part)));
    NewSnapshot {
        id: app.clock.new_id(),
        digest: Digest::of(members.as_bytes()),
        spec: json!({"split": corpus.split, "seed": seed}),
        counts: corpus.counts(),
        members: members.into_bytes(),
    }
}

fn spec(app: &App, reader: &Reader, corpus: &Corpus, request: &TrainRequest, live: Option<&LiveModel>) -> TrainSpec {
    let named: BTreeSet<&str> = corpus.examples.iter().map(|(e, ..)| e.source.as_str()).collect();
    let licence = |name: &str| match (request.sources.get(name), name) {
        (Some(licence), _) => licence.clone(),
        (None, "written") => "MIT OR Apache-2.0 (written for Adjudge)".into(),
        (None, "judgement" | "adjudication" | "appeal" | "golden") => "this installation's own decisions".into(),
        (None, _) => "not stated; weights only".into(),
    };
    let mut caveats = request.caveats.clone();
    caveats.push(
        "Judged ads were chosen by screening, not by chance, except those sampled blind; figures speak of ads like them."
            .into(),
    );
    if live.is_none() && request.encoder.is_none() && app.live.get().release.bundle.model.is_some() {
        caveats.push("The live heads belong to another encoder and could not be carried over.".into());
    }
    TrainSpec {
        encoder: live.map_or_else(|| reader.name.clone(), |l| l.model.card.encoder.clone()),
        encoder_digest: reader.engine.fingerprint().encoder,
        languages: reader.languages.iter().map(ToString::to_string).collect(),
        trained_at: app.clock.now(),
        split: corpus.split.clone(),
        seed: request.seed,
        sources: named.into_iter().map(|name| (name.to_owned(), licence(name))).collect(),
        caveats,
        fewest: 5,
        target: Target::default(),
        resamples: 1_000,
        ranks_only: live.map(|l| l.model.card.ranks_only()).unwrap_or_default(),
    }
}

/// Rows with vectors: from the cache where a screening or an earlier run left them, else from the encoder. Texts in
/// languages that it does not cover, or too long for it, are left out.
/// `told` hears how many texts of how many are done.
async fn embed(app: &App, reader: &Reader, corpus: Corpus, told: impl Fn(u64, u64)) -> Result<Vec<Row>, Error> {
    let total = corpus.examples.len() as u64;
    told(0, total);
    let mut done = 0;
    let encoder = reader.engine.fingerprint().encoder;
    let mut rows = Vec::with_capacity(corpus.examples.len());
    for chunk in corpus.examples.chunks(CHUNK) {
        let mut known: HashMap<&str, Vec<Vec<f32>>> = HashMap::new();
        let mut unknown = Vec::new();
        for text in chunk.iter().map(|(example, ..)| example.text.as_str()).filter(|text| is_covered(reader, text)) {
            match screenings::embedding(&app.db, Digest::of(text.as_bytes()), encoder).await? {
                Some(windows) => drop(known.insert(text, windows)),
                None => unknown.push(text),
            }
        }
        let fresh = embed_together(&reader.engine, &unknown).await?;
        if !fresh.is_empty() {
            let now = app.clock.now();
            app.db
                .write("train_embed", async |tx| {
                    for (text, windows) in &fresh {
                        screenings::add_embedding(tx, Digest::of(text.as_bytes()), encoder, windows, now).await?;
                    }
                    Ok::<(), Error>(())
                })
                .await?;
        }
        known.extend(fresh);
        for (example, split, unit) in chunk {
            if let Some(embedding) = known.get(example.text.as_str()).and_then(|windows| mean(windows)) {
                rows.push(Row { example: example.clone(), embedding, unit: *unit, split: *split });
            }
        }
        done += chunk.len() as u64;
        told(done, total);
    }
    Ok(rows)
}

fn is_covered(reader: &Reader, text: &str) -> bool {
    language::covered(&language::detect(text), &reader.languages)
}

fn candidate(app: &App, scope: &Scope, trained: Trained, snapshot: SnapshotId) -> Result<StoredModel, Error> {
    let damaged = |e: crate::inference::InferenceError| Error::Internal(e.to_string());
    Ok(StoredModel {
        id: app.clock.new_id::<ModelId>(),
        digest: trained.heads.digest().map_err(damaged)?,
        encoder: trained.heads.encoder,
        state: ModelState::Candidate,
        heads: trained.heads.to_bytes().map_err(damaged)?,
        thresholds: trained.thresholds,
        card: trained.card,
        snapshot: Some(snapshot),
        created_by: scope.actor.id().to_owned(),
        created_at: app.clock.now(),
    })
}

fn refused(error: TrainError) -> Error {
    match error {
        TrainError::NothingToFit(_) => Error::conflict("too_few_labels", error.to_string()),
        TrainError::OtherEncoder | TrainError::Dimensions { .. } => Error::Internal(error.to_string()),
    }
}
