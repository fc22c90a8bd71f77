//! Models as pages: the list with training runs, one card with its plots, and the question before promoting.
//!
//! Called by `models`. It must never show a figure without its rows.

use super::{
    page::Shell,
    plot::{Plot, curve, reliability},
    releases_page::{Names, csrf, may, person},
    text::{When, score, short, words},
};
use crate::{
    domain::{
        ModelId,
        metrics::{Estimate, HeadCard, HeadMetrics},
        release::ReleaseNumber,
        role::Permission,
        training::{Training, TrainingStage, TrainingState},
    },
    store::{encoders::StoredEncoder, releases::ModelState, views::console::models::ModelLine},
};
use askama::Template;

/// `templates/models.html`.
#[derive(Debug, Template)]
#[template(path = "models.html")]
pub struct ModelsPage {
    shell: Shell,
    csrf: String,
    may_train: bool,
    failing: bool,
    running: Option<RunningRow>,
    runs: Vec<RunRow>,
    first_encoder: String,
    encoders: Vec<EncoderRow>,
    models: Vec<Row>,
}

/// What the page says about training.
#[derive(Debug)]
pub struct Trainings {
    /// Newest first.
    pub runs: Vec<Training>,
    /// Encoders added to the installation.
    pub encoders: Vec<StoredEncoder>,
    /// The encoder that the process started with.
    pub first: String,
    /// Names of people by id.
    pub names: Names,
}

#[derive(Debug)]
struct RunningRow {
    stage: &'static str,
    counted: bool,
    done: u64,
    total: u64,
    encoder: String,
    by: String,
    at: When,
}

#[derive(Debug)]
struct RunRow {
    state: &'static str,
    tone: &'static str,
    encoder: String,
    by: String,
    at: When,
    notice: String,
    model: Option<ModelId>,
    name: String,
}

#[derive(Debug)]
struct EncoderRow {
    digest: String,
    name: String,
    languages: String,
}

#[derive(Debug)]
struct Row {
    id: ModelId,
    name: String,
    state: String,
    tone: &'static str,
    encoder: String,
    heads: usize,
    auc: String,
    releases: String,
    trained: When,
}

/// `templates/model.html`.
#[derive(Debug, Template)]
#[template(path = "model.html")]
pub struct ModelPage {
    shell: Shell,
    id: ModelId,
    name: String,
    state: String,
    tone: &'static str,
    may_promote: bool,
    encoder: String,
    encoder_digest: String,
    digest: String,
    languages: String,
    trained: When,
    created_by: String,
    snapshot_digest: String,
    split: String,
    seed: u64,
    releases: String,
    sources: Vec<Source>,
    caveats: Vec<String>,
    compared: bool,
    heads: Vec<Head>,
}

#[derive(Debug)]
struct Source {
    name: String,
    value: String,
}

#[derive(Debug)]
struct Head {
    code: String,
    title: String,
    train_n: u32,
    train_positives: u32,
    validation_n: u32,
    threshold_rule: String,
    this: Figures,
    live: Option<Figures>,
    roc: Plot,
    precision_recall: Plot,
    reliability: Plot,
    sources: Vec<SourceFigures>,
}

#[derive(Debug)]
struct SourceFigures {
    name: String,
    figures: Figures,
}

#[derive(Debug)]
struct Figures {
    n: u32,
    positives: u32,
    auc: String,
    average_precision: String,
    threshold: String,
    precision: String,
    recall: String,
    false_positive_rate: String,
    ece: String,
}

/// `templates/promote.html`.
#[derive(Debug, Template)]
#[template(path = "promote.html")]
pub struct PromotePage {
    shell: Shell,
    csrf: String,
    id: ModelId,
    name: String,
    worse: String,
}

impl ModelsPage {
    /// Builds the list. `failing` says that a signal fails widely.
    pub(crate) fn of(shell: Shell, models: &[ModelLine], trainings: &Trainings, failing: bool) -> Self {
        let rows = models.iter().map(|m| Row {
            id: m.id,
            name: short(m.id),
            state: words(m.state),
            tone: tone(m.state),
            encoder: m.card.encoder.clone(),
            heads: m.card.heads.len(),
            auc: mean_auc(m),
            releases: releases(&m.releases),
            trained: When(m.card.trained_at),
        });
        let (running, ended): (Vec<&Training>, Vec<&Training>) =
            trainings.runs.iter().partition(|t| t.state == TrainingState::Running);
        let encoders = trainings.encoders.iter().map(|e| EncoderRow {
            digest: e.digest.to_string(),
            name: e.name.clone(),
            languages: e.languages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        });
        Self {
            csrf: csrf(&shell),
            may_train: may(&shell, Permission::Train),
            failing,
            running: running.first().map(|t| running_row(t, trainings)),
            runs: ended.into_iter().map(|t| run_row(t, trainings)).collect(),
            first_encoder: trainings.first.clone(),
            encoders: encoders.collect(),
            models: rows.collect(),
            shell,
        }
    }
}

/// The name of the encoder that a run reads texts with.
fn encoder_of(run: &Training, trainings: &Trainings) -> String {
    match run.encoder {
        None => trainings.first.clone(),
        Some(digest) => {
            trainings.encoders.iter().find(|e| e.digest == digest).map_or_else(|| short(digest), |e| e.name.clone())
        }
    }
}

