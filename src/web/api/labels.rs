//! `GET /v1/labels`: every label as one line of NDJSON, streamed.
//!
//! It must never hold more than one page of labels in memory, nor be open to submitters.

use super::page;
use crate::{
    domain::{LabelId, PolicyCode, label::Label},
    flows::App,
    store::views::labels,
    web::{
        auth::{Allowed, perm},
        error::{ApiError, ProblemDocument},
    },
};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which labels.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LabelQuery {
    /// Id of the last label seen; leave out to read from the beginning.
    cursor: Option<String>,
    /// Only labels of this policy.
    policy: Option<String>,
}

/// Export labels
///
/// One label a line, in the order they were made, to the end. To go on later, send the id of the last one as `cursor`.
#[utoipa::path(
    get, path = "/v1/labels", tag = "Staff", security(("key" = [])), params(LabelQuery),
    responses(
        (status = 200, description = "Labels, one a line.", body = Label, content_type = "application/x-ndjson"),
        (status = 403, description = "The key's role may not read labels.", body = ProblemDocument),
    )
)]
pub(crate) async fn export(
    caller: Allowed<perm::ReadLabels>,
    app: web::Data<App>,
    query: web::Query<LabelQuery>,
) -> Result<HttpResponse, ApiError> {
    let cursor: Option<LabelId> = page::parameter("cursor", query.cursor.as_deref())?;
    let policy: Option<PolicyCode> = page::parameter("policy", query.policy.as_deref())?;
    let lines = stream::try_unfold(Some(cursor), move |from| {
        let (app, scope, policy) = (app.clone(), caller.scope.clone(), policy.clone());
        async move {
            let Some(cursor) = from else { return Ok(None) };
            let found = labels::after(&app.db, &scope, cursor, policy.as_ref(), page::MOST).await?;
            let next = found.last().filter(|_| found.len() == page::MOST as usize).map(|last| Some(last.id));
            let mut bytes = vec![];
            for label in &found {
                serde_json::to_writer(&mut bytes, label).map_err(ApiError::internal)?;
                bytes.push(b'\n');
            }
            Ok::<_, ApiError>(Some((Bytes::from(bytes), next)))
        }
    });
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").streaming(lines))
}
