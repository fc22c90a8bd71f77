//! `adjudge train --data FILE … --out-heads FILE --out-card FILE`: heads from data sets, without a database.
//!
//! Called by the command line. It must never train on a row that it held out, nor on a near-duplicate of one.

use super::vectors::Vectors;
use crate::{
    domain::metrics::{Card, HeadMetrics},
    inference::{Encoder, Engine, EngineError, EngineOptions, default_encoder, mean},
    learning::{
        import::{self, Line},
        rows::{self, Example, Row, Split, Statement},
        split::{self, Shares},
        threshold::Target,
        train::{TrainSpec, train},
    },
    platform::clock::Clock,
};
use anyhow::Context as _;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Texts that are handed to the engine at once, and kept before the next.
const CHUNK: usize = 512;

/// Train heads from labelled texts.
///
/// With `--out-heads` this needs no database: it reads data sets, holds rows out, fits a head for every policy, and
/// writes the heads and a card with the figures on the rows held out.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// A data set: JSON lines, gzipped if its name ends in `.gz`, each
    /// `{"text", "policy", "label": 0 or 1, "source"}`. Policy `benign` says that no policy is broken; source `written`
    /// that somebody made the text up to teach with.
    #[arg(long, required = true)]
    pub data: Vec<PathBuf>,
    /// Where to write the heads.
    #[arg(long)]
    pub out_heads: PathBuf,
    /// Where to write the card (JSON).
    #[arg(long)]
    pub out_card: PathBuf,
    /// Where to write the rows held out. Neither they nor their near-duplicates are trained on.
    #[arg(long)]
    pub hold_out: Option<PathBuf>,
    /// How many rows to hold out, spread over policies and answers.
    #[arg(long, default_value_t = 5_000)]
    pub hold_out_rows: usize,
    /// Most rows of one policy, answer and source to train on.
    #[arg(long, default_value_t = 3_000)]
    pub cap: usize,
    /// Do not train on sources whose name starts with this, such as those in languages the encoder does not cover; they
    /// are held out all the same.
    #[arg(long = "skip-source")]
    pub skip_sources: Vec<String>,
    /// A JSON file `{"sources": {"prefix": "licence"}, "caveats": ["…"]}` for the card.
    #[arg(long)]
    pub notes: Option<PathBuf>,
    /// An encoder file; the built-in one if not given.
    #[arg(long)]
    pub encoder: Option<PathBuf>,
    /// A file that remembers embedded texts, so that another run is quick.
    #[arg(long)]
    pub vectors: Option<PathBuf>,
    /// Threads that embed.
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Seed of every draw.
    #[arg(long, default_value_t = 20_260_101)]
    pub seed: u64,
}

/// What the data sets' users must know, for the card.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notes {
    /// Licence by source, or by the beginning of sources' names.
    sources: BTreeMap<String, String>,
    caveats: Vec<String>,
}

