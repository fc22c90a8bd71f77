//! The page that says what went wrong and what to do.
//!
//! Called by the frame. It must never need a session or a database: those may be what went wrong.

use super::page::Shell;
use crate::domain::Millis;
use askama::Template;

/// `templates/error.html`.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    shell: Shell,
    title: String,
    advice: String,
    request_id: String,
}

impl ErrorPage {
    /// Builds the page.
    pub(crate) fn of(title: &str, advice: &str, request_id: &str) -> Self {
        // The page counts nothing down, so it needs no clock.
        let shell = Shell::anonymous(Millis(0));
        Self { shell, title: title.to_owned(), advice: advice.to_owned(), request_id: request_id.to_owned() }
    }
}
