//! `adjudge labels …`: labels out as NDJSON, and data sets in.
//!
//! Called by the command line. It must never let a model's score in as a label: a data set names its source.

use super::{
    people::{open, operator},
    serve::Place,
    train::read_data,
};
use crate::{domain::PolicyCode, flows::import_labels, store::views::labels};
use anyhow::Context as _;
use std::{
    io::{self, Write as _},
    path::PathBuf,
};

/// Labels read at once.
const PAGE: u32 = 1_000;

/// `adjudge labels …`
#[derive(Debug, clap::Subcommand)]
pub enum LabelsCommand {
    /// All labels as JSON lines on standard output, oldest first
    Export {
        /// Only this policy's
        #[arg(long)]
        policy: Option<PolicyCode>,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Add a data set's labels: JSON lines `{"text", "policy", "label": 0 or 1, "source"}`, gzipped if the name ends in
    /// `.gz`. Source `written` marks examples made up to teach with, such as the first of a new policy
    Import {
        /// The data set
        file: PathBuf,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
}

/// Runs `adjudge labels …`.
///
/// # Errors
/// When the file or the installation cannot be read, or standard output is closed.
pub async fn run(command: LabelsCommand) -> anyhow::Result<()> {
    match command {
        LabelsCommand::Export { policy, place } => {
            let app = open(&place).await?;
            let mut out = io::BufWriter::new(io::stdout().lock());
            let mut after = None;
            loop {
                let page = labels::after(&app.db, &operator(), after, policy.as_ref(), PAGE).await?;
                for label in &page {
                    writeln!(out, "{}", serde_json::to_string(label)?).context("cannot write to standard output")?;
                }
                after = page.last().map(|l| l.id).or(after);
                if page.len() < PAGE as usize {
                    break;
                }
            }
            out.flush().context("cannot write to standard output")?;
        }
        LabelsCommand::Import { file, place } => {
            let statements = read_data(&file)?;
            let app = open(&place).await?;
            let count = import_labels::import_labels(&app, &operator(), &statements).await.map_err(super::explain)?;
            match statements.len() - count {
                0 => println!("{count} labels added from {}", file.display()),
                known => println!("{count} labels added from {}; {known} were there already", file.display()),
            }
        }
    }
    Ok(())
}
