//! How fast rules are: `cargo bench --bench rules`.
//!
//! Without arguments, what a release does for an ad once its texts are normalised (the pass over all phrases and all
//! rules), beside the `cel` crate over the same rules, in interleaved pairs. With `stored [SCREENINGS]`, how many stored
//! screenings a backtest concludes again in a second. Inputs are made by `fixed` and never change; their digest is
//! printed. It must do nothing for an ad that screening does not do, nor leave out anything that it does.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixed;
mod peer;
mod stored;

use adjudge::{
    domain::{
        FindingId,
        ad::{AdContent, TextField},
        screening::{Facts, Truth},
        signal::Signals,
    },
    screening::{
        normalise::{Normalised, normalise_url, normalise_within},
        policy::{CompiledRelease, Pack},
        signals::FieldText,
    },
};
use std::{collections::BTreeSet, hint::black_box, time::Instant};
use uuid::Uuid;

/// Interleaved pairs that are measured.
const PAIRS: usize = 21;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        None => rules(),
        Some("stored") => stored::run(arguments.get(1).map_or(100_000, |n| n.parse().unwrap())),
        // For a profiler: our side alone, over the rules that hold a piece of text, or over all.
        Some("ours") => {
            let mut bundle = fixed::bundle();
            bundle.rules.retain(|r| arguments.get(2).is_none_or(|piece| r.when.contains(piece)));
            println!("{} rules", bundle.rules.len());
            let release = CompiledRelease::compile(&bundle).unwrap();
            let mut ads: Vec<Prepared> = fixed::ads().into_iter().map(|ad| Prepared::new(ad, &release)).collect();
            let rounds: u32 = arguments.get(1).map_or(100, |n| n.parse().unwrap());
            let start = Instant::now();
            for _ in 0..rounds {
                ads.iter_mut().for_each(|ad| drop(black_box(ad.conclude(&release))));
            }
            println!("{:.2} us an ad", start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds) / ads.len() as f64);
        }
        Some(other) => panic!("unknown argument `{other}`: none, `ours [ROUNDS [PIECE]]` or `stored [SCREENINGS]`"),
    }
}

/// An ad whose texts are normalised, with everything else that a rule reads.
struct Prepared {
    content: AdContent,
    texts: Vec<(TextField, String, Normalised)>,
    signals: Signals,
    facts: Facts,
}

impl Prepared {
    fn new(ad: fixed::Ad, release: &CompiledRelease) -> Self {
        let signals = ad.signals(&ad.content, release);
        let fixed::Ad { content, facts, .. } = ad;
        let shown = [TextField::Headline, TextField::Body, TextField::CallToAction];
        let raw: Vec<(TextField, String)> = shown.into_iter().map(|field| (field, content.text(field))).collect();
        let mut texts: Vec<(TextField, String, Normalised)> = Vec::new();
        for (field, text) in &raw {
            let others: Vec<&str> = raw.iter().filter(|(f, _)| f != field).map(|(_, t)| t.as_str()).collect();
            texts.push((*field, text.clone(), normalise_within(text, &others)));
        }
        let url = content.landing_url.clone().unwrap();
        let normalised = normalise_url(&url);
        texts.push((TextField::LandingUrl, url, normalised));
        Self { content, texts, signals, facts }
    }

    /// What is timed: phrases of all lists are found, then all rules concluded. Gives the rules that hold.
    fn conclude(&mut self, release: &CompiledRelease) -> adjudge::domain::screening::Evaluation {
        let fields: Vec<FieldText<'_>> =
            self.texts.iter().map(|(field, raw, normalised)| FieldText { field: *field, raw, normalised }).collect();
        let (advertiser, at) = (&self.facts.advertiser.external_id, self.facts.evaluated_at);
        self.signals.matches = release.lists.matches(&self.content, advertiser, &fields, at);
        release.evaluate(&self.content, &self.signals, &self.facts, &mut || FindingId(Uuid::nil()))
    }
}

