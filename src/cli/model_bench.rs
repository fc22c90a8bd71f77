//! `adjudge model bench`: how many texts a second the encoder reads on this machine.
//!
//! Called by the command line. It must never time anything but what an installation does: text in, unit vector out.

use super::serve::Place;
use crate::{
    inference::{Encoder, Engine, EngineOptions, Precision},
    platform::clock::Stopwatch,
};
use serde::Serialize;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Fixed texts, one a line: ads of 1 to 12 sentences, about 44 tokens in the mean, written for Adjudge.
const TEXTS: &str = include_str!("../../benches/texts.txt");

/// Measure texts a second for each precision and number of threads
///
/// 256 fixed texts, text in to unit vector out; each figure is the median of the passes that fit into the time. Beside it
/// the median time of one text that comes alone, which the threads share. Without --precision all that the processor has.
#[derive(Debug, clap::Args)]
pub struct ModelBench {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Seconds a figure
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// How many of the texts
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    pub texts: usize,
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
    one_text_ms: f64,
}

/// Measures and prints.
///
/// # Errors
/// When the encoder cannot be loaded, or a text cannot be embedded.
pub async fn run(arguments: &ModelBench) -> anyhow::Result<()> {
    let texts: Vec<&str> = TEXTS.lines().take(arguments.texts.max(1)).collect();
    let mut figures = Vec::new();
    for encoder in encoders(&arguments.place)? {
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
            let passes = rates.len();
            figures.push(Figure {
                kernel: kernel.clone(),
                precision: precision.clone(),
                threads,
                texts_per_second: median(rates),
                passes,
                one_text_ms: alone(&encoder, &texts, threads).await?,
            });
        }
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&serde_json::json!({ "texts": texts.len(), "rows": figures }))?);
    } else {
        println!("{:<10} {:<9} {:>7} {:>12} {:>12}", "kernel", "precision", "threads", "texts/s", "one text ms");
        for Figure { kernel, precision, threads, texts_per_second, one_text_ms, .. } in &figures {
            println!("{kernel:<10} {precision:<9} {threads:>7} {texts_per_second:>12.1} {one_text_ms:>12.2}");
        }
    }
    Ok(())
}

/// The encoder in the precision that was asked for, or in all that this processor has.
fn encoders(place: &Place) -> anyhow::Result<Vec<Arc<Encoder>>> {
    if place.precision.is_some() {
        return Ok(vec![place.load_encoder()?]);
    }
    let mut encoders = Vec::new();
    for precision in Precision::ALL {
        match (Place { precision: Some(precision), ..place.clone() }).load_encoder() {
            Ok(encoder) => encoders.push(encoder),
            Err(error) if precision != Precision::F32 => eprintln!("{precision}: {error:#}"),
            Err(error) => return Err(error),
        }
    }
    Ok(encoders)
}

/// Median milliseconds of a text that comes alone to an engine of so many threads.
async fn alone(encoder: &Arc<Encoder>, texts: &[&str], threads: usize) -> anyhow::Result<f64> {
    let options = EngineOptions { threads, remembered: 0, ..EngineOptions::default() };
    let engine = Engine::start(Arc::clone(encoder), options)?;
    let mut times = Vec::new();
    for text in texts {
        let watch = Stopwatch::start();
        engine.embed(vec![(*text).to_owned()]).await?;
        times.push(watch.seconds() * 1e3);
    }
    Ok(median(times))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
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
