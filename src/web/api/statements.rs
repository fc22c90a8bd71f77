//! `GET /v1/statements`: statements of reasons, ready to be passed on to the DSA transparency database.
//!
//! It must never answer more than the database takes at once, nor mix ads for trying out with the rest.

use super::page;
use crate::{
    domain::statement::StatementOfReasons,
    flows::App,
    notify::statement::csv,
    store::statements::{self, Wanted},
    web::{
        auth::{Allowed, perm},
        error::{ApiError, Kind, ProblemDocument},
    },
};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Statements that the transparency database takes in one call.
const AT_ONCE: u32 = 100;

/// Which statements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatementQuery {
    /// `x-next-cursor` of the answer before; leave out to read from the beginning.
    cursor: Option<String>,
    /// Statements wanted, 1 to 100; 100 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Also statements of restrictions that have ended: the same as before with a last day and a `puid` of their own.
    lifted: Option<bool>,
    /// `json` or `csv`; JSON when left out.
    format: Option<String>,
}

/// Statements, as `POST /api/v1/statements` of the DSA transparency database takes them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statements {
    /// At most 100.
    statements: Vec<StatementOfReasons>,
}

/// Read statements of reasons
///
/// One for each restriction that took effect, in an order that no reader can miss one in. The body can be sent as it is
/// to `POST /api/v1/statements` of the DSA transparency database; `x-next-cursor` is what to ask with next, also when
/// there is nothing new yet. An empty list need not be sent. `format=csv` gives the columns of the database's dumps.
#[utoipa::path(
    get, path = "/v1/statements", tag = "Ads", security(("key" = [])), params(StatementQuery),
    responses(
        (status = 200, description = "At most 100 statements.", body = Statements,
            headers(("x-next-cursor" = String, description = "The cursor for the next request."))),
        (status = 400, description = "A parameter is wrong.", body = ProblemDocument),
    )
)]
pub(crate) async fn list(
    caller: Allowed<perm::ReadAds>,
    app: web::Data<App>,
    query: web::Query<StatementQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = match query.limit.unwrap_or(AT_ONCE) {
        n @ 1..=AT_ONCE => n,
        _ => return Err(ApiError::new(Kind::BAD_REQUEST, format!("The parameter limit must be 1 to {AT_ONCE}."))),
    };
    let as_csv = match query.format.as_deref().unwrap_or("json") {
        "json" => false,
        "csv" => true,
        _ => return Err(ApiError::new(Kind::BAD_REQUEST, "The parameter format must be json or csv.")),
    };
    let after = page::parameter::<i64>("cursor", query.cursor.as_deref())?.unwrap_or(0);
    let wanted = Wanted { lifted: query.lifted.unwrap_or_default() };
    let found = statements::after(&app.db, &caller.scope, after, wanted, limit).await?;
    let next = found.last().map_or(after, |last| last.position);
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("x-next-cursor", next.to_string()));
    if !as_csv {
        return Ok(answer.json(Statements { statements: found.into_iter().map(|l| l.statement.body).collect() }));
    }
    let mut bytes = csv::head().map_err(ApiError::internal)?;
    bytes.extend(csv::rows(found.iter().map(row)).map_err(ApiError::internal)?);
    Ok(answer.content_type("text/csv; charset=utf-8").body(bytes))
}

fn row(listed: &statements::Listed) -> csv::Row<'_> {
    let kept = &listed.statement;
    csv::Row { body: &kept.body, platform: &listed.submitter, created_at: kept.created_at }
}
