//! Policy packs: a release's policies, rules, lists, cases and queues as a folder of files that people edit.
//!
//! ```text
//! release.toml            sampling (and thresholds, when not taken from the model)
//! queues.toml             where rounds wait, and how long
//! lists/NAME.toml         a list; or lists/NAME.KIND.txt, one entry a line, ! before a negative one
//! POLICY/policy.toml      title, clause, severity, disclosure, fix hint, mappings
//! POLICY/rules.toml       [[rule]] with a CEL condition each
//! base.toml               in an export: the release it was; no part of the pack
//! POLICY/cases.toml       [[case]] ads with what this policy must make of them
//! ```
//! Read by the command line, by the first start (the embedded default pack) and by publishing. Every problem comes at
//! once, with file, line and column. It must never yield a bundle that does not compile.

pub mod base_file;
mod case_file;
mod document;
pub mod editor_schema;
mod files;
mod list_file;
mod policy_file;
mod release_file;
mod rule_file;
pub mod write;

pub use files::PackFiles;

use super::{cases::Case, compile::CompiledRelease, problem::Problem};
use crate::{
    domain::{
        policy::{List, Policy, PolicyCode, Rule},
        release::{Bundle, Sampling},
    },
    screening::routing::QueueSet,
};
use document::{Document, Problems};
use rule_file::RulePlace;
use std::collections::{BTreeMap, BTreeSet};

/// A pack that compiles.
#[derive(Debug)]
pub struct Pack {
    /// The release it makes; without model, and with thresholds only where the pack sets them.
    pub bundle: Bundle,
    /// Its cases, in file order.
    pub cases: Vec<Case>,
    /// Its queues.
    pub queues: QueueSet,
}

/// Names of the files of a policy's folder.
const POLICY_FILES: [&str; 3] = ["policy.toml", "rules.toml", "cases.toml"];
/// Names of the files beside the folders.
const TOP_FILES: [&str; 2] = ["release.toml", "queues.toml"];

impl Pack {
    /// The default pack, from the binary.
    pub fn embedded() -> Result<Self, Vec<Problem>> {
        Self::read(&PackFiles::embedded())
    }

    /// Reads one list's file, or says everything that is wrong with it.
    pub fn list(path: &str, text: &str) -> Result<List, Vec<Problem>> {
        let problems = Problems::default();
        let name = path.strip_prefix("lists/").unwrap_or(path);
        let list = list_file::read(path, name, text, &problems);
        let problems = problems.take();
        match list {
            Some(list) if problems.is_empty() => Ok(list),
            _ => Err(problems),
        }
    }

    /// Reads a policy's cases; those with a slip are left out.
    pub fn cases(policy: &PolicyCode, text: &str) -> Vec<Case> {
        let problems = Problems::default();
        Document::parse("cases.toml", text, &problems).map(|d| case_file::cases(&d, policy)).unwrap_or_default()
    }

    /// Reads and compiles a pack, or says everything that is wrong with it.
    pub fn read(files: &PackFiles) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::default();
        reader.read(files);
        let known: BTreeSet<&PolicyCode> = reader.policies.iter().map(|p| &p.code).collect();
        reader.problems.extend(release_file::unknown_policies(files, &known));
        let bundle = Bundle {
            policies: reader.policies,
            rules: reader.rules,
            lists: reader.lists,
            model: None,
            second: None,
            thresholds: reader.thresholds,
            sampling: reader.sampling,
        };
        let mut problems = reader.problems;
        if let Err(more) = CompiledRelease::compile(&bundle) {
            let unplaced = more.clone();
            let placed = more.into_iter().filter_map(|p| place(p, &reader.rule_places, &reader.list_files, &problems));
            let placed: Vec<Problem> = placed.collect();
            problems.extend(placed);
            // What stands in no file is told too, unless something that does may be its cause.
            if problems.is_empty() {
                problems.extend(unplaced);
            }
        }
        if problems.is_empty() {
            return Ok(Self { bundle, cases: reader.cases, queues: QueueSet::new(reader.queues) });
        }
        problems.sort_by(|a, b| (&a.file, a.line, a.column, &a.message).cmp(&(&b.file, b.line, b.column, &b.message)));
        Err(problems)
    }
}

