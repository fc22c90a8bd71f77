//! The pages of keys.
//!
//! Called by `keys`. It must never show a secret but that of the key that was made just now.

use super::{
    page::Shell,
    releases_page::csrf,
    text::{When, words},
};
use crate::{
    domain::{
        KeyId, Millis,
        key::{KeyState, RequestNote},
        role::{Role, Scope},
    },
    flows::keys::may_give,
    store::{accounts::Submitter, keys::Opened},
};
use askama::Template;

/// What somebody typed, to show it again when it was refused.
#[derive(Debug, Default)]
pub struct TypedKey {
    /// What the key is for.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// Whose ads it sends.
    pub submitter: String,
    /// Whether a new submitter is for trying out only.
    pub sandbox: bool,
    /// Its last day.
    pub ends: String,
    /// Requests a minute of its own.
    pub per_minute: String,
}

/// A key that was made just now.
#[derive(Debug)]
pub struct Made {
    /// The key itself.
    pub secret: String,
    /// When the key ends that it takes the place of.
    pub replaced: Option<When>,
}

/// `templates/keys.html`.
#[derive(Debug, Template)]
#[template(path = "keys.html")]
pub struct KeysPage {
    shell: Shell,
    csrf: String,
    roles: Vec<(Role, String)>,
    submitters: Vec<String>,
    typed: TypedKey,
    keys: Vec<KeyRow>,
}

#[derive(Debug)]
struct KeyRow {
    id: KeyId,
    name: String,
    submitter: String,
    sandbox: bool,
    role: String,
    state: String,
    tone: &'static str,
    ends: Option<When>,
    used: Option<When>,
}

impl KeyRow {
    fn of(opened: &Opened, now: Millis) -> Self {
        let key = &opened.key;
        let state = key.state(now);
        Self {
            id: key.id,
            name: key.name.clone(),
            submitter: opened.submitter.clone(),
            sandbox: opened.sandbox,
            role: words(key.role),
            state: words(state),
            tone: match state {
                KeyState::Active => "good",
                KeyState::Expired => "warn",
                KeyState::Revoked => "bad",
            },
            ends: key.revoked_at.or(key.expires_at).map(When),
            used: key.last_used_at.map(When),
        }
    }
}

impl KeysPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, scope: &Scope, keys: &[Opened], submitters: &[Submitter], typed: TypedKey) -> Self {
        let given = Role::ALL.iter().copied().filter(|role| may_give(scope, *role).is_ok());
        let now = shell.now;
        let mut keys: Vec<KeyRow> = keys.iter().map(|key| KeyRow::of(key, now)).collect();
        // What opens something first.
        keys.sort_by_key(|row| row.tone != "good");
        Self {
            csrf: csrf(&shell),
            roles: given.map(|role| (role, words(role))).collect(),
            submitters: submitters.iter().map(|s| s.name.clone()).collect(),
            typed,
            keys,
            shell,
        }
    }
}

/// `templates/key.html`.
#[derive(Debug, Template)]
#[template(path = "key.html")]
pub struct KeyPage {
    shell: Shell,
    csrf: String,
    key: KeyRow,
    created: When,
    own: Option<u32>,
    usual: u32,
    replaced_by: Option<KeyId>,
    active: bool,
    may_change: bool,
    made: Option<Made>,
    requests: Vec<RequestRow>,
}

#[derive(Debug)]
struct RequestRow {
    at: When,
    method: String,
    path: String,
    status: u16,
    tone: &'static str,
    code: String,
    pointers: String,
    request_id: String,
    ms: String,
}

impl KeyPage {
    /// Builds the page.
    pub(crate) fn of(
        shell: Shell,
        opened: &Opened,
        usual: u32,
        may_change: bool,
        notes: &[RequestNote],
        made: Option<Made>,
    ) -> Self {
        let now = shell.now;
        let requests = notes.iter().map(|note| RequestRow {
            at: When(note.at),
            method: note.method.clone(),
            path: note.path.clone(),
            status: note.status,
            tone: match note.status {
                500.. => "bad",
                400.. => "warn",
                _ => "good",
            },
            code: note.code.clone().unwrap_or_default(),
            pointers: note.pointers.join(" "),
            request_id: note.request_id.clone(),
            ms: format!("{:.1} ms", note.duration_us as f64 / 1_000.0),
        });
        Self {
            csrf: csrf(&shell),
            key: KeyRow::of(opened, now),
            created: When(opened.key.created_at),
            own: opened.key.requests_per_minute,
            usual,
            replaced_by: opened.key.replaced_by,
            active: opened.key.state(now) == KeyState::Active,
            may_change,
            made,
            requests: requests.collect(),
            shell,
        }
    }
}
