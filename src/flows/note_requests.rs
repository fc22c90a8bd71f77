//! What was asked with each key lately: remembered while answering, kept a little later, many in one commit.
//!
//! Noted by the frame around every request, kept by a job beside the server. It must never slow a request down, nor hold
//! a body, a query or a header; what a killed process had not kept yet is lost.

use super::{App, Error};
use crate::{
    domain::{KeyId, Millis, key::RequestNote},
    store::{keys, request_notes, request_notes::KEPT},
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Mutex,
};

/// Requests that wait to be kept, by key. Bounded as what is kept is: the newest of each key.
#[derive(Debug, Default)]
pub struct Notes {
    waiting: Mutex<HashMap<KeyId, VecDeque<RequestNote>>>,
}

impl Notes {
    /// Remembers a request.
    pub fn add(&self, note: RequestNote) {
        let mut waiting = self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let of_key = waiting.entry(note.key).or_default();
        if of_key.len() >= KEPT {
            of_key.pop_front();
        }
        of_key.push_back(note);
    }

    fn take(&self) -> Vec<RequestNote> {
        let mut waiting = self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::take(&mut *waiting).into_values().flatten().collect()
    }
}

/// Keeps what waits, and when each key was used last; says how many requests that were. Those that cannot be kept wait
/// for the next try.
pub async fn note_requests(app: &App) -> Result<usize, Error> {
    let notes = app.notes.take();
    if notes.is_empty() {
        return Ok(0);
    }
    let mut last: BTreeMap<KeyId, Millis> = BTreeMap::new();
    for note in &notes {
        let at = last.entry(note.key).or_insert(note.at);
        *at = (*at).max(note.at);
    }
    let kept = app
        .db
        .write("note_requests", async |tx| {
            request_notes::add(tx, &notes).await?;
            keys::used(tx, &last).await.map_err(Error::from)
        })
        .await;
    let count = notes.len();
    if let Err(error) = kept {
        notes.into_iter().for_each(|note| app.notes.add(note));
        return Err(error);
    }
    Ok(count)
}
