//! Labels with their texts, in the order they were made: what `GET /v1/labels`, the export and training read.
//!
//! A label of an undone judgement is none. It must never return a label outside the scope.

use crate::domain::{
    JudgementId, LabelId, Millis, PolicyCode, RevisionId, UserId, ad::TextField, label::Label, role::Scope,
};
use crate::store::{Db, StoreError, db};
use sea_orm::{FromQueryResult, Value};

/// At most `limit` labels made after the one named, of one policy or of all.
pub async fn after(
    on: &Db,
    scope: &Scope,
    after: Option<LabelId>,
    policy: Option<&PolicyCode>,
    limit: u32,
) -> Result<Vec<Label>, StoreError> {
    let mut sql = "SELECT l.*, r.content FROM label l LEFT JOIN judgement j ON j.id = l.judgement_id
                   LEFT JOIN revision r ON r.id = l.revision_id LEFT JOIN ad a ON a.id = r.ad_id
                   WHERE j.undone_at IS NULL"
        .to_owned();
    let mut values: Vec<Value> = vec![];
    let mut only = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ${}", values.len()));
    };
    if let Some(after) = after {
        only("l.id >", after.0.into());
    }
    if let Some(policy) = policy {
        only("l.policy =", policy.to_string().into());
    }
    if let Some(submitter) = scope.submitter {
        only("a.submitter_id =", submitter.0.into());
    }
    sql.push_str(&format!(" ORDER BY l.id LIMIT {limit}"));
    db::rows::<Row>(on, &sql, values).await?.into_iter().map(label_from).collect()
}

#[derive(FromQueryResult)]
struct Row {
    id: uuid::Uuid,
    revision_id: Option<uuid::Uuid>,
    text: Option<String>,
    content: Option<String>,
    policy: String,
    clause_version: i32,
    value: String,
    source: String,
    group_key: String,
    judgement_id: Option<uuid::Uuid>,
    user_id: Option<uuid::Uuid>,
    blind: bool,
    propagated: bool,
    sampling_probability: f64,
    created_at: i64,
}

fn label_from(row: Row) -> Result<Label, StoreError> {
    let text = match (row.text, &row.content) {
        (Some(text), _) => text,
        (None, Some(content)) => {
            let content: crate::domain::AdContent =
                serde_json::from_str(content).map_err(StoreError::damaged("content"))?;
            content.text(TextField::Joined)
        }
        (None, None) => String::new(),
    };
    let damaged = |cause: String| StoreError::Damaged { what: "label", cause };
    Ok(Label {
        id: LabelId(row.id),
        revision: row.revision_id.map(RevisionId),
        text,
        policy: row.policy.parse().map_err(|_| damaged(format!("policy {}", row.policy)))?,
        clause_version: u32::try_from(row.clause_version).unwrap_or_default(),
        value: row.value.parse()?,
        source: row.source.parse()?,
        group: row.group_key,
        judgement: row.judgement_id.map(JudgementId),
        user: row.user_id.map(UserId),
        blind: row.blind,
        propagated: row.propagated,
        sampling_probability: row.sampling_probability,
        created_at: Millis(row.created_at),
    })
}
