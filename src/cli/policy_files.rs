//! A pack's folder as texts, and texts as a folder.
//!
//! Called by `policy`. It must never write outside the folder, nor into one that holds anything else.

use crate::{
    domain::draft::{BASE_FILE, PackTexts, is_pack_path},
    screening::policy::{
        PackFiles,
        pack::{base_file::BaseRelease, editor_schema},
    },
};
use anyhow::{Context as _, bail};
use std::{fs, path::Path};

/// Reads a folder; the error is every problem that reading it met, as one text.
pub(super) fn read(folder: &Path) -> Result<PackTexts, String> {
    let files = PackFiles::in_folder(folder);
    let problems: Vec<String> = files.problems().iter().map(ToString::to_string).collect();
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    let texts: PackTexts = files.texts().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    if texts.is_empty() { Err(format!("{} holds no files of a pack", folder.display())) } else { Ok(texts) }
}

/// What a folder says of the release that it was exported from; `None` for one that somebody wrote.
pub(super) fn base(folder: &Path) -> anyhow::Result<Option<BaseRelease>> {
    let files = PackFiles::in_folder(folder);
    let Some(text) = files.base() else { return Ok(None) };
    match BaseRelease::read(text) {
        Ok(base) => Ok(Some(base)),
        Err(why) => bail!("{BASE_FILE} cannot be read: {why}; export the release again, or remove the file"),
    }
}

/// Writes down which release a folder's files are.
pub(super) fn write_base(folder: &Path, base: &BaseRelease) -> anyhow::Result<()> {
    let file = folder.join(BASE_FILE);
    fs::write(&file, base.text()).with_context(|| format!("cannot write {}", file.display()))
}

/// Writes the JSON Schemas of a pack's files; says how many.
pub(super) fn write_schemas(folder: &Path) -> anyhow::Result<usize> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let all = editor_schema::all();
    for (name, schema) in &all {
        let file = folder.join(name);
        let text = serde_json::to_string_pretty(schema)?;
        fs::write(&file, text + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(all.len())
}

/// Writes files into a folder that is empty, not there, or holds nothing but files of these names; says how many. Files
/// that say something else are somebody's work, and only replaced when that is asked for.
pub(super) fn write(folder: &Path, files: &PackTexts, replace: bool) -> anyhow::Result<usize> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let there = PackFiles::in_folder(folder);
    if let Some((other, _)) = there.texts().find(|(path, _)| !files.contains_key(*path)) {
        bail!("{} holds {other}, which is not in the release; give an empty folder", folder.display());
    }
    if let Some((edited, _)) =
        there.texts().find(|(path, text)| !replace && files.get(*path).is_some_and(|f| f != text))
    {
        bail!("{} holds another {edited} than the release; give an empty folder, or --replace", folder.display());
    }
    for (path, text) in files.iter().filter(|(path, _)| is_pack_path(path)) {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(files.len())
}
