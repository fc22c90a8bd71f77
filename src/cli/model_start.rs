//! `adjudge model start`: a starting head for a new policy.
//!
//! Called by the command line. It must never make anything live: `adjudge model promote` does.

use super::{
    people::{open, operator},
    serve::Place,
    train::added_encoder,
};
use crate::{
    domain::PolicyCode,
    flows::start_head::{StartRequest, start_head},
};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::{fs, path::PathBuf};

/// Longest file of examples, bytes.
const MAX_EXAMPLES: u64 = 4 << 20;

/// Start a head for a policy that nobody has judged yet, from 5 to 20 examples and its clause
///
/// The candidate carries all live heads over and adds one that ranks ads by how much they are like the examples and
/// unlike harmless ads. It has no figures: promote it to order a queue, and train it once there are labels.
#[derive(Debug, clap::Args)]
pub struct ModelStart {
    /// The policy's code
    pub policy: PolicyCode,
    /// Examples, one a line: a text that breaks the policy, or `{"text": …, "label": 1 or 0}`, 0 for one that only looks
    /// like it
    #[arg(long, value_name = "FILE")]
    pub examples: PathBuf,
    /// A file with the policy's clause [default: the live release's]
    #[arg(long, value_name = "FILE")]
    pub clause: Option<PathBuf>,
    /// Where the installation is.
    #[command(flatten)]
    pub place: Place,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    text: String,
    #[serde(default = "breaks")]
    label: u8,
    #[serde(default)]
    #[expect(dead_code, reason = "data sets carry them; here the policy is the argument, and the source is a person")]
    policy: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "see above")]
    source: Option<String>,
}

fn breaks() -> u8 {
    1
}

/// Reads the examples, makes the candidate, and says how to make it live.
///
/// # Errors
/// When a file cannot be read, or the examples are too few.
pub async fn run(arguments: &ModelStart) -> anyhow::Result<()> {
    let cannot_read = || format!("cannot read {}", arguments.examples.display());
    if fs::metadata(&arguments.examples).with_context(cannot_read)?.len() > MAX_EXAMPLES {
        bail!("{} is longer than {MAX_EXAMPLES} bytes", arguments.examples.display());
    }
    let (breaks, harmless) = examples(&fs::read_to_string(&arguments.examples).with_context(cannot_read)?)?;
    let clause = match &arguments.clause {
        Some(path) => Some(fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?),
        None => None,
    };
    let mut place = arguments.place.clone();
    let named = place.encoder.take_if(|encoder| !encoder.exists());
    let app = open(&place).await?;
    let encoder = added_encoder(&app, named.as_deref()).await?;
    let request = StartRequest { policy: arguments.policy.clone(), breaks, harmless, clause, encoder };
    let model = start_head(&app, &operator(), &request).await.map_err(super::explain)?;
    if let Some(head) = model.card.heads.get(&arguments.policy) {
        println!(
            "{}: {} rows, {} of them examples or the clause",
            arguments.policy, head.train_n, head.train_positives
        );
        println!("threshold {:.3}: {}", head.held_out.threshold, head.threshold_rule);
    }
    println!("{} is a candidate; make it live with `adjudge model promote {}`", model.id, model.id);
    Ok(())
}

/// Texts that break the policy, and texts that do not.
fn examples(file: &str) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for (number, line) in file.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let example = if line.starts_with('{') {
            serde_json::from_str::<Example>(line).with_context(|| format!("line {}", number + 1))?
        } else {
            Example { text: line.to_owned(), label: 1, policy: None, source: None }
        };
        match example.label {
            0 => no.push(example.text),
            1 => yes.push(example.text),
            other => bail!("line {}: a label is 0 or 1, not {other}", number + 1),
        }
    }
    Ok((yes, no))
}