/// Puts a compiler's problem into the file that its rule or list came from; `None` when the reader reported it already.
fn place(
    problem: Problem,
    rules: &BTreeMap<String, RulePlace>,
    lists: &BTreeMap<String, String>,
    reported: &[Problem],
) -> Option<Problem> {
    let inside = problem.inside.clone().unwrap_or_default();
    if let Some(place) = rules.get(inside.strip_prefix("rule ").unwrap_or(&inside)) {
        return Some(place.placed(problem));
    }
    let file = inside.strip_prefix("list ").and_then(|list| lists.get(list))?;
    let known_already = reported.iter().any(|r| &r.file == file);
    (!known_already).then(|| Problem { file: file.clone(), ..problem })
}

/// What has been read so far. Broken parts are left out or stand in with what is known, so that one slip does not
/// raise complaints about everything that refers to it.
#[derive(Default)]
struct Reader {
    policies: Vec<Policy>,
    rules: Vec<Rule>,
    rule_places: BTreeMap<String, RulePlace>,
    lists: Vec<List>,
    list_files: BTreeMap<String, String>,
    cases: Vec<Case>,
    queues: Vec<crate::screening::routing::QueueSpec>,
    sampling: Sampling,
    thresholds: BTreeMap<PolicyCode, f64>,
    problems: Vec<Problem>,
}

impl Reader {
    fn read(&mut self, files: &PackFiles) {
        self.problems.extend(files.problems().iter().cloned());
        let mut folders = BTreeSet::new();
        for (path, text) in files.texts() {
            let problems = Problems::default();
            let shown = files.shown(path);
            match path.split('/').collect::<Vec<_>>().as_slice() {
                ["release.toml"] => {
                    if let Some(document) = Document::parse(&shown, text, &problems) {
                        (self.sampling, self.thresholds) = release_file::release(&document);
                    }
                }
                ["queues.toml"] => {
                    if let Some(document) = Document::parse(&shown, text, &problems) {
                        self.queues = release_file::queues(&document);
                    }
                }
                ["lists", name] => {
                    if let Some(list) = list_file::read(&shown, name, text, &problems) {
                        self.list_files.entry(list.name.clone()).or_insert(shown);
                        self.lists.push(list);
                    }
                }
                [folder, name] if POLICY_FILES.contains(name) => {
                    folders.insert((*folder).to_owned());
                    self.policy_part(folder, name, &shown, text, &problems);
                }
                [_, name] => problems.unexpected_file(&shown, name, &POLICY_FILES),
                [name] if name.ends_with(".md") => {}
                [name] => problems.unexpected_file(&shown, name, &TOP_FILES),
                _ => problems.unexpected_file(&shown, path, &[]),
            }
            self.problems.extend(problems.take());
        }
        for folder in folders {
            let has = |file: &str| files.texts().any(|(path, _)| path == format!("{folder}/{file}"));
            for file in ["policy.toml", "rules.toml"].into_iter().filter(|file| !has(file)) {
                let problems = Problems::default();
                problems.missing_file(&files.shown(&format!("{folder}/{file}")));
                self.problems.extend(problems.take());
            }
        }
    }

    fn policy_part(&mut self, folder: &str, name: &str, shown: &str, text: &str, problems: &Problems) {
        let Ok(code) = folder.parse::<PolicyCode>() else {
            if name == "policy.toml" {
                problems.bad_folder(shown, folder);
            }
            return;
        };
        let document = Document::parse(shown, text, problems);
        match (name, &document) {
            ("policy.toml", Some(document)) => self.policies.push(policy_file::policy(document, &code)),
            ("policy.toml", None) => self.policies.push(policy_file::stand_in(&code)),
            ("rules.toml", Some(document)) => {
                for (rule, place) in rule_file::rules(document, &code) {
                    self.rule_places.entry(rule.name.clone()).or_insert(place);
                    self.rules.push(rule);
                }
            }
            ("cases.toml", Some(document)) => self.cases.extend(case_file::cases(document, &code)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
