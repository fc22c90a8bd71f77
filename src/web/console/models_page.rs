//! Models as pages: the list, one card with its plots, and the question before promoting.
//!
//! Called by `models`. It must never show a figure without its rows.

use super::{
    page::Shell,
    plot::{Plot, curve, reliability},
    text::{When, score, short, words},
};
use crate::{
    domain::{
        ModelId,
        metrics::{Estimate, HeadCard, HeadMetrics},
        release::ReleaseNumber,
        role::Permission,
    },
    store::{releases::ModelState, views::console::models::ModelLine},
};
use askama::Template;

/// `templates/models.html`.
#[derive(Debug, Template)]
#[template(path = "models.html")]
pub struct ModelsPage {
    shell: Shell,
    models: Vec<Row>,
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
    /// Builds the list.
    pub(crate) fn of(shell: Shell, models: &[ModelLine]) -> Self {
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
        Self { models: rows.collect(), shell }
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
