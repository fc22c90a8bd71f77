//! `adjudge policy …`: a pack is checked, tried, compared, applied and exported, from a folder and with exit codes for
//! a CI.
//!
//! Called by the command line. Problems go to standard output in a compiler's form, one summary line to standard error.
//! `check` and `test` talk to no database; `export` writes only where it is told to.

use super::{
    people::{open, operator},
    policy_files,
    serve::Place,
};
use crate::{
    domain::{ReleaseId, draft::PackTexts},
    flows::{App, drafts},
    screening::policy::{
        Pack, PackFiles, Problem, case_model::CaseModel, cases::run_all, compile::list_uses, diff::Difference,
        reference,
    },
    store::{releases, releases::StoredRelease},
};
use anyhow::{Context as _, bail};
use std::{path::PathBuf, process::ExitCode};

/// Check, try, compare, apply and export policy packs.
#[derive(Debug, clap::Subcommand)]
pub enum PolicyCommand {
    /// Check a pack: every unknown field, function, list, policy or key is shown with file, line and column
    Check(PackArguments),
    /// Check a pack, then run its cases through the default model and the pack's rules
    Test(PackArguments),
    /// Show what a pack would change in the live release; exit code 0 for nothing, 1 for something, 2 for trouble
    Diff {
        /// The pack's folder
        folder: PathBuf,
        /// Compare with this release instead: `rel_…` or a number such as 2.1
        #[arg(long)]
        against: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Make a draft of a pack's folder, for somebody to publish in the console
    Apply {
        /// The pack's folder
        folder: PathBuf,
        /// Name of the draft
        #[arg(long, default_value = "from files")]
        name: String,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Write a release's files into a folder; applying them again changes nothing
    Export {
        /// The folder to write; made when it is not there, refused when it holds other files
        folder: PathBuf,
        /// This release instead of the live one: `rel_…` or a number such as 2.1
        #[arg(long)]
        release: Option<String>,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Print every field and function that rules may use: Markdown, or JSON for an editor's completion.
    Reference {
        /// JSON instead of Markdown.
        #[arg(long)]
        json: bool,
    },
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
/// When the default model cannot be loaded or the installation cannot be opened; problems of the pack are no error but
/// the exit code 1.
pub async fn run(command: PolicyCommand) -> anyhow::Result<ExitCode> {
    match command {
        PolicyCommand::Check(arguments) => Ok(check(&arguments.files())),
        PolicyCommand::Test(arguments) => test(&arguments.files()),
        PolicyCommand::Diff { folder, against, json, place } => {
            // As `diff` does: 1 says that something differs, so trouble is 2.
            Ok(compare(&folder, against.as_deref(), json, &place).await.unwrap_or_else(|error| {
                eprintln!("error: {error:#}");
                ExitCode::from(2)
            }))
        }
        PolicyCommand::Apply { folder, name, place } => apply(&folder, &name, &place).await,
        PolicyCommand::Export { folder, release, place } => export(&folder, release.as_deref(), &place).await,
        PolicyCommand::Reference { json } => {
            if json {
                println!("{}", serde_json::to_string_pretty(&reference::entries())?);
            } else {
                print!("{}", reference::markdown());
            }
            Ok(ExitCode::SUCCESS)
        }
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

async fn compare(
    folder: &std::path::Path,
    against: Option<&str>,
    json: bool,
    place: &Place,
) -> anyhow::Result<ExitCode> {
    let files = match policy_files::read(folder) {
        Ok(files) => files,
        Err(problems) => bail!(problems),
    };
    let app = open(place).await?;
    let release = find(&app, against).await?;
    let model = match release.bundle.model {
        Some(id) => releases::model(&app.db, id).await?,
        None => None,
    };
    let compared = drafts::compare_files(&app, files, model, Some(release.id)).await.map_err(super::explain)?;
    let difference = match compared.difference {
        Ok(difference) => difference,
        Err(problems) => {
            refused(&problems);
            bail!("{} does not compile; mend it first", folder.display());
        }
    };
    if json {
        println!(
            "{}",
            serde_json::to_string_pretty(&serde_json::json!({
                "against": release.id, "number": release.number.to_string(), "files": compared.files,
                "difference": difference,
            }))?
        );
    } else {
        print!("{difference}");
    }
    eprintln!("{}", summed(&difference, compared.files.len(), &release));
    Ok(if difference.is_empty() && compared.files.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn summed(difference: &Difference, files: usize, release: &StoredRelease) -> String {
    let number = release.number;
    match (difference.is_empty(), files) {
        (true, 0) => format!("nothing differs from release {number}"),
        (true, n) => format!("release {number} would conclude alike; {n} files differ"),
        (false, _) => format!(
            "{} policies, {} rules, {} lists, {} settings differ from release {number}: a {} release",
            difference.policies.len(),
            difference.rules.len(),
            difference.lists.len(),
            difference.settings.len(),
            if difference.is_minor() { "minor" } else { "major" }
        ),
    }
}

async fn apply(folder: &std::path::Path, name: &str, place: &Place) -> anyhow::Result<ExitCode> {
    let files = match policy_files::read(folder) {
        Ok(files) => files,
        Err(problems) => bail!(problems),
    };
    // What is wrong is shown with the folder's own paths, before anything is written.
    if let Err(problems) = Pack::read(&PackFiles::in_folder(folder)) {
        return Ok(refused(&problems));
    }
    let app = open(place).await?;
    if same_as_live(&app, &files).await? {
        eprintln!("the live release is written in these files already; nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    let draft = drafts::open_from_files(&app, &operator(), name, &files).await.map_err(super::explain)?;
    let problems = drafts::check_draft(&app, draft).await.map_err(super::explain)?;
    if !problems.is_empty() {
        return Ok(refused(&problems));
    }
    println!("{draft}");
    eprintln!("draft \"{name}\" waits on the Releases page for somebody to publish it");
    Ok(ExitCode::SUCCESS)
}

async fn same_as_live(app: &App, files: &PackTexts) -> anyhow::Result<bool> {
    let compared = drafts::compare_files(app, files.clone(), None, None).await.map_err(super::explain)?;
    Ok(compared.files.is_empty())
}

async fn export(folder: &std::path::Path, release: Option<&str>, place: &Place) -> anyhow::Result<ExitCode> {
    let app = open(place).await?;
    let release = find(&app, release).await?;
    let files = drafts::files_of_release(&app, release.id).await.map_err(super::explain)?;
    let written = policy_files::write(folder, &files)?;
    eprintln!("release {}: {written} files written to {}", release.number, folder.display());
    Ok(ExitCode::SUCCESS)
}

/// The release that somebody named by id or number, or the live one.
async fn find(app: &App, named: Option<&str>) -> anyhow::Result<StoredRelease> {
    let Some(named) = named else {
        return releases::live(&app.db).await?.context("there is no live release");
    };
    let by_id: Option<ReleaseId> = named.parse().ok();
    let found = match by_id {
        Some(id) => releases::release(&app.db, id).await?,
        None => releases::by_number(&app.db, named).await?,
    };
    found.with_context(|| format!("there is no release {named}"))
}