/// Reads, splits, embeds, trains, writes.
///
/// # Errors
/// When a file cannot be read or written, a row is not as it should be, or the rows are too few to train on.
pub async fn run(arguments: &TrainArgs) -> anyhow::Result<()> {
    let notes: Notes = match &arguments.notes {
        Some(path) => {
            serde_json::from_slice(&fs::read(path).with_context(|| format!("cannot read {}", path.display()))?)
                .with_context(|| format!("{} is not a notes file", path.display()))?
        }
        None => Notes::default(),
    };
    let mut statements = Vec::new();
    for path in &arguments.data {
        statements.extend(read_data(path)?);
    }
    let encoder = match &arguments.encoder {
        Some(path) => {
            Arc::new(Encoder::load(&fs::read(path).with_context(|| format!("cannot read {}", path.display()))?)?)
        }
        None => default_encoder()?,
    };
    let plan = plan(rows::merge(&statements), arguments);
    eprintln!("{}", plan.summary);
    if let Some(path) = &arguments.hold_out {
        write_held_out(path, &plan.examples)?;
    }
    let mut vectors = Vectors::open(arguments.vectors.as_deref(), encoder.digest(), encoder.dimensions())?;
    let options = EngineOptions { threads: arguments.threads, queue: CHUNK, remembered: 0 };
    let engine = Engine::start(Arc::clone(&encoder), options)?;
    let left_out = embed(&engine, &plan.examples, &mut vectors).await?;
    let rows = into_rows(plan.examples, &vectors);

    let header = encoder.header();
    let named: BTreeSet<&str> = rows.iter().map(|r| r.example.source.as_str()).collect();
    let mut caveats = notes.caveats;
    if left_out > 0 {
        caveats.push(format!("{left_out} texts were longer than the encoder reads and were left out."));
    }
    let spec = TrainSpec {
        encoder: header.name.clone(),
        encoder_digest: encoder.digest(),
        languages: header.languages.iter().map(ToString::to_string).collect(),
        trained_at: Clock::system().now(),
        split: plan.summary,
        seed: arguments.seed,
        sources: named.into_iter().map(|name| (name.to_owned(), licence(&notes.sources, name))).collect(),
        caveats,
        fewest: 5,
        target: Target::default(),
        resamples: 1_000,
    };
    let trained = train(&rows, &spec, None)?;
    write(&arguments.out_heads, &trained.heads.to_bytes()?)?;
    let mut card = serde_json::to_vec_pretty(&trained.card)?;
    card.push(b'\n');
    write(&arguments.out_card, &card)?;
    print!("{}", table(&trained.card));
    println!("heads {} in {}", trained.heads.digest()?, arguments.out_heads.display());
    Ok(())
}

/// A data set's statements.
///
/// # Errors
/// When it cannot be read; names the file, and the line where one is at fault.
pub fn read_data(path: &Path) -> anyhow::Result<Vec<Statement>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let packed = path.extension().is_some_and(|e| e == "gz");
    let reader: Box<dyn BufRead> = if packed {
        Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    };
    import::read(reader).with_context(|| path.display().to_string())
}

/// Examples with their part and unit.
struct Plan {
    examples: Vec<(Example, Split, u32)>,
    summary: String,
}

/// Holds rows out, caps the rest and divides it into training and validation.
fn plan(examples: Vec<Example>, arguments: &TrainArgs) -> Plan {
    let TrainArgs { hold_out_rows, cap, seed, skip_sources, .. } = arguments;
    let units = split::units(&examples);
    let held_out = split::hold_out(&examples, &units, *hold_out_rows, *seed);
    let skipped = |i: &usize| skip_sources.iter().any(|prefix| examples[*i].source.starts_with(prefix));
    let mut rest = split::without_units(&units, &held_out);
    rest.retain(|i| !skipped(i));
    let kept = split::cap(&examples, &rest, *cap, *seed);
    // Held-out rows are drawn, not hashed, so the hash divides only what is left.
    let parts = split::assign(&examples, &units, Shares { validation: 0.15, held_out: 0.0 }, *seed);
    let mut place = vec![None; examples.len()];
    held_out.iter().for_each(|i| place[*i] = Some(Split::HeldOut));
    kept.iter().for_each(|i| place[*i] = Some(parts[*i]));
    let skipped_note = if skip_sources.is_empty() {
        String::new()
    } else {
        format!("; sources {}* only held out", skip_sources.join("*, "))
    };
    let distinct_units = units.iter().collect::<BTreeSet<_>>().len();
    let summary = format!(
        "{} distinct texts in {distinct_units} near-duplicate clusters; {} held out, one a cluster and spread over policies \
         and answers; their clusters are not trained on; {} for training and validation (85 to 15, by cluster, at most \
         {cap} of a policy, answer and source{skipped_note})",
        examples.len(),
        held_out.len(),
        kept.len(),
    );
    let placed = examples.into_iter().zip(place).zip(units);
    Plan { examples: placed.filter_map(|((example, part), unit)| Some((example, part?, unit))).collect(), summary }
}

