//! Deliveries are sent, many at once: a receiver that is slow holds up its own and no other's.
//!
//! One loop a lane, so that takedowns never wait for anything else. What ended is recorded together, in one commit. It
//! must never wait for one receiver while another is due.

use crate::{
    domain::{id::WebhookId, webhook::Lane},
    flows::{
        App,
        hooks::send::{self, Attempted},
    },
};
use std::{collections::BTreeMap, collections::HashMap, time::Duration};
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// Requests of one lane that a process has open at once.
const MOST: usize = 128;

/// How often it looks for what is due.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a process that stops waits for answers. Later ones are lost, and their deliveries are sent again.
const LAST: Duration = Duration::from_secs(3);

/// Starts a lane's loop on the current thread's local set.
pub(super) fn start(app: &App, stop: &CancellationToken, lane: Lane) -> JoinHandle<()> {
    let (app, stop) = (app.clone(), stop.clone());
    tokio::task::spawn_local(async move {
        let mut sending = Sending { app, lane, running: JoinSet::new(), to: HashMap::new(), ended: vec![], turn: 0 };
        while !stop.is_cancelled() {
            let pause = sending.round().await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                () = sending.app.wake.notified(), if pause == PAUSE => {}
                Some(one) = sending.running.join_next_with_id() => sending.take(one),
            }
        }
        sending.finish().await;
    })
}

struct Sending {
    app: App,
    lane: Lane,
    running: JoinSet<Attempted>,
    /// Where each running request goes.
    to: HashMap<Id, WebhookId>,
    /// Attempts that ended and are not recorded yet.
    ended: Vec<Attempted>,
    turn: usize,
}

impl Sending {
    /// Records what ended and sends what is due; says how long to wait for more.
    async fn round(&mut self) -> Duration {
        while let Some(one) = self.running.try_join_next_with_id() {
            self.take(one);
        }
        if !self.record().await {
            return Duration::from_secs(1);
        }
        let room = MOST.saturating_sub(self.running.len());
        if room == 0 {
            return PAUSE;
        }
        let mut busy: BTreeMap<WebhookId, usize> = BTreeMap::new();
        for webhook in self.to.values() {
            *busy.entry(*webhook).or_default() += 1;
        }
        self.turn = self.turn.wrapping_add(1);
        match send::claim(&self.app, self.lane, &busy, room, self.turn).await {
            Ok(claimed) => {
                for work in claimed {
                    let (app, webhook) = (self.app.clone(), work.delivery.webhook);
                    let handle = self.running.spawn_local(async move { send::attempt(&app, work).await });
                    self.to.insert(handle.id(), webhook);
                }
                PAUSE
            }
            Err(error) => {
                tracing::error!(%error, lane = %self.lane, "deliveries could not be claimed");
                Duration::from_secs(1)
            }
        }
    }

    fn take(&mut self, one: Result<(Id, Attempted), JoinError>) {
        match one {
            Ok((id, attempted)) => {
                self.to.remove(&id);
                self.ended.push(attempted);
            }
            // Its lease lapses, and it is sent again.
            Err(error) => {
                self.to.remove(&error.id());
                tracing::error!(%error, "sending a delivery failed");
            }
        }
    }

    /// Records what ended; what could not be is kept for the next round.
    async fn record(&mut self) -> bool {
        if self.ended.is_empty() {
            return true;
        }
        match send::record(&self.app, &self.ended).await {
            Ok(()) => {
                self.ended.clear();
                true
            }
            Err(error) => {
                tracing::error!(%error, lane = %self.lane, "attempts could not be recorded");
                false
            }
        }
    }

    /// Gives what runs a moment to end.
    async fn finish(mut self) {
        let answers = async {
            while let Some(one) = self.running.join_next_with_id().await {
                self.take(one);
            }
        };
        // Whether all came or not: what came is recorded.
        let _ = tokio::time::timeout(LAST, answers).await;
        self.record().await;
    }
}
