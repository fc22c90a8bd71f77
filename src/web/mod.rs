//! HTTP: the API, the console, and the table that turns errors into answers.

pub mod api;
pub mod assets;
pub mod auth;
mod client;
pub mod console;
pub mod error;
pub mod frame;
pub mod iab;
mod idempotent;
mod pages;
pub(crate) mod quotas;
pub mod request_id;
mod security;
pub mod server;
pub mod session;

pub use server::server;

/// Longest time that a request's body may take to arrive.
const BODY_PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
