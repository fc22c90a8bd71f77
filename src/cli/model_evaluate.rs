//! `adjudge model evaluate`: what a model's scores are worth on labelled rows, by policy and by policy and source.
//!
//! Called by the command line; scores texts exactly as screening does. It must never hide a row that has no score.

use super::{people::open, serve::Place, train::open_data};
use crate::{
    domain::{
        ModelId, PolicyCode,
        ad::{AdContent, Creative},
        metrics::Card,
        place::Language,
        signal::{Cause, Engine as Identity, Reading},
    },
    inference::{Embedding, Engine, EngineError, EngineOptions, Heads, default_encoder_in, default_model},
    learning::{
        disguise::Disguise,
        rated::{Draws, Figures, Rated, figures},
    },
    screening::signals::{Banks, CompiledLists, Measured, measure},
    store::{encoders, releases},
};
use anyhow::{Context as _, bail};
use serde_json::json;
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Texts whose vectors are asked for at once.
const CHUNK: usize = 256;

/// Measure a model on labelled rows: JSON lines `{"text", "policy", "label": 0 or 1, "source"}`
///
/// Rows of policy `benign` are negatives for every policy; policies that the model has no head for are named and
/// skipped. Every text is scored as screening scores an ad's body. Without `--data-dir` or `--database` the model in
/// the binary is measured, with one of them the installation's live model.
#[derive(Debug, clap::Args)]
pub struct ModelEvaluate {
    /// The rows, gzipped if the name ends in `.gz`; `-` is standard input
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// Print JSON: `{"rows": [{"policy", "source", "n", "positives", "auc", …}], "skipped": {…}}`
    #[arg(long)]
    pub json: bool,
    /// A model of the installation instead of its live one
    #[arg(long, value_name = "mod_…")]
    pub model: Option<ModelId>,
    /// Heads that `adjudge train --out-heads` wrote, over the encoder in the binary
    #[arg(long, value_name = "FILE", requires = "card", conflicts_with_all = ["model", "data_dir", "database"])]
    pub heads: Option<PathBuf>,
    /// Their card
    #[arg(long, value_name = "FILE", requires = "heads")]
    pub card: Option<PathBuf>,
    /// Score texts in languages that the encoder does not cover, too
    #[arg(long)]
    pub any_language: bool,
    /// Also score every text disguised in each of five ways, and compare the recall at 1 % false positives
    #[arg(long)]
    pub disguise: bool,
    /// Bootstrap resamples behind each interval
    #[arg(long, default_value_t = 500)]
    pub resamples: usize,
    /// Seed of the resamples
    #[arg(long, default_value_t = 20_260_101)]
    pub seed: u64,
    /// Threads that embed
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Where the installation is.
    #[command(flatten)]
    pub place: Place,
}

/// The model to measure.
struct Measuring {
    engine: Engine,
    languages: Vec<Language>,
    heads: Heads,
    thresholds: BTreeMap<PolicyCode, f64>,
}

/// One text's score by policy; without one, why.
type Scores = Result<BTreeMap<PolicyCode, f64>, Cause>;

/// Reads, scores, measures, prints.
///
/// # Errors
/// When a file cannot be read, the model cannot be loaded, or its encoder fails.
pub async fn run(arguments: &ModelEvaluate) -> anyhow::Result<()> {
    let mut rated = Rated::default();
    for path in &arguments.data {
        rated.read(open_data(path)?).with_context(|| path.display().to_string())?;
    }
    let model = Measuring::open(arguments).await?;
    let skipped = rated.unknown(|policy| model.thresholds.keys().any(|known| known.as_str() == policy));
    if let [only, ..] = rated.ratings.as_slice()
        && rated.ratings.iter().all(|r| r.policy.as_ref().is_some_and(|p| skipped.contains_key(p)))
    {
        bail!("the model has no head for any policy of these rows, such as {}", only.policy.as_deref().unwrap_or("-"));
    }
    let draws = Draws { resamples: arguments.resamples, seed: arguments.seed };
    let measured = |scores: &[Scores]| {
        let score = |text: usize, policy: &PolicyCode| scores.get(text)?.as_ref().ok()?.get(policy).copied();
        figures(&rated, score, &model.thresholds, draws)
    };
    let scores = model.score(&rated.texts, arguments.any_language).await?;
    let rows = measured(&scores);
    let mut disguised = Vec::new();
    if arguments.disguise {
        for way in Disguise::ALL {
            let texts: Vec<String> = rated.texts.iter().map(|text| way.apply(text, arguments.seed)).collect();
            // A disguise must not pass for another language here: the rows stay those of the clean texts.
            let mut hidden = model.score(&texts, true).await?;
            for (hidden, clean) in hidden.iter_mut().zip(&scores) {
                if let Err(cause) = clean {
                    *hidden = Err(*cause);
                }
            }
            disguised.push((way, measured(&hidden)));
        }
    }
    if arguments.json {
        let ways: serde_json::Map<String, serde_json::Value> =
            disguised.iter().map(|(way, rows)| (way.as_str().to_owned(), json!(rows))).collect();
        let mut out = json!({"rows": rows, "skipped": skipped, "unscored": causes(&scores)});
        if arguments.disguise {
            out["disguised"] = ways.into();
        }
        println!("{}", serde_json::to_string_pretty(&out)?);
        return Ok(());
    }
    print!("{}", table(&rows));
    if arguments.disguise {
        print!("\n{}", disguise_table(&rows, &disguised));
    }
    for (policy, n) in skipped {
        println!("skipped: {policy} ({n} rows), the model has no head for it");
    }
    for (cause, n) in causes(&scores) {
        println!("without a score: {n} texts ({cause})");
    }
    Ok(())
}

