//! The console: pages for reviewers, their leads and policy editors.
//!
//! Mounted by the server under `/`. Handlers are three steps: extract, one call, render. They must never hold SQL.

pub mod ad_page;
pub mod ads_page;
mod facts;
mod finding_card;
#[cfg(test)]
mod fixture;
pub mod marked;
pub mod models_page;
pub mod page;
pub mod plot;
pub mod policies_page;
pub mod preview;
pub mod queues_page;
pub mod sign_in_page;
pub mod task_page;
pub mod text;
mod typed;
