//! What the console's pages read, one file a noun.
//!
//! Called by `web::console`. It must never write, and never return a row outside the caller's scope.

pub mod ad;
pub mod ads;
pub mod advertisers;
pub mod appeals;
pub mod assets;
pub mod certificates;
pub mod hooks;
pub mod list_hits;
pub mod models;
pub mod queues;
pub mod recent;
pub mod releases;
pub mod task;
pub mod usage;
