//! Makes an encoder file from a plain folder as model hubs give it: `config.json`, `tokenizer.json`, `model.safetensors`.
//!
//! Called by the command line. It measures what eight-bit storage costs and must never hand over a file that it has not
//! loaded and compared with the original.

use super::{
    bert::{self, Bert},
    encoder::Encoder,
    encoder_file::{self, Architecture, Header, Pooling, Shape, Storage, Values},
    error::InferenceError,
    quantise::BLOCK_VALUES,
    tokenize::Windows,
};
use crate::domain::{digest::Digest, place::Language};
use candle_core::{DType, Device, Tensor};
use serde::Deserialize;
use std::{collections::HashMap, fs, path::Path};

/// Texts on which the stored encoder is compared with the original, one a line.
pub const MEASURE_TEXTS: &str = include_str!("../../models/measure-texts.txt");

/// A stored encoder whose vectors agree less than this with the original's is not worth having.
pub const LEAST_COSINE: f64 = 0.99;

/// What the folder does not say.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The model's name.
    pub name: String,
    /// Languages it may score.
    pub languages: Vec<Language>,
    /// Licence of the weights (SPDX).
    pub licence: String,
    /// Longest window, special tokens included; the model's positions bound it.
    pub max_window: usize,
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
    /// The report.
    pub report: ImportReport,
}

/// The part of `config.json` that decides whether and how we can run the model.
#[derive(Debug, Deserialize)]
struct Config {
    model_type: String,
    hidden_act: String,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f64,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

/// The part of `1_Pooling/config.json`, which sentence encoders carry.
#[derive(Debug, Deserialize)]
struct PoolingConfig {
    pooling_mode_mean_tokens: bool,
}

/// Imports a folder.
///
/// # Errors
/// [`InferenceError::Read`] for a file that cannot be read, [`InferenceError::Unsupported`] for another architecture,
/// activation or pooling, or when eight bits lose too much, [`InferenceError::Missing`] naming absent tensors.
pub fn import(folder: &Path, options: ImportOptions) -> Result<Imported, InferenceError> {
    let shape = shape(folder)?;
    let tokenizer = read(&folder.join("tokenizer.json"))?;
    let weights_bytes = read(&folder.join("model.safetensors"))?;
    let weights = Digest::of(&weights_bytes);
    let mut found = candle_core::safetensors::load_buffer(&weights_bytes, &Device::Cpu)?;
    drop(weights_bytes);

    let header = Header {
        name: options.name,
        architecture: Architecture::Bert,
        pooling: Pooling::Mean,
        languages: options.languages,
        max_window: options.max_window.min(shape.max_positions),
        licence: options.licence,
        weights,
        tokenizer_bytes: 0,
        tensors: Vec::new(),
        shape,
    };
    let windows = Windows::new(&tokenizer, header.max_window)?;
    // Loading first names every absent tensor at once.
    let original = bert::tensors(&header.shape, |name| find(&found, name).map(values).transpose())?;
    let original = Bert::new(&header.shape, original)?;

    let mut tensors = Vec::new();
    for (name, _) in bert::tensor_table(&header.shape) {
        let tensor = find(&found, &name).ok_or_else(|| InferenceError::Missing(vec![name.clone()]))?;
        let tensor = values(tensor)?;
        let matrix = tensor.shape.len() == 2 && tensor.shape[1].is_multiple_of(BLOCK_VALUES);
        tensors.push((name, if matrix { Storage::Q8_0 } else { Storage::F32 }, tensor));
    }
    found.clear();
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
        let problem = format!("stored with eight bits a value it drifts too far (cosine {:.4})", report.least_cosine);
        return Err(InferenceError::Unsupported(problem));
    }
    Ok(Imported { bytes, report })
}

fn shape(folder: &Path) -> Result<Shape, InferenceError> {
    let unsupported = |problem: String| Err(InferenceError::Unsupported(problem));
    let config: Config = parse(&folder.join("config.json"))?;
    if config.model_type != "bert" {
        return unsupported(format!("it is of type {}, and only bert is known", config.model_type));
    }
    if config.hidden_act != "gelu" {
        return unsupported(format!("its activation is {}, and only gelu is known", config.hidden_act));
    }
    if let Some(other) = config.position_embedding_type.filter(|kind| kind != "absolute") {
        return unsupported(format!("its positions are {other}, and only absolute ones are known"));
    }
    let pooling = folder.join("1_Pooling").join("config.json");
    if pooling.exists() && !parse::<PoolingConfig>(&pooling)?.pooling_mode_mean_tokens {
        return unsupported("it does not pool by the mean of its tokens".to_owned());
    }
    Ok(Shape {
        hidden: config.hidden_size,
        layers: config.num_hidden_layers,
        attention_heads: config.num_attention_heads,
        intermediate: config.intermediate_size,
        vocabulary: config.vocab_size,
        max_positions: config.max_position_embeddings,
        token_types: config.type_vocab_size,
        layer_norm_epsilon: config.layer_norm_eps,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, InferenceError> {
    fs::read(path).map_err(|source| InferenceError::Read { path: path.to_owned(), source })
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, InferenceError> {
    serde_json::from_slice(&read(path)?).map_err(|e| {
        InferenceError::Unsupported(format!("{} says too little or other than expected: {e}", path.display()))
    })
}

/// Models saved with a task's head on top put `bert.` before the encoder's names.
fn find<'a>(tensors: &'a HashMap<String, Tensor>, name: &str) -> Option<&'a Tensor> {
    tensors.get(name).or_else(|| tensors.get(&format!("bert.{name}")))
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
        let languages = vec!["en".parse().unwrap()];
        let options = ImportOptions { name: "tiny".to_owned(), languages, licence: "MIT".to_owned(), max_window: 256 };
        import(folder.path(), options)
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
}
