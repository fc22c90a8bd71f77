//! A checked rule: a tree in which every name is resolved, every type is right, and evaluation cannot fail.
//!
//! Built by `check`, walked by `eval` and by static checks. It must never hold an unresolved name.

use super::{functions::Function, schema::Field, types::Possible, types::Type};
use crate::domain::{ad::TextField, place::Country, policy::PolicyCode, time::Millis};
use std::borrow::Cow;

/// Bytes of the rule's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// One expression.
#[derive(Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its type.
    pub type_: Type,
    /// Values it can have.
    pub possible: Possible,
    /// Where it stands in the source.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug)]
pub enum Kind {
    /// A literal.
    Constant(Constant),
    /// A field of the environment.
    Field(&'static Field),
    /// `has(field)`: whether the field is known. Never unknown itself.
    Has(&'static Field),
    /// A function with resolved arguments.
    Call(&'static Function, Vec<Argument>),
    /// `!x`.
    Not(Box<Node>),
    /// `a && b && ...`.
    And(Vec<Node>),
    /// `a || b || ...`.
    Or(Vec<Node>),
    /// `a < b` and its like.
    Compare(Comparison, Box<Node>, Box<Node>),
    /// `a in list`.
    In(Box<Node>, Box<Node>),
    /// `a + b` and its like.
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    /// `-x`.
    Negate(Box<Node>),
    /// `condition ? then : otherwise`.
    Choose(Box<Node>, Box<Node>, Box<Node>),
    /// `[a, b, ...]`.
    List(Vec<Node>),
}

/// A literal's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// `true`, `false`.
    Bool(bool),
    /// `18`.
    Int(i64),
    /// `0.9`.
    Double(f64),
    /// `"DE"`.
    Text(String),
    /// `[18, 21]`.
    Ints(Vec<i64>),
    /// `["DE", "FR"]`.
    Texts(Vec<Cow<'static, str>>),
}

/// An argument of a function, resolved when the rule was checked.
#[derive(Debug)]
pub enum Argument {
    /// An expression.
    Value(Node),
    /// A classifier head, and its number in the release.
    Head(PolicyCode, usize),
    /// A list of the release, and its number.
    List(String, u32),
    /// A text field.
    Field(TextField),
    /// A country.
    Country(Country),
    /// A regular expression, compiled within bounds.
    Expression(Box<regex::Regex>),
    /// The first moment of a day, UTC.
    Day(Millis),
}

/// A comparing operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// The operator with its sides exchanged: `1 < x` is `x > 1`.
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

/// A counting operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`, also joins texts.
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Node {
    /// Calls `visit` on every argument of every call in this node and below it.
    pub fn arguments<'n>(&'n self, visit: &mut dyn FnMut(&'n Argument)) {
        self.walk(&mut |node| {
            if let Kind::Call(_, arguments) = &node.kind {
                arguments.iter().for_each(&mut *visit);
            }
        });
    }

    /// Calls `visit` on this node and on everything below it.
    pub fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Node)) {
        visit(self);
        match &self.kind {
            Kind::Constant(_) | Kind::Field(_) | Kind::Has(_) => {}
            Kind::Call(_, arguments) => {
                for argument in arguments {
                    if let Argument::Value(node) = argument {
                        node.walk(visit);
                    }
                }
            }
            Kind::Not(a) | Kind::Negate(a) => a.walk(visit),
            Kind::And(all) | Kind::Or(all) | Kind::List(all) => all.iter().for_each(|n| n.walk(visit)),
            Kind::Compare(_, a, b) | Kind::In(a, b) | Kind::Arithmetic(_, a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            Kind::Choose(a, b, c) => {
                a.walk(visit);
                b.walk(visit);
                c.walk(visit);
            }
        }
    }
}
