//! The forward pass of post-norm BERT (Devlin et al. 2018) in f32 over candle tensors: token ids in, one unit vector out.
//!
//! The reference that `packed` is compared with, and what runs a shape that the kernels do not compute. Called with one
//! window of one text at a time, so that no vector depends on what else is being scored. It must never pad, and never mix
//! two texts in one tensor.

use super::{
    encoder_file::{Shape, Values},
    error::InferenceError,
};
use adjudge_kernels::Pooled;
use candle_core::{D, Device, Tensor};
use candle_nn::ops;
use std::collections::BTreeMap;

/// A loaded network.
#[derive(Debug)]
pub struct Bert {
    hidden: usize,
    attention_heads: usize,
    epsilon: f32,
    vocabulary: usize,
    max_positions: usize,
    /// (vocabulary, hidden).
    words: Tensor,
    /// (max_positions, hidden): position and first token type added once, at load.
    positions: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// Queries (scaled by 1 / sqrt of a head's width), keys and values in one product: (3 hidden, hidden).
    attention_input: Linear,
    attention_output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// `x` times the transposed weight plus the bias.
#[derive(Debug)]
struct Linear {
    weight: Tensor,
    bias: Tensor,
}

#[derive(Debug)]
struct Norm {
    scale: Tensor,
    shift: Tensor,
}

impl Linear {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

impl Norm {
    fn forward(&self, x: &Tensor, epsilon: f32) -> candle_core::Result<Tensor> {
        ops::layer_norm(x, &self.scale, &self.shift, epsilon)
    }
}

/// The names of all tensors a BERT of this shape has, with their dimensions. What the file holds is exactly these.
pub fn tensor_table(shape: &Shape) -> Vec<(String, Vec<usize>)> {
    let (hidden, intermediate) = (shape.hidden, shape.intermediate);
    let mut table = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![shape.vocabulary, hidden]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![shape.max_positions, hidden]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![shape.token_types, hidden]),
        ("embeddings.LayerNorm.weight".to_owned(), vec![hidden]),
        ("embeddings.LayerNorm.bias".to_owned(), vec![hidden]),
    ];
    for layer in 0..shape.layers {
        let linear = |name: &str, outputs: usize, inputs: usize| {
            [
                (format!("encoder.layer.{layer}.{name}.weight"), vec![outputs, inputs]),
                (format!("encoder.layer.{layer}.{name}.bias"), vec![outputs]),
            ]
        };
        let norm = |name: &str| {
            [
                (format!("encoder.layer.{layer}.{name}.weight"), vec![hidden]),
                (format!("encoder.layer.{layer}.{name}.bias"), vec![hidden]),
            ]
        };
        table.extend(linear("attention.self.query", hidden, hidden));
        table.extend(linear("attention.self.key", hidden, hidden));
        table.extend(linear("attention.self.value", hidden, hidden));
        table.extend(linear("attention.output.dense", hidden, hidden));
        table.extend(norm("attention.output.LayerNorm"));
        table.extend(linear("intermediate.dense", intermediate, hidden));
        table.extend(linear("output.dense", hidden, intermediate));
        table.extend(norm("output.LayerNorm"));
    }
    table
}

/// All tensors of a BERT of this shape; `source` answers by name with dimensions and values.
///
/// # Errors
/// [`InferenceError::Unsupported`] for a shape that makes no network, [`InferenceError::Missing`] naming every tensor that
/// is absent or of other dimensions, and whatever `source` returns.
pub fn tensors(
    shape: &Shape,
    mut source: impl FnMut(&str) -> Result<Option<Values>, InferenceError>,
) -> Result<BTreeMap<String, Values>, InferenceError> {
    check(shape)?;
    let mut tensors = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, dimensions) in tensor_table(shape) {
        match source(&name)? {
            Some(found) if found.shape == dimensions => {
                tensors.insert(name, found);
            }
            Some(found) => missing.push(format!("{name} as {dimensions:?} (it is {:?})", found.shape)),
            None => missing.push(name),
        }
    }
    if missing.is_empty() { Ok(tensors) } else { Err(InferenceError::Missing(missing)) }
}

impl Bert {
    /// Builds the network from what [`tensors`] gathered for the same shape.
    ///
    /// # Errors
    /// [`InferenceError::Missing`] when a tensor is not there.
    pub fn new(shape: &Shape, tensors: BTreeMap<String, Values>) -> Result<Self, InferenceError> {
        let tensor = |(name, Values { shape, values }): (String, Values)| {
            Ok::<_, InferenceError>((name, Tensor::from_vec(values, shape, &Device::Cpu)?))
        };
        let mut tensors = tensors.into_iter().map(tensor).collect::<Result<BTreeMap<_, _>, _>>()?;
        let mut take = |name: String| tensors.remove(&name).ok_or_else(|| InferenceError::Missing(vec![name]));
        let mut pair = |name: &str| -> Result<(Tensor, Tensor), InferenceError> {
            Ok((take(format!("{name}.weight"))?, take(format!("{name}.bias"))?))
        };

        let mut layers = Vec::with_capacity(shape.layers);
        for layer in 0..shape.layers {
            let mut linear = |name: &str| {
                pair(&format!("encoder.layer.{layer}.{name}")).map(|(weight, bias)| Linear { weight, bias })
            };
            let query = linear("attention.self.query")?;
            let key = linear("attention.self.key")?;
            let value = linear("attention.self.value")?;
            let attention_output = linear("attention.output.dense")?;
            let up = linear("intermediate.dense")?;
            let down = linear("output.dense")?;
            let mut norm =
                |name: &str| pair(&format!("encoder.layer.{layer}.{name}")).map(|(scale, shift)| Norm { scale, shift });
            let scale = 1.0 / ((shape.hidden / shape.attention_heads) as f64).sqrt();
            let attention_input = Linear {
                weight: Tensor::cat(&[&query.weight.affine(scale, 0.0)?, &key.weight, &value.weight], 0)?,
                bias: Tensor::cat(&[&query.bias.affine(scale, 0.0)?, &key.bias, &value.bias], 0)?,
            };
            layers.push(Layer {
                attention_input,
                attention_output,
                attention_norm: norm("attention.output.LayerNorm")?,
                up,
                down,
                output_norm: norm("output.LayerNorm")?,
            });
        }
        let (scale, shift) = pair("embeddings.LayerNorm")?;
        let mut table = |name: &str| take(format!("embeddings.{name}.weight"));
        let first_type = table("token_type_embeddings")?.narrow(0, 0, 1)?;
        Ok(Self {
            hidden: shape.hidden,
            attention_heads: shape.attention_heads,
            epsilon: shape.layer_norm_epsilon as f32,
            vocabulary: shape.vocabulary,
            max_positions: shape.max_positions,
            words: table("word_embeddings")?,
            positions: table("position_embeddings")?.broadcast_add(&first_type)?,
            norm: Norm { scale, shift },
            layers,
        })
    }

