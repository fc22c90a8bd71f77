//! Statements of reasons, in the order in which the sealer gave their events a place, and what is counted of them.
//!
//! Called by the step that writes one, the API, the command line and a page. It must never change a row, nor show one
//! outside the scope. What concerns ads for trying out is never mixed with the rest.

use super::{Db, StoreError, Tx, db, db::Run, entities::statement};
use crate::{
    domain::{
        AdId, DecisionId, EventId, Millis, RevisionId, StatementId, SubmitterId,
        role::Scope,
        statement::{StatementKind, StatementOfReasons},
    },
    named_enum,
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

/// A statement as kept.
#[derive(Debug, Clone)]
pub struct StoredStatement {
    /// Whose ad it is about.
    pub submitter: SubmitterId,
    /// The ad.
    pub ad: AdId,
    /// The decision that took effect, or the one that was ended without another.
    pub decision: DecisionId,
    /// The event that told of it.
    pub event: EventId,
    /// Restricted, or lifted.
    pub kind: StatementKind,
    /// The earlier statement that it takes the place of.
    pub supersedes: Option<StatementId>,
    /// The statement; its `puid` is the row's id.
    pub body: StatementOfReasons,
    /// From the submission to the restriction, or from the restriction to its end, ms.
    pub delay_ms: i64,
    /// When it was made.
    pub created_at: Millis,
}

/// Adds a statement. A second one that says the same about a decision, or in the place of the same statement, is
/// [`StoreError::Taken`].
pub async fn add(tx: &Tx, new: &StoredStatement) -> Result<(), StoreError> {
    let visible: Vec<&str> = new.body.decision_visibility.iter().map(|v| v.as_str()).collect();
    let row = statement::Model {
        id: new.body.puid.0,
        submitter_id: new.submitter.0,
        ad_id: new.ad.0,
        decision_id: new.decision.0,
        event_id: new.event.0,
        kind: new.kind.as_str().into(),
        supersedes: new.supersedes.map(|s| s.0),
        body: serde_json::to_string(&new.body).map_err(StoreError::damaged("statement"))?,
        category: new.body.category.as_str().into(),
        ground: new.body.decision_ground.as_str().into(),
        source: new.body.source_type.as_str().into(),
        automation: new.body.automated_decision.as_str().into(),
        restriction: visible.join(" + "),
        delay_ms: new.delay_ms,
        created_at: new.created_at.0,
    };
    db::insert(tx, row).await
}

/// A row with its place, where that was asked for.
#[derive(FromQueryResult)]
struct Row {
    submitter_id: Uuid,
    ad_id: Uuid,
    decision_id: Uuid,
    event_id: Uuid,
    kind: String,
    supersedes: Option<Uuid>,
    body: String,
    delay_ms: i64,
    created_at: i64,
    position: i64,
    submitter: String,
}

fn from_row(row: Row) -> Result<StoredStatement, StoreError> {
    Ok(StoredStatement {
        submitter: SubmitterId(row.submitter_id),
        ad: AdId(row.ad_id),
        decision: DecisionId(row.decision_id),
        event: EventId(row.event_id),
        kind: row.kind.parse()?,
        supersedes: row.supersedes.map(StatementId),
        body: serde_json::from_str(&row.body).map_err(StoreError::damaged("statement"))?,
        delay_ms: row.delay_ms,
        created_at: Millis(row.created_at),
    })
}

/// The statement about a decision, unless a later one took its place.
pub async fn standing_of(on: &impl Run, decision: DecisionId) -> Result<Option<StoredStatement>, StoreError> {
    let sql = "SELECT s.*, CAST(0 AS BIGINT) AS position, '' AS submitter FROM statement s WHERE s.decision_id = $1
               AND NOT EXISTS (SELECT 1 FROM statement later WHERE later.supersedes = s.id)";
    let row: Option<Row> = db::row(on, sql, vec![decision.0.into()]).await?;
    row.map(from_row).transpose()
}

/// The restriction that stands on a revision, whichever decision made it.
pub async fn standing_on(on: &impl Run, revision: RevisionId) -> Result<Option<StoredStatement>, StoreError> {
    let sql = "SELECT s.*, CAST(0 AS BIGINT) AS position, '' AS submitter FROM statement s
               JOIN decision d ON d.id = s.decision_id WHERE d.revision_id = $1 AND s.kind = 'restriction'
               AND NOT EXISTS (SELECT 1 FROM statement later WHERE later.supersedes = s.id)
               ORDER BY s.created_at DESC, s.id DESC LIMIT 1";
    let row: Option<Row> = db::row(on, sql, vec![revision.0.into()]).await?;
    row.map(from_row).transpose()
}

/// Which statements are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Also those that say that a restriction has ended.
    pub lifted: bool,
}

/// A statement with its place in the order and its submitter's name.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The place: a cursor.
    pub position: i64,
    /// The submitter's name.
    pub submitter: String,
    /// The statement.
    pub statement: StoredStatement,
}

