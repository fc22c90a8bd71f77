//! What an import reads besides weights: a folder's configuration, and what is known of models by their shape.
//!
//! Called by `import`. It must never read more of a file than its bound.

use super::{encoder_file::Shape, error::InferenceError};
use serde::Deserialize;
use std::{fs::File, io::Read, path::Path};

/// Longest configuration, bytes.
const MAX_CONFIG: u64 = 1 << 20;

/// What a model's makers say of it, which neither its configuration nor its weights do.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) licence: &'static str,
    /// What it was trained to read before every text that is compared with others of its kind.
    pub(super) prefix: &'static str,
    /// Languages of its training (ISO 639-1), as its card and that of XLM-R list them.
    pub(super) languages: &'static str,
}

const MULTILINGUAL_E5_SMALL: Known = Known {
    name: "intfloat/multilingual-e5-small",
    licence: "MIT",
    prefix: "query: ",
    languages: "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy \
                id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my nb ne nl nn no om or pa pl ps pt ro \
                ru sa sd si sk sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh",
};

/// What is known of a model of this shape. Only one has twelve narrow layers under the vocabulary of XLM-R.
pub(super) fn known(shape: &Shape) -> Option<&'static Known> {
    let is_e5 = (shape.vocabulary, shape.hidden, shape.layers) == (250_037, 384, 12);
    is_e5.then_some(&MULTILINGUAL_E5_SMALL)
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

/// The shape that a folder's configuration tells.
///
/// # Errors
/// [`InferenceError::Unsupported`] for another architecture, activation, kind of positions or pooling.
pub(super) fn shape_of_folder(folder: &Path) -> Result<Shape, InferenceError> {
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

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`InferenceError::Read`] when it cannot be read or is longer.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, InferenceError> {
    let failed = |source| InferenceError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        let problem = format!("it is longer than {limit} bytes");
        return Err(failed(std::io::Error::new(std::io::ErrorKind::FileTooLarge, problem)));
    }
    Ok(bytes)
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, InferenceError> {
    serde_json::from_slice(&read(path, MAX_CONFIG)?).map_err(|e| {
        InferenceError::Unsupported(format!("{} says too little or other than expected: {e}", path.display()))
    })
}
