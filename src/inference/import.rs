//! Makes an encoder file from what model hubs and packages give: a plain folder (`config.json`, `tokenizer.json`,
//! `model.safetensors`), or multilingual-e5-small packed in one file beside its tokenizer.
//!
//! Called by the command line. It measures what the storage costs and must never hand over a file that it has not loaded
//! and compared with the original. Sources are downloads: nothing is read beyond a bound, and no size is believed.

use super::{
    bert::{self, Bert},
    e5_pack::{self, E5Pack},
    encoder::Encoder,
    encoder_file::{self, Architecture, Header, Pooling, Shape, Storage, Values},
    error::InferenceError,
    import_source::{known, read, shape_of_folder},
    quantise::BLOCK_VALUES,
    tokenize::Windows,
};
use crate::domain::{digest::Digest, place::Language};
use candle_core::{DType, Device, Tensor};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

/// Texts on which the stored encoder is compared with the original, one a line.
pub const MEASURE_TEXTS: &str = include_str!("../../models/measure-texts.txt");

/// A stored encoder whose vectors agree less than this with the original's is not worth having.
pub const LEAST_COSINE: f64 = 0.99;

/// Longest source of weights, bytes; the encoders that fit a processor are far below.
const MAX_WEIGHTS: u64 = 4 << 30;
/// Longest tokenizer, bytes; a vocabulary of 250,000 pieces takes 17 million.
const MAX_TOKENIZER: u64 = 64 << 20;

/// What the source does not say. What is left out is taken from what is known of the model, else a cautious default.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The model's name; else that of the folder or file.
    pub name: Option<String>,
    /// Languages it may score; else those that the model is known to be trained on, else English.
    pub languages: Vec<Language>,
    /// Licence of the weights (SPDX).
    pub licence: Option<String>,
    /// Longest window, special tokens included; the model's positions bound it. 256 if not given.
    pub max_window: Option<usize>,
    /// What the model wants to read before every text.
    pub prefix: Option<String>,
    /// Where `tokenizer.json` is, when not beside the weights.
    pub tokenizer: Option<PathBuf>,
}

/// How the stored encoder compares with the original.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportReport {
    /// Digest of the encoder file.
    pub digest: Digest,
    /// Digest of the weights it was made from.
    pub weights: Digest,
    /// Texts compared.
    pub texts: usize,
    /// Mean cosine between stored and original vectors.
    pub mean_cosine: f64,
    /// Lowest cosine.
    pub least_cosine: f64,
}

/// An encoder file and its report.
#[derive(Debug)]
pub struct Imported {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the file says of itself.
    pub header: Header,
    /// The report.
    pub report: ImportReport,
}

/// Where tensors come from.
enum Source<'a> {
    Folder(HashMap<String, Tensor>),
    Pack(E5Pack<'a>),
}

impl Source<'_> {
    /// A tensor with the storage that keeps it: what was stored in four bits stays so, other matrices take eight.
    fn tensor(&self, name: &str, dimensions: &[usize]) -> Result<Option<(Storage, Values)>, InferenceError> {
        match self {
            Self::Pack(pack) => pack.tensor(name, dimensions),
            // Models saved with a task's head on top put `bert.` before the encoder's names.
            Self::Folder(tensors) => {
                let tensor = tensors.get(name).or_else(|| tensors.get(&format!("bert.{name}")));
                tensor.map(|tensor| values(tensor).map(|values| (storage(&values), values))).transpose()
            }
        }
    }
}

fn storage(values: &Values) -> Storage {
    let matrix = values.shape.len() == 2 && values.shape[1].is_multiple_of(BLOCK_VALUES);
    if matrix { Storage::Q8_0 } else { Storage::F32 }
}

