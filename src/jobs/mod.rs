//! The runner of background work, and one file a job.
