//! `adjudge train`: a candidate from an installation's labels, or heads in files from data sets.
//!
//! Called by the command line. It must never make anything live: `adjudge model promote` does.

use super::{
    people::{open, operator},
    serve::Place,
    train_files::{self, FileArgs},
};
use crate::{
    domain::{
        PolicyCode,
        digest::Digest,
        metrics::{Card, Estimate, HeadMetrics},
    },
    flows::{
        App, encoders,
        train::{TrainRequest, train},
    },
    learning::{import, rows::Statement},
};
use anyhow::Context as _;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

/// Train a model on this installation's labels; it becomes a candidate to promote
///
/// Labels come from judgements, imports and the data sets given. Heads with new labels start from the live ones, all
/// others are carried over. `--encoder NAME` trains heads over an encoder that `adjudge model import` added, for the
/// languages that it covers. With `--out-heads` no installation is needed: heads and card are written to files.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// A data set: JSON lines, gzipped if its name ends in `.gz`, each
    /// `{"text", "policy", "label": 0 or 1, "source"}`. Policy `benign` says that no policy is broken; source `written`
    /// that somebody made the text up to teach with
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// A JSON file `{"sources": {"prefix": "licence"}, "caveats": ["…"], "ranks_only": {"policy": "why"}}` for the card
    #[arg(long, value_name = "FILE")]
    pub notes: Option<PathBuf>,
    /// Seed of every draw. Another seed moves texts between training and held-out
    #[arg(long, default_value_t = 20_260_101)]
    pub seed: u64,
    /// A data set that is only measured on; neither it nor its near-duplicates train
    #[arg(long, value_name = "FILE", conflicts_with = "out_heads")]
    pub held_out_data: Vec<PathBuf>,
    /// A policy that the candidate shall have no head for: nothing said of it is learnt, and its live head is dropped
    #[arg(long, value_name = "POLICY", conflicts_with = "out_heads")]
    pub without: Vec<PolicyCode>,
    /// Where the installation is.
    #[command(flatten)]
    pub place: Place,
    /// How to train without an installation.
    #[command(flatten)]
    pub files: FileArgs,
}

/// Trains and prints the figures on held-out rows.
///
/// # Errors
/// When a file cannot be read or written, a row is not as it should be, or the rows are too few to train on.
pub async fn run(arguments: &TrainArgs) -> anyhow::Result<()> {
    if arguments.files.out_heads.is_some() {
        return train_files::run(arguments).await;
    }
    let imported = read_all(&arguments.data)?;
    let held_out = read_all(&arguments.held_out_data)?;
    let notes = Notes::read(arguments.notes.as_deref())?;
    let sources = notes.licences(imported.iter().chain(&held_out).map(|s| s.source.as_str()));
    // `--encoder` names a file, or an encoder that was added to the installation.
    let mut place = arguments.place.clone();
    let named = place.encoder.take_if(|encoder| !encoder.exists());
    let app = open(&place).await?;
    let encoder = added_encoder(&app, named.as_deref()).await?;
    let (caveats, without, seed) = (notes.caveats, arguments.without.clone(), arguments.seed);
    let request = TrainRequest { imported, held_out, sources, caveats, without, seed, encoder };
    let model = train(&app, &operator(), &request, None).await.map_err(super::explain)?;
    print!("{}", table(&model.card));
    for caveat in &model.card.caveats {
        println!("- {caveat}");
    }
    println!("{} is a candidate; make it live with `adjudge model promote {}`", model.id, model.id);
    Ok(())
}

/// The added encoder that `--encoder` named, if it named one.
///
/// # Errors
/// When there is none of that name.
pub(super) async fn added_encoder(app: &App, named: Option<&Path>) -> anyhow::Result<Option<Digest>> {
    let Some(named) = named else { return Ok(None) };
    let found = encoders::find(&app.db, &named.to_string_lossy()).await;
    Ok(Some(found.map_err(super::explain)?.digest))
}

