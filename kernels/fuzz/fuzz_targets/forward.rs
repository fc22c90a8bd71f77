//! `cargo +nightly fuzz run forward`: any bytes become networks and texts; see `body`.
#![no_main]

#[path = "../body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::forward(bytes));
