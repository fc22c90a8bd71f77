//! `adjudge submit`: a file of ads, NDJSON or CSV, to an installation over HTTP, in pieces, going on where it broke off.
//!
//! Called by the command line. What was answered is remembered in a file beside; sending a line twice changes nothing. It
//! must never go on silently after a file was changed.

use super::progress;
use crate::{
    domain::digest::Digest,
    intake::{
        AD_BYTES,
        lines::{Line, Lines},
        table::Table,
    },
    platform::remote::{Answered, Remote},
};
use anyhow::{Context as _, bail};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// Lines sent at once.
const LINES: usize = 200;

/// Bytes sent at once, unless a single line is longer.
const BYTES: usize = 4 << 20;

/// Exit code when some lines were refused.
const REFUSED: u8 = 3;

/// Exit code when it broke off; the same command goes on.
const BROKE_OFF: u8 = 4;

/// Send a file of ads to an installation: NDJSON, or CSV with a header
///
/// Run it again after a break: it goes on behind the last line that was answered, which FILE.sent beside the file remembers.
/// Refused lines go to standard output as JSON. Exit code 0: all were accepted; 3: some were refused; 4: it broke off.
#[derive(Debug, clap::Args)]
pub struct SubmitArgs {
    /// The file; its name ends in .csv, .ndjson or .jsonl
    file: PathBuf,
    /// Address of the installation, such as `https://ads.example`
    #[arg(long, env = "ADJUDGE_URL")]
    url: String,
    /// A submitter's key
    #[arg(long, env = "ADJUDGE_KEY", hide_env_values = true)]
    key: String,
    /// Begin at this line of the file, whatever is remembered
    #[arg(long, value_name = "N")]
    from_line: Option<u64>,
    /// Tries of some lines before it breaks off
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: u32,
}

/// What is remembered beside the file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sent {
    /// Digest of the file and of where it goes.
    what: String,
    /// The line to go on at.
    next_line: u64,
    counts: Counts,
}

#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Counts {
    accepted: u64,
    unchanged: u64,
    refused: u64,
}

/// Some lines on their way.
#[derive(Debug, Default)]
struct Piece {
    body: Vec<u8>,
    lines: Vec<u64>,
}

