//! The network over the kernels: token ids of many windows in, states or unit vectors out.
//!
//! Called by `encoder`. Windows are packed without padding, some hundred tokens at a time; a vector depends on its own
//! window alone. It must never split a window's sums, which the kernels see to.

use super::{
    encoder_file::{Shape, Values},
    error::InferenceError,
};
use adjudge_kernels::{self as kernels, Kernel, Misfit, Network, Pooled, Session};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// Tokens that go through the network together: enough that reading the weights costs little, few enough that what the
/// layers hand on stays near the processor.
pub const CHUNK_TOKENS: usize = 256;

/// Tokens that are worth a thread.
const SHARE: usize = 4;

/// Part of somebody's work, for another thread. It may come late or never.
pub type Help = Box<dyn FnOnce() + Send>;

/// Threads that may work on one chunk.
pub struct Crew<'a> {
    /// How many, the calling one included.
    pub threads: usize,
    /// Hands help to another thread; must not wait for it.
    pub recruit: &'a dyn Fn(Help),
}

impl Crew<'_> {
    /// The calling thread alone.
    pub fn alone() -> Self {
        Crew { threads: 1, recruit: &drop::<Help> }
    }
}

/// A loaded network.
#[derive(Debug)]
pub struct Packed(Arc<Network>);

/// Whether the kernels compute networks of this shape; others run on candle.
pub fn computes(shape: &Shape) -> bool {
    let width = shape.hidden / shape.attention_heads.max(1);
    [shape.hidden, width, shape.intermediate].iter().all(|size| size.is_multiple_of(16))
}

impl From<Misfit> for InferenceError {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Ids => Self::foreign_tokenizer(),
            Misfit::Shape | Misfit::Tensor => Self::Unsupported(misfit.to_string()),
        }
    }
}

impl Packed {
    /// Packs what [`super::bert::tensors`] gathered for the same shape; `samples` as for [`Network::new`].
    ///
    /// # Errors
    /// [`InferenceError::Missing`] when a tensor is not there, [`InferenceError::Unsupported`] for a shape that the kernels
    /// do not compute.
    pub fn new(
        shape: &Shape,
        tensors: BTreeMap<String, Values>,
        kernel: Kernel,
        samples: &[Vec<u32>],
    ) -> Result<Self, InferenceError> {
        let mut tensors = Tensors(tensors);
        let mut positions = tensors.take("embeddings.position_embeddings.weight")?;
        let types = tensors.take("embeddings.token_type_embeddings.weight")?;
        for row in positions.chunks_exact_mut(shape.hidden) {
            // The first type is everybody's.
            row.iter_mut().zip(&types).for_each(|(position, first)| *position += first);
        }
        let weights = kernels::Weights {
            words: tensors.take("embeddings.word_embeddings.weight")?,
            positions,
            norm: tensors.norm("embeddings.LayerNorm")?,
            layers: (0..shape.layers).map(|layer| tensors.layer(layer)).collect::<Result<_, _>>()?,
        };
        let shape = kernels::Shape {
            hidden: shape.hidden,
            heads: shape.attention_heads,
            intermediate: shape.intermediate,
            vocabulary: shape.vocabulary,
            positions: shape.max_positions,
            epsilon: shape.layer_norm_epsilon as f32,
        };
        Ok(Self(Arc::new(Network::new(shape, weights, kernel, samples)?)))
    }

    /// The kernel that the weights are packed for.
    pub fn kernel(&self) -> Kernel {
        self.0.kernel()
    }

    /// Each window's unit vector.
    ///
    /// # Errors
    /// [`InferenceError::Unsupported`] for ids of another network, [`InferenceError::Arithmetic`] when a vector comes out
    /// as no number.
    pub fn vectors(&self, windows: &[Vec<u32>], crew: &Crew) -> Result<Vec<Vec<f32>>, InferenceError> {
        let mut vectors = Vec::with_capacity(windows.len());
        for chunk in chunks(windows.iter().map(Vec::len)) {
            let session = self.run(&windows[chunk], crew)?;
            for pooled in session.vectors().ok_or(STOPPED)? {
                vectors.push(checked(pooled)?.vector);
            }
        }
        Ok(vectors)
    }

