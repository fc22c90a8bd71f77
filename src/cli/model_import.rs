//! `adjudge model import`: a model folder becomes one encoder file.
//!
//! Called by the command line. It must never overwrite a file with one that failed its comparison.

use crate::{
    domain::place::Language,
    inference::import::{ImportOptions, import},
};
use anyhow::Context as _;
use std::{fs, path::PathBuf};

/// Make an encoder file from a folder with `config.json`, `tokenizer.json` and `model.safetensors` (BERT family).
///
/// The weights are stored with eight bits a value, and the result is compared with the original on a fixed list of
/// texts before anything is written.
#[derive(Debug, clap::Args)]
pub struct ModelImport {
    /// The folder.
    pub folder: PathBuf,
    /// The file to write.
    #[arg(long)]
    pub out: PathBuf,
    /// The model's name; the folder's name if not given.
    #[arg(long)]
    pub name: Option<String>,
    /// A language the model may score (ISO 639-1), once for each. Texts in other languages go to people.
    #[arg(long = "language", default_value = "en")]
    pub languages: Vec<Language>,
    /// Licence of the weights (SPDX).
    #[arg(long, default_value = "unknown")]
    pub licence: String,
    /// Longest window that a text is cut into, in tokens.
    #[arg(long, default_value_t = 256)]
    pub max_window: usize,
}

/// Imports, writes the file, and prints how it compares with the original.
///
/// # Errors
/// When the folder is not such a model, or the file cannot be written.
pub fn run(arguments: ModelImport) -> anyhow::Result<()> {
    let ModelImport { folder, out, name, languages, licence, max_window } = arguments;
    let folder_name = || folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(folder_name);
    let imported = import(&folder, ImportOptions { name, languages, licence, max_window })
        .with_context(|| format!("cannot import {}", folder.display()))?;
    fs::write(&out, &imported.bytes).with_context(|| format!("cannot write {}", out.display()))?;
    let report = imported.report;
    println!("{} ({} bytes)", out.display(), imported.bytes.len());
    println!("digest        {}", report.digest);
    println!("made from     {}", report.weights);
    println!("texts         {}", report.texts);
    println!("mean cosine   {:.6}", report.mean_cosine);
    println!("least cosine  {:.6}", report.least_cosine);
    Ok(())
}