fn rules() {
    let bundle = fixed::bundle();
    let release = CompiledRelease::compile(&bundle).unwrap();
    let ads = fixed::ads();
    let bytes = ads.iter().map(|ad| ad.content.text(TextField::Joined).len()).sum::<usize>() / ads.len();
    let phrases: usize = bundle.lists.iter().map(|l| l.entries.len()).sum();
    let mut ours: Vec<Prepared> = ads.into_iter().map(|ad| Prepared::new(ad, &release)).collect();

    // Both sides must say the same, or their times mean nothing.
    let programs = peer::programs(&fixed::rules());
    let root = peer::root();
    let holds: Vec<BTreeSet<String>> = ours
        .iter_mut()
        .map(|ad| {
            let evaluation = ad.conclude(&release);
            assert!(evaluation.trace.iter().all(|t| t.truth == Truth::True), "all is known, so nothing is unknown");
            evaluation.trace.into_iter().map(|t| t.rule.to_string()).collect()
        })
        .collect();
    let contexts: Vec<cel::Context<'_, '_>> =
        ours.iter().map(|ad| peer::context(&root, &ad.content, &ad.signals, &ad.facts)).collect();
    for (context, holds) in contexts.iter().zip(&holds) {
        let theirs: BTreeSet<String> = peer::holding(&programs, context).into_iter().map(str::to_owned).collect();
        assert_eq!(&theirs, holds);
    }
    let hits: usize = ours.iter().map(|ad| ad.signals.matches.len()).sum();
    println!(
        "{} rules, {phrases} phrases in {} lists, {} ads of {bytes} bytes on average; {:.1} phrases found and {:.1} rules \
         hold an ad; inputs {}",
        bundle.rules.len(),
        bundle.lists.len(),
        ours.len(),
        hits as f64 / ours.len() as f64,
        holds.iter().map(BTreeSet::len).sum::<usize>() as f64 / ours.len() as f64,
        fixed::digest(),
    );

    let (mut a, mut b) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let count = ours.len() as f64;
        let mut ours = || {
            let start = Instant::now();
            ours.iter_mut().for_each(|ad| drop(black_box(ad.conclude(&release))));
            a.push(start.elapsed().as_secs_f64() * 1e6 / count);
        };
        let mut theirs = || {
            let start = Instant::now();
            contexts.iter().for_each(|context| drop(black_box(peer::holding(&programs, context))));
            b.push(start.elapsed().as_secs_f64() * 1e6 / count);
        };
        if pair % 2 == 0 {
            ours();
            theirs();
        } else {
            theirs();
            ours();
        }
    }
    let ratios: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b / a).collect();
    println!("{PAIRS} interleaved pairs on one core; medians with 95 % bootstrap intervals");
    print("adjudge: phrases and rules", &a, "us an ad");
    print("cel 0.15: rules, phrases handed in", &b, "us an ad");
    print("cel / adjudge, pair by pair", &ratios, "times");
    default_pack();
}

/// The policies that Adjudge ships, over the same ads.
fn default_pack() {
    let release = CompiledRelease::compile(&Pack::embedded().unwrap().bundle).unwrap();
    let mut ads: Vec<Prepared> = fixed::ads().into_iter().map(|ad| Prepared::new(ad, &release)).collect();
    let mut times = Vec::new();
    for _ in 0..PAIRS {
        let start = Instant::now();
        ads.iter_mut().for_each(|ad| drop(black_box(ad.conclude(&release))));
        times.push(start.elapsed().as_secs_f64() * 1e6 / ads.len() as f64);
    }
    print(&format!("adjudge, the default pack ({} rules)", release.bundle.rules.len()), &times, "us an ad");
}

/// A median with its percentile bootstrap interval.
fn print(what: &str, values: &[f64], unit: &str) {
    let median = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let mut random = fixed::Random::new(7);
    let mut medians: Vec<f64> = (0..10_000)
        .map(|_| median(&mut (0..values.len()).map(|_| values[random.below(values.len())]).collect()))
        .collect();
    medians.sort_by(f64::total_cmp);
    let middle = median(&mut values.to_vec());
    println!("{what:<40} {middle:>9.2} [{:.2}, {:.2}] {unit}", medians[249], medians[9_749]);
}
