//! `adjudge model bench`: how many texts a second the encoder reads on this machine.
//!
//! Called by the command line. It must never time anything but what an installation does: text in, unit vector out.

use super::serve::Place;
use crate::{inference::Encoder, platform::clock::Stopwatch};
use serde::Serialize;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Fixed texts, one a line: ads of 1 to 12 sentences, about 44 tokens in the mean, written for Adjudge.
const TEXTS: &str = include_str!("../../benches/texts.txt");

/// Measure texts a second for each number of threads
///
/// 256 fixed texts, text in to unit vector out; each figure is the median of the passes that fit into the time.
#[derive(Debug, clap::Args)]
pub struct ModelBench {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Seconds a figure
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// Threads, once for each figure [default: 1, 2, 4 … up to the processors]
    #[arg(long)]
    pub threads: Vec<usize>,
    /// Which encoder.
    #[command(flatten)]
    pub place: Place,
}

/// One figure.
#[derive(Debug, Serialize)]
struct Figure {
    kernel: String,
    precision: String,
    threads: usize,
    texts_per_second: f64,
    passes: usize,
}

/// Measures and prints.
///
/// # Errors
/// When the encoder cannot be loaded, or a text cannot be embedded.
pub fn run(arguments: &ModelBench) -> anyhow::Result<()> {
    let encoder = arguments.place.load_encoder()?;
    let texts: Vec<&str> = TEXTS.lines().collect();
    let mut figures = Vec::new();
    let (kernel, precision) = encoder.arithmetic();
    for threads in threads(&arguments.threads) {
        let mut rates = Vec::new();
        pass(&encoder, &texts, threads)?;
        let all = Stopwatch::start();
        while rates.is_empty() || all.seconds() < arguments.seconds {
            let watch = Stopwatch::start();
            pass(&encoder, &texts, threads)?;
            rates.push(texts.len() as f64 / watch.seconds());
        }
        rates.sort_by(f64::total_cmp);
        figures.push(Figure {
            kernel: kernel.clone(),
            precision: precision.clone(),
            threads,
            texts_per_second: rates[rates.len() / 2],
            passes: rates.len(),
        });
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&serde_json::json!({ "texts": texts.len(), "rows": figures }))?);
    } else {
        println!("{:<10} {:<9} {:>7} {:>12}", "kernel", "precision", "threads", "texts/s");
        for Figure { kernel, precision, threads, texts_per_second, .. } in &figures {
            println!("{kernel:<10} {precision:<9} {threads:>7} {texts_per_second:>12.1}");
        }
    }
    Ok(())
}

/// Powers of two up to the processors, and their number itself.
fn threads(asked: &[usize]) -> Vec<usize> {
    if !asked.is_empty() {
        return asked.iter().map(|&n| n.max(1)).collect();
    }
    let processors = super::processors();
    let mut threads: Vec<usize> = (0..).map(|n| 1 << n).take_while(|&n| n < processors).collect();
    threads.push(processors);
    threads
}

/// All texts once; a thread takes a few texts at a time.
fn pass(encoder: &Encoder, texts: &[&str], threads: usize) -> anyhow::Result<()> {
    const TAKEN: usize = 8;
    let next = AtomicUsize::new(0);
    let chunks: Vec<&[&str]> = texts.chunks(TAKEN).collect();
    let work = || {
        while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
            encoder.embed_all(chunk).into_iter().collect::<Result<Vec<_>, _>>()?;
        }
        Ok::<_, crate::inference::InferenceError>(())
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().map(|thread| thread.join().unwrap_or(Ok(()))).chain([own]).collect::<Result<(), _>>()
    })?;
    Ok(())
}