fn running_row(run: &Training, trainings: &Trainings) -> RunningRow {
    let progress = run.progress;
    RunningRow {
        stage: match progress.stage {
            TrainingStage::Waiting => "Waits for a worker",
            TrainingStage::Reading => "Reads the labels",
            TrainingStage::Embedding => "Reads the texts",
            TrainingStage::Fitting => "Fits the heads and measures them",
        },
        counted: progress.stage == TrainingStage::Embedding && progress.total > 0,
        done: progress.done,
        total: progress.total,
        encoder: encoder_of(run, trainings),
        by: person(&trainings.names, &run.created_by),
        at: When(run.created_at),
    }
}

/// A reason as a sentence of its own.
fn sentence(reason: &str) -> String {
    let mut letters = reason.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect()).unwrap_or_default()
}

fn run_row(run: &Training, trainings: &Trainings) -> RunRow {
    let (state, tone) = match run.state {
        TrainingState::Running => ("Runs", "info"),
        TrainingState::Done => ("Candidate", "good"),
        TrainingState::Failed => ("Failed", "bad"),
    };
    RunRow {
        state,
        tone,
        encoder: encoder_of(run, trainings),
        by: person(&trainings.names, &run.created_by),
        at: When(run.finished_at.unwrap_or(run.created_at)),
        notice: sentence(run.notice.as_deref().unwrap_or_default()),
        model: run.model,
        name: run.model.map(short).unwrap_or_default(),
    }
}

impl ModelPage {
    /// Builds the card's page.
    pub(crate) fn of(shell: Shell, model: &ModelLine) -> Self {
        let card = &model.card;
        let may = shell.person.as_ref().is_some_and(|p| p.permissions.contains(&Permission::Promote));
        Self {
            id: model.id,
            name: short(model.id),
            state: words(model.state),
            tone: tone(model.state),
            may_promote: may && model.state != ModelState::Live,
            encoder: card.encoder.clone(),
            encoder_digest: card.encoder_digest.to_string(),
            digest: model.digest.to_string(),
            languages: card.languages.join(", "),
            trained: When(card.trained_at),
            created_by: model.created_by.clone(),
            snapshot_digest: card.snapshot_digest.to_string(),
            split: card.split.clone(),
            seed: card.seed,
            releases: releases(&model.releases),
            sources: card.sources.iter().map(|(n, l)| Source { name: n.clone(), value: l.clone() }).collect(),
            caveats: card.caveats.clone(),
            compared: card.heads.values().any(|h| h.live.is_some()),
            heads: card.heads.iter().map(|(code, h)| head(code.as_str(), h)).collect(),
            shell,
        }
    }
}

impl PromotePage {
    /// Builds the question.
    pub(crate) fn of(shell: Shell, model: &ModelLine) -> Self {
        let auc = |m: &HeadMetrics| m.auc.map(|e| e.value);
        let worse = model.card.heads.iter().filter(|(_, h)| {
            let live = h.live.as_ref().and_then(auc);
            matches!((auc(&h.held_out), live), (Some(this), Some(live)) if this < live)
        });
        let worse: Vec<String> = worse.map(|(code, _)| words(code)).collect();
        let csrf = shell.person.as_ref().map(|p| p.csrf.clone()).unwrap_or_default();
        Self { csrf, id: model.id, name: short(model.id), worse: worse.join(", "), shell }
    }
}

fn tone(state: ModelState) -> &'static str {
    match state {
        ModelState::Live => "good",
        ModelState::Candidate => "info",
        ModelState::Retired => "",
    }
}

fn releases(numbers: &[ReleaseNumber]) -> String {
    match numbers {
        [] => "none".to_owned(),
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn mean_auc(model: &ModelLine) -> String {
    let known: Vec<f64> = model.card.heads.values().filter_map(|h| h.held_out.auc).map(|e| e.value).collect();
    if known.is_empty() { "–".to_owned() } else { format!("{:.3}", known.iter().sum::<f64>() / known.len() as f64) }
}

fn head(code: &str, card: &HeadCard) -> Head {
    let (this, live) = (&card.held_out, card.live.as_ref());
    Head {
        code: code.to_owned(),
        title: words(code),
        train_n: card.train_n,
        train_positives: card.train_positives,
        validation_n: card.validation_n,
        threshold_rule: card.threshold_rule.clone(),
        roc: curve(
            "ROC",
            ("false-positive rate", "true-positive rate"),
            &this.roc,
            live.map(|l| l.roc.as_slice()),
            true,
        ),
        precision_recall: curve(
            "Precision and recall",
            ("recall", "precision"),
            &this.precision_recall,
            live.map(|l| l.precision_recall.as_slice()),
            false,
        ),
        reliability: reliability(&this.reliability, live.map(|l| l.reliability.as_slice())),
        this: figures(this),
        live: live.map(figures),
        sources: card
            .by_source
            .iter()
            .map(|(name, m)| SourceFigures { name: name.clone(), figures: figures(m) })
            .collect(),
    }
}

fn figures(m: &HeadMetrics) -> Figures {
    Figures {
        n: m.n,
        positives: m.positives,
        auc: estimate(m.auc),
        average_precision: estimate(m.average_precision),
        threshold: score(m.threshold),
        precision: estimate(m.precision),
        recall: estimate(m.recall),
        false_positive_rate: estimate(m.false_positive_rate),
        ece: m.ece.map_or_else(|| "–".to_owned(), |e| format!("{:.3}", e.value)),
    }
}

/// `0.91 (0.88–0.94)`; a dash where the rows cannot say.
fn estimate(e: Option<Estimate>) -> String {
    e.map_or_else(|| "–".to_owned(), |e| format!("{} ({}–{})", score(e.value), score(e.low), score(e.high)))
}
