//! `POST /v1/ads/batch`: ads as lines of NDJSON in, one result line for each out, in order, while the input still comes.
//!
//! Reading and answering run side by side: results are kept, up to a bound, for a client that reads only after it has
//! sent everything; beyond the bound reading stops until the client reads. It must never refuse the whole batch for one
//! line, and never answer a line twice.

use super::body;
use crate::{
    domain::{decision::Outcome, role::Scope},
    flows::{self, App, submit::Change},
    intake::{self, Refusal, lines::Line, lines::Lines},
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{StreamExt as _, future::join_all, stream};
use serde::Serialize;
use std::{collections::HashSet, iter::Peekable, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use utoipa::ToSchema;

/// Lines that are worked on at once.
const GROUP: usize = 8;

/// Bytes of results that wait for the client.
const WAITING: usize = 8 * 1024 * 1024;

/// Bytes from which a line is worked on alone.
const LONG: usize = 32 * 1024;

/// How often a line that found the system busy is tried again before its result says so.
const TRIES: u32 = 5;

/// The result of one line of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResult {
    /// The line's number, from 1; blank lines count and have no result.
    line: u64,
    /// 202 for a new ad or revision, 200 for unchanged content, else the status of the problem.
    #[schema(example = 202)]
    status: u16,
    /// The line's external id, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    external_id: Option<String>,
    /// The ad's state, when the line was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    outcome: Option<Outcome>,
    /// What is wrong with the line, when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<ProblemDocument>,
}

/// Submit many ads
///
/// Each line is an ad as in `POST /v1/ads`, at most 10 MiB long; the whole may be as long as you like. Each line is
/// answered by one line, in order, while you still send. A bad line is refused alone. Repeating a batch is safe: lines
/// with unchanged content change nothing.
#[utoipa::path(
    post, path = "/v1/ads/batch", tag = "Ads", security(("key" = [])),
    request_body(content = intake::wire::AdInput, content_type = "application/x-ndjson", description = "One ad a line."),
    responses(
        (status = 200, description = "One result a line.", body = BatchResult, content_type = "application/x-ndjson"),
        (status = 415, description = "The body is not NDJSON.", body = ProblemDocument),
        (status = 503, description = "Too busy to begin; come back later.", body = ProblemDocument),
    )
)]
pub(crate) async fn submit_batch(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    body::expect(&request, body::NDJSON)?;
    let (sender, receiver) = mpsc::unbounded_channel();
    let out = Results { sender, room: Arc::new(Semaphore::new(WAITING)) };
    actix_web::rt::spawn(work(app, caller.scope, payload, out));
    // The permit of a result goes back when the connection takes the result over.
    let results = stream::unfold(receiver, |mut receiver| async {
        let (bytes, permit) = receiver.recv().await?;
        drop::<OwnedSemaphorePermit>(permit);
        Some((Ok::<_, ApiError>(bytes), receiver))
    });
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").streaming(results))
}

