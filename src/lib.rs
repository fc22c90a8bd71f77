//! Adjudge: ads integrity review in one binary.
//!
//! The rooms, in the order an ad walks through them; imports point from the later to the earlier
//! (`tests/it/house.rs` holds that).
#![forbid(unsafe_code)]

pub mod domain;
pub mod platform;

pub mod inference;

pub mod intake;
pub mod learning;
pub mod notify;
pub mod review;
pub mod screening;

pub mod store;

pub mod flows;

pub mod jobs;
pub mod web;

pub mod cli;