/// What the data sets' users must know, for the card.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notes {
    /// Licence by source, or by the beginning of sources' names.
    pub(super) sources: BTreeMap<String, String>,
    /// What a reader must know of the data.
    pub(super) caveats: Vec<String>,
    /// Policies whose labels only rank, and why.
    #[serde(default)]
    pub(super) ranks_only: BTreeMap<PolicyCode, String>,
    /// Data sets whose texts can be taken not to break some policies, although nobody said so.
    #[serde(default)]
    pub(super) presumed: Option<Presumed>,
}

/// A stated presumption: texts of these sources do not break these policies. It trains at a small weight, and is neither
/// chosen nor measured by.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Presumed {
    /// The data sets.
    pub(super) sources: Vec<String>,
    /// The policies.
    pub(super) policies: Vec<PolicyCode>,
    /// How much a row counts beside one that somebody labelled.
    pub(super) weight: f64,
    /// Most rows of each source.
    pub(super) rows: usize,
}

impl Notes {
    /// The notes of a file; none without one.
    pub(super) fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&bytes).with_context(|| format!("{} is not a notes file", path.display()))
    }

    /// The licence of every source, by the longest stated name that it begins with.
    pub(super) fn licences<'a>(&self, sources: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
        let of = |source: &str| {
            let stated = self.sources.iter().filter(|(prefix, _)| source.starts_with(prefix.as_str()));
            let longest = stated.max_by_key(|(prefix, _)| prefix.len());
            longest.map_or_else(|| "not stated; weights only".to_owned(), |(_, licence)| licence.clone())
        };
        sources.map(|source| (source.to_owned(), of(source))).collect()
    }
}

/// The statements of several data sets.
pub(super) fn read_all(paths: &[PathBuf]) -> anyhow::Result<Vec<Statement>> {
    let mut statements = Vec::new();
    for path in paths {
        statements.extend(read_data(path)?);
    }
    Ok(statements)
}

/// A data set's statements.
///
/// # Errors
/// When it cannot be read; names the file, and the line where one is at fault.
pub(super) fn read_data(path: &Path) -> anyhow::Result<Vec<Statement>> {
    import::read(open_data(path)?).with_context(|| path.display().to_string())
}

/// A file of lines, unpacked if its name ends in `.gz`; `-` is standard input.
///
/// # Errors
/// When it cannot be opened.
pub(super) fn open_data(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let packed = path.extension().is_some_and(|e| e == "gz");
    Ok(if packed {
        Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    })
}

/// The held-out figures as a table.
pub(super) fn table(card: &Card) -> String {
    let mut out = format!(
        "{:<16} {:>6} {:>5} {:>21} {:>21} {:>9} {:>21} {:>21} {:>6} {:>6}\n",
        "policy", "n", "pos", "auc", "average precision", "threshold", "precision", "recall", "fpr", "ece"
    );
    let estimate = |e: Option<Estimate>| {
        e.map_or_else(|| "-".to_owned(), |e| format!("{:.3} [{:.3}, {:.3}]", e.value, e.low, e.high))
    };
    let mut line = |name: &str, m: &HeadMetrics| {
        let number = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"));
        out.push_str(&format!(
            "{name:<16} {:>6} {:>5} {:>21} {:>21} {:>9.3} {:>21} {:>21} {:>6} {:>6}\n",
            m.n,
            m.positives,
            estimate(m.auc),
            estimate(m.average_precision),
            m.threshold,
            estimate(m.precision),
            estimate(m.recall),
            number(m.false_positive_rate.map(|e| e.value)),
            number(m.ece.map(|e| e.value))
        ));
    };
    for (policy, head) in &card.heads {
        let mark = if head.ranks_only.is_some() { " *" } else { "" };
        line(&format!("{policy}{mark}"), &head.held_out);
        if let Some(live) = &head.live {
            line("  live", live);
        }
    }
    for (policy, head) in &card.heads {
        let left_out: Vec<String> = head.left_out.iter().map(|(s, auc)| format!("{s} {auc:.3}")).collect();
        if !left_out.is_empty() {
            out.push_str(&format!("{policy}: auc on a source left out of training: {}\n", left_out.join(", ")));
        }
    }
    if card.heads.values().any(|h| h.ranks_only.is_some()) {
        out.push_str("* ranks only and never decides alone\n");
    }
    out
}
