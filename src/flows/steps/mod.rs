//! Parts that several flows share. They take a transaction and call no flow.

pub mod audit;
pub mod outcome;
pub mod revision;
pub mod screen_job;
pub mod work;
