//! The policies of the default pack, for the tests of this room, which may not read packs itself.
#![allow(clippy::unwrap_used)]

use crate::domain::{
    policy::Policy,
    release::{Bundle, Sampling},
};
use std::{collections::BTreeMap, fs, path::Path};

/// A bundle of the default pack's policies, without rules and lists.
pub(crate) fn pack() -> Bundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut policies = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let Ok(text) = fs::read_to_string(entry.path().join("policy.toml")) else { continue };
        let mut table: toml::Table = text.parse().unwrap();
        table.insert("code".into(), entry.file_name().to_string_lossy().into_owned().into());
        let mut policy: Policy = table.try_into().unwrap();
        policy.clause = policy.clause.trim().to_owned();
        policies.push(policy);
    }
    policies.sort_by(|a, b| a.code.cmp(&b.code));
    Bundle {
        policies,
        rules: vec![],
        lists: vec![],
        model: None,
        thresholds: BTreeMap::new(),
        second: None,
        sampling: Sampling::default(),
    }
}
