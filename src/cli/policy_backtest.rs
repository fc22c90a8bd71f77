//! `adjudge policy backtest`: a folder's pack over the installation's stored screenings, as text or JSON.
//!
//! Called by `policy`. It must never keep anything: the console's backtests are kept.

use super::{people::open, policy::refused, policy_files, serve::Place};
use crate::{
    domain::{
        backtest::{Against, BacktestReport},
        metrics::Estimate,
        verdict::Conclusion,
    },
    flows::{backtest, steps::pack},
    platform::clock::Stopwatch,
    screening::policy::{Pack, PackFiles},
    store::releases,
};
use anyhow::{Context as _, bail};
use std::{fmt::Write as _, path::Path, process::ExitCode};

/// Runs a folder's pack over the screenings of the last days.
pub(super) async fn run(folder: &Path, days: u32, json: bool, place: &Place) -> anyhow::Result<ExitCode> {
    let files = match policy_files::read(folder) {
        Ok(files) => files,
        Err(problems) => bail!(problems),
    };
    if let Err(problems) = Pack::read(&PackFiles::in_folder(folder)) {
        return Ok(refused(&problems));
    }
    let app = open(place).await?;
    let live = releases::live(&app.db).await?.context("there is no live release")?;
    let model = match live.bundle.model {
        Some(id) => releases::model(&app.db, id).await?,
        None => None,
    };
    let (_, bundle) = match pack::read(&files, model.as_ref()) {
        Ok(read) => read,
        Err(problems) => return Ok(refused(&problems)),
    };
    let watch = Stopwatch::start();
    let window = backtest::last_days(app.clock.now(), days);
    let progress = async |done: i64, total: i64| {
        super::progress(&format!("{done} of {total} screenings"), false);
        Ok(true)
    };
    let report = backtest::run(&app.db, &bundle, window, progress).await.map_err(super::explain)?;
    let report = report.context("the backtest was stopped")?;
    let seconds = watch.seconds().max(0.001);
    let rate = report.screenings as f64 / seconds;
    super::progress(&format!("{} screenings in {seconds:.2} s ({rate:.0} a second)", report.screenings), true);
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", told(&report));
    }
    Ok(ExitCode::SUCCESS)
}

fn told(report: &BacktestReport) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} screenings over {:.1} days; {} not evaluable",
        report.screenings, report.days, report.not_evaluable
    );
    for (what, n) in &report.missing {
        let _ = writeln!(text, "  {what} was not stored: {n}");
    }
    let _ = writeln!(text, "\n{:<12}{:>10}{:>10}", "", "then", "draft");
    for conclusion in Conclusion::ALL {
        let n = |by: &std::collections::BTreeMap<Conclusion, u64>| by.get(conclusion).copied().unwrap_or(0);
        let _ = writeln!(text, "{:<12}{:>10}{:>10}", conclusion.as_str(), n(&report.then), n(&report.draft));
    }
    let _ = writeln!(text, "tasks a day {:>10.1}{:>10.1}", report.tasks_a_day.0, report.tasks_a_day.1);
    let (all, otherwise, worse) = report.advertisers;
    let _ = writeln!(
        text,
        "advertisers: {all}, {otherwise} with an ad that comes out otherwise, {worse} with one that comes out worse"
    );
    for flip in &report.flips {
        let (from, to) = (flip.from.as_str(), flip.to.as_str());
        let _ = writeln!(
            text,
            "\n{from} -> {to}: {}; people agree with the draft in {}, with then in {}",
            flip.n, flip.nearer, flip.farther
        );
        for sample in flip.samples.iter().take(3) {
            let human = sample.human.map_or("not judged", |c| c.as_str());
            let _ = writeln!(text, "  {} {} ({human})", sample.ad, sample.screening);
        }
    }
    let _ = writeln!(text, "\nagainst people (95 % intervals)   judged  broken  precision           recall");
    for (what, sides) in [("rejects", &report.rejects), ("catches", &report.catches)] {
        for (side, against) in [("then", &sides.then), ("draft", &sides.draft)] {
            let _ = writeln!(text, "  {:<31}{}", format!("{what}, {side}"), figures(against));
        }
    }
    for policy in report.policies.iter().filter(|p| p.then != p.draft || p.sides.draft.judged > 0) {
        let _ = writeln!(
            text,
            "  {:<31}{}",
            format!("{}, {} -> {}", policy.policy, policy.then, policy.draft),
            figures(&policy.sides.draft)
        );
    }
    let _ = writeln!(text, "\nrule                                            hits   alone  broken    fine unknown");
    for rule in &report.rules {
        let _ = writeln!(
            text,
            "{:<45}{:>7}{:>8}{:>8}{:>8}{:>8}",
            rule.rule, rule.hits, rule.alone, rule.broken, rule.fine, rule.unknown
        );
    }
    if !report.searched_again.is_empty() {
        let _ = writeln!(text, "\nlooked for again in the stored texts: {}", report.searched_again.join(", "));
    }
    text
}

fn figures(against: &Against) -> String {
    let share =
        |e: Option<Estimate>| e.map_or_else(|| "-".into(), |e| format!("{:.2} ({:.2}-{:.2})", e.value, e.low, e.high));
    format!("{:>6}{:>8}  {:<18}  {}", against.judged, against.broken, share(against.precision), share(against.recall))
}
