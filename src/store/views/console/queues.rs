//! Queues with their depth, and a person's own last answers.
//!
//! Called by the home page and, for the undo bar, by every page. It must never show another person's answers.

use crate::domain::{
    AdId, JudgementId, Millis, QueueId, TaskId,
    review::{JudgementOutcome, TaskKind},
};

/// One queue as the home page shows it.
#[derive(Debug, Clone)]
pub struct QueueRow {
    /// Its id.
    pub id: QueueId,
    /// Its name for people.
    pub title: String,
    /// Open tasks, leased ones included.
    pub open: i64,
    /// Tasks that somebody works on now.
    pub leased: i64,
    /// When the oldest open task was made.
    pub oldest_at: Option<Millis>,
    /// The earliest deadline of an open task.
    pub next_deadline: Option<Millis>,
    /// Open tasks past their deadline.
    pub overdue: i64,
}

/// One of the person's own answers.
#[derive(Debug, Clone)]
pub struct OwnJudgement {
    /// Its id.
    pub id: JudgementId,
    /// The task answered.
    pub task: TaskId,
    /// What kind of task it was.
    pub kind: TaskKind,
    /// The ad it was about.
    pub ad: AdId,
    /// The submitter's id for the ad.
    pub external_id: String,
    /// The ad's headline, for recognition.
    pub headline: String,
    /// What was asked for.
    pub outcome: JudgementOutcome,
    /// When.
    pub at: Millis,
    /// Until when it can be undone without an outside trace; `None` once it cannot, or was.
    pub undo_until: Option<Millis>,
    /// Whether it was taken back.
    pub undone: bool,
}