/// Imports a folder, or a packed file.
///
/// # Errors
/// [`InferenceError::Read`] for a file that cannot be read or is too long, [`InferenceError::Damaged`] for one that is
/// not what it says, [`InferenceError::Unsupported`] for another architecture, activation, pooling or tokenizer, or when
/// storage loses too much, [`InferenceError::Missing`] naming absent tensors.
pub fn import(source: &Path, options: ImportOptions) -> Result<Imported, InferenceError> {
    if source.is_dir() {
        let shape = shape_of_folder(source)?;
        let bytes = read(&source.join("model.safetensors"), MAX_WEIGHTS)?;
        let weights = Digest::of(&bytes);
        let tensors = Source::Folder(candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?);
        drop(bytes);
        return make(source, source, shape, weights, &tensors, options);
    }
    let bytes = read(source, MAX_WEIGHTS)?;
    if !bytes.starts_with(e5_pack::MAGIC) {
        let problem = "it is neither a folder with config.json, tokenizer.json and model.safetensors nor a packed \
                       multilingual-e5-small";
        return Err(InferenceError::Unsupported(problem.to_owned()));
    }
    let pack = E5Pack::parse(&bytes)?;
    let folder = source.parent().unwrap_or(Path::new("."));
    make(source, folder, pack.shape.clone(), Digest::of(&bytes), &Source::Pack(pack), options)
}

fn make(
    path: &Path,
    folder: &Path,
    shape: Shape,
    weights: Digest,
    source: &Source<'_>,
    options: ImportOptions,
) -> Result<Imported, InferenceError> {
    let tokenizer = options.tokenizer.unwrap_or_else(|| folder.join("tokenizer.json"));
    let tokenizer = read(&tokenizer, MAX_TOKENIZER)?;
    let known = known(&shape);
    let named = || path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut languages = options.languages;
    if languages.is_empty() {
        languages = known.map_or("en", |k| k.languages).split(' ').filter_map(|code| code.parse().ok()).collect();
    }
    let header = Header {
        name: options.name.or(known.map(|k| k.name.to_owned())).unwrap_or_else(named),
        architecture: Architecture::Bert,
        pooling: Pooling::Mean,
        languages,
        max_window: options.max_window.unwrap_or(256).min(shape.max_positions),
        prefix: options.prefix.or(known.map(|k| k.prefix.to_owned())).unwrap_or_default(),
        licence: options.licence.or(known.map(|k| k.licence.to_owned())).unwrap_or_else(|| "unknown".to_owned()),
        weights,
        tokenizer_bytes: 0,
        tensors: Vec::new(),
        shape,
    };
    let windows = Windows::new(&tokenizer, header.max_window, &header.prefix)?;
    if let Source::Pack(pack) = source {
        same_vocabulary(&windows, pack.pieces())?;
    }
    // A shape that a download tells is checked before anything is as large as it says.
    bert::check(&header.shape)?;
    let table = bert::tensor_table(&header.shape);
    let dimensions: HashMap<&str, &Vec<usize>> = table.iter().map(|(name, d)| (name.as_str(), d)).collect();
    // Loading first names every absent tensor at once.
    let original = bert::tensors(&header.shape, |name| {
        let found = dimensions.get(name).map(|d| source.tensor(name, d)).transpose()?.flatten();
        Ok(found.map(|(_, values)| values))
    })?;
    let original = Bert::new(&header.shape, original)?;
    let mut tensors = Vec::new();
    for (name, dimensions) in &table {
        let found = source.tensor(name, dimensions)?;
        let (storage, values) = found.ok_or_else(|| InferenceError::Missing(vec![name.clone()]))?;
        tensors.push((name.clone(), storage, values));
    }
    let bytes = encoder_file::write(header, &tokenizer, &tensors)?;
    drop(tensors);

    let stored = Encoder::load(&bytes)?;
    let mut cosines = Vec::new();
    for text in MEASURE_TEXTS.lines() {
        for (ids, after) in windows.cut(text)?.iter().zip(stored.embed(text)?) {
            cosines.push(cosine(&original.embed(ids)?, &after));
        }
    }
    let report = ImportReport {
        digest: stored.digest(),
        weights,
        texts: MEASURE_TEXTS.lines().count(),
        mean_cosine: cosines.iter().sum::<f64>() / cosines.len() as f64,
        least_cosine: cosines.iter().copied().fold(1.0, f64::min),
    };
    if report.least_cosine < LEAST_COSINE {
        let problem = format!("as stored it drifts too far from its original (cosine {:.4})", report.least_cosine);
        return Err(InferenceError::Unsupported(problem));
    }
    Ok(Imported { header: stored.header().clone(), bytes, report })
}

