//! A pack's files as bytes: from a folder, or from the binary.
//!
//! Called by the pack reader. It must never read a file that is larger than a pack's file can be, follow a link out of
//! the folder, or give up at the first bad file.

use super::super::problem::{Complaint, Problem};
use crate::{
    domain::draft::{BASE_FILE, LARGEST_FILE, MOST_FILES},
    screening::policy::tree::Span,
};
use include_dir::{Dir, include_dir};
use std::{collections::BTreeMap, path::Path};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// The texts of a pack by their path inside it.
#[derive(Debug, Default)]
pub struct PackFiles {
    root: String,
    texts: BTreeMap<String, String>,
    base: Option<String>,
    problems: Vec<Problem>,
}

impl PackFiles {
    /// The default pack.
    pub fn embedded() -> Self {
        let mut files = Self { root: "policies".into(), ..Self::default() };
        let mut folders = vec![&EMBEDDED];
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            for file in folder.files() {
                if let Some(path) = file.path().to_str() {
                    files.add(path, file.contents().to_vec());
                }
            }
        }
        files
    }

    /// The files of a folder. Hidden files are left out; what cannot be read becomes a problem.
    pub fn in_folder(root: &Path) -> Self {
        let mut files = Self { root: root.display().to_string(), ..Self::default() };
        files.add_folder(root, "", 0);
        if files.texts.is_empty() && files.problems.is_empty() {
            files.complain("", "this folder holds no files of a pack".into());
        }
        files
    }

    /// Files given as pairs of path and content, for tests and uploads.
    pub fn from_pairs<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut files = Self::default();
        for (path, text) in pairs {
            files.add(path, text.as_bytes().to_vec());
        }
        files
    }

    /// Path and text of every readable file, by path.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// What the folder says of the release that it was exported from. It is no part of the pack.
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// The path as problems show it, so that an editor can open it.
    pub(super) fn shown(&self, path: &str) -> String {
        if self.root.is_empty() { path.to_owned() } else { format!("{}/{path}", self.root.trim_end_matches('/')) }
    }

    /// What could not be read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn add_folder(&mut self, folder: &Path, inside: &str, depth: usize) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(cause) => return self.complain(inside, format!("this folder cannot be read: {cause}")),
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if inside.is_empty() { name.clone() } else { format!("{inside}/{name}") };
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() && depth < 2 {
                self.add_folder(&entry.path(), &path, depth + 1);
            } else if kind.is_dir() {
                self.complain(&path, "folders of a pack hold files, not more folders".into());
            } else if !kind.is_file() {
                self.complain(&path, "a pack holds plain files; this is a link, a pipe or a device".into());
            } else {
                let size = entry.metadata().map_or(0, |m| m.len());
                if size > LARGEST_FILE as u64 {
                    self.complain(&path, format!("a file of a pack has at most {LARGEST_FILE} bytes, this has {size}"));
                    continue;
                }
                match std::fs::read(entry.path()) {
                    Ok(bytes) => self.add(&path, bytes),
                    Err(cause) => self.complain(&path, format!("this file cannot be read: {cause}")),
                }
            }
        }
    }

    fn add(&mut self, path: &str, bytes: Vec<u8>) {
        if self.texts.len() >= MOST_FILES {
            if self.texts.len() == MOST_FILES && self.problems.is_empty() {
                self.complain(path, format!("a pack has at most {MOST_FILES} files"));
            }
            return;
        }
        if bytes.len() > LARGEST_FILE {
            return self.complain(
                path,
                format!("a file of a pack has at most {LARGEST_FILE} bytes, this has {}", bytes.len()),
            );
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
                if path == BASE_FILE {
                    self.base = Some(text);
                    return;
                }
                self.texts.insert(path.to_owned(), text);
            }
            Err(bad) => {
                let at = bad.utf8_error().valid_up_to();
                let valid = String::from_utf8_lossy(&bad.as_bytes()[..at]).into_owned();
                let complaint = Complaint::new(Span { start: at, end: at }, "this file is not UTF-8 from here on");
                let shown = self.shown(path);
                self.problems.push(complaint.in_text(&shown, None, &valid));
            }
        }
    }

    fn complain(&mut self, path: &str, message: String) {
        let shown = self.shown(path);
        self.problems.push(Complaint::new(Span::default(), message).in_text(&shown, None, ""));
    }
}
