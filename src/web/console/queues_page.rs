//! The home page: queues, and the person's own last answers with their undo.
//!
//! Called by `queues`. It must never show another person's answers.

use super::{
    hooks_page::{Late, late},
    page::{self, Shell},
    releases_page::may,
    signals_page::{Trouble, trouble},
    task_page::heading,
    text::{self, Tone, When},
};
use crate::{
    domain::{AdId, JudgementId, Millis, QueueId, role::Permission},
    store::{
        breakers::SignalLine,
        deliveries::Unreceived,
        views::console::queues::{OwnJudgement, QueueRow},
    },
};
use askama::Template;

/// `templates/queues.html`.
#[derive(Debug, Template)]
#[template(path = "queues.html")]
pub struct QueuesPage {
    shell: Shell,
    csrf: String,
    may_judge: bool,
    may_see_signals: bool,
    troubles: Vec<Trouble>,
    late: Option<Late>,
    open_total: i64,
    queues: Vec<Row>,
    own: Vec<Own>,
}

#[derive(Debug)]
struct Row {
    number: usize,
    id: QueueId,
    title: String,
    waiting: i64,
    leased: i64,
    oldest: Option<When>,
    deadline: Option<When>,
    overdue: i64,
}

#[derive(Debug)]
struct Own {
    id: JudgementId,
    ad: AdId,
    title: String,
    outcome: &'static str,
    tone: &'static str,
    kind: &'static str,
    at: When,
    undo_until: Option<Millis>,
    undone: bool,
}

impl QueuesPage {
    /// Says which takedowns were not received.
    pub(crate) fn with_takedowns(mut self, unreceived: Unreceived) -> Self {
        self.late = late(unreceived);
        self
    }

    /// Builds the page.
    pub(crate) fn of(shell: Shell, queues: &[QueueRow], own: &[OwnJudgement], open: &[SignalLine]) -> Self {
        let now = shell.now;
        let person = shell.person.as_ref();
        let rows = queues.iter().enumerate().map(|(index, q)| Row {
            number: index + 1,
            id: q.id,
            title: q.title.clone(),
            waiting: (q.open - q.leased).max(0),
            leased: q.leased,
            oldest: q.oldest_at.map(When),
            deadline: q.next_deadline.map(When),
            overdue: q.overdue,
        });
        let own = own.iter().map(|j| Own {
            id: j.id,
            ad: j.ad,
            title: page::title(&j.headline, &j.external_id, 70),
            outcome: text::done(j.outcome),
            tone: j.outcome.tone(),
            kind: heading(j.kind),
            at: When(j.at),
            undo_until: j.undo_until.filter(|until| *until > now),
            undone: j.undone,
        });
        Self {
            csrf: person.map(|p| p.csrf.clone()).unwrap_or_default(),
            may_judge: person.is_some_and(|p| p.permissions.contains(&Permission::Judge)),
            may_see_signals: may(&shell, Permission::ReadModels),
            troubles: open.iter().map(trouble).collect(),
            late: None,
            open_total: queues.iter().map(|q| (q.open - q.leased).max(0)).sum(),
            queues: rows.collect(),
            own: own.collect(),
            shell,
        }
    }
}