/// Texts without a score, by cause.
fn causes(scores: &[Scores]) -> BTreeMap<&'static str, usize> {
    let mut causes = BTreeMap::new();
    for cause in scores.iter().filter_map(|s| s.as_ref().err()) {
        *causes.entry(cause.as_str()).or_default() += 1;
    }
    causes
}

impl Measuring {
    async fn open(arguments: &ModelEvaluate) -> anyhow::Result<Self> {
        let place = &arguments.place;
        if let (Some(heads), Some(card)) = (&arguments.heads, &arguments.card) {
            let bytes = |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
            let heads = Heads::from_bytes(&bytes(heads)?)?;
            let card: Card =
                serde_json::from_slice(&bytes(card)?).with_context(|| format!("{} is no card", card.display()))?;
            return Self::in_binary(heads, card.thresholds(), arguments);
        }
        if arguments.model.is_none() && place.data_dir.is_none() && place.database.is_none() {
            let model = default_model()?;
            return Self::in_binary(model.heads, model.thresholds, arguments);
        }
        let app = open(place).await?;
        let live = app.live.get();
        let stored = match arguments.model.or(live.release.bundle.model) {
            Some(id) => releases::model(&app.db, id).await?.with_context(|| format!("there is no model {id}"))?,
            None => bail!("the live release has no model; name one with --model"),
        };
        let heads = Heads::from_bytes(&stored.heads)?;
        let (engine, languages) = if heads.encoder == app.first.digest() {
            let running = app.first.running().await.map_err(super::explain)?;
            (running.engine.clone(), running.languages.to_vec())
        } else if encoders::encoder(&app.db, heads.encoder).await?.is_some() {
            let running = app.live.encoders().running(heads.encoder).await.map_err(super::explain)?;
            (running.engine.clone(), running.languages.to_vec())
        } else {
            bail!("{} belongs to an encoder that is not here; import it, or give its file: --encoder FILE", stored.id);
        };
        let mut thresholds = stored.thresholds;
        if arguments.model.is_none() {
            // What screening compares with is the release's.
            let of_release = live.release.bundle.thresholds.clone().into_iter();
            thresholds.extend(of_release.filter(|(policy, _)| heads.heads.contains_key(policy)));
        }
        Ok(Self { languages, engine, heads, thresholds })
    }

    /// Heads over the encoder in the binary.
    fn in_binary(
        heads: Heads,
        thresholds: BTreeMap<PolicyCode, f64>,
        arguments: &ModelEvaluate,
    ) -> anyhow::Result<Self> {
        let encoder = default_encoder_in(arguments.place.precision()?)?;
        if heads.encoder != encoder.digest() {
            bail!("these heads belong to another encoder");
        }
        let languages = encoder.header().languages.clone();
        let options = EngineOptions { threads: arguments.threads, remembered: 0, ..EngineOptions::default() };
        Ok(Self { languages, engine: Engine::start(encoder, options)?, heads, thresholds })
    }

    /// Scores texts as screening scores ads that have only a body.
    async fn score(&self, texts: &[String], any_language: bool) -> anyhow::Result<Vec<Scores>> {
        let lists = CompiledLists::compile(&[])?;
        let mut scores = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(CHUNK) {
            let measured: Vec<(Measured, Vec<Language>)> = chunk
                .iter()
                .map(|text| {
                    let creative = Creative { body: text.clone(), ..Creative::default() };
                    let measured =
                        measure(&AdContent { creative, ..AdContent::default() }, "", &lists, crate::domain::Millis(0));
                    let mut languages = self.languages.clone();
                    if let (Reading::Known(found), true) = (&measured.language, any_language) {
                        languages.push(found.language);
                    }
                    (measured, languages)
                })
                .collect();
            let wanted: Vec<String> =
                measured.iter().flat_map(|(m, languages)| m.texts_to_score(languages)).map(|text| text.text).collect();
            let vectors = self.embed(wanted).await?;
            let mut at = 0;
            for (text, languages) in measured {
                let own = text.texts_to_score(&languages).len();
                let embeddings: Option<Vec<Embedding>> = vectors[at..at + own].iter().cloned().collect();
                at += own;
                scores.push(self.finish(text, embeddings, &languages));
            }
            if texts.len() > CHUNK {
                let said = format!("scored {} of {}", scores.len(), texts.len());
                super::progress(&said, scores.len() == texts.len());
            }
        }
        Ok(scores)
    }

