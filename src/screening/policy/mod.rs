//! Policies: the rule language, releases that conclude by it, and the packs they are written in.
//!
//! ```text
//! source -> parse (cel crate) -> check (types, names) -> tree -> eval (Kleene) -> findings -> verdict
//! ```
//! Called by flows (screening, replay, publishing), by the command line and by pages. It must never let a rule run that
//! was not checked.

pub mod bulk;
pub mod case_model;
pub mod cases;
pub mod check;
pub mod compile;
#[cfg(test)]
mod compile_tests;
pub mod diff;
pub mod environment;
pub mod eval;
pub mod explain;
pub mod functions;
mod index;
pub mod pack;
mod parse;
pub mod problem;
pub mod reference;
mod rests;
pub mod schema;
mod sift;
pub mod starters;
#[cfg(test)]
mod testing;
pub mod tree;
pub mod types;
pub mod uses;

pub use compile::CompiledRelease;
pub use explain::Explained;
pub use pack::{Pack, PackFiles};
pub use parse::LONGEST_SOURCE;
pub use problem::Problem;
