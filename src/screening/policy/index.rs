//! Which rules are worth evaluating on an ad, given the lists that matched and the scores.
//!
//! Built by `compile`, asked once an evaluation. Most rules have a part that must hold and that only a list or a score
//! can make true, such as `matches("weapons")` in `matches("weapons") && !verified`, or `score("scam") >= 0.9`. Where
//! none of those lists matched and no score is so high, that part is false, and Kleene's false && anything is false: the
//! rule is false without evaluating it. It must never leave out a rule that could end unknown or true.

use super::{
    environment::Environment,
    functions::Function,
    sift::Sieves,
    tree::{Argument, Comparison, Constant, Kind, Node},
};
use crate::domain::{policy::ListKind, signal::Reading};

/// Rules by what must have matched, or scored.
#[derive(Debug)]
pub(super) struct Index {
    /// One bit a rule: those that are always evaluated.
    always: Vec<u64>,
    /// Those that a quick look at the fields may leave out.
    sieves: Sieves,
    /// By list: the rules that cannot hold unless it, or another of theirs, matched.
    by_list: Vec<Vec<u32>>,
    /// By head: the rules that cannot hold unless its score reaches a number, or another part of theirs holds; by that
    /// number, ascending. They may be unknown where the score is.
    by_head: Vec<Vec<(f64, u32)>>,
    /// By head: the same for the release's threshold.
    flagged: Vec<Vec<u32>>,
}

/// Something that a condition cannot hold without.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Need {
    /// A match of a list.
    List(u32),
    /// A head's score of so much, or that it is unknown.
    Score(usize, f64),
    /// A head's score at the release's threshold, or that one of them is unknown.
    Flagged(usize),
}

impl Index {
    /// Indexes conditions by their place.
    pub(super) fn new<'n>(conditions: impl Iterator<Item = &'n Node>, lists: usize, heads: usize) -> Self {
        let mut index = Self {
            always: Vec::new(),
            sieves: Sieves::default(),
            by_list: vec![Vec::new(); lists],
            by_head: vec![Vec::new(); heads],
            flagged: vec![Vec::new(); heads],
        };
        for (at, condition) in conditions.enumerate() {
            if at % 64 == 0 {
                index.always.push(0);
            }
            let rule = at as u32;
            match required(condition) {
                None if index.sieves.add(rule, condition) => {}
                None => set(&mut index.always, at),
                Some(needs) => needs.into_iter().for_each(|need| match need {
                    Need::List(list) => index.by_list[list as usize].push(rule),
                    Need::Score(head, least) => index.by_head[head].push((least, rule)),
                    Need::Flagged(head) => index.flagged[head].push(rule),
                }),
            }
        }
        index.by_head.iter_mut().for_each(|of_head| of_head.sort_by(|a, b| a.0.total_cmp(&b.0)));
        index
    }

    /// Places of the rules to evaluate, ascending.
    pub(super) fn candidates<'e>(&self, environment: &'e Environment<'e>) -> impl Iterator<Item = usize> + use<'e> {
        let mut bits = self.always.clone();
        self.sieves.passing(environment, |rule| set(&mut bits, rule as usize));
        let mut last = None;
        for list in environment.lists_hit().filter(|list| last.replace(*list) != Some(*list)) {
            self.by_list[list as usize].iter().for_each(|rule| set(&mut bits, *rule as usize));
        }
        for (head, of_head) in self.by_head.iter().enumerate().filter(|(_, of_head)| !of_head.is_empty()) {
            let value = known(environment, head).unwrap_or(f64::INFINITY);
            of_head
                .iter()
                .take_while(|(least, _)| *least <= value)
                .for_each(|(_, rule)| set(&mut bits, *rule as usize));
        }
        for (head, of_head) in self.flagged.iter().enumerate().filter(|(_, of_head)| !of_head.is_empty()) {
            let value = known(environment, head).unwrap_or(f64::INFINITY);
            if environment.threshold(head).is_none_or(|threshold| value >= threshold) {
                of_head.iter().for_each(|rule| set(&mut bits, *rule as usize));
            }
        }
        bits.into_iter().enumerate().flat_map(|(word, bits)| Ones(bits).map(move |bit| 64 * word + bit))
    }
}

