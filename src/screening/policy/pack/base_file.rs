//! `base.toml`: which release a folder was exported from, so that applying it later takes back nothing that others
//! published since.
//!
//! Written by exports, read by the command line. It is no part of the pack: it must never be kept with a release.

use crate::domain::{ReleaseId, release::ReleaseNumber};
use serde::Deserialize;

/// The release that a folder's files were.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseRelease {
    /// The release.
    pub release: ReleaseId,
    /// Its number, for people.
    pub number: String,
}

impl BaseRelease {
    /// The base of what is exported from a release.
    pub fn of(release: ReleaseId, number: ReleaseNumber) -> Self {
        Self { release, number: number.to_string() }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.message().to_owned())
    }

    /// The file.
    pub fn text(&self) -> String {
        format!(
            "# Which release this folder was exported from: `adjudge policy apply` refuses to take back what others\n\
             # published since. Keep it beside the files; it is no part of the pack.\n\
             release = \"{}\"\nnumber = \"{}\"\n",
            self.release, self.number
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let base = BaseRelease::of(ReleaseId(uuid::Uuid::from_u128(7)), ReleaseNumber { major: 2, minor: 1 });
        assert_eq!(BaseRelease::read(&base.text()).unwrap(), base);
        assert!(BaseRelease::read("release = \"2.1\"\nnumber = \"2.1\"").is_err());
        assert!(BaseRelease::read(&format!("{}x = 1\n", base.text())).is_err());
    }
}
