//! The page to sign in.
//!
//! Called by `sign_in`. It must never say whether a name exists.

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
