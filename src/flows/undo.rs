//! A person takes back an answer inside its grace time: the judgement loses its place, the task is theirs again, the
//! decision never reaches the outside.
//!
//! Called by the console. History grows: nothing is removed. Later than the grace time, only a new decision corrects.

use super::{App, Error, claim::Claimed, steps::audit};
use crate::{
    domain::{
        JudgementId,
        decision::DecisionState,
        review::{RoundState, TaskKind},
        role::Scope,
    },
    review::undo::{CannotUndo, UndoView, may_undo},
    store::{judgements, releases, rounds, rounds::Lease},
};
use serde_json::json;

/// Undoes one's own answer, and gives its task back under a fresh lease.
pub async fn undo(app: &App, scope: &Scope, id: JudgementId) -> Result<Claimed, Error> {
    let user = scope.user.ok_or(Error::Forbidden("Only a signed-in person can undo."))?;
    let now = app.clock.now();
    let queues = releases::queues(&app.db).await?;
    app.db
        .write("undo", async |tx| {
            let given = judgements::get(tx, id).await?.filter(|j| j.user == user).ok_or(Error::NotFound)?;
            rounds::lock(tx, given.round).await?;
            let round = rounds::round(tx, given.round).await?.ok_or(Error::NotFound)?;
            let decision = match round.decision {
                Some(decision) => judgements::decision(tx, decision).await?,
                None => None,
            };
            let view = match &decision {
                Some(d) => UndoView { state: d.state, decided_by: d.user, effective_at: d.effective_at },
                None => UndoView {
                    state: if given.undone_at.is_some() { DecisionState::Undone } else { DecisionState::Pending },
                    decided_by: Some(given.user),
                    effective_at: given.created_at.plus(app.settings.grace_ms),
                },
            };
            may_undo(&view, user, now).map_err(refused)?;
            if let Some(decision) = &decision
                && !judgements::settle(tx, decision.id, DecisionState::Undone).await?
            {
                return Err(refused(CannotUndo::TooLate));
            }
            if !judgements::undo(tx, id, now).await? {
                return Err(refused(CannotUndo::AlreadyGone));
            }
            if round.state == RoundState::Resolved {
                rounds::reopen(tx, &round).await?;
            }
            // The adjudication that this answer asked for goes; the tasks that it made needless come back.
            if given.kind != TaskKind::Adjudication {
                rounds::cancel_kind(tx, round.id, TaskKind::Adjudication, now).await?;
            }
            rounds::reopen_cancelled(tx, round.id, given.created_at).await?;
            let lease_ms =
                queues.iter().find(|q| q.id == round.queue).map_or(crate::review::lease::LEASE_MS, |q| q.lease_ms);
            let lease = Lease { user, token: app.clock.new_uuid(), since: now, until: now.plus(lease_ms) };
            if !rounds::reopen_task(tx, given.task, &lease).await? {
                return Err(refused(CannotUndo::AlreadyGone));
            }
            let details = json!({"judgement": id, "decision": decision.as_ref().map(|d| d.id)});
            audit::record(app, tx, scope, "task.undone", given.task, details, now).await?;
            Ok(Claimed { task: given.task, token: lease.token, until: lease.until })
        })
        .await
}

fn refused(why: CannotUndo) -> Error {
    let code = match why {
        CannotUndo::NotYours => "not_yours",
        CannotUndo::TooLate => "too_late",
        CannotUndo::AlreadyGone => "already_undone",
    };
    Error::conflict(code, why.to_string())
}
