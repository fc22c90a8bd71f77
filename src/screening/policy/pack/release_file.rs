//! `release.toml` and `queues.toml`: sampling, thresholds, and where rounds wait.
//!
//! Called by the pack reader. It must never accept a share outside 0 to 1: the store would refuse the release later.

use super::{
    super::problem::{Complaint, Problem},
    document::{Document, Problems},
    files::PackFiles,
};
use crate::{
    domain::{policy::PolicyCode, release::Sampling},
    screening::routing::QueueSpec,
};
use std::collections::{BTreeMap, BTreeSet};

/// Reads sampling and thresholds.
pub(super) fn release(document: &Document<'_>) -> (Sampling, BTreeMap<PolicyCode, f64>) {
    let root = document.root();
    let mut sampling = Sampling::default();
    if let Some(section) = root.section("sampling") {
        sampling.blind_share = section.share("blind_share").map_or(sampling.blind_share, |s| s.value);
        sampling.overlap_share = section.share("overlap_share").map_or(sampling.overlap_share, |s| s.value);
        let seed = section.int("seed", 0, i64::MAX).and_then(|s| u64::try_from(s.value).ok());
        sampling.seed = seed.unwrap_or(sampling.seed);
        section.done();
    }
    let mut thresholds = BTreeMap::new();
    if let Some(section) = root.section("thresholds") {
        for (name, value) in section.shares() {
            match name.value.parse() {
                Ok(code) => drop(thresholds.insert(code, value)),
                Err(_) => {
                    document.complain(Complaint::new(name.span, format!("`{}` is not a policy code", name.value)));
                }
            }
        }
    }
    root.done();
    (sampling, thresholds)
}

/// Reads the queues.
pub(super) fn queues(document: &Document<'_>) -> Vec<QueueSpec> {
    let root = document.root();
    let mut queues = Vec::new();
    let mut names = BTreeSet::new();
    for section in root.sections("queue") {
        let name = section.required("name");
        if !names.insert(name.value.clone()) {
            document.complain(Complaint::new(name.span, format!("there are two queues named `{}`", name.value)));
        }
        let minutes = |key: &'static str, most: i64| {
            let given = section.int(key, 1, most);
            if given.is_none() && !section.has(key) {
                section.missing(key);
            }
            given.and_then(|m| u32::try_from(m.value).ok()).unwrap_or(1)
        };
        queues.push(QueueSpec {
            title: section.required("title").value,
            policies: section.codes("policies", "a policy code").into_iter().map(|p| p.value).collect(),
            sla_minutes: minutes("sla_minutes", 60 * 24 * 365),
            lease_minutes: minutes("lease_minutes", 60 * 24),
            rank: section.int("rank", 0, 10_000).and_then(|r| u32::try_from(r.value).ok()).unwrap_or(100),
            name: name.value,
        });
        section.done();
    }
    root.done();
    queues
}

/// Queues that name a policy which the pack does not have.
pub(super) fn unknown_policies(files: &PackFiles, known: &BTreeSet<&PolicyCode>) -> Vec<Problem> {
    let Some((path, text)) = files.texts().find(|(path, _)| *path == "queues.toml") else { return Vec::new() };
    let shown = files.shown(path);
    let problems = Problems::default();
    // Its own slips were noted when it was first read; only the names are looked at here.
    let ignored = Problems::default();
    if let Some(document) = Document::parse(&shown, text, &ignored) {
        for section in document.root().sections("queue") {
            for policy in section.codes::<PolicyCode>("policies", "") {
                if !known.contains(&policy.value) {
                    let complaint = Complaint::new(policy.span, format!("unknown policy `{}`", policy.value));
                    let complaint = complaint.likely(policy.value.as_str(), known.iter().map(|p| p.as_str()));
                    problems.push(complaint.in_text(&shown, None, text));
                }
            }
        }
    }
    problems.take()
}
