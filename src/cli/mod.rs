//! The command line: one file a subcommand.

pub mod demo_data;