/// Runs `adjudge submit`.
///
/// # Errors
/// When the file cannot be read, is no table, or was changed since it was begun.
pub async fn run(args: SubmitArgs) -> anyhow::Result<ExitCode> {
    let is_table = match args.file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => true,
        Some("ndjson" | "jsonl" | "json") => false,
        _ => bail!("{} is no .csv, .ndjson or .jsonl file", args.file.display()),
    };
    let remote = Remote::new(&args.url, &args.key)?;
    let beside = beside(&args.file);
    let what = Digest::of_parts(&[args.url.as_bytes(), &digest_of(&args.file)?.0]).to_string();
    let mut sent = remembered(&beside, &what, args.from_line)?;
    let mut reader = Records::open(&args.file, is_table)?;
    let media = if is_table { "text/csv" } else { "application/x-ndjson" };
    if sent.next_line > 1 {
        eprintln!("going on at line {}", sent.next_line);
    }
    while let Some(piece) = reader.piece(sent.next_line)? {
        let (answers, last) = match send(&remote, media, &piece, args.tries).await {
            Ok(answers) => (answers, *piece.lines.last().unwrap_or(&0)),
            Err(error) => {
                progress(&said(&sent.counts), true);
                eprintln!("broke off before line {}: {error:#}", piece.lines.first().unwrap_or(&0));
                eprintln!("run the same command to go on");
                return Ok(ExitCode::from(BROKE_OFF));
            }
        };
        for (line, mut answer) in piece.lines.iter().zip(answers) {
            match answer["status"].as_u64() {
                Some(202) => sent.counts.accepted += 1,
                Some(200) => sent.counts.unchanged += 1,
                _ => {
                    sent.counts.refused += 1;
                    answer["line"] = (*line).into();
                    println!("{answer}");
                }
            }
        }
        sent.next_line = last + 1;
        remember(&beside, &sent)?;
        progress(&said(&sent.counts), false);
    }
    progress(&said(&sent.counts), true);
    if beside.exists() {
        std::fs::remove_file(&beside).with_context(|| format!("cannot remove {}", beside.display()))?;
    }
    Ok(if sent.counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn said(counts: &Counts) -> String {
    let Counts { accepted, unchanged, refused } = counts;
    format!("{accepted} accepted, {unchanged} unchanged, {refused} refused")
}

/// Sends a piece until it is answered, line by line; waits as long as it is told to.
async fn send(remote: &Remote, media: &str, piece: &Piece, tries: u32) -> anyhow::Result<Vec<Value>> {
    for attempt in 0..tries {
        let last = attempt + 1 == tries;
        let wait = match remote.post("/v1/ads/batch", media, piece.body.clone()).await {
            Ok(Answered { status: 200, body, .. }) => {
                let answers: Result<Vec<Value>, _> = body.lines().map(serde_json::from_str).collect();
                match answers {
                    Ok(answers) if answers.len() == piece.lines.len() => {
                        // A line that found the other side busy is none that was answered.
                        if answers.iter().all(|answer| answer["status"].as_u64() != Some(503)) {
                            return Ok(answers);
                        }
                        None
                    }
                    _ if last => bail!("the answer does not have a line for each line sent"),
                    _ => None,
                }
            }
            Ok(Answered { status: 429 | 503 | 507, retry_after_s, .. }) => retry_after_s,
            Ok(Answered { status, body, .. }) => bail!("the answer is {status}: {}", told(&body)),
            Err(error) if last => return Err(error),
            Err(_) => None,
        };
        if !last {
            let usual = 1 << attempt.min(5);
            tokio::time::sleep(Duration::from_secs(wait.unwrap_or(usual).min(120))).await;
        }
    }
    bail!("the other side stays busy")
}

/// A problem document in one line.
fn told(body: &str) -> String {
    let Ok(problem) = serde_json::from_str::<Value>(body) else { return body.chars().take(200).collect() };
    let errors = problem["errors"].as_array().into_iter().flatten();
    let places = errors.filter_map(|e| Some(format!("; {} {}", e["pointer"].as_str()?, e["detail"].as_str()?)));
    format!("{}{}", problem["detail"].as_str().unwrap_or("no word why"), places.collect::<String>())
}

/// Reads a file record by record.
struct Records {
    file: std::fs::File,
    lines: Option<Lines>,
    waiting: std::collections::VecDeque<Line>,
    header: Vec<u8>,
}

impl Records {
    /// Opens a file, and checks the header of a table before anything is sent.
    fn open(path: &Path, is_table: bool) -> anyhow::Result<Self> {
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let lines = if is_table { Lines::records(AD_BYTES) } else { Lines::new(AD_BYTES) };
        let mut records = Self { file, lines: Some(lines), waiting: Default::default(), header: vec![] };
        if is_table {
            let first = records.next()?.and_then(|line| line.bytes).context("the table has no header")?;
            if let Err(refusal) = Table::of(&first) {
                let all: Vec<String> = refusal.problems.into_iter().map(|p| p.detail).collect();
                bail!("{}: {}", path.display(), all.join("; "));
            }
            records.header = [&first[..], b"\n"].concat();
        }
        Ok(records)
    }

    fn next(&mut self) -> anyhow::Result<Option<Line>> {
        let mut buffer = vec![0; 64 << 10];
        while self.waiting.is_empty() {
            let Some(lines) = &mut self.lines else { return Ok(None) };
            let n = self.file.read(&mut buffer)?;
            if n == 0 {
                self.waiting.extend(self.lines.take().and_then(Lines::finish));
            } else {
                self.waiting.extend(lines.push(Bytes::copy_from_slice(&buffer[..n])));
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// The next lines from a line on; `None` at the end.
    fn piece(&mut self, from: u64) -> anyhow::Result<Option<Piece>> {
        let mut piece = Piece { body: self.header.clone(), lines: vec![] };
        while piece.lines.len() < LINES {
            let Some(line) = self.next()? else { break };
            if line.number < from {
                continue;
            }
            // What is too long to be held goes as a line that is refused for it.
            let bytes = line.bytes.clone().unwrap_or_else(|| vec![b'x'; AD_BYTES + 1].into());
            if !piece.lines.is_empty() && piece.body.len() + bytes.len() > BYTES {
                self.waiting.push_front(line);
                break;
            }
            piece.body.extend_from_slice(&bytes);
            piece.body.push(b'\n');
            piece.lines.push(line.number);
        }
        Ok((!piece.lines.is_empty()).then_some(piece))
    }
}

fn digest_of(path: &Path) -> anyhow::Result<Digest> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Digest::of(&bytes))
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sent");
    name.into()
}

/// Where to go on, as remembered or as asked for.
fn remembered(beside: &Path, what: &str, from_line: Option<u64>) -> anyhow::Result<Sent> {
    let fresh = |next_line| Sent { what: what.to_owned(), next_line, counts: Counts::default() };
    if let Some(line) = from_line {
        return Ok(fresh(line.max(1)));
    }
    let text = match std::fs::read_to_string(beside) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(fresh(1)),
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", beside.display())),
    };
    let known: Sent = serde_json::from_str(&text).with_context(|| format!("{} is damaged", beside.display()))?;
    if known.what != what {
        bail!(
            "{} is of another file or another address: this file was changed since it was begun. Say where to begin with \
             --from-line N",
            beside.display()
        );
    }
    Ok(known)
}

/// Written aside and renamed, so that a break leaves the old or the new.
fn remember(beside: &Path, sent: &Sent) -> anyhow::Result<()> {
    let aside = beside.with_extension("sent-next");
    let write = || {
        std::fs::write(&aside, serde_json::to_vec(sent)?)?;
        std::fs::rename(&aside, beside)?;
        anyhow::Ok(())
    };
    write().with_context(|| format!("cannot remember in {} what was sent", beside.display()))
}