    /// One window's token ids, special tokens included, to a vector of length 1.
    ///
    /// # Errors
    /// [`InferenceError::Unsupported`] when there are no ids, too many, or ids beyond the vocabulary (a tokenizer of
    /// another model); [`InferenceError::Compute`] when the vector comes out as no number.
    pub fn embed(&self, ids: &[u32]) -> Result<Vec<f32>, InferenceError> {
        self.check(ids)?;
        Ok(unit(self.states(ids)?)?.vector)
    }

    /// As [`super::packed::Packed::states`].
    ///
    /// # Errors
    /// As [`Bert::embed`].
    pub fn token_states(&self, ids: &[u32]) -> Result<(Vec<f32>, Pooled), InferenceError> {
        self.check(ids)?;
        let states = self.states(ids)?;
        Ok((states.flatten_all()?.to_vec1()?, unit(states)?))
    }

    /// Whether the network can read the ids.
    fn check(&self, ids: &[u32]) -> Result<(), InferenceError> {
        if ids.is_empty() || ids.len() > self.max_positions || ids.iter().any(|&id| id as usize >= self.vocabulary) {
            return Err(InferenceError::foreign_tokenizer());
        }
        Ok(())
    }

    /// The last layer's hidden states: (tokens) to (tokens, hidden). The ids must be checked.
    fn states(&self, ids: &[u32]) -> candle_core::Result<Tensor> {
        let tokens = ids.len();
        let ids = Tensor::from_slice(ids, tokens, &Device::Cpu)?;
        let embedded = (self.words.index_select(&ids, 0)? + self.positions.narrow(0, 0, tokens)?)?;
        let mut x = self.norm.forward(&embedded, self.epsilon)?;
        for layer in &self.layers {
            let attended = layer.attention_output.forward(&self.attend(layer, &x)?)?;
            x = layer.attention_norm.forward(&(x + attended)?, self.epsilon)?;
            let fed = layer.down.forward(&layer.up.forward(&x)?.gelu_erf()?)?;
            x = layer.output_norm.forward(&(x + fed)?, self.epsilon)?;
        }
        Ok(x)
    }

    /// Self-attention without its output product: (tokens, hidden) to (tokens, hidden).
    fn attend(&self, layer: &Layer, x: &Tensor) -> candle_core::Result<Tensor> {
        let tokens = x.dim(0)?;
        let width = self.hidden / self.attention_heads;
        let mixed = layer.attention_input.forward(x)?.reshape((tokens, 3, self.attention_heads, width))?;
        // Views (attention heads, tokens, width); the products take them strided, so nothing is copied.
        let part = |index: usize| mixed.narrow(1, index, 1)?.squeeze(1)?.transpose(0, 1);
        let (query, key, value) = (part(0)?, part(1)?, part(2)?);
        let weights = ops::softmax_last_dim(&query.matmul(&key.transpose(D::Minus1, D::Minus2)?)?)?;
        weights.matmul(&value)?.transpose(0, 1)?.reshape((tokens, self.hidden))
    }
}

/// The mean over the tokens, scaled to length 1.
fn unit(states: Tensor) -> Result<Pooled, InferenceError> {
    let mean = states.mean(0)?.to_vec1::<f32>()?;
    let length = mean.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
    if !length.is_normal() {
        return Err(InferenceError::Arithmetic("a vector has no length"));
    }
    Ok(Pooled { vector: mean.into_iter().map(|v| (f64::from(v) / length) as f32).collect(), length })
}

/// Whether a shape makes a network that fits a machine.
pub(super) fn check(shape: &Shape) -> Result<(), InferenceError> {
    let sizes = [
        shape.hidden,
        shape.layers,
        shape.attention_heads,
        shape.intermediate,
        shape.vocabulary,
        shape.max_positions,
        shape.token_types,
    ];
    // The upper bound keeps products of two sizes far from overflow; no such network has a side of sixteen million.
    let sane = sizes.iter().all(|&size| (1..1 << 24).contains(&size))
        && shape.layers <= 1000
        && shape.hidden.is_multiple_of(shape.attention_heads)
        && shape.layer_norm_epsilon.is_finite()
        && shape.layer_norm_epsilon >= 0.0;
    if sane { Ok(()) } else { Err(InferenceError::Unsupported(format!("its shape makes no network: {shape:?}"))) }
}
