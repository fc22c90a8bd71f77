//! What a condition rests on: whether scores alone can make it true.
//!
//! Called by `compile` for rules that prohibit: no classifier decides alone that an ad may not serve. It must err on
//! the strict side: what it cannot see through counts as resting on scores.

use super::{
    functions::RestsOn,
    tree::{Argument, Kind, Node, Span},
};

/// The part of the condition that scores alone can make true, if there is one.
pub(super) fn on_scores_alone(node: &Node) -> Option<Span> {
    match &node.kind {
        // One operand with other evidence is enough for the whole.
        Kind::And(all) => all.iter().map(on_scores_alone).collect::<Option<Vec<_>>>().map(|_| node.span),
        // Every alternative needs other evidence.
        Kind::Or(all) => all.iter().find_map(on_scores_alone),
        Kind::Choose(_, then, otherwise) => on_scores_alone(then).or_else(|| on_scores_alone(otherwise)),
        _ => (reads_score(node) && !reads_evidence(node)).then_some(node.span),
    }
}

fn reads_score(node: &Node) -> bool {
    any(node, &|n| matches!(&n.kind, Kind::Call(f, _) if f.rests_on == RestsOn::Score))
}

fn reads_evidence(node: &Node) -> bool {
    let by_call = |n: &Node| matches!(&n.kind, Kind::Call(f, a) if f.rests_on == RestsOn::Evidence && !only_values(a));
    any(node, &|n| matches!(n.kind, Kind::Field(_)) || by_call(n))
}

/// Whether a call reads nothing but its arguments' values, which are walked themselves.
fn only_values(arguments: &[Argument]) -> bool {
    arguments.iter().all(|a| matches!(a, Argument::Value(_)))
}

fn any(node: &Node, holds: &dyn Fn(&Node) -> bool) -> bool {
    let mut found = false;
    node.walk(&mut |n| found |= holds(n));
    found
}
