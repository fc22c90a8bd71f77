//! `adjudge train --data FILE … --out-heads FILE --out-card FILE`: heads from data sets, without an installation.
//!
//! Called by `train`; the default heads are made so. It must never train on a row that it held out, nor on a
//! near-duplicate of one.

use super::{
    train::{Notes, Presumed, TrainArgs, read_all, table},
    vectors::Vectors,
};
use crate::{
    inference::{Engine, EngineError, EngineOptions, mean},
    learning::{
        import::Line,
        rows::{self, Example, Mark, Row, Split},
        split::{self, Shares},
        threshold::Target,
        train::{TrainSpec, train},
    },
    platform::clock::Clock,
};
use anyhow::{Context as _, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Texts that are handed to the engine at once, and kept before the next.
const CHUNK: usize = 512;

/// Flags for training from data sets into files.
#[derive(Debug, clap::Args)]
pub struct FileArgs {
    /// Write the heads here, and register nothing
    #[arg(long, value_name = "FILE", requires_all = ["data", "out_card"], help_heading = "Training from files")]
    pub out_heads: Option<PathBuf>,
    /// Write the card (JSON) here
    #[arg(long, value_name = "FILE", requires = "out_heads", help_heading = "Training from files")]
    pub out_card: Option<PathBuf>,
    /// Write the rows held out here. Neither they nor their near-duplicates are trained on
    #[arg(long, value_name = "FILE", requires = "out_heads", help_heading = "Training from files")]
    pub hold_out: Option<PathBuf>,
    /// How many rows to hold out, spread over policies and answers
    #[arg(long, default_value_t = 5_000, requires = "out_heads", help_heading = "Training from files")]
    pub hold_out_rows: usize,
    /// Most rows of one policy, answer and source to train on
    #[arg(long, default_value_t = 3_000, requires = "out_heads", help_heading = "Training from files")]
    pub cap: usize,
    /// Do not train on sources whose name starts with this, such as those in languages the encoder does not cover; they
    /// are held out all the same
    #[arg(long = "skip-source", value_name = "PREFIX", requires = "out_heads", help_heading = "Training from files")]
    pub skip_sources: Vec<String>,
    /// A file that remembers embedded texts, so that another run is quick
    #[arg(long, value_name = "FILE", requires = "out_heads", help_heading = "Training from files")]
    pub vectors: Option<PathBuf>,
    /// Threads that embed
    #[arg(long, default_value_t = 2, requires = "out_heads", help_heading = "Training from files")]
    pub threads: usize,
}

/// Reads, splits, embeds, trains, writes.
///
/// # Errors
/// When a file cannot be read or written, a row is not as it should be, or the rows are too few to train on.
pub(super) async fn run(arguments: &TrainArgs) -> anyhow::Result<()> {
    let notes = Notes::read(arguments.notes.as_deref())?;
    let statements = read_all(&arguments.data)?;
    let files = &arguments.files;
    let (Some(out_heads), Some(out_card)) = (&files.out_heads, &files.out_card) else {
        bail!("give both --out-heads and --out-card");
    };
    let encoder = arguments.place.load_encoder()?;
    let mut plan = plan(rows::merge(&statements), arguments);
    if let Some(presumed) = &notes.presumed {
        presume(&mut plan, presumed);
    }
    eprintln!("{}", plan.summary);
    if let Some(path) = &files.hold_out {
        write_held_out(path, &plan.examples)?;
    }
    let mut vectors = Vectors::open(files.vectors.as_deref(), encoder.digest(), encoder.dimensions())?;
    let options = EngineOptions {
        threads: files.threads,
        queue: CHUNK,
        queue_tokens: usize::MAX,
        remembered: 0,
        ..EngineOptions::default()
    };
    let engine = Engine::start(Arc::clone(&encoder), options)?;
    let left_out = embed(&engine, &plan.examples, &mut vectors).await?;
    let rows = into_rows(plan.examples, &vectors);

    let header = encoder.header();
    let named: BTreeSet<&str> = rows.iter().map(|r| r.example.source.as_str()).collect();
    let mut caveats = notes.caveats.clone();
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
        sources: notes.licences(named.into_iter()),
        caveats,
        fewest: 5,
        target: Target::default(),
        resamples: 1_000,
        ranks_only: notes.ranks_only.clone(),
    };
    let trained = train(&rows, &spec, None)?;
    write(out_heads, &trained.heads.to_bytes()?)?;
    let mut card = serde_json::to_vec(&trained.card)?;
    card.push(b'\n');
    write(out_card, &card)?;
    print!("{}", table(&trained.card));
    println!("heads {} in {}", trained.heads.digest()?, out_heads.display());
    Ok(())
}

/// Examples with their part and unit.
struct Plan {
    examples: Vec<(Example, Split, u32)>,
    summary: String,
}

/// Holds rows out, caps the rest and divides it into training and validation.
fn plan(examples: Vec<Example>, arguments: &TrainArgs) -> Plan {
    let FileArgs { hold_out_rows, cap, skip_sources, .. } = &arguments.files;
    let seed = &arguments.seed;
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

/// Marks training rows of the presumed sources as not breaking the presumed policies, where nobody labelled them.
fn presume(plan: &mut Plan, presumed: &Presumed) {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows = 0;
    for (example, _, _) in plan.examples.iter_mut().filter(|(_, part, _)| *part == Split::Train) {
        let count = taken.entry(example.source.clone()).or_default();
        if *count >= presumed.rows || !presumed.sources.contains(&example.source) {
            continue;
        }
        *count += 1;
        rows += 1;
        for policy in &presumed.policies {
            let mark = Mark { breaks: false, weight: presumed.weight };
            example.marks.entry(policy.clone()).or_insert(mark);
        }
    }
    let policies: Vec<String> = presumed.policies.iter().map(ToString::to_string).collect();
    plan.summary.push_str(&format!(
        "; {rows} training rows of other policies are presumed not to break {}, at weight {}",
        policies.join(", "),
        presumed.weight
    ));
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
            theme: None,
            language: None,
            id: None,
            note: None,
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

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
