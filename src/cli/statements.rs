//! `adjudge statements …`: statements of reasons out, and a year's figures for the transparency report.
//!
//! Called by the command line. It must never print a statement that has no place in the order yet.

use super::{
    people::{open, operator},
    serve::Place,
};
use crate::{
    domain::Millis,
    notify::statement::csv,
    store::statements::{self, Figures, Wanted},
};
use anyhow::Context as _;
use serde_json::json;
use std::io::{self, Write as _};

/// Statements of one batch.
const AT_ONCE: u32 = 100;

/// `adjudge statements …`
#[derive(Debug, clap::Subcommand)]
pub enum StatementsCommand {
    /// Statements of reasons on standard output: one batch of at most 100 a line, each as the DSA transparency database
    /// takes it
    Export {
        /// CSV with the columns of the database's own dumps, instead
        #[arg(long)]
        csv: bool,
        /// Also statements of restrictions that have ended
        #[arg(long)]
        lifted: bool,
        /// Go on after this place; the last line on standard error of the run before names it
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// A year's restrictions by category, ground, automation, source and kind, and the median time to decide
    Figures {
        /// The year, UTC
        #[arg(long, value_parser = clap::value_parser!(u16).range(2020..=9998))]
        year: u16,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
}

/// Runs `adjudge statements …`.
///
/// # Errors
/// When the installation cannot be read, or standard output is closed.
pub async fn run(command: StatementsCommand) -> anyhow::Result<()> {
    match command {
        StatementsCommand::Export { csv, lifted, after, place } => export(csv, Wanted { lifted }, after, &place).await,
        StatementsCommand::Figures { year, json, place } => {
            let app = open(&place).await?;
            let (from, until) = year_of(year).context("no such year")?;
            let figures = statements::figures(&app.db, &operator(), from, until).await?;
            if json {
                println!("{}", serde_json::to_string_pretty(&figures)?);
            } else {
                print(year, &figures);
            }
            Ok(())
        }
    }
}

async fn export(as_csv: bool, wanted: Wanted, mut after: i64, place: &Place) -> anyhow::Result<()> {
    let app = open(place).await?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let closed = "cannot write to standard output";
    if as_csv {
        out.write_all(&csv::head()?).context(closed)?;
    }
    loop {
        let found = statements::after(&app.db, &operator(), after, wanted, AT_ONCE).await?;
        let Some(last) = found.last() else { break };
        after = last.position;
        if as_csv {
            let rows = found.iter().map(|l| csv::Row {
                body: &l.statement.body,
                platform: &l.submitter,
                created_at: l.statement.created_at,
            });
            out.write_all(&csv::rows(rows)?).context(closed)?;
        } else {
            let bodies: Vec<_> = found.iter().map(|l| &l.statement.body).collect();
            writeln!(out, "{}", json!({"statements": bodies})).context(closed)?;
        }
    }
    out.flush().context(closed)?;
    eprintln!("--after {after}");
    Ok(())
}

/// A year's first moment, and the next one's.
pub(crate) fn year_of(year: u16) -> Option<(Millis, Millis)> {
    let first = |year: u16| Millis::of_day(&format!("{year:04}-01-01"));
    Some((first(year)?, first(year.checked_add(1)?)?))
}

fn print(year: u16, figures: &Figures) {
    println!("{year}: {} restrictions, {} of them replaced later", figures.restrictions, figures.superseded);
    println!("{} restrictions lifted", figures.lifted);
    match figures.median_ms {
        Some(ms) => println!("median time from submission to restriction: {:.1} s", ms as f64 / 1_000.0),
        None => println!("median time from submission to restriction: none"),
    }
    for (dimension, counts) in &figures.by {
        println!("\nby {dimension}");
        for (name, n) in counts {
            println!("  {n:>8}  {name}");
        }
    }
}
