//! `adjudge model embed`: texts in, vectors out, one JSON line each.
//!
//! Called by the command line. It must never reorder lines, or leave one out without saying so.

use super::serve::Place;
use crate::inference::{Encoder, Engine, EngineError, EngineOptions, mean};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::PathBuf,
    sync::Arc,
};

/// Texts that are embedded together, and whose lines are written before more are read.
const BATCH: usize = 512;

/// Embed texts: a line in is a JSON string or an object with "text", a line out is the vector as a JSON array
///
/// The vector of a text that is longer than one window is the mean of its windows. A text that is longer than the
/// encoder reads gives `null`, a note on standard error, and exit code 1 at the end.
#[derive(Debug, clap::Args)]
pub struct ModelEmbed {
    /// File of lines; standard input if not given
    pub file: Option<PathBuf>,
    /// Threads [default: one a processor]
    #[arg(long)]
    pub threads: Option<usize>,
    /// Which encoder.
    #[command(flatten)]
    pub place: Place,
}

/// A line of input; other fields of an object are not looked at.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Bare(String),
    Object { text: String },
}

/// Reads, embeds and writes until the input ends.
///
/// # Errors
/// When a line is no text, naming it, when a text has no vector, or when reading or writing fails.
pub async fn run(arguments: ModelEmbed) -> anyhow::Result<()> {
    let encoder = arguments.place.load_encoder()?;
    let threads = arguments.threads.unwrap_or_else(super::processors);
    let engine = Engine::start(
        Arc::clone(&encoder),
        EngineOptions { threads, queue: BATCH, queue_tokens: usize::MAX, remembered: 0, ..EngineOptions::default() },
    )?;
    let input: Box<dyn BufRead> = match &arguments.file {
        Some(path) => {
            Box::new(BufReader::new(File::open(path).with_context(|| format!("cannot read {}", path.display()))?))
        }
        None => Box::new(io::stdin().lock()),
    };
    let mut out = BufWriter::new(io::stdout());
    let (mut texts, mut failed, mut last) = (Vec::new(), 0, 0);
    for (number, line) in input.lines().enumerate() {
        let number = number + 1;
        let line = line.with_context(|| format!("line {number} cannot be read"))?;
        let text = match serde_json::from_str(&line) {
            Ok(Line::Bare(text) | Line::Object { text }) => text,
            Err(_) => bail!("line {number} is neither a JSON string nor an object with \"text\""),
        };
        texts.push(text);
        if texts.len() == BATCH {
            failed += embed(&engine, &encoder, number - BATCH, std::mem::take(&mut texts), &mut out).await?;
        }
        last = number;
    }
    failed += embed(&engine, &encoder, last - texts.len(), texts, &mut out).await?;
    out.flush()?;
    if failed > 0 {
        bail!("{failed} texts have no vector");
    }
    Ok(())
}

/// Embeds one batch and writes its lines; `before` lines came earlier. Returns how many texts have no vector.
async fn embed(
    engine: &Engine,
    encoder: &Encoder,
    before: usize,
    texts: Vec<String>,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let vectors: Vec<Option<Vec<f32>>> = match engine.embed(texts.clone()).await {
        Ok(embeddings) => embeddings.iter().map(|windows| mean(windows)).collect(),
        // One text fails the whole call: find out which, and do without it.
        Err(EngineError::Failed(_)) => {
            let one = |(at, text): (usize, &String)| match encoder.embed(text) {
                Ok(windows) => mean(&windows),
                Err(error) => {
                    eprintln!("line {}: {error}", before + at + 1);
                    None
                }
            };
            texts.iter().enumerate().map(one).collect()
        }
        Err(error) => return Err(error.into()),
    };
    for vector in &vectors {
        serde_json::to_writer(&mut *out, vector)?;
        writeln!(out)?;
    }
    Ok(vectors.iter().filter(|vector| vector.is_none()).count())
}