/// Where results go. Bounded by bytes, not by lines: a refusal can be long.
struct Results {
    sender: mpsc::UnboundedSender<(Bytes, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
}

impl Results {
    /// Hands over a group's results; `None` when the client is gone.
    async fn send(&self, results: &[BatchResult]) -> Option<()> {
        let mut bytes = BytesMut::new().writer();
        for result in results {
            serde_json::to_writer(&mut bytes, result).ok()?;
            bytes.get_mut().put_u8(b'\n');
        }
        let bytes = bytes.into_inner().freeze();
        let wanted = u32::try_from(bytes.len().min(WAITING)).ok()?;
        let permit = Arc::clone(&self.room).acquire_many_owned(wanted).await.ok()?;
        self.sender.send((bytes, permit)).ok()
    }
}

/// Reads lines and submits them until the input or the client ends.
async fn work(app: web::Data<App>, scope: Scope, mut payload: web::Payload, out: Results) {
    let mut lines = Lines::new(intake::AD_BYTES);
    while let Some(chunk) = payload.next().await {
        // A connection that breaks inside a line leaves that line unread; the ones before are accepted and stay so.
        let Ok(chunk) = chunk else { return };
        if submit_all(&app, &scope, lines.push(chunk), &out).await.is_none() {
            return;
        }
    }
    let _ = submit_all(&app, &scope, lines.finish().into_iter().collect(), &out).await;
}

/// Submits the lines in groups and sends their results in order.
async fn submit_all(app: &App, scope: &Scope, lines: Vec<Line>, out: &Results) -> Option<()> {
    let mut waiting = lines.into_iter().peekable();
    while waiting.peek().is_some() {
        let group = next_group(&mut waiting);
        out.send(&join_all(group.into_iter().map(|line| one_line(app, scope, line))).await).await?;
    }
    Some(())
}

/// The next lines that may be worked on at once. Lines about one ad keep their order: the second waits for the next
/// group. A long line, which may hold images, is a group of its own.
fn next_group(waiting: &mut Peekable<impl Iterator<Item = Line>>) -> Vec<Line> {
    let mut group = vec![];
    let mut names = HashSet::new();
    while group.len() < GROUP {
        let Some(line) = waiting.peek() else { break };
        let long = line.bytes.as_ref().is_some_and(|bytes| bytes.len() > LONG);
        let name = line.bytes.as_ref().filter(|_| !long).and_then(|bytes| intake::external_id_of(bytes));
        if (long && !group.is_empty()) || name.is_some_and(|name| !names.insert(name)) {
            break;
        }
        group.extend(waiting.next());
        if long {
            break;
        }
    }
    group
}

async fn one_line(app: &App, scope: &Scope, line: Line) -> BatchResult {
    match submit_line(app, scope, line.bytes.clone()).await {
        Ok((status, outcome)) => BatchResult {
            line: line.number,
            status,
            external_id: Some(outcome.external_id.clone()),
            outcome: Some(outcome),
            problem: None,
        },
        Err(error) => {
            error.log("");
            let status = error.status_code().as_u16();
            let external_id = line.bytes.and_then(|bytes| intake::external_id_of(&bytes));
            BatchResult { line: line.number, status, external_id, outcome: None, problem: Some(error.document(None)) }
        }
    }
}

async fn submit_line(app: &App, scope: &Scope, bytes: Option<Bytes>) -> Result<(u16, Outcome), ApiError> {
    let too_long = || Refusal::one("", "body_too_large", format!("must be at most {} bytes a line", intake::AD_BYTES));
    let submission = body::take(bytes.ok_or_else(too_long)?, intake::read_ad).await?;
    let mut tries = 1;
    loop {
        match flows::submit::submit(app, scope, &submission).await {
            Ok(accepted) => {
                let status = if accepted.change == Change::Unchanged { 200 } else { 202 };
                return Ok((status, accepted.outcome));
            }
            Err(flows::Error::Busy { retry_after_s }) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(Duration::from_secs(u64::from(retry_after_s.clamp(1, 5)))).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_one_ad_are_never_worked_on_at_once() {
        let line = |number, text: String| Line { number, bytes: Some(text.into()) };
        let ad = |number, id: &str| line(number, format!(r#"{{"external_id":"{id}"}}"#));
        let lines = vec![
            ad(1, "a"),
            ad(2, "b"),
            line(3, "not json".into()),
            ad(4, "a"),
            ad(5, "c"),
            line(6, "x".repeat(LONG + 1)),
            ad(7, "d"),
            Line { number: 8, bytes: None },
        ];
        let mut waiting = lines.into_iter().peekable();
        let mut groups = vec![];
        while waiting.peek().is_some() {
            groups.push(next_group(&mut waiting).iter().map(|line| line.number).collect::<Vec<_>>());
        }
        assert_eq!(groups, [vec![1, 2, 3], vec![4, 5], vec![6], vec![7, 8]]);
    }
}
