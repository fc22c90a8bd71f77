//! The command line: one file a subcommand.

pub mod demo_data;
pub mod model_import;
pub mod train;
mod vectors;
