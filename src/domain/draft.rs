//! Drafts: named, editable sets of pack files on their way to a release, and where releases came from.
//!
//! Kept by the store, moved by `flows::drafts` and `flows::publish`. A draft may hold files that do not parse; a release
//! never does. It must never be read as a release: only publishing makes one.

use super::{
    id::{DraftId, ModelId, ReleaseId, SweepId},
    time::Millis,
};
use crate::named_enum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A pack's files: path inside the pack to text.
pub type PackTexts = BTreeMap<String, String>;

/// Largest file of a pack, in bytes; 50,000 phrases are about 1 MB.
pub const LARGEST_FILE: usize = 8 << 20;

/// Beside an exported pack's files: which release they were. It belongs to the folder and is no part of the pack.
pub const BASE_FILE: &str = "base.toml";

/// Most files of a pack.
pub const MOST_FILES: usize = 5_000;

named_enum!(
    /// Life of a draft.
    DraftState {
        /// Being written.
        Open = "open",
        /// Frozen, and evaluated beside the live release.
        Shadow = "shadow",
        /// Frozen, and deciding for a share of ads.
        Canary = "canary",
        /// Goes live at a set time.
        Scheduled = "scheduled",
        /// Became a release.
        Published = "published",
        /// Given up.
        Discarded = "discarded",
    }
);

named_enum!(
    /// What a change of a draft was.
    EditKind {
        /// It was opened.
        Opened = "opened",
        /// A file was set or removed.
        File = "file",
        /// Another model was chosen.
        Model = "model",
        /// It was brought up to a newer release.
        Rebased = "rebased",
        /// It was frozen, scheduled, published, given back or given up.
        Moved = "moved",
    }
);

impl EditKind {
    /// Whether who did it wrote part of what would be published, and so may not publish it.
    pub const fn is_writing(self) -> bool {
        matches!(self, Self::Opened | Self::File | Self::Model)
    }
}

impl BlockState {
    /// Whether it blocks.
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed)
    }
}

impl DraftState {
    /// Whether nothing can happen to it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Published | Self::Discarded)
    }
}

named_enum!(
    /// What happens to the ads that live when a release is published.
    Reach {
        /// Nothing: the release decides about new ads and new revisions.
        NewAds = "new_ads",
        /// They are screened again, in an order and under daily caps.
        Sweep = "sweep",
    }
);

named_enum!(
    /// Which ads a sweep screens first.
    SweepOrder {
        /// The newest revision first.
        Newest = "newest",
        /// The one with the most impressions in the last 7 days first, then ever, then with the largest told budget: what
        /// reaches most people. Where nothing is told, the newest.
        Delivery = "delivery",
    }
);

/// How much a sweep may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPlan {
    /// Which ads come first.
    pub order: SweepOrder,
    /// Tasks that it may make in any 24 hours; `None` is no cap.
    pub tasks_a_day: Option<u32>,
    /// Rejections that it may cause in any 24 hours; `None` is no cap.
    pub rejections_a_day: Option<u32>,
}

/// Which of the ads that live a sweep looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case", deny_unknown_fields)]
pub enum SweepFilter {
    /// Ads that lead to this domain or one below it.
    Domain(String),
    /// Ads with this image, by its SHA-256.
    Image(super::digest::Digest),
    /// Ads whose text holds this phrase.
    Phrase(String),
}

named_enum!(
    /// Life of a block.
    BlockState {
        /// Blocks, and waits for a second person.
        Pending = "pending",
        /// Stays.
        Confirmed = "confirmed",
        /// Nobody confirmed it in a day.
        Lapsed = "lapsed",
        /// Somebody took it back before.
        Lifted = "lifted",
    }
);

named_enum!(
    /// Life of a sweep.
    SweepState {
        /// At it, or waiting for its caps.
        Running = "running",
        /// Every ad was screened.
        Done = "done",
        /// Somebody stopped it; what it did stands.
        Stopped = "stopped",
    }
);

/// How a draft goes live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishPlan {
    /// The sweep of live ads, if there shall be one.
    pub sweep: Option<SweepPlan>,
    /// When; `None` is now.
    pub effective_at: Option<Millis>,
    /// Although cases failed or were not run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub despite_cases: bool,
}

/// Where a release came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// The first start of an installation.
    Shipped,
    /// A draft that somebody else published.
    Draft {
        /// The draft.
        draft: DraftId,
        /// Who published it.
        published_by: String,
        /// The sweep that went with it.
        sweep: Option<SweepId>,
    },
    /// Files applied at the command line.
    Files,
    /// An earlier release brought back.
    Rollback {
        /// That release.
        of: ReleaseId,
    },
    /// One list edited.
    ListEdit {
        /// Its name.
        list: String,
    },
    /// A model promoted.
    Model {
        /// The model.
        model: ModelId,
    },
    /// A lead blocked something, or the block lapsed.
    BreakGlass {
        /// `true` when it lapsed.
        lapsed: bool,
    },
}

/// Whether a path can name a file of a pack: one or two parts of letters, digits, `_`, `-` and `.`, none hidden, and not
/// what an export says of itself.
pub fn is_pack_path(path: &str) -> bool {
    let part = |p: &str| {
        !p.is_empty()
            && !p.starts_with('.')
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    path != BASE_FILE && path.len() <= 120 && path.split('/').count() <= 2 && path.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::is_pack_path;

    #[test]
    fn a_path_stays_inside_the_pack() {
        for good in ["release.toml", "weapons/rules.toml", "lists/scam_terms.phrases.txt", "README.md"] {
            assert!(is_pack_path(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "../x",
            "a/../b",
            "/etc/passwd",
            "a//b",
            ".git/config",
            "a/b/c",
            "a\\b",
            "a b",
            "ä.toml",
            "base.toml",
        ] {
            assert!(!is_pack_path(bad), "{bad}");
        }
    }
}