fn known(environment: &Environment<'_>, head: usize) -> Option<f64> {
    environment.score(head).and_then(Reading::known).map(|score| score.value)
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

/// What at least one of must be there for the condition to be anything but false; `None` where it may hold, or be
/// unknown, without any.
fn required(node: &Node) -> Option<Vec<Need>> {
    match &node.kind {
        Kind::Constant(Constant::Bool(false)) => Some(Vec::new()),
        Kind::Call(function, arguments) if looks_up(function) => arguments.iter().find_map(|a| match a {
            Argument::List(_, list) => Some(vec![Need::List(*list)]),
            _ => None,
        }),
        Kind::Call(function, arguments) if function.name == "flagged" => {
            head(arguments).map(|head| vec![Need::Flagged(head)])
        }
        // What is left out is false for sure below the number, so a score at it may be evaluated in vain.
        Kind::Compare(Comparison::GreaterOrEqual | Comparison::Greater, score, least) => least_score(score, least),
        Kind::Compare(Comparison::LessOrEqual | Comparison::Less, least, score) => least_score(score, least),
        // One false operand is enough: the one that asks for the fewest lists is false most often.
        Kind::And(all) => all.iter().filter_map(required).min_by_key(Vec::len),
        Kind::Or(all) => {
            let all: Option<Vec<Vec<Need>>> = all.iter().map(required).collect();
            let mut needs: Vec<Need> = all?.into_iter().flatten().collect();
            needs.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
            needs.dedup();
            Some(needs)
        }
        _ => None,
    }
}

/// `score(head)` against a literal number.
fn least_score(score: &Node, least: &Node) -> Option<Vec<Need>> {
    let least = match &least.kind {
        Kind::Constant(Constant::Double(least)) => *least,
        Kind::Constant(Constant::Int(least)) => *least as f64,
        _ => return None,
    };
    match &score.kind {
        Kind::Call(function, arguments) if function.name == "score" => {
            head(arguments).map(|head| vec![Need::Score(head, least)])
        }
        _ => None,
    }
}

fn head(arguments: &[Argument]) -> Option<usize> {
    arguments.iter().find_map(|a| match a {
        Argument::Head(_, head) => Some(*head),
        _ => None,
    })
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
    use super::super::{check::check, environment::Symbols, testing};
    use super::*;
    use crate::domain::signal::{Cause, ListMatch};
    use std::collections::{BTreeMap, BTreeSet};
    use testing::names;

    /// What a condition requires one of, in words.
    fn requires(source: &str) -> Option<Vec<String>> {
        let names = names();
        let (lists, heads): (Vec<&String>, Vec<&String>) = (names.lists.keys().collect(), names.heads.iter().collect());
        let needs = required(&check(source, &names).unwrap())?;
        let told = needs.into_iter().map(|need| match need {
            Need::List(list) => lists[list as usize].clone(),
            Need::Score(head, least) => format!("{} {least}", heads[head]),
            Need::Flagged(head) => format!("{} flagged", heads[head]),
        });
        Some(told.collect())
    }

    #[test]
    fn what_must_be_there_is_found_and_nothing_more() {
        for (source, expected) in [
            ("matches('weapon_words')", Some(vec!["weapon_words"])),
            ("!advertiser.verified && disguised('weapon_words', 'body')", Some(vec!["weapon_words"])),
            ("matches('weapon_words') || domain_in('shorteners')", Some(vec!["shorteners", "weapon_words"])),
            (
                "(matches('weapon_words') || image_in('banned_images')) && advertiser_in('banned_advertisers')",
                Some(vec!["banned_advertisers"]),
            ),
            ("matches('weapon_words') || flagged('scam')", Some(vec!["weapon_words", "scam flagged"])),
            ("score('scam') >= 0.9 && ad.has_video", Some(vec!["scam 0.9"])),
            ("0.9 < score('scam')", Some(vec!["scam 0.9"])),
            ("score('scam') < 0.9", None),
            ("score('scam') >= score('adult')", None),
            ("!(score('scam') >= 0.9)", None),
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

    /// Candidates among 200 rules, four kinds in turn, as which of the four.
    fn candidates(sources: [&str; 4], lists: &[&str], scam: Option<f64>) -> BTreeSet<usize> {
        let names = names();
        let conditions: Vec<Node> = sources.iter().cycle().take(200).map(|s| check(s, &names).unwrap()).collect();
        let index = Index::new(conditions.iter(), names.lists.len(), names.heads.len());
        let symbols = Symbols::new(&names, &BTreeMap::from([("scam".parse().unwrap(), 0.5)]), None);
        let (content, facts, mut signals) = (testing::ad(), testing::facts(), testing::signals());
        let found = |list: &&str| ListMatch { list: (*list).into(), ..signals.matches[0].clone() };
        signals.matches = lists.iter().map(found).collect();
        let score = scam.map_or(Reading::Unavailable(Cause::Failed), testing::score);
        signals.scores.insert("scam".parse().unwrap(), score);
        let environment = Environment::new(&content, &signals, &facts, &symbols);
        let all: Vec<usize> = index.candidates(&environment).collect();
        assert!(all.is_sorted_by(|a, b| a < b), "they come in order and once");
        let kinds: BTreeSet<usize> = all.iter().map(|at| at % 4).collect();
        assert_eq!(all.len(), kinds.len() * 50);
        kinds
    }

    #[test]
    fn candidates_are_those_that_may_hold_or_be_unknown() {
        let by_list = [
            "size(ad.body) > 3",
            "matches('weapon_words')",
            "false",
            "matches('weapon_words') || domain_in('shorteners')",
        ];
        assert_eq!(candidates(by_list, &[], Some(0.1)), BTreeSet::from([0]));
        assert_eq!(candidates(by_list, &["shorteners"], Some(0.1)), BTreeSet::from([0, 3]));
        let hit = ["shorteners", "weapon_words", "weapon_words"];
        assert_eq!(candidates(by_list, &hit, Some(0.1)), BTreeSet::from([0, 1, 3]));
        let by_score = [
            "score('scam') >= 0.4",
            "score('scam') > 0.6",
            "flagged('scam')",
            "score('scam') >= 0.9 || matches('weapon_words')",
        ];
        assert_eq!(candidates(by_score, &[], Some(0.39)), BTreeSet::new());
        assert_eq!(candidates(by_score, &[], Some(0.4)), BTreeSet::from([0]));
        assert_eq!(candidates(by_score, &[], Some(0.5)), BTreeSet::from([0, 2]));
        assert_eq!(candidates(by_score, &["weapon_words"], Some(0.1)), BTreeSet::from([3]));
        assert_eq!(candidates(by_score, &[], None), BTreeSet::from([0, 1, 2, 3]), "what is unknown is evaluated");
    }
}