/// The packed file carries its vocabulary, so a tokenizer of another model is found out.
fn same_vocabulary(windows: &Windows, pieces: &[&str]) -> Result<(), InferenceError> {
    let differs = |(id, piece): &(usize, &&str)| {
        let token = u32::try_from(*id).ok().and_then(|id| windows.token(id));
        token.as_deref() != Some(**piece)
    };
    match pieces.iter().enumerate().find(differs) {
        None => Ok(()),
        Some((id, _)) => Err(InferenceError::Unsupported(format!(
            "its tokenizer.json belongs to another model (token {id} differs)"
        ))),
    }
}

fn values(tensor: &Tensor) -> Result<Values, InferenceError> {
    let shape = tensor.dims().to_vec();
    let values = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
    Ok(Values { shape, values })
}

/// Cosine of two vectors of length 1.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use serde_json::{Value, json};
    use std::fs;

    const TOKENIZER: &str = r#"{
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "Whitespace"}, "decoder": null,
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
        "model": {"type": "WordLevel", "unk_token": "[UNK]",
                  "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "free": 3, "now": 4, "and": 5, "to": 6, "!": 7}}
    }"#;

    type Change = fn(&mut Value, &mut HashMap<String, Tensor>);

    fn config() -> Value {
        json!({
            "model_type": "bert", "hidden_act": "gelu", "hidden_size": 32, "num_hidden_layers": 1,
            "num_attention_heads": 2, "intermediate_size": 64, "vocab_size": 8, "max_position_embeddings": 160,
            "type_vocab_size": 2, "layer_norm_eps": 1e-12
        })
    }

    /// A tiny model's folder; `change` edits its parts before they are written.
    fn folder(change: Change) -> tempfile::TempDir {
        let mut config = config();
        let mut tensors = HashMap::new();
        let shape = Shape {
            hidden: 32,
            layers: 1,
            attention_heads: 2,
            intermediate: 64,
            vocabulary: 8,
            max_positions: 160,
            token_types: 2,
            layer_norm_epsilon: 1e-12,
        };
        for (index, (name, dimensions)) in bert::tensor_table(&shape).into_iter().enumerate() {
            let count: usize = dimensions.iter().product();
            let values: Vec<f32> = (0..count).map(|i| ((i * 37 + index * 11) as f32).sin()).collect();
            tensors.insert(name, Tensor::from_vec(values, dimensions, &Device::Cpu).unwrap());
        }
        change(&mut config, &mut tensors);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        fs::write(folder.path().join("tokenizer.json"), TOKENIZER).unwrap();
        candle_core::safetensors::save(&tensors, folder.path().join("model.safetensors")).unwrap();
        folder
    }

    fn run(folder: &tempfile::TempDir) -> Result<Imported, InferenceError> {
        import(folder.path(), ImportOptions::default())
    }

    #[test]
    fn a_folder_becomes_a_file_that_loads_and_agrees() {
        let imported = run(&folder(|_, _| {})).unwrap();
        assert!(imported.report.least_cosine > 0.999, "{}", imported.report.least_cosine);
        let encoder = Encoder::load(&imported.bytes).unwrap();
        assert_eq!((encoder.digest(), encoder.dimensions()), (imported.report.digest, 32));
        assert_eq!(encoder.header().max_window, 160);
        assert_ne!(encoder.embed("free now").unwrap(), encoder.embed("now and !").unwrap());
    }

    #[test]
    fn names_with_the_models_prefix_import_to_the_same_bytes() {
        let prefixed = folder(|_, tensors| {
            *tensors = tensors.drain().map(|(name, tensor)| (format!("bert.{name}"), tensor)).collect();
        });
        let (plain, prefixed) = (run(&folder(|_, _| {})).unwrap(), run(&prefixed).unwrap());
        let tensors = |bytes: &[u8]| bytes[bytes.len() - 10_000..bytes.len() - 32].to_vec();
        assert_eq!(tensors(&plain.bytes), tensors(&prefixed.bytes));
    }

    #[test]
    fn what_cannot_run_is_named() {
        let cases: [(&str, Change); 6] = [
            ("of type t5", |config, _| config["model_type"] = json!("t5")),
            ("activation is relu", |config, _| config["hidden_act"] = json!("relu")),
            ("positions are relative_key", |config, _| config["position_embedding_type"] = json!("relative_key")),
            ("shape makes no network", |config, _| config["num_attention_heads"] = json!(0)),
            ("lacks encoder.layer.0.output.dense.bias", |_, tensors| {
                tensors.remove("encoder.layer.0.output.dense.bias");
            }),
            ("embeddings.word_embeddings.weight as [9, 32]", |config, _| config["vocab_size"] = json!(9)),
        ];
        for (expected, change) in cases {
            let error = run(&folder(change)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error} does not say {expected}");
        }
        let empty = tempfile::tempdir().unwrap();
        assert!(run(&empty).unwrap_err().to_string().contains("config.json"));
    }

    /// XLM-R's kind of tokenizer: Unigram over pieces that carry their space.
    fn unigram(pieces: &[&str]) -> String {
        let vocabulary: Vec<_> = pieces.iter().enumerate().map(|(i, p)| json!([p, -(i as f64)])).collect();
        let special = [0, 1, 2, 3].map(|id| {
            json!({"id": id, "content": pieces[id], "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        });
        json!({
            "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "added_tokens": special,
            "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                                   "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
            "decoder": null,
            "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary}
        })
        .to_string()
    }

    const PIECES: [&str; 9] = ["<s>", "<pad>", "</s>", "<unk>", "▁query", ":", "▁free", "▁now", "▁a"];

    fn packed(pieces: &[&str]) -> tempfile::TempDir {
        let shape = Shape {
            hidden: 32,
            layers: 2,
            attention_heads: 2,
            intermediate: 64,
            vocabulary: 12,
            max_positions: 160,
            token_types: 2,
            layer_norm_epsilon: 1e-12,
        };
        let folder = tempfile::tempdir().unwrap();
        let bytes = e5_pack::pack(&shape, pieces, |tensor, i| ((i * 37 + tensor * 11) as f32).sin());
        fs::write(folder.path().join("small-q4.bin"), bytes).unwrap();
        fs::write(folder.path().join("tokenizer.json"), unigram(&PIECES)).unwrap();
        folder
    }

    #[test]
    fn a_packed_model_becomes_a_file_that_agrees_and_reads_its_prefix() {
        let folder = packed(&PIECES);
        let options = |prefix: &str| ImportOptions { prefix: Some(prefix.to_owned()), ..ImportOptions::default() };
        let import = |prefix: &str| import(&folder.path().join("small-q4.bin"), options(prefix)).unwrap();
        let imported = import("query: ");
        assert!(imported.report.least_cosine > 0.999_999, "four-bit blocks are kept: {:?}", imported.report);
        assert_eq!(imported.header.name, "small-q4.bin");
        let (plain, prefixed) = (Encoder::load(&import("").bytes).unwrap(), Encoder::load(&imported.bytes).unwrap());
        assert_eq!(prefixed.header().prefix, "query: ");
        assert_eq!(prefixed.embed("free now").unwrap(), plain.embed("query: free now").unwrap());
        assert_ne!(prefixed.embed("free now").unwrap(), plain.embed("free now").unwrap());
        // Every window of a long text begins with it.
        let long = "free now ".repeat(120);
        assert_eq!(prefixed.embed(&long).unwrap().len(), 2);
    }

    #[test]
    fn a_tokenizer_of_another_model_is_found_out() {
        let mut pieces = PIECES;
        pieces.swap(6, 7);
        let folder = packed(&pieces);
        let error = import(&folder.path().join("small-q4.bin"), ImportOptions::default()).unwrap_err().to_string();
        assert!(error.contains("another model") && error.contains("token 6"), "{error}");
        let other = folder.path().join("tokenizer.json");
        assert!(import(&other, ImportOptions::default()).unwrap_err().to_string().contains("neither a folder"));
    }

    #[test]
    fn what_is_known_of_a_model_needs_no_flags() {
        let shape = Shape {
            hidden: 384,
            layers: 12,
            attention_heads: 12,
            intermediate: 1536,
            vocabulary: 250_037,
            max_positions: 512,
            token_types: 2,
            layer_norm_epsilon: 1e-12,
        };
        let found = known(&shape).unwrap();
        assert_eq!((found.prefix, found.licence), ("query: ", "MIT"));
        let languages: Vec<Result<Language, _>> = found.languages.split(' ').map(str::parse).collect();
        assert!(languages.len() > 80 && languages.iter().all(Result::is_ok));
        assert!(known(&Shape { vocabulary: 30_522, ..shape }).is_none());
    }
}
