//! The type checker: a rule's source to a tree that cannot fail, or everything that is wrong with it.
//!
//! Called by `compile` and, through it, by the pack reader and the editor. Beyond types it refuses what could never be
//! meant: comparisons that never or always hold, texts that a field cannot have. It must never accept a rule whose
//! evaluation could loop, fail or read what the schema does not name.

mod calls;
mod contradiction;
mod operators;
#[cfg(test)]
mod tests;

use super::{
    parse::{Parsed, parse, whole},
    problem::Complaint,
    schema::{self, FIELDS, Field},
    tree::{Constant, Kind, Node, Span},
    types::{Possible, Type},
};
use crate::domain::policy::ListKind;
use cel::common::ast::{Expr, IdedExpr, LiteralValue};
use std::collections::{BTreeMap, BTreeSet};

/// The names that a rule may use besides fields and functions.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Policies that can have a score.
    pub heads: BTreeSet<String>,
    /// Lists with what they hold.
    pub lists: BTreeMap<String, ListKind>,
}

impl Names {
    /// The number of a head: its place among all. Past the end for one that is not there.
    pub(super) fn head(&self, head: &str) -> usize {
        self.heads.iter().position(|h| h == head).unwrap_or(self.heads.len())
    }

    /// The number of a list.
    pub(super) fn list(&self, list: &str) -> u32 {
        self.lists.keys().position(|l| l == list).map_or(u32::MAX, |at| at as u32)
    }
}

/// Checks a rule's condition. All complaints come at once.
pub fn check(source: &str, names: &Names) -> Result<Node, Vec<Complaint>> {
    let parsed = parse(source)?;
    let mut checker = Checker { source, parsed: &parsed, names, complaints: Vec::new() };
    let node = checker.node(&parsed.root);
    if let Some(node) = &node
        && node.type_ != Type::Bool
    {
        let message = format!("a condition must be true or false, and this is {}", node.type_);
        checker.complaints.push(Complaint::new(whole(source), message));
    }
    match node {
        Some(node) if checker.complaints.is_empty() => Ok(node),
        _ => Err(checker.complaints),
    }
}

struct Checker<'s> {
    source: &'s str,
    parsed: &'s Parsed,
    names: &'s Names,
    complaints: Vec<Complaint>,
}