fn narrow(scope: &Scope, wanted: Wanted, values: &mut Vec<Value>) -> String {
    let mut sql = if wanted.lifted { "1 = 1".to_owned() } else { "s.kind = 'restriction'".to_owned() };
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        sql.push_str(&format!(" AND s.submitter_id = ${}", values.len()));
    }
    sql
}

/// At most `limit` statements after a place, in order.
pub async fn after(on: &Db, scope: &Scope, after: i64, wanted: Wanted, limit: u32) -> Result<Vec<Listed>, StoreError> {
    let mut values: Vec<Value> = vec![after.into()];
    let narrowed = narrow(scope, wanted, &mut values);
    listed(on, &format!("e.position > $1 AND {narrowed} ORDER BY e.position LIMIT {limit}"), values).await
}

/// The newest statements that have a place.
pub async fn newest(on: &Db, scope: &Scope, wanted: Wanted, limit: u32) -> Result<Vec<Listed>, StoreError> {
    let mut values: Vec<Value> = vec![];
    let narrowed = narrow(scope, wanted, &mut values);
    listed(on, &format!("e.position IS NOT NULL AND {narrowed} ORDER BY e.position DESC LIMIT {limit}"), values).await
}

async fn listed(on: &Db, condition: &str, values: Vec<Value>) -> Result<Vec<Listed>, StoreError> {
    let sql = format!(
        "SELECT s.*, e.position AS position, b.name AS submitter FROM statement s JOIN event e ON e.id = s.event_id
         JOIN submitter b ON b.id = s.submitter_id WHERE {condition}"
    );
    let place = |mut row: Row| {
        let (position, submitter) = (row.position, std::mem::take(&mut row.submitter));
        Ok(Listed { position, submitter, statement: from_row(row)? })
    };
    db::rows::<Row>(on, &sql, values).await?.into_iter().map(place).collect()
}

named_enum!(
    /// What figures are counted by.
    Dimension {
        /// By category.
        Category = "category",
        /// By ground.
        Ground = "ground",
        /// By automation of the decision.
        Automation = "automation",
        /// By who pointed to it.
        Source = "source",
        /// By restriction.
        Restriction = "restriction",
    }
);

/// A year's figures.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Figures {
    /// Restrictions that took effect.
    pub restrictions: i64,
    /// Of these, replaced by a later decision or lifted, whenever that was.
    pub superseded: i64,
    /// Restrictions lifted in the time.
    pub lifted: i64,
    /// Median time from submission to restriction, ms; `None` without one.
    pub median_ms: Option<i64>,
    /// Counts of restrictions by dimension and value, the most frequent first.
    pub by: Vec<(Dimension, Vec<(String, i64)>)>,
}

/// Figures of the statements made from one moment until before another.
pub async fn figures(on: &Db, scope: &Scope, from: Millis, until: Millis) -> Result<Figures, StoreError> {
    let mut values: Vec<Value> = vec![from.0.into(), until.0.into()];
    let narrowed = narrow(scope, Wanted { lifted: true }, &mut values);
    let within = format!("FROM statement s WHERE s.created_at >= $1 AND s.created_at < $2 AND {narrowed}");
    let restricted = format!("{within} AND s.kind = 'restriction'");
    let number = async |sql: String| db::number(on, &sql, values.clone()).await;
    let restrictions = number(format!("SELECT COUNT(*) AS n {restricted}")).await?;
    let replaced = "AND EXISTS (SELECT 1 FROM statement later WHERE later.supersedes = s.id)";
    let middle = (restrictions - 1).max(0) / 2;
    let median = number(format!("SELECT s.delay_ms AS n {restricted} ORDER BY s.delay_ms LIMIT 1 OFFSET {middle}"));
    let mut figures = Figures {
        restrictions,
        superseded: number(format!("SELECT COUNT(*) AS n {restricted} {replaced}")).await?,
        lifted: number(format!("SELECT COUNT(*) AS n {within} AND s.kind = 'lifted'")).await?,
        median_ms: if restrictions == 0 { None } else { Some(median.await?) },
        by: vec![],
    };
    #[derive(FromQueryResult)]
    struct Count {
        name: String,
        n: i64,
    }
    for dimension in Dimension::ALL {
        // The names of dimensions are the names of columns.
        let column = dimension.as_str();
        let sql =
            format!("SELECT s.{column} AS name, COUNT(*) AS n {restricted} GROUP BY s.{column} ORDER BY n DESC, name");
        let counts: Vec<Count> = db::rows(on, &sql, values.clone()).await?;
        figures.by.push((*dimension, counts.into_iter().map(|c| (c.name, c.n)).collect()));
    }
    Ok(figures)
}

/// The statement about an ad's decisions, by decision, for the ad's page.
pub async fn of_ad(on: &Db, ad: AdId) -> Result<Vec<(DecisionId, StatementId)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        decision_id: Uuid,
    }
    let rows: Vec<Row> =
        db::rows(on, "SELECT id, decision_id FROM statement WHERE ad_id = $1", vec![ad.0.into()]).await?;
    Ok(rows.into_iter().map(|r| (DecisionId(r.decision_id), StatementId(r.id))).collect())
}
