//! The numeric kernels of the text encoders: everything between token ids and hidden states, and all unsafe code of
//! Adjudge.
//!
//! Called by `inference` only. A [`Network`] holds weights packed once for a [`Kernel`], the pair of instruction set and
//! precision; a [`Session`] runs a few texts through it on any number of threads. Rules that every function here keeps:
//!
//! - A row (a token) is computed alone: its bits depend on its text and the kernel, never on other texts, on how many rows
//!   are packed together, on threads or on order. Sums over a row's inputs run in one fixed order; work is split by rows
//!   or by outputs, never within a sum.
//! - Elementwise functions and reductions are written once, over sixteen virtual lanes (`lanes::Lanes`); AVX-512,
//!   AVX2 with FMA, and NEON do the same operations in the same order, so they agree to the bit.
//! - Public functions are safe: they check shapes and ids, and a [`Kernel`] exists only where the processor has it.
//!
//! It must never read files, know a tokenizer, or start threads.

#![warn(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, missing_docs)]

// The body of the fuzz target names the crate from outside.
#[cfg(test)]
extern crate self as adjudge_kernels;

mod attention;
#[cfg(target_arch = "x86_64")]
mod bf16;
pub mod blocks;
mod buffer;
mod capabilities;
#[cfg(target_arch = "x86_64")]
mod int8;
mod lanes;
mod linear;
mod math;
mod narrow;
mod network;
mod norm;
mod ops;
#[cfg(test)]
mod reference;
mod session;
#[cfg(test)]
mod tests;
mod tile;
mod weights;

pub use capabilities::{Capabilities, Isa, Kernel, Precision, Unsupported};
pub use network::Network;
pub use session::{Pooled, Session};
pub use weights::{Layer, Linear, Misfit, Norm, Shape, Weights};
