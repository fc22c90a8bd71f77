//! Parts that several flows share. They take a transaction and call no flow.

pub mod appeal;
pub mod audit;
pub mod beside;
pub mod breaker;
pub mod decide;
pub mod facts;
pub mod give_back;
pub mod go_live;
pub mod in_effect;
pub mod outcome;
pub mod pack;
pub mod reading;
pub mod revision;
pub mod scoring;
pub mod screen_job;
mod statement;
pub mod touch;
pub mod work;