/// Writes the held-out rows, one text a line with all that is known of it.
fn write_held_out(path: &Path, examples: &[(Example, Split, u32)]) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut out = BufWriter::new(File::create(path).with_context(cannot)?);
    for (example, _, _) in examples.iter().filter(|(_, part, _)| *part == Split::HeldOut) {
        let line = Line {
            text: example.text.clone(),
            policy: None,
            label: None,
            labels: example.marks.iter().map(|(policy, mark)| (policy.clone(), u8::from(mark.breaks))).collect(),
            benign: example.benign,
            source: example.source.clone(),
        };
        writeln!(out, "{}", serde_json::to_string(&line)?).with_context(cannot)?;
    }
    out.flush().with_context(cannot)
}

/// Embeds the texts that are not known yet; returns how many could not be, being longer than the encoder reads.
async fn embed(engine: &Engine, examples: &[(Example, Split, u32)], vectors: &mut Vectors) -> anyhow::Result<usize> {
    let open: Vec<String> =
        examples.iter().map(|(e, _, _)| &e.text).filter(|text| vectors.get(text).is_none()).cloned().collect();
    let (mut left_out, mut done) = (0, 0);
    for chunk in open.chunks(CHUNK) {
        match engine.embed(chunk.to_vec()).await {
            Ok(embeddings) => {
                for (text, windows) in chunk.iter().zip(embeddings) {
                    keep(vectors, text, &windows, &mut left_out)?;
                }
            }
            // One text fails the whole call: find out which, and do without it.
            Err(EngineError::Failed(_)) => {
                for text in chunk {
                    match engine.embed(vec![text.clone()]).await {
                        Ok(embeddings) => {
                            for windows in embeddings {
                                keep(vectors, text, &windows, &mut left_out)?;
                            }
                        }
                        Err(EngineError::Failed(_)) => left_out += 1,
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            Err(error) => return Err(error.into()),
        }
        vectors.flush()?;
        done += chunk.len();
        eprintln!("embedded {done} of {}", open.len());
    }
    Ok(left_out)
}

fn keep(vectors: &mut Vectors, text: &str, windows: &[Vec<f32>], left_out: &mut usize) -> anyhow::Result<()> {
    match mean(windows) {
        Some(vector) => vectors.put(text, vector)?,
        None => *left_out += 1,
    }
    Ok(())
}

/// Rows of the examples that have a vector.
fn into_rows(examples: Vec<(Example, Split, u32)>, vectors: &Vectors) -> Vec<Row> {
    examples
        .into_iter()
        .filter_map(|(example, split, unit)| {
            let embedding = vectors.get(&example.text)?.clone();
            Some(Row { example, embedding, unit, split })
        })
        .collect()
}

/// The licence that the notes state for a source, by the longest name it begins with.
fn licence(notes: &BTreeMap<String, String>, source: &str) -> String {
    let stated = notes.iter().filter(|(prefix, _)| source.starts_with(*prefix)).max_by_key(|(prefix, _)| prefix.len());
    stated.map_or_else(|| "not stated; weights only".to_owned(), |(_, licence)| licence.clone())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The held-out figures as a table.
pub fn table(card: &Card) -> String {
    let mut out = format!(
        "{:<14} {:>6} {:>5} {:>21} {:>21} {:>9} {:>21} {:>21} {:>6} {:>6}\n",
        "policy", "n", "pos", "auc", "average precision", "threshold", "precision", "recall", "fpr", "ece"
    );
    let estimate = |e: Option<crate::domain::metrics::Estimate>| {
        e.map_or_else(|| "-".to_owned(), |e| format!("{:.3} [{:.3}, {:.3}]", e.value, e.low, e.high))
    };
    let mut line = |name: &str, m: &HeadMetrics| {
        let number = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"));
        out.push_str(&format!(
            "{name:<14} {:>6} {:>5} {:>21} {:>21} {:>9.3} {:>21} {:>21} {:>6} {:>6}\n",
            m.n,
            m.positives,
            estimate(m.auc),
            estimate(m.average_precision),
            m.threshold,
            estimate(m.precision),
            estimate(m.recall),
            number(m.false_positive_rate.map(|e| e.value)),
            number(m.ece)
        ));
    };
    for (policy, head) in &card.heads {
        line(policy.as_str(), &head.held_out);
        if let Some(live) = &head.live {
            line("  live", live);
        }
    }
    out
}
