//! The page of blocks.
//!
//! Called by `blocks`. It must never offer confirming to who blocked.

use super::{
    page::Shell,
    releases_page::{Names, csrf, may, person},
    text::{When, words},
};
use crate::{
    domain::{
        draft::{BlockState, SweepFilter},
        role::Permission,
    },
    store::blocks::StoredBlock,
};
use askama::Template;

/// What somebody typed, to show it again when it was refused.
#[derive(Debug, Default)]
pub struct Typed {
    /// `domain`, `image` or `phrase`.
    pub kind: String,
    /// What to block.
    pub value: String,
    /// Why.
    pub reason: String,
}

/// `templates/blocks.html`.
#[derive(Debug, Template)]
#[template(path = "blocks.html")]
pub struct BlocksPage {
    shell: Shell,
    csrf: String,
    may_block: bool,
    typed: Typed,
    blocks: Vec<BlockRow>,
}

#[derive(Debug)]
struct BlockRow {
    id: String,
    what: &'static str,
    value: String,
    reason: String,
    state: String,
    tone: &'static str,
    by: String,
    at: When,
    confirmed_by: String,
    lapses: Option<When>,
    rejected: i64,
    may_confirm: bool,
    own: bool,
    may_lift: bool,
}

impl BlocksPage {
    /// Builds the page.
    pub(crate) fn of(shell: Shell, reader: &str, blocks: &[(StoredBlock, i64)], names: &Names, typed: Typed) -> Self {
        let may_block = may(&shell, Permission::BreakGlass);
        let may_confirm = may_block || may(&shell, Permission::Publish);
        let rows = blocks.iter().map(|(b, rejected)| {
            let (what, value) = match &b.what {
                SweepFilter::Domain(domain) => ("Domain", domain.clone()),
                SweepFilter::Image(digest) => ("Image", digest.to_string()),
                SweepFilter::Phrase(phrase) => ("Phrase", phrase.clone()),
            };
            let pending = b.state == BlockState::Pending;
            let own = b.created_by == reader;
            BlockRow {
                id: b.id.to_string(),
                what,
                value,
                reason: b.reason.clone(),
                state: words(b.state),
                tone: match b.state {
                    BlockState::Pending => "warn",
                    BlockState::Confirmed => "bad",
                    BlockState::Lapsed | BlockState::Lifted => "",
                },
                by: person(names, &b.created_by),
                at: When(b.created_at),
                confirmed_by: b.confirmed_by.as_deref().map(|c| person(names, c)).unwrap_or_default(),
                lapses: pending.then_some(When(b.lapses_at)),
                rejected: *rejected,
                may_confirm: pending && may_confirm && !own,
                own: pending && own,
                may_lift: pending && may_block,
            }
        });
        Self { csrf: csrf(&shell), may_block, typed, blocks: rows.collect(), shell }
    }
}
