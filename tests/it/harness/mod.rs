//! What the suite stands on: databases, the server in this process and as a process of its own, ads, people and a
//! browser. Tests read like the actions of the three groups; this is where the actions are.
//!
//! It must never look into the library where a front door exists.

pub(crate) mod database;
