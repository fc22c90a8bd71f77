//! Why a rule came out as it did: its condition as a tree, with the value of every part.
//!
//! Made on demand, from what a screening stored, for task pages, the staff API and the rule editor. Unlike evaluation it
//! looks at every part, also where another one settled the result. It must never grow beyond its bounds.

use super::{
    environment::Environment,
    eval,
    tree::{Argument, Kind, Node, Span},
    types::Type,
};
use crate::domain::{screening::Truth, signal::Cause};
use serde::Serialize;

/// Most parts that an explanation shows; those after them are counted.
const MOST_PARTS: usize = 200;
/// Longest piece of source that a part shows, in characters.
const SHOWN: usize = 160;

/// One part of a condition.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Explained {
    /// The part as written, on one line.
    pub source: String,
    /// Its value, shortened; `unknown` for what is missing.
    pub value: String,
    /// `true`, `false` or `unknown` where the part is a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// Why a field is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The parts it is made of; none for fields, literals and calls that read the ad alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub parts: Vec<Explained>,
    /// Parts left out because the condition is too large.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// Explains a condition.
pub(super) fn explain<'e>(root: &'e Node, source: &'e str, environment: &'e Environment<'e>) -> Explained {
    part(root, source, environment, &mut 0)
}

fn part<'e>(node: &'e Node, source: &'e str, environment: &'e Environment<'e>, seen: &mut usize) -> Explained {
    *seen += 1;
    let value = eval::value(node, source, environment);
    let cause = match &node.kind {
        Kind::Field(field) => (field.read)(environment).err(),
        _ => None,
    };
    let mut explained = Explained {
        source: one_line(with_brackets(source, node.span)),
        value: value.to_string(),
        truth: (node.type_ == Type::Bool).then(|| value.truth()),
        cause,
        parts: Vec::new(),
        left_out: 0,
    };
    for child in children(node) {
        if *seen < MOST_PARTS {
            explained.parts.push(part(child, source, environment, seen));
        } else {
            explained.left_out += 1;
        }
    }
    explained
}

/// The parts of a node that say more than their source does: literals do not.
fn children(node: &Node) -> Vec<&Node> {
    let all: Vec<&Node> = match &node.kind {
        Kind::Constant(_) | Kind::Field(_) | Kind::Has(_) => Vec::new(),
        Kind::Call(_, arguments) => arguments
            .iter()
            .filter_map(|a| match a {
                Argument::Value(node) => Some(node),
                _ => None,
            })
            .collect(),
        Kind::Not(a) | Kind::Negate(a) => vec![a],
        Kind::And(all) | Kind::Or(all) | Kind::List(all) => all.iter().collect(),
        Kind::Compare(_, a, b) | Kind::In(a, b) | Kind::Arithmetic(_, a, b) => vec![a, b],
        Kind::Choose(a, b, c) => vec![a, b, c],
    };
    all.into_iter().filter(|n| !matches!(n.kind, Kind::Constant(_))).collect()
}

/// The source of a part with the brackets that belong to it: places leave out those around a first or last operand.
fn with_brackets(source: &str, span: Span) -> &str {
    let written = source.get(span.start..span.end).unwrap_or_default();
    let (mut open, mut closed, mut quote) = (0usize, 0usize, None);
    let mut bytes = written.bytes();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (Some(_), b'\\') => drop(bytes.next()),
            (Some(q), _) if byte == q => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(') => open += 1,
            (None, b')') if open > 0 => open -= 1,
            (None, b')') => closed += 1,
            _ => {}
        }
    }
    let (mut start, mut end) = (span.start, span.end);
    for _ in 0..open {
        end = source[end..].find(')').map_or(end, |at| end + at + 1);
    }
    for _ in 0..closed {
        start = source[..start].rfind('(').unwrap_or(start);
    }
    &source[start..end]
}

fn one_line(source: &str) -> String {
    let line = source.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}
