//! `POST /v1/ads/batch`: ads as lines of NDJSON or rows of CSV in, one result line for each out, in order, while the
//! input still comes.
//!
//! Reading and answering run side by side: results are kept, up to a bound, for a client that reads only after it has
//! sent everything; beyond the bound reading stops until the client reads. It must never refuse the whole batch for one
//! line, and never answer a line twice.

use super::body;
use crate::{
    domain::{decision::Outcome, role::Scope},
    flows::{self, App, submit::Change},
    intake::{
        self, Refusal,
        lines::{Line, Lines},
        table::Table,
    },
    web::{
        BODY_PATIENCE,
        auth::{Allowed, perm},
        error::{ApiError, Kind, ProblemDocument},
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
/// NDJSON: each line is an ad as in `POST /v1/ads`, at most 10 MiB long; the whole may be as long as you like. Each line is
/// answered by one line, in order, while you still send. A bad line is refused alone. Repeating a batch is safe: lines
/// with unchanged content change nothing.
///
/// CSV (`text/csv`, commas, UTF-8): the first record names the columns, in any order; they are the fields of an ad with
/// dots between: `external_id`, `advertiser.external_id`, `advertiser.name`, `creative.headline`, `creative.body`,
/// `creative.call_to_action`, `creative.images.url`, `creative.images.alt_text`, `creative.video.url`,
/// `creative.video.duration_ms`, `landing_url`, `targeting.countries`, `targeting.min_age`, `targeting.max_age`,
/// `targeting.languages`, `targeting.interests`, `schedule.starts_at`, `schedule.ends_at`, `budget.micros`,
/// `budget.currency`, `on_behalf_of`, `paid_by`, `sandbox`, `needed_by`. Lists have `|` between their items; an empty cell
/// is a field left out. A header with an unknown column is refused before anything is read.
#[utoipa::path(
    post, path = "/v1/ads/batch", tag = "Ads", security(("key" = [])),
    request_body(
        description = "One ad a line.",
        content((intake::wire::AdInput = "application/x-ndjson"), (String = "text/csv")),
    ),
    responses(
        (status = 200, description = "One result a line.", body = BatchResult, content_type = "application/x-ndjson"),
        (status = 415, description = "The body is neither NDJSON nor CSV.", body = ProblemDocument),
        (status = 422, description = "The header of a table is wrong; every column that is none is named.", body = ProblemDocument),
        (status = 503, description = "Too busy to begin; come back later.", body = ProblemDocument),
    )
)]
pub(crate) async fn submit_batch(
    caller: Allowed<perm::SubmitAds>,
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    body::expect(&request, body::LINES)?;
    body::expect_some(&request)?;
    let is_table = body::is_csv(&request);
    let input = if is_table { Input::table(payload).await? } else { Input::json(payload) };
    let (sender, receiver) = mpsc::unbounded_channel();
    let out = Results { sender, room: Arc::new(Semaphore::new(WAITING)) };
    actix_web::rt::spawn(work(app, caller.scope, input, out));
    // The permit of a result goes back when the connection takes the result over.
    let results = stream::unfold(receiver, |mut receiver| async {
        let (bytes, permit) = receiver.recv().await?;
        drop::<OwnedSemaphorePermit>(permit);
        Some((Ok::<_, ApiError>(bytes), receiver))
    });
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").streaming(results))
}

/// What is sent: lines of JSON, or the rows of a table.
struct Input {
    payload: web::Payload,
    /// Cuts what comes; `None` once all has come.
    lines: Option<Lines>,
    /// Rows that came with the header.
    first: Vec<Line>,
    table: Option<Table>,
}

impl Input {
    fn json(payload: web::Payload) -> Self {
        Self { payload, lines: Some(Lines::new(intake::AD_BYTES)), first: vec![], table: None }
    }

    /// Reads as far as the header, which must come soon.
    async fn table(mut payload: web::Payload) -> Result<Self, ApiError> {
        let late = |_| ApiError::new(Kind::BAD_REQUEST, "The header did not arrive in 60 seconds.");
        let mut lines = Some(Lines::records(intake::AD_BYTES));
        let mut first = tokio::time::timeout(BODY_PATIENCE, head(&mut payload, &mut lines)).await.map_err(late)??;
        if first.is_empty() {
            return Err(ApiError::new(Kind::UNREADABLE, "The table is empty; its first line names the columns."));
        }
        let header = first.remove(0).bytes.ok_or_else(too_long)?;
        let table = Some(Table::of(&header)?);
        Ok(Self { payload, lines, first, table })
    }