impl Checker<'_> {
    /// Checks an expression; `None` once it complained.
    fn node(&mut self, expr: &IdedExpr) -> Option<Node> {
        let span = self.span(expr);
        match &expr.expr {
            Expr::Literal(literal) => self.literal(literal, span),
            Expr::Ident(name) => self.incomplete_name(name, span),
            Expr::Select(select) if select.test => {
                let field = self.has(expr)?;
                Some(Node { kind: Kind::Has(field), type_: Type::Bool, possible: Possible::Anything, span })
            }
            Expr::Select(_) => self.field(expr, span).map(|field| Node {
                kind: Kind::Field(field),
                type_: field.type_,
                possible: field.possible,
                span,
            }),
            Expr::List(list) => self.list(&list.elements, span),
            Expr::Call(call) => self.call(expr, call, span),
            Expr::Comprehension(_) => self.complain(
                span,
                "loops (all, exists, map, filter) are not part of the rule language; use `in` or a list",
            ),
            Expr::Map(_) | Expr::Struct(_) => {
                self.complain(span, "maps and messages are not part of the rule language")
            }
            Expr::Unspecified => self.complain(span, "this is not an expression"),
        }
    }

    fn span(&self, expr: &IdedExpr) -> Span {
        self.parsed.span(self.source, expr)
    }

    fn complain<T>(&mut self, span: Span, message: impl Into<String>) -> Option<T> {
        self.complaints.push(Complaint::new(span, message));
        None
    }

    fn literal(&mut self, literal: &LiteralValue, span: Span) -> Option<Node> {
        let (constant, type_) = match literal {
            LiteralValue::Boolean(b) => (Constant::Bool(*b.inner()), Type::Bool),
            LiteralValue::Int(i) => (Constant::Int(*i.inner()), Type::Int),
            LiteralValue::UInt(u) => match i64::try_from(*u.inner()) {
                Ok(i) => (Constant::Int(i), Type::Int),
                Err(_) => return self.complain(span, "this number is too large"),
            },
            LiteralValue::Double(d) => (Constant::Double(*d.inner()), Type::Double),
            LiteralValue::String(s) => (Constant::Text(s.inner().to_owned()), Type::Text),
            LiteralValue::Null => {
                return self.complain(span, "there is no null: ask has(field) whether a field is known");
            }
            LiteralValue::Bytes(_) => return self.complain(span, "bytes are not part of the rule language"),
        };
        let possible = match constant {
            Constant::Int(i) => Possible::Range(i as f64, i as f64),
            Constant::Double(d) => Possible::Range(d, d),
            _ => Possible::Anything,
        };
        Some(Node { kind: Kind::Constant(constant), type_, possible, span })
    }

    /// A name that stands alone: no field does.
    fn incomplete_name<T>(&mut self, name: &str, span: Span) -> Option<T> {
        let group = format!("{name}.");
        let message = if FIELDS.iter().any(|f| f.name.starts_with(&group)) {
            format!("`{name}` is a group of fields: name one, such as `{}`", first_of_group(&group))
        } else if super::functions::FUNCTIONS.iter().any(|f| f.name == name) {
            format!("`{name}` is a function: call it with brackets")
        } else {
            format!("unknown name `{name}`")
        };
        let names = FIELDS.iter().map(|f| f.name).chain(super::functions::FUNCTIONS.iter().map(|f| f.name));
        self.complaints.push(Complaint::new(span, message).likely(name, names));
        None
    }

    /// A field by its dotted name.
    fn field(&mut self, expr: &IdedExpr, span: Span) -> Option<&'static Field> {
        let Some(name) = dotted(expr) else {
            return self.complain(span, "only fields are selected with a dot");
        };
        if let Some(field) = schema::field(&name) {
            return Some(field);
        }
        let group = format!("{name}.");
        if FIELDS.iter().any(|f| f.name.starts_with(&group)) {
            return self.incomplete_name(&name, span);
        }
        let complaint = Complaint::new(span, format!("unknown field `{name}`"));
        self.complaints.push(complaint.likely(&name, FIELDS.iter().map(|f| f.name)));
        None
    }

    /// The field that `has(field)` asks for.
    fn has(&mut self, expr: &IdedExpr) -> Option<&'static Field> {
        let name = dotted(expr)?;
        let whole_call = self.span(expr);
        let inner = match &self.source[whole_call.start..whole_call.end].find(&name) {
            Some(at) => Span { start: whole_call.start + at, end: whole_call.start + at + name.len() },
            None => whole_call,
        };
        let field = self.field(expr, inner)?;
        if field.may_be_unknown {
            return Some(field);
        }
        self.complain(inner, format!("`{name}` is always known, so has(...) always holds"))
    }

    /// A list literal: texts or whole numbers.
    fn list(&mut self, elements: &[IdedExpr], span: Span) -> Option<Node> {
        let nodes: Vec<Option<Node>> = elements.iter().map(|e| self.node(e)).collect();
        let nodes: Vec<Node> = nodes.into_iter().collect::<Option<_>>()?;
        let type_ = match nodes.first().map(|n| n.type_) {
            Some(Type::Text) => Type::Texts,
            Some(Type::Int) => Type::Ints,
            Some(other) => return self.complain(span, format!("a list holds texts or whole numbers, not {other}")),
            None => return self.complain(span, "an empty list matches nothing"),
        };
        let odd = nodes.iter().find(|n| Some(n.type_) != type_.element());
        if let Some(odd) = odd {
            let message = format!("all elements of a list are of one type: this is {}", odd.type_);
            let place = odd.span;
            return self.complain(place, message);
        }
        // `in` looks at the elements one by one before it folds them into one constant.
        Some(Node { kind: Kind::List(nodes), type_, possible: Possible::Anything, span })
    }
}

/// `a.b.c` as text, when the expression is nothing but names and dots.
fn dotted(expr: &IdedExpr) -> Option<String> {
    match &expr.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => dotted(&select.operand).map(|front| format!("{front}.{}", select.field)),
        _ => None,
    }
}

fn first_of_group(group: &str) -> &'static str {
    FIELDS.iter().map(|f| f.name).find(|n| n.starts_with(group)).unwrap_or_default()
}
