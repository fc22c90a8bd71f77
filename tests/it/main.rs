//! The suite: one binary, because linking one is quicker than linking many. Each module is one area of behaviour, seen
//! through the front door: HTTP, the console's pages, or the command line.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod breaker;
mod breaker_ends;
mod browser;
mod command_ends;
mod delivery;
mod docs;
mod durability;
mod encoders;
mod engine;
mod external;
mod first_start;
mod harness;
mod hostile;
mod house;
mod iab;
mod iab_ends;
mod iab_refusals;
mod inbound_ends;
mod learning;
mod migrations;
mod outbox;
mod policies;
mod release_ends;
mod releases;
mod reports;
mod review;
mod screening;
mod statements;
mod submission;
mod training;
mod workbench;
mod written;
