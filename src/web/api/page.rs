//! Lists: `?cursor=&limit=` in, `{items, next}` out.
//!
//! Called by the list handlers. It must never let a page grow beyond 200 items.

use crate::web::error::{ApiError, Kind};
use serde::Serialize;
use std::str::FromStr;
use utoipa::ToSchema;

/// Items of a page when the caller does not say.
pub(super) const USUAL: u32 = 50;

/// Most items of a page.
pub(super) const MOST: u32 = 200;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Cursor of the next page; null at the end.
    pub(crate) next: Option<String>,
}

/// The limit, 1 to 200.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, ApiError> {
    match asked.unwrap_or(USUAL) {
        n @ 1..=MOST => Ok(n),
        _ => Err(ApiError::new(Kind::BAD_REQUEST, format!("The parameter limit must be 1 to {MOST}."))),
    }
}

/// A parameter of the query string that has a type; an empty one is absent.
pub(super) fn parameter<T: FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, ApiError> {
    match text.filter(|t| !t.is_empty()).map(str::parse) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => {
            Err(ApiError::new(Kind::BAD_REQUEST, format!("The parameter {name} has a value that is not known.")))
        }
    }
}
