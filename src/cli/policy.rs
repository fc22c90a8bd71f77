//! `adjudge policy …`: a pack is checked, tried, compared, applied and exported, from a folder and with exit codes for
//! a CI.
//!
//! Called by the command line. Problems go to standard output in a compiler's form, one summary line to standard error.
//! `check` and `test` talk to no database; `export` writes only where it is told to.

use super::{
    people::{open, operator},
    policy_apply, policy_backtest, policy_files, policy_hits,
    serve::Place,
};
use crate::{
    domain::{
        ReleaseId,
        draft::{PublishPlan, SweepOrder, SweepPlan},
    },
    flows::{App, Error, drafts, edit_list, rollback},
    screening::policy::{
        Pack, PackFiles, Problem, case_model::CaseModel, cases::run_all, compile::list_uses, diff::Difference,
        pack::base_file::BaseRelease, reference,
    },
    store::{releases, releases::StoredRelease, views::console::releases as lines},
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
    /// Make a draft of a pack's folder, for somebody to publish in the console; or publish it at once
    Apply {
        /// The pack's folder
        folder: PathBuf,
        /// Name of the draft
        #[arg(long, default_value = "from files")]
        name: String,
        /// Publish it: for a team that reviews the folder's history. Its cases must pass
        #[arg(long)]
        publish: bool,
        /// With --publish: screen the ads that live again, those with the most impressions first
        #[arg(long, requires = "publish")]
        sweep: bool,
        /// With --publish: do not run the cases
        #[arg(long, requires = "publish")]
        despite_cases: bool,
        /// Also where that takes back what others published since the folder was exported
        #[arg(long)]
        despite_newer: bool,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Add entries to a list of the live release, or remove some: a minor release at once. Or count what they found
    List {
        /// The list's name
        name: String,
        /// An entry to add; repeat it for several. `!` before it makes it one that overrules
        #[arg(long)]
        add: Vec<String>,
        /// An entry to remove; repeat it for several
        #[arg(long)]
        remove: Vec<String>,
        /// Change nothing; print how often each entry was evidence of a finding, the most frequent first
        #[arg(long, conflicts_with_all = ["add", "remove"])]
        hits: bool,
        /// With --hits: over so many days
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Write JSON Schemas of a pack's files into a folder, for an editor: a file begins with `#:schema ./rules.schema.json`
    Schema {
        /// The folder; made when it is not there
        folder: PathBuf,
    },
    /// Run a pack over stored screenings, with the scores and facts of their time; nothing is kept
    Backtest {
        /// The pack's folder
        folder: PathBuf,
        /// Screenings of so many days
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Bring an earlier release back: a new number with the old bundle
    Rollback {
        /// The release: `rel_…` or a number such as 2.1
        release: String,
        /// Screen the ads that live again, and what the releases since then rejected by themselves
        #[arg(long)]
        sweep: bool,
        /// Where the installation is.
        #[command(flatten)]
        place: Place,
    },
    /// Write a release's files into a folder; applying them again changes nothing
    Export {
        /// The folder to write; made when it is not there, refused when it holds other files
        folder: PathBuf,
        /// Write over files of the folder that say something else
        #[arg(long)]
        replace: bool,
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
        PolicyCommand::Apply { folder, name, publish, sweep, despite_cases, despite_newer, place } => {
            let publish = publish.then_some(PublishPlan { sweep: plan(sweep), effective_at: None, despite_cases });
            policy_apply::apply(&folder, &name, publish, despite_newer, &place).await
        }
        PolicyCommand::Schema { folder } => {
            let written = policy_files::write_schemas(&folder)?;
            eprintln!("{written} schemas written to {}", folder.display());
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::List { name, add, remove, hits, days, place } => {
            let app = open(&place).await?;
            let live = find(&app, None).await?;
            if hits {
                return policy_hits::print(&app, &live, &name, days).await;
            }
            let done = edit_list::edit_list(&app, &operator(), live.id, &name, &add, &remove).await;
            if matches!(done, Err(Error::NotFound)) {
                bail!(super::no_such("list", &name, live.bundle.lists.iter().map(|list| list.name.as_str())));
            }
            let (_, number) = done.map_err(super::explain)?;
            println!("release {number} is live");
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::Backtest { folder, days, json, place } => {
            policy_backtest::run(&folder, days, json, &place).await
        }
        PolicyCommand::Rollback { release, sweep, place } => {
            let app = open(&place).await?;
            let release = find(&app, Some(&release)).await?;
            let back = rollback::rollback(&app, &operator(), release.id, plan(sweep)).await;
            let (_, number) = back.map_err(super::explain)?;
            println!("release {number} is live with what {} held", release.number);
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::Export { folder, replace, release, place } => {
            export(&folder, replace, release.as_deref(), &place).await
        }
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

/// Most problems that are printed: nobody mends more at once.
const MOST_SHOWN: usize = 200;

pub(super) fn refused(problems: &[Problem]) -> ExitCode {
    for problem in problems.iter().take(MOST_SHOWN) {
        println!("{problem}\n");
    }
    if problems.len() > MOST_SHOWN {
        println!("and {} more", problems.len() - MOST_SHOWN);
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

/// A sweep without caps, the ads that reach most people first.
fn plan(sweep: bool) -> Option<SweepPlan> {
    sweep.then_some(SweepPlan { order: SweepOrder::Delivery, tasks_a_day: None, rejections_a_day: None })
}

async fn export(
    folder: &std::path::Path,
    replace: bool,
    release: Option<&str>,
    place: &Place,
) -> anyhow::Result<ExitCode> {
    let app = open(place).await?;
    let release = find(&app, release).await?;
    let files = drafts::files_of_release(&app, release.id).await.map_err(super::explain)?;
    let written = policy_files::write(folder, &files, replace)?;
    policy_files::write_base(folder, &BaseRelease::of(release.id, release.number))?;
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
    let Some(release) = found else {
        let known: Vec<String> = lines::releases(&app.db).await?.iter().map(|r| r.number.to_string()).collect();
        bail!(super::no_such("release", named, known.iter().map(String::as_str)));
    };
    Ok(release)
}