    /// The lines that came next; `None` at the end, or when the connection broke: a line that is not whole stays unread,
    /// the ones before it are accepted and stay so.
    async fn next(&mut self) -> Option<Vec<Item>> {
        let lines = match std::mem::take(&mut self.first) {
            came if !came.is_empty() => came,
            _ => match self.payload.next().await {
                Some(chunk) => self.lines.as_mut()?.push(chunk.ok()?),
                None => self.lines.take()?.finish().into_iter().collect(),
            },
        };
        Some(lines.into_iter().map(|line| Item::of(line, self.table.as_ref())).collect())
    }
}

/// The first records of a table, as soon as there is one.
async fn head(payload: &mut web::Payload, lines: &mut Option<Lines>) -> Result<Vec<Line>, ApiError> {
    loop {
        let came = match payload.next().await {
            Some(chunk) => {
                let chunk = chunk.map_err(|_| ApiError::new(Kind::BAD_REQUEST, "The body ended too early."))?;
                lines.as_mut().map(|lines| lines.push(chunk)).unwrap_or_default()
            }
            None => return Ok(lines.take().and_then(Lines::finish).into_iter().collect()),
        };
        if !came.is_empty() {
            return Ok(came);
        }
    }
}

/// One line: the JSON of an ad, or why there is none.
struct Item {
    number: u64,
    json: Result<Bytes, Refusal>,
}

impl Item {
    fn of(line: Line, table: Option<&Table>) -> Self {
        let bytes = line.bytes.ok_or_else(too_long);
        let json = match table {
            Some(table) => bytes.and_then(|row| table.row(&row)),
            None => bytes,
        };
        Self { number: line.number, json }
    }
}

fn too_long() -> Refusal {
    Refusal::one("", "body_too_large", format!("must be at most {} bytes a line", intake::AD_BYTES))
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
async fn work(app: web::Data<App>, scope: Scope, mut input: Input, out: Results) {
    while let Some(items) = input.next().await {
        if submit_all(&app, &scope, items, &out).await.is_none() {
            return;
        }
    }
}

/// Submits the lines in groups and sends their results in order.
async fn submit_all(app: &App, scope: &Scope, items: Vec<Item>, out: &Results) -> Option<()> {
    let mut waiting = items.into_iter().peekable();
    while waiting.peek().is_some() {
        let group = next_group(&mut waiting);
        out.send(&join_all(group.into_iter().map(|item| one_line(app, scope, item))).await).await?;
    }
    Some(())
}

/// The next lines that may be worked on at once. Lines about one ad keep their order: the second waits for the next
/// group. A long line, which may hold images, is a group of its own.
fn next_group(waiting: &mut Peekable<impl Iterator<Item = Item>>) -> Vec<Item> {
    let mut group = vec![];
    let mut names = HashSet::new();
    while group.len() < GROUP {
        let Some(line) = waiting.peek() else { break };
        let long = line.json.as_ref().is_ok_and(|bytes| bytes.len() > LONG);
        let name = line.json.as_ref().ok().filter(|_| !long).and_then(|bytes| intake::external_id_of(bytes));
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

async fn one_line(app: &App, scope: &Scope, line: Item) -> BatchResult {
    match submit_line(app, scope, line.json.clone()).await {
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
            let external_id = line.json.ok().and_then(|bytes| intake::external_id_of(&bytes));
            BatchResult { line: line.number, status, external_id, outcome: None, problem: Some(error.document(None)) }
        }
    }
}

async fn submit_line(app: &App, scope: &Scope, json: Result<Bytes, Refusal>) -> Result<(u16, Outcome), ApiError> {
    let submission = body::take(json?, intake::read_ad).await?;
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
        let line = |number, text: String| Item { number, json: Ok(text.into()) };
        let ad = |number, id: &str| line(number, format!(r#"{{"external_id":"{id}"}}"#));
        let lines = vec![
            ad(1, "a"),
            ad(2, "b"),
            line(3, "not json".into()),
            ad(4, "a"),
            ad(5, "c"),
            line(6, "x".repeat(LONG + 1)),
            ad(7, "d"),
            Item { number: 8, json: Err(too_long()) },
        ];
        let mut waiting = lines.into_iter().peekable();
        let mut groups = vec![];
        while waiting.peek().is_some() {
            groups.push(next_group(&mut waiting).iter().map(|line| line.number).collect::<Vec<_>>());
        }
        assert_eq!(groups, [vec![1, 2, 3], vec![4, 5], vec![6], vec![7, 8]]);
    }
}
