//! `adjudge model explain`: which words of a text move a policy's score, with the model in the binary.
//!
//! Called by the command line, by people who write policies and wonder. It must never read an installation: an ad's own
//! scores are explained by the API and on the task page.

use crate::{
    domain::{
        Millis, PolicyCode,
        ad::{AdContent, Creative, TextField},
    },
    inference::{default_encoder, default_model, explain::explain, grams},
    platform::clock::Stopwatch,
    screening::signals::{CompiledLists, Variant, measure},
};
use anyhow::{Context as _, bail};
use serde_json::json;

/// Show which words of a text raise or lower a policy's score, with the model in the binary
#[derive(Debug, clap::Args)]
pub struct ModelExplain {
    /// The policy's code
    pub policy: PolicyCode,
    /// The text
    #[arg(long)]
    pub text: String,
    /// Print JSON: `{"score", "raw", "rest", "words": [{"start", "end", "text", "added"}]}`
    #[arg(long)]
    pub json: bool,
    /// Score and explain the text this many times, in turns, and print the median time of each
    #[arg(long, value_name = "TIMES")]
    pub time: Option<usize>,
}

/// Explains and prints.
///
/// # Errors
/// When the model has no such head, or the text is longer than the encoder reads.
pub fn run(arguments: &ModelExplain) -> anyhow::Result<()> {
    let (encoder, model) = (default_encoder()?, default_model()?);
    let head = model.heads.heads.get(&arguments.policy);
    let Some(head) = head else { bail!("the model in the binary has no head for {}", arguments.policy) };
    let creative = Creative { body: arguments.text.clone(), ..Creative::default() };
    let content = AdContent { creative, ..AdContent::default() };
    let measured = measure(&content, "", &CompiledLists::compile(&[])?, Millis(0));
    let one = || -> anyhow::Result<_> {
        let found = explain(head, &arguments.text, &encoder.token_states(&arguments.text)?)
            .context("the text has no window")?;
        let shares = found.shares.into_iter().map(|share| (share.span, share.value));
        let (words, lost) = measured.words(TextField::Body, Variant::Raw, shares);
        Ok((found.raw, found.rest + lost, words))
    };
    let (raw, rest, mut words) = one()?;
    let score = 1.0 / (1.0 + (-(head.calibration.a * raw + head.calibration.b)).exp());
    if arguments.json {
        let words: Vec<_> =
            words.iter().map(|w| json!({"start": w.start, "end": w.end, "text": w.word, "added": w.value})).collect();
        println!("{}", json!({"score": score, "raw": raw, "rest": rest, "words": words}));
    } else {
        println!("score {score:.3}, raw value {raw:.3}, of which {rest:.3} belongs to no word");
        words.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        words.iter().for_each(|w| println!("{:+8.3}  {}", w.value, w.word));
    }
    if let Some(times) = arguments.time {
        let (mut scoring, mut explaining) = (Vec::new(), Vec::new());
        for _ in 0..times.max(1) {
            let watch = Stopwatch::start();
            let windows = encoder.embed(&arguments.text)?;
            let grams = grams::of_windows(&arguments.text, windows.len());
            let all: f64 = model.heads.heads.values().map(|head| head.highest(&windows, &grams)).sum();
            scoring.push(watch.seconds());
            let watch = Stopwatch::start();
            one()?;
            explaining.push(watch.seconds());
            anyhow::ensure!(all.is_finite(), "a score is not finite");
        }
        let (scoring, explaining) = (median(scoring), median(explaining));
        eprintln!(
            "scoring {:.3} ms, explaining {:.3} ms: {:.2} times",
            1e3 * scoring,
            1e3 * explaining,
            explaining / scoring
        );
    }
    Ok(())
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}
