//! The files of releases, and the bundle that files and a model make together.
//!
//! Called by whatever opens a draft, makes a release or exports one. It must never make a bundle that does not compile.

use crate::{
    domain::{ReleaseId, draft::PackTexts, policy::PolicyCode, release::Bundle},
    flows::Error,
    screening::{
        policy::{CompiledRelease, Pack, PackFiles, Problem, pack::write},
        routing::QueueSpec,
    },
    store::{
        Run, drafts, releases,
        releases::{StoredModel, StoredQueue, StoredRelease},
    },
};
use std::collections::BTreeMap;

/// The files as the pack reader takes them.
pub fn pack_files(files: &PackTexts) -> PackFiles {
    PackFiles::from_pairs(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

/// Thresholds of a bundle: the model's, and over them what the pack sets itself.
pub fn thresholds(pack: &Pack, model: Option<&StoredModel>) -> BTreeMap<PolicyCode, f64> {
    let mut all = model.map(|m| m.thresholds.clone()).unwrap_or_default();
    all.extend(pack.bundle.thresholds.clone());
    all
}

/// The bundle that a pack and a model make.
pub fn bundle(pack: &Pack, model: Option<&StoredModel>) -> Bundle {
    Bundle { model: model.map(|m| m.id), thresholds: thresholds(pack, model), ..pack.bundle.clone() }
}

/// Reads files and compiles what they make with a model, or says everything that is wrong.
pub fn read(files: &PackTexts, model: Option<&StoredModel>) -> Result<(Pack, Bundle), Vec<Problem>> {
    let pack = Pack::read(&pack_files(files))?;
    let bundle = bundle(&pack, model);
    CompiledRelease::compile(&bundle)?;
    Ok((pack, bundle))
}

/// The files that a release is written in. A release from before releases kept their files is written out.
pub async fn files_of(on: &impl Run, release: &StoredRelease) -> Result<PackTexts, Error> {
    let kept = drafts::release_files(on, release.id).await?;
    if !kept.is_empty() {
        return Ok(kept);
    }
    let model = match release.bundle.model {
        Some(id) => releases::model(on, id).await?,
        None => None,
    };
    let own = model.is_none_or(|m| m.thresholds != release.bundle.thresholds);
    let queues: Vec<QueueSpec> = releases::queues(on).await?.into_iter().map(spec).collect();
    write::write(&release.bundle, own, &queues).map_err(|e| Error::Internal(format!("release {}: {e}", release.number)))
}

/// A release by id, or the live one.
pub async fn release_or_live(on: &impl Run, id: Option<ReleaseId>) -> Result<StoredRelease, Error> {
    match id {
        Some(id) => releases::release(on, id).await?.ok_or(Error::NotFound),
        None => releases::live(on).await?.ok_or_else(|| Error::Internal("there is no live release".into())),
    }
}

/// A kept queue as routing and packs spell it.
pub fn spec(queue: StoredQueue) -> QueueSpec {
    QueueSpec {
        name: queue.name,
        title: queue.title,
        policies: queue.policies,
        sla_minutes: u32::try_from(queue.sla_ms / 60_000).unwrap_or(u32::MAX),
        lease_minutes: u32::try_from(queue.lease_ms / 60_000).unwrap_or(u32::MAX),
        rank: u32::try_from(queue.rank).unwrap_or_default(),
    }
}
