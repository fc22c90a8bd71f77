//! `adjudge policy check` and `adjudge policy test`: a pack is checked, and its cases run, without a server.
//!
//! Called by the command line. Problems go to standard output in a compiler's form, one summary line to standard error;
//! the exit code is 1 when there is any. It must never change a file or talk to a database.

use crate::screening::policy::{Pack, PackFiles, Problem, case_model::CaseModel, cases::run_all, compile::list_uses};
use std::{path::PathBuf, process::ExitCode};

/// Check and try policy packs.
#[derive(Debug, clap::Subcommand)]
pub enum PolicyCommand {
    /// Check a pack: every unknown field, function, list, policy or key is shown with file, line and column.
    Check(PackArguments),
    /// Check a pack, then run its cases through the default model and the pack's rules.
    Test(PackArguments),
}

/// Which pack.
#[derive(Debug, clap::Args)]
pub struct PackArguments {
    /// The pack's folder; the built-in pack if not given.
    pub folder: Option<PathBuf>,
}

impl PackArguments {
    fn files(&self) -> PackFiles {
        self.folder.as_deref().map_or_else(PackFiles::embedded, PackFiles::in_folder)
    }
}

/// Runs one of the commands.
///
/// # Errors
/// When the default model cannot be loaded; problems of the pack are no error but the exit code 1.
pub fn run(command: &PolicyCommand) -> anyhow::Result<ExitCode> {
    match command {
        PolicyCommand::Check(arguments) => Ok(check(&arguments.files())),
        PolicyCommand::Test(arguments) => test(&arguments.files()),
    }
}

fn check(files: &PackFiles) -> ExitCode {
    match Pack::read(files) {
        Ok(pack) => {
            for (list, rules) in list_uses(&pack.bundle) {
                if rules.is_empty() {
                    println!("warning: no rule uses the list `{list}`");
                }
            }
            let bundle = &pack.bundle;
            eprintln!(
                "{} policies, {} rules, {} lists, {} cases: no problems",
                bundle.policies.len(),
                bundle.rules.len(),
                bundle.lists.len(),
                pack.cases.len()
            );
            ExitCode::SUCCESS
        }
        Err(problems) => refused(&problems),
    }
}

fn refused(problems: &[Problem]) -> ExitCode {
    for problem in problems {
        println!("{problem}\n");
    }
    let count = problems.len();
    eprintln!("{count} problem{}", if count == 1 { "" } else { "s" });
    ExitCode::FAILURE
}

/// Runs the cases through the built-in model.
fn test(files: &PackFiles) -> anyhow::Result<ExitCode> {
    let pack = match Pack::read(files) {
        Ok(pack) => pack,
        Err(problems) => return Ok(refused(&problems)),
    };
    let model = CaseModel::shipped()?;
    match run_all(&pack, &model.thresholds, &mut |case, release| model.signals(case, release)) {
        Ok(report) => {
            for failure in &report.failures {
                println!("{failure}\n");
            }
            let failed = report.failures.len();
            eprintln!("{} cases, {failed} failed", report.run);
            Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(problems) => Ok(refused(&problems)),
    }
}
