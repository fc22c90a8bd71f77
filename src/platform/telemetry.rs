//! Logs: one line an event, fields rather than prose, on standard error.
//!
//! Called once by the command line. It must never send anything anywhere: there is no telemetry.

use std::io::IsTerminal as _;
use tracing_subscriber::{EnvFilter, fmt};

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging. `filter` is a tracing filter such as `info,adjudge=debug`; a bad one falls back to `info`.
pub fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(quiet(filter)).unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours are for terminals: in a file they are noise.
    let coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let base = fmt().with_env_filter(filter).with_ansi(coloured).with_writer(std::io::stderr);
    // A second start (in tests) keeps the first subscriber.
    let _ = match format {
        LogFormat::Text => base.with_target(false).try_init(),
        LogFormat::Json => base.json().flatten_event(true).try_init(),
    };
}

/// The filter without what the HTTP library calls errors: a client that sends what is no HTTP, or goes away, is the
/// client's affair. Naming the library in a filter brings its lines back.
fn quiet(filter: &str) -> String {
    if filter.contains("actix_http") { filter.to_owned() } else { format!("{filter},actix_http=off") }
}
