//! What a network is made from: its shape and its tensors as plain numbers, row by row.
//!
//! Filled by `inference` from an encoder file, taken apart by `network`. Nothing here computes.

use crate::lanes::LANES;

/// A network's shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Width of a token's vector.
    pub hidden: usize,
    /// Attention heads a layer.
    pub heads: usize,
    /// Width of the feed-forward part.
    pub intermediate: usize,
    /// Number of token ids.
    pub vocabulary: usize,
    /// Longest sequence.
    pub positions: usize,
    /// Added to the variance in layer norms.
    pub epsilon: f32,
}

/// `x W^T + b`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Linear {
    /// outputs x inputs.
    pub weight: Vec<f32>,
    /// outputs.
    pub bias: Vec<f32>,
}

/// Scale and shift of a layer norm.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Norm {
    /// One factor a column.
    pub scale: Vec<f32>,
    /// One summand a column.
    pub shift: Vec<f32>,
}

/// One layer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    /// Queries, not yet scaled.
    pub query: Linear,
    /// Keys.
    pub key: Linear,
    /// Values.
    pub value: Linear,
    /// Attention's output product.
    pub attention_output: Linear,
    /// Norm after attention.
    pub attention_norm: Norm,
    /// hidden to intermediate.
    pub up: Linear,
    /// intermediate to hidden.
    pub down: Linear,
    /// Norm after the feed-forward part.
    pub output_norm: Norm,
}

/// All tensors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    /// vocabulary x hidden.
    pub words: Vec<f32>,
    /// positions x hidden, with the first token type added.
    pub positions: Vec<f32>,
    /// Norm of the embeddings.
    pub norm: Norm,
    /// The layers.
    pub layers: Vec<Layer>,
}

/// Why a network cannot be made, or ids cannot be run through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The kernels work on whole vectors of sixteen.
    #[error("hidden size, width of a head and intermediate size must be multiples of {LANES}")]
    Shape,
    /// A tensor is not as long as the shape says.
    #[error("a tensor does not have the size that the shape says")]
    Tensor,
    /// A text without ids, longer than the positions, or with ids beyond the vocabulary.
    #[error("the ids do not fit the network")]
    Ids,
}

impl Shape {
    /// Width of an attention head.
    pub fn head_width(&self) -> usize {
        self.hidden / self.heads
    }

    pub(crate) fn check(&self) -> Result<(), Misfit> {
        let whole = |n: usize| n > 0 && n.is_multiple_of(LANES);
        let heads = self.heads > 0 && self.hidden.is_multiple_of(self.heads) && whole(self.head_width());
        // Far below any overflow of a product of two sizes.
        let sane = [self.hidden, self.intermediate, self.vocabulary, self.positions].iter().all(|&n| n < 1 << 24);
        if whole(self.hidden) && whole(self.intermediate) && heads && sane { Ok(()) } else { Err(Misfit::Shape) }
    }
}

impl Linear {
    pub(crate) fn check(&self, outputs: usize, inputs: usize) -> Result<(), Misfit> {
        let fits = self.weight.len() == outputs * inputs && self.bias.len() == outputs;
        if fits { Ok(()) } else { Err(Misfit::Tensor) }
    }
}

impl Norm {
    pub(crate) fn check(&self, width: usize) -> Result<(), Misfit> {
        if self.scale.len() == width && self.shift.len() == width { Ok(()) } else { Err(Misfit::Tensor) }
    }
}

impl Weights {
    pub(crate) fn check(&self, shape: &Shape) -> Result<(), Misfit> {
        let (hidden, intermediate) = (shape.hidden, shape.intermediate);
        if self.words.len() != shape.vocabulary * hidden || self.positions.len() != shape.positions * hidden {
            return Err(Misfit::Tensor);
        }
        self.norm.check(hidden)?;
        for layer in &self.layers {
            for linear in [&layer.query, &layer.key, &layer.value, &layer.attention_output] {
                linear.check(hidden, hidden)?;
            }
            layer.up.check(intermediate, hidden)?;
            layer.down.check(hidden, intermediate)?;
            layer.attention_norm.check(hidden)?;
            layer.output_norm.check(hidden)?;
        }
        Ok(())
    }
}
