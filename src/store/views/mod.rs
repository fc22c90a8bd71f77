//! Read views: one query or a few, filtered by scope in SQL, for pages and the API.
//!
//! Called by `web` (a GET calls one view). It must never write.

pub mod ads;
pub mod console;
pub mod events;
pub mod iab;
pub mod labels;
pub mod screenings;
