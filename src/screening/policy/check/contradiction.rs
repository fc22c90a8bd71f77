//! Finds parts of an `&&` that cannot hold together: `x < 5 && x > 10`, `x == "a" && x == "b"`.
//!
//! Called by the checker for every `&&`. It must never complain about what could hold: it looks only at comparisons of
//! one and the same expression with literals.

use super::super::{
    problem::Complaint,
    tree::{Comparison, Constant, Kind, Node},
};
use std::collections::BTreeMap;

/// What the comparisons so far leave of one expression's values.
struct Left<'n> {
    least: f64,
    most: f64,
    /// Whether the ends themselves are left out.
    open: (bool, bool),
    text: Option<&'n str>,
    /// The comparison that narrowed it last.
    by: &'n Node,
}

/// A complaint about the first comparison that cannot hold together with one before it.
pub(super) fn contradiction(operands: &[Node], source: &str) -> Option<Complaint> {
    let written = |node: &Node| source.get(node.span.start..node.span.end).unwrap_or_default();
    let mut all: BTreeMap<&str, Left<'_>> = BTreeMap::new();
    for node in operands {
        let Kind::Compare(operator, a, b) = &node.kind else { continue };
        let (operator, side, constant) = match (&a.kind, &b.kind) {
            (_, Kind::Constant(constant)) => (*operator, a, constant),
            (Kind::Constant(constant), _) => (operator.mirrored(), b, constant),
            _ => continue,
        };
        let whole = Left { least: f64::NEG_INFINITY, most: f64::INFINITY, open: (false, false), text: None, by: node };
        let left = all.entry(written(side)).or_insert(whole);
        let before = left.by;
        if !left.narrow(operator, constant) {
            let message = format!("this never holds together with `{}`", written(before));
            return Some(Complaint::new(node.span, message));
        }
        left.by = node;
    }
    None
}

impl<'n> Left<'n> {
    /// Takes out what a comparison rules out; says whether anything is left.
    fn narrow(&mut self, operator: Comparison, constant: &'n Constant) -> bool {
        let number = match constant {
            Constant::Int(i) => *i as f64,
            Constant::Double(d) => *d,
            Constant::Text(text) if operator == Comparison::Equal => {
                return *self.text.get_or_insert(text) == text;
            }
            _ => return true,
        };
        let strict = matches!(operator, Comparison::Less | Comparison::Greater);
        if matches!(operator, Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Equal)
            && (number > self.least || (number == self.least && strict))
        {
            (self.least, self.open.0) = (number, strict);
        }
        if matches!(operator, Comparison::Less | Comparison::LessOrEqual | Comparison::Equal)
            && (number < self.most || (number == self.most && strict))
        {
            (self.most, self.open.1) = (number, strict);
        }
        self.least < self.most || (self.least == self.most && self.open == (false, false))
    }
}
