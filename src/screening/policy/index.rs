//! Which rules are worth evaluating on an ad, given the lists that matched.
//!
//! Built by `compile`, asked once an evaluation. Most rules have a part that must hold and that only a list can make
//! true, such as `matches("weapons")` in `matches("weapons") && !verified`. Where none of those lists matched, that part
//! is false, and Kleene's false && anything is false: the rule is false without evaluating it. It must never leave out a
//! rule that could end unknown or true.

use super::{
    functions::Function,
    tree::{Argument, Constant, Kind, Node},
};
use crate::domain::policy::ListKind;
use std::collections::BTreeSet;

/// Rules by what must have matched.
#[derive(Debug)]
pub(super) struct Index {
    /// One bit a rule: those that are always evaluated.
    always: Vec<u64>,
    /// By list: the rules that cannot hold unless it, or another of theirs, matched.
    by_list: Vec<Vec<u32>>,
}

impl Index {
    /// Indexes conditions by their place.
    pub(super) fn new<'n>(conditions: impl Iterator<Item = &'n Node>, lists: usize) -> Self {
        let mut index = Self { always: Vec::new(), by_list: vec![Vec::new(); lists] };
        for (at, condition) in conditions.enumerate() {
            if at % 64 == 0 {
                index.always.push(0);
            }
            match required(condition) {
                None => set(&mut index.always, at),
                Some(lists) => lists.into_iter().for_each(|list| index.by_list[list as usize].push(at as u32)),
            }
        }
        index
    }

    /// Places of the rules to evaluate, ascending.
    pub(super) fn candidates(&self, lists_hit: impl Iterator<Item = u32>) -> impl Iterator<Item = usize> {
        let mut bits = self.always.clone();
        let mut last = None;
        for list in lists_hit.filter(|list| last.replace(*list) != Some(*list)) {
            for rule in &self.by_list[list as usize] {
                set(&mut bits, *rule as usize);
            }
        }
        bits.into_iter().enumerate().flat_map(|(word, bits)| Ones(bits).map(move |bit| 64 * word + bit))
    }
}

fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

/// The places of the ones in a word, ascending.
struct Ones(u64);

impl Iterator for Ones {
    type Item = usize;
    fn next(&mut self) -> Option<usize> {
        let at = self.0.trailing_zeros() as usize;
        (self.0 != 0).then(|| {
            self.0 &= self.0 - 1;
            at
        })
    }
}

/// The lists of which at least one must have matched for the condition to be anything but false; `None` where it may
/// hold, or be unknown, without any.
fn required(node: &Node) -> Option<BTreeSet<u32>> {
    match &node.kind {
        Kind::Constant(Constant::Bool(false)) => Some(BTreeSet::new()),
        Kind::Call(function, arguments) if looks_up(function) => arguments.iter().find_map(|a| match a {
            Argument::List(_, list) => Some(BTreeSet::from([*list])),
            _ => None,
        }),
        // One false operand is enough: the one that asks for the fewest lists is false most often.
        Kind::And(all) => all.iter().filter_map(required).min_by_key(BTreeSet::len),
        Kind::Or(all) => {
            let all: Option<Vec<BTreeSet<u32>>> = all.iter().map(required).collect();
            all.map(|sets| sets.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// Whether a function is false, and never unknown, where its list has no match: those that take a list of words, domains,
/// images or advertisers. Likeness to examples is measured, not matched.
fn looks_up(function: &Function) -> bool {
    function.parameters.iter().any(|p| match p {
        super::functions::Parameter::List(kinds) => !kinds.contains(&ListKind::Examples),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{check::check, testing::names};
    use super::*;

    /// Lists that a condition requires one of, by name.
    fn requires(source: &str) -> Option<Vec<String>> {
        let names = names();
        let all: Vec<&String> = names.lists.keys().collect();
        let found = required(&check(source, &names).unwrap())?;
        Some(found.into_iter().map(|list| all[list as usize].clone()).collect())
    }

    #[test]
    fn what_must_have_matched_is_found_and_nothing_more() {
        for (source, expected) in [
            ("matches('weapon_words')", Some(vec!["weapon_words"])),
            ("!advertiser.verified && disguised('weapon_words', 'body')", Some(vec!["weapon_words"])),
            ("matches('weapon_words') || domain_in('shorteners')", Some(vec!["shorteners", "weapon_words"])),
            (
                "(matches('weapon_words') || image_in('banned_images')) && advertiser_in('banned_advertisers')",
                Some(vec!["banned_advertisers"]),
            ),
            ("matches('weapon_words') || flagged('scam')", None),
            ("!matches('weapon_words')", None),
            ("matches('weapon_words') == true", None),
            ("matches('weapon_words') ? true : ad.has_video", None),
            ("similar_to('scam_texts') > 0.9", None),
            ("ad.has_video", None),
        ] {
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(requires(source), expected, "{source}");
        }
    }

    #[test]
    fn candidates_come_in_order_and_once() {
        let names = names();
        let sources =
            ["ad.has_video", "matches('weapon_words')", "false", "matches('weapon_words') || domain_in('shorteners')"];
        let conditions: Vec<Node> = sources.iter().cycle().take(200).map(|s| check(s, &names).unwrap()).collect();
        let index = Index::new(conditions.iter(), names.lists.len());
        let slot = |list: &str| names.list(list);
        let always: Vec<usize> = (0..200).filter(|at| at % 4 == 0).collect();
        assert_eq!(index.candidates(std::iter::empty()).collect::<Vec<_>>(), always);
        let hit = [slot("shorteners"), slot("weapon_words"), slot("weapon_words")];
        let some: Vec<usize> = (0..200).filter(|at| at % 4 != 2).collect();
        assert_eq!(index.candidates(hit.into_iter()).collect::<Vec<_>>(), some);
    }
}