    fn finish(&self, text: Measured, embeddings: Option<Vec<Embedding>>, languages: &[Language]) -> Scores {
        let identity = Identity {
            normaliser: String::new(),
            detector: String::new(),
            encoder: None,
            heads: None,
            kernel: String::new(),
            build: String::new(),
        };
        let signals =
            text.finish(embeddings.ok_or(Cause::Failed), languages, Some(&self.heads), &[], &Banks::new(), identity);
        let mut values = BTreeMap::new();
        for (policy, reading) in signals.scores {
            match reading {
                Reading::Known(score) => drop(values.insert(policy, score.value)),
                Reading::Unavailable(cause) => return Err(cause),
            }
        }
        Ok(values)
    }

    /// Vectors in the texts' order; `None` for a text that the encoder cannot read.
    async fn embed(&self, texts: Vec<String>) -> anyhow::Result<Vec<Option<Embedding>>> {
        match self.engine.embed(texts.clone()).await {
            Ok(embeddings) => return Ok(embeddings.into_iter().map(Some).collect()),
            Err(EngineError::Failed(_)) => {}
            Err(error) => return Err(error.into()),
        }
        // One text fails the whole call: find out which.
        let mut found = Vec::with_capacity(texts.len());
        for text in texts {
            match self.engine.embed(vec![text]).await {
                Ok(embeddings) => found.push(embeddings.into_iter().next()),
                Err(EngineError::Failed(_)) => found.push(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }
}

/// The columns of the table: heading, figure, whether its interval is shown.
const SHOWN: [(&str, &str, bool); 9] = [
    ("auc", "auc", true),
    ("avg precision", "average_precision", true),
    ("recall at 95 % prec", "recall_at_95_precision", true),
    ("recall at 1 % fpr", "recall_at_1_fpr", true),
    ("fpr at threshold", "false_positive_rate", true),
    ("ece", "ece", true),
    ("recall", "recall", false),
    ("prec at 1 % prev", "precision_at_1_prevalence", false),
    ("threshold", "threshold", false),
];

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"))
}

/// The figures as a table.
fn table(rows: &[Figures]) -> String {
    let mut out = format!("{:<22} {:>7} {:>6} {:>6} {:>6}", "policy / source", "n", "pos", "base", "no sc");
    for (heading, _, interval) in SHOWN {
        let width = if interval { 21 } else { heading.len() };
        out.push_str(&format!(" {heading:>width$}"));
    }
    out.push('\n');
    for row in rows {
        let name = match &row.source {
            None => row.policy.to_string(),
            Some(source) => format!("  {source}"),
        };
        let base = f64::from(row.positives) / f64::from(row.n.max(1));
        out.push_str(&format!("{name:<22} {:>7} {:>6} {base:>6.3} {:>6}", row.n, row.positives, row.unscored));
        for (heading, figure, interval) in SHOWN {
            let ends = row.interval(figure).filter(|_| interval);
            let ends = ends.map_or_else(String::new, |[low, high]| format!(" [{low:.3}, {high:.3}]"));
            let width = if interval { 21 } else { heading.len() };
            out.push_str(&format!(" {:>width$}", format!("{}{ends}", number(row.number(figure)))));
        }
        out.push('\n');
    }
    out
}

/// Recall at 1 % false positives, clean and disguised, and the share that a disguise leaves.
fn disguise_table(clean: &[Figures], disguised: &[(Disguise, Vec<Figures>)]) -> String {
    let mut out = format!("{:<22} {:>6} {:>8}", "recall at 1 % fpr", "pos", "clean");
    disguised.iter().for_each(|(way, _)| out.push_str(&format!(" {:>15}", way.as_str())));
    out.push('\n');
    for row in clean.iter().filter(|r| r.source.is_none()) {
        let before = row.number("recall_at_1_fpr");
        out.push_str(&format!("{:<22} {:>6} {:>8}", row.policy.to_string(), row.positives, number(before)));
        for (_, rows) in disguised {
            let after = rows.iter().find(|r| r.source.is_none() && r.policy == row.policy);
            let after = after.and_then(|r| r.number("recall_at_1_fpr"));
            let kept = match (before, after) {
                (Some(before), Some(after)) if before > 0.0 => format!(" ({:.0} %)", 100.0 * after / before),
                _ => String::new(),
            };
            out.push_str(&format!(" {:>15}", format!("{}{kept}", number(after))));
        }
        out.push('\n');
    }
    out
}
