//! Signing in, and the page for what went wrong.
//!
//! Called by `sign_in` and by the console's error table. It must never say whether a name exists.

use super::page::Shell;
use askama::Template;

/// `templates/sign_in.html`.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    pub(crate) next: String,
    pub(crate) error: Option<String>,
}

/// `templates/error.html`.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub(crate) shell: Shell,
    pub(crate) title: &'static str,
    pub(crate) advice: String,
    pub(crate) request_id: Option<String>,
}