    /// One window's states (a row of `hidden` a token), its unit vector, and the length of the mean it was scaled from.
    ///
    /// # Errors
    /// As [`Packed::vectors`].
    pub fn states(&self, ids: &[u32]) -> Result<(Vec<f32>, Pooled), InferenceError> {
        let session = self.run(&[ids.to_vec()], &Crew::alone())?;
        let states = session.states().and_then(|states| states.first().map(|rows| rows.to_vec())).ok_or(STOPPED)?;
        let pooled = session.vectors().and_then(|mut vectors| vectors.pop()).ok_or(STOPPED)?;
        Ok((states, checked(pooled)?))
    }

    fn run(&self, windows: &[Vec<u32>], crew: &Crew) -> Result<Arc<Session>, InferenceError> {
        let tokens: usize = windows.iter().map(Vec::len).sum();
        let threads = crew.threads.min(tokens / SHARE).max(1);
        let session = Arc::new(Session::new(&self.0, windows.to_vec(), threads)?);
        for _ in 1..threads {
            let session = Arc::clone(&session);
            (crew.recruit)(Box::new(move || session.work()));
        }
        session.work();
        Ok(session)
    }
}

const STOPPED: InferenceError = InferenceError::Arithmetic("a thread stopped half way");

fn checked(pooled: Pooled) -> Result<Pooled, InferenceError> {
    if pooled.length.is_normal() { Ok(pooled) } else { Err(InferenceError::Arithmetic("a vector has no length")) }
}

/// Neighbours that together have at most [`CHUNK_TOKENS`], or one that alone has more.
fn chunks(lengths: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut tokens = 0;
    for (index, length) in lengths.enumerate() {
        match chunks.last_mut() {
            Some(chunk) if tokens + length <= CHUNK_TOKENS => chunk.end += 1,
            _ => {
                chunks.push(index..index + 1);
                tokens = 0;
            }
        }
        tokens += length;
    }
    chunks
}

/// Tensors by name, each taken once.
struct Tensors(BTreeMap<String, Values>);

impl Tensors {
    fn take(&mut self, name: &str) -> Result<Vec<f32>, InferenceError> {
        let found = self.0.remove(name).ok_or_else(|| InferenceError::Missing(vec![name.to_owned()]))?;
        Ok(found.values)
    }

    fn linear(&mut self, name: &str) -> Result<kernels::Linear, InferenceError> {
        let (weight, bias) = (self.take(&format!("{name}.weight"))?, self.take(&format!("{name}.bias"))?);
        Ok(kernels::Linear { weight, bias })
    }

    fn norm(&mut self, name: &str) -> Result<kernels::Norm, InferenceError> {
        let (scale, shift) = (self.take(&format!("{name}.weight"))?, self.take(&format!("{name}.bias"))?);
        Ok(kernels::Norm { scale, shift })
    }

    fn layer(&mut self, layer: usize) -> Result<kernels::Layer, InferenceError> {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        Ok(kernels::Layer {
            query: self.linear(&name("attention.self.query"))?,
            key: self.linear(&name("attention.self.key"))?,
            value: self.linear(&name("attention.self.value"))?,
            attention_output: self.linear(&name("attention.output.dense"))?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"))?,
            up: self.linear(&name("intermediate.dense"))?,
            down: self.linear(&name("output.dense"))?,
            output_norm: self.norm(&name("output.LayerNorm"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_all_windows_in_order_and_few_tokens() {
        assert!(chunks([].into_iter()).is_empty());
        assert_eq!(chunks([100, 100, 100, 56, 300, 1, 255, 1].into_iter()), [0..2, 2..4, 4..5, 5..7, 7..8]);
    }
}
