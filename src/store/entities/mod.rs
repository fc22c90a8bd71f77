//! One file a table. Enums are kept as their one spelling, documents as JSON text, times as milliseconds.
//!
//! Used inside `store` only; must never leak out of it.

pub mod ad;
pub mod advertiser;
pub mod api_key;
pub mod app_user;
pub mod asset;
pub mod audit;
pub mod blob;
pub mod certificate;
pub mod decision;
pub mod delivery;
pub mod destination;
pub mod draft;
pub mod dry_run;
pub mod embedding;
pub mod encoder;
pub mod event;
pub mod finding;
pub mod finding_answer;
pub mod generation;
pub mod iab_ad;
pub mod iab_document;
pub mod idempotency;
pub mod job;
pub mod judgement;
pub mod label;
pub mod model;
pub mod queue;
pub mod release;
pub mod request_note;
pub mod revision;
pub mod revision_asset;
pub mod round;
pub mod round_policy;
pub mod screening;
pub mod sealer;
pub mod session;
pub mod snapshot;
pub mod statement;
pub mod submitter;
pub mod task;
pub mod task_skip;
