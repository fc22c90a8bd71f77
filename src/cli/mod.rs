//! The command line: one file a subcommand. `--help` tells the whole story.
//!
//! Called by `main`. It resolves configuration, opens the installation and calls flows; it must never do more.

pub mod audit;
pub mod demo;
pub mod demo_data;
pub mod labels;
pub mod model;
pub mod model_bench;
pub mod model_embed;
pub mod model_evaluate;
pub mod model_explain;
pub mod model_import;
pub mod model_start;
pub mod people;
pub mod policy;
mod policy_apply;
mod policy_backtest;
mod policy_files;
mod policy_hits;
pub mod serve;
pub mod statements;
pub mod submit;
pub mod train;
pub mod train_files;
mod vectors;
pub mod worker;

use crate::{
    flows::Error,
    platform::telemetry::{self, LogFormat},
};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Ads integrity review: screening, a moderated queue, and classifiers that learn from the reviewers' decisions.
#[derive(Debug, Parser)]
#[command(name = "adjudge", version, about, max_term_width = 100)]
pub struct Cli {
    /// How log lines look, on standard error
    #[arg(long, global = true, env = "ADJUDGE_LOG_FORMAT", default_value = "text")]
    log_format: LogFormat,
    /// Which log lines, as a tracing filter such as `info,adjudge=debug`
    #[arg(long, global = true, env = "ADJUDGE_LOG", default_value = "warn,adjudge=info")]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: invented ads, a filled queue, sign-ins printed
    Demo(demo::DemoArgs),
    /// Serve API, console and background work on one address
    Serve(serve::ServeArgs),
    /// Run background work only, beside `serve --no-worker`
    Worker(worker::WorkerArgs),
    Submit(submit::SubmitArgs),
    /// Make, list, replace, limit and revoke API keys
    #[command(subcommand)]
    Key(people::KeyCommand),
    /// Add people, list them, change what they may do
    #[command(subcommand)]
    User(people::UserCommand),
    /// Check, try, compare, apply and export policy packs
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Models: see, promote, bring an encoder
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Labels out and in
    #[command(subcommand)]
    Labels(labels::LabelsCommand),
    /// Statements of reasons out, and a year's figures
    #[command(subcommand)]
    Statements(statements::StatementsCommand),
    Train(train::TrainArgs),
    /// Check the audit chain
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Prove a stored screening by running it again
    Replay(audit::ReplayArgs),
}

/// Parses the arguments and runs the command. The exit code is 1 when it fails, 2 when the arguments are wrong.
pub fn main() -> ExitCode {
    end_quietly_at_a_closed_pipe();
    let cli = Cli::parse();
    telemetry::start(cli.log_format, &cli.log);
    match crate::web::server::block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::from(CLOSED_PIPE),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Exit code of a command whose reader went away, as a shell tells it of one that SIGPIPE ended: 128 + 13.
const CLOSED_PIPE: u8 = 141;

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io =
        |cause: &(dyn std::error::Error + 'static)| cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    error.chain().any(|cause| io(cause) == Some(std::io::ErrorKind::BrokenPipe))
}

/// `adjudge … | head` ends the command when `head` has read enough: without a word, since nothing is wrong.
fn end_quietly_at_a_closed_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to stdout") && said.contains("Broken pipe") {
            std::process::exit(i32::from(CLOSED_PIPE));
        }
        usual(info);
    }));
}

/// Tells how far something is on standard error: over the line before on a terminal, on lines of its own elsewhere, and
/// there only now and then.
fn progress(said: &str, done: bool) {
    use std::io::IsTerminal as _;
    if std::io::stderr().is_terminal() {
        eprint!("\r{said}{}", if done { "\n" } else { "" });
    } else if done {
        eprintln!("{said}");
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Policy(command) => return policy::run(command).await,
        Command::Submit(args) => return submit::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Worker(args) => worker::run(args).await,
        Command::Key(command) => people::key(command).await,
        Command::User(command) => people::user(command).await,
        Command::Model(command) => model::run(command).await,
        Command::Labels(command) => labels::run(command).await,
        Command::Statements(command) => statements::run(command).await,
        Command::Train(args) => train::run(&args).await,
        Command::Audit(command) => audit::audit(command).await,
        Command::Replay(args) => audit::replay(args).await,
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Processors that this process may use.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// That there is nothing of a name, with the nearest one that there is.
fn no_such<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = known.map(|other| (strsim::jaro_winkler(name, other), other)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((alike, other)) if alike >= 0.8 => format!("there is no {what} {name:?}; did you mean {other:?}?"),
        _ => format!("there is no {what} {name:?}"),
    }
}

/// A flow's error as a sentence for somebody at a terminal.
fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(problems) => {
            let all: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.pointer, p.detail)).collect();
            anyhow::anyhow!(all.join("\n"))
        }
        Error::NotFound => anyhow::anyhow!("what this is about was there a moment ago and is gone; look again"),
        other => anyhow::Error::new(other),
    }
}
