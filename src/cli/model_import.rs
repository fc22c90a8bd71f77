//! `adjudge model import`: a model's files become one encoder file, on disk or in an installation.
//!
//! Called by the command line. It must never overwrite a file with one that failed its comparison.

use super::{
    people::{open, operator},
    serve::Place,
};
use crate::{
    domain::place::Language,
    flows::encoders,
    inference::import::{ImportOptions, Imported, import},
};
use anyhow::Context as _;
use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

/// How an encoder file begins.
const ENCODER_FILE: &[u8] = b"ADJENC";

/// Add an encoder to the installation, for languages that the first one does not cover; or make an encoder file
///
/// From a folder with `config.json`, `tokenizer.json` and `model.safetensors` (BERT family), from multilingual-e5-small
/// packed in one file, or from an encoder file made before. Matrices are stored with eight bits a value (with four, where they came so), and the result is compared with the
/// original on a fixed list of texts before anything is written.
#[derive(Debug, clap::Args)]
pub struct ModelImport {
    /// The folder, the packed file, or an encoder file
    pub source: PathBuf,
    /// Write an encoder file here, and add nothing to an installation
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The tokenizer's JSON [default: `tokenizer.json` beside the weights]
    #[arg(long, value_name = "FILE")]
    pub tokenizer: Option<PathBuf>,
    /// The model's name [default: that of the folder or file]
    #[arg(long)]
    pub name: Option<String>,
    /// A language the model may score (ISO 639-1), once for each; texts in other languages go to people [default: those
    /// that the model is known to be trained on, else en]
    #[arg(long = "language", value_name = "CODE")]
    pub languages: Vec<Language>,
    /// Licence of the weights (SPDX)
    #[arg(long)]
    pub licence: Option<String>,
    /// What the model was trained to read before every text [default: `query: ` for multilingual-e5-small, else nothing]
    #[arg(long, value_name = "TEXT")]
    pub prefix: Option<String>,
    /// Longest window that a text is cut into, in tokens [default: 256]
    #[arg(long, value_name = "TOKENS")]
    pub max_window: Option<usize>,
    /// Where the installation is.
    #[command(flatten)]
    pub place: Place,
}

/// Imports, keeps the encoder, and prints how it compares with the original.
///
/// # Errors
/// When the source is not such a model, or the encoder cannot be kept.
pub async fn run(arguments: ModelImport) -> anyhow::Result<()> {
    let ModelImport { source, out, tokenizer, name, languages, licence, prefix, max_window, place } = arguments;
    let bytes = if out.is_none() && is_encoder_file(&source) {
        fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?
    } else {
        let options = ImportOptions { name, languages, licence, max_window, prefix, tokenizer };
        let imported = import(&source, options).with_context(|| format!("cannot import {}", source.display()))?;
        print!("{}", described(&imported));
        imported.bytes
    };
    if let Some(out) = out {
        fs::write(&out, &bytes).with_context(|| format!("cannot write {}", out.display()))?;
        println!("{} ({} bytes)", out.display(), bytes.len());
        return Ok(());
    }
    let app = open(&place).await?;
    let added = encoders::add(&app, &operator(), bytes).await.map_err(super::explain)?;
    println!(
        "{} is here; train heads over it with `adjudge train --encoder {}`",
        added.name,
        &added.digest.hex()[..12]
    );
    Ok(())
}

fn is_encoder_file(path: &Path) -> bool {
    let mut beginning = [0; ENCODER_FILE.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut beginning));
    read.is_ok() && beginning == *ENCODER_FILE
}

/// What was made, a line each.
fn described(imported: &Imported) -> String {
    let (header, report) = (&imported.header, &imported.report);
    let languages: Vec<String> = header.languages.iter().map(ToString::to_string).collect();
    let prefix = if header.prefix.is_empty() { "none".to_owned() } else { format!("{:?}", header.prefix) };
    format!(
        "name          {}\nlicence       {}\nlanguages     {}\nprefix        {prefix}\ndigest        {}\n\
         made from     {}\ntexts         {}\nmean cosine   {:.6}\nleast cosine  {:.6}\n",
        header.name,
        header.licence,
        languages.join(" "),
        report.digest,
        report.weights,
        report.texts,
        report.mean_cosine,
        report.least_cosine,
    )
}
