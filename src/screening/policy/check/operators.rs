//! Checks operators: types of both sides, and comparisons that never or always hold.
//!
//! Called by the checker. It must never let a comparison through whose result is known before an ad is seen.

use super::{
    super::{
        problem::Complaint,
        tree::{Arithmetic, Comparison, Constant, Kind, Node, Span},
        types::{Possible, Type},
    },
    Checker,
    contradiction::contradiction,
};
use crate::domain::place::{Country, Language};
use cel::common::ast::{CallExpr, IdedExpr, operators as op};
use std::borrow::Cow;

impl Checker<'_> {
    /// The checked operator; `None` when the call is none, `Some(None)` when it is one and something is wrong.
    pub(super) fn operator(&mut self, expr: &IdedExpr, call: &CallExpr, span: Span) -> Option<Option<Node>> {
        let result = match (call.func_name.as_str(), call.args.as_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR, [_, _]) => self.logical(expr, &call.func_name, span),
            (op::LOGICAL_NOT, [a]) => self.truth(a).map(|a| node(Kind::Not(Box::new(a)), Type::Bool, span)),
            (op::NEGATE, [a]) => self.negate(a, span),
            (op::CONDITIONAL, [condition, then, otherwise]) => self.choose(condition, then, otherwise, span),
            (op::IN, [needle, haystack]) => self.membership(needle, haystack, span),
            (name, [a, b]) => match (comparison(name), arithmetic(name)) {
                (Some(comparison), _) => self.compare(comparison, a, b, span),
                (None, Some(arithmetic)) => self.arithmetic(arithmetic, a, b, span),
                (None, None) if name == op::INDEX => self.complain(span, "elements are not taken by number; use `in`"),
                (None, None) => return None,
            },
            _ => return None,
        };
        Some(result)
    }

    fn both(&mut self, a: &IdedExpr, b: &IdedExpr) -> Option<(Node, Node)> {
        let (a, b) = (self.node(a), self.node(b));
        Some((a?, b?))
    }

    /// An expression that must be true or false.
    fn truth(&mut self, expr: &IdedExpr) -> Option<Node> {
        let node = self.node(expr)?;
        if node.type_ == Type::Bool {
            return Some(node);
        }
        self.complain(node.span, format!("this must be true or false, and it is {}", node.type_))
    }

    /// `a && b && c` as one node: the parser nests it, people do not.
    fn logical(&mut self, expr: &IdedExpr, operator: &str, span: Span) -> Option<Node> {
        fn flatten<'e>(expr: &'e IdedExpr, operator: &str, all: &mut Vec<&'e IdedExpr>) {
            match &expr.expr {
                cel::common::ast::Expr::Call(call) if call.func_name == operator && call.target.is_none() => {
                    call.args.iter().for_each(|a| flatten(a, operator, all));
                }
                _ => all.push(expr),
            }
        }
        let mut operands = Vec::new();
        flatten(expr, operator, &mut operands);
        let checked: Vec<Option<Node>> = operands.into_iter().map(|e| self.truth(e)).collect();
        let checked = checked.into_iter().collect::<Option<Vec<_>>>()?;
        if operator == op::LOGICAL_AND
            && let Some(complaint) = contradiction(&checked, self.source)
        {
            self.complaints.push(complaint);
            return None;
        }
        let kind = if operator == op::LOGICAL_AND { Kind::And(checked) } else { Kind::Or(checked) };
        Some(node(kind, Type::Bool, span))
    }

    fn negate(&mut self, a: &IdedExpr, span: Span) -> Option<Node> {
        let a = self.node(a)?;
        if !a.type_.is_number() {
            return self.complain(a.span, format!("only numbers have a sign, and this is {}", a.type_));
        }
        let type_ = a.type_;
        Some(node(Kind::Negate(Box::new(a)), type_, span))
    }

    fn choose(&mut self, c: &IdedExpr, then: &IdedExpr, otherwise: &IdedExpr, span: Span) -> Option<Node> {
        let condition = self.truth(c);
        let (then, otherwise) = self.both(then, otherwise)?;
        if then.type_ != otherwise.type_ {
            let message = format!("both sides of `:` are of one type: {} and {}", then.type_, otherwise.type_);
            return self.complain(span, message);
        }
        let type_ = then.type_;
        Some(node(Kind::Choose(Box::new(condition?), Box::new(then), Box::new(otherwise)), type_, span))
    }

    fn membership(&mut self, needle: &IdedExpr, haystack: &IdedExpr, span: Span) -> Option<Node> {
        let (needle, haystack) = self.both(needle, haystack)?;
        let Some(element) = haystack.type_.element() else {
            return self.complain(haystack.span, format!("`in` looks into a list, and this is {}", haystack.type_));
        };
        if needle.type_ != element {
            let message = format!("this list holds {element}, never {}", needle.type_);
            return self.complain(needle.span, message);
        }
        let literals: Vec<&Node> = match &haystack.kind {
            Kind::List(elements) => elements.iter().collect(),
            _ => vec![&needle],
        };
        let possible = if matches!(haystack.kind, Kind::List(_)) { needle.possible } else { haystack.possible };
        let wrong: Vec<Complaint> = literals.iter().filter_map(|n| impossible_text(n, possible)).collect();
        if !wrong.is_empty() {
            self.complaints.extend(wrong);
            return None;
        }
        Some(node(Kind::In(Box::new(needle), Box::new(folded(haystack))), Type::Bool, span))
    }

    fn arithmetic(&mut self, operator: Arithmetic, a: &IdedExpr, b: &IdedExpr, span: Span) -> Option<Node> {
        let (a, b) = self.both(a, b)?;
        let type_ = match (a.type_, b.type_) {
            (Type::Int, Type::Int) => Type::Int,
            (x, y) if x.is_number() && y.is_number() && operator != Arithmetic::Remainder => Type::Double,
            (Type::Text, Type::Text) if operator == Arithmetic::Add => Type::Text,
            (x, y) => return self.complain(span, format!("cannot calculate with {x} and {y}")),
        };
        if let (Arithmetic::Divide | Arithmetic::Remainder, Possible::Range(0.0, 0.0)) = (operator, b.possible) {
            return self.complain(b.span, "division by zero");
        }
        Some(node(Kind::Arithmetic(operator, Box::new(a), Box::new(b)), type_, span))
    }

    fn compare(&mut self, operator: Comparison, a: &IdedExpr, b: &IdedExpr, span: Span) -> Option<Node> {
        let (a, b) = self.both(a, b)?;
        let equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
        let comparable = a.type_ == b.type_ || (a.type_.is_number() && b.type_.is_number());
        if !comparable {
            return self.complain(span, format!("cannot compare {} with {}", a.type_, b.type_));
        }
        if !equality && !a.type_.is_number() {
            return self.complain(span, format!("only numbers have an order, and this is {}", a.type_));
        }
        if a.type_.element().is_some() {
            return self.complain(span, "lists are not compared; use `in`");
        }
        let wrong = impossible_text(&b, a.possible).or_else(|| impossible_text(&a, b.possible));
        if let Some(complaint) = wrong.or_else(|| settled_order(operator, &a, &b, span)) {
            self.complaints.push(complaint);
            return None;
        }
        Some(node(Kind::Compare(operator, Box::new(a), Box::new(b)), Type::Bool, span))
    }
}

fn node(kind: Kind, type_: Type, span: Span) -> Node {
    Node { kind, type_, possible: Possible::Anything, span }
}

/// A list of literals as one constant, so that evaluating it makes nothing.
fn folded(list: Node) -> Node {
    let Kind::List(elements) = &list.kind else { return list };
    let constants = elements.iter().map(|e| match &e.kind {
        Kind::Constant(constant) => Some(constant),
        _ => None,
    });
    let Some(constants) = constants.collect::<Option<Vec<_>>>() else { return list };
    let ints = constants.iter().map(|c| if let Constant::Int(i) = c { Some(*i) } else { None });
    let texts = constants.iter().map(|c| if let Constant::Text(t) = c { Some(Cow::Owned(t.clone())) } else { None });
    let constant = match (ints.collect::<Option<Vec<_>>>(), texts.collect::<Option<Vec<_>>>()) {
        (Some(ints), _) => Constant::Ints(ints),
        (_, Some(texts)) => Constant::Texts(texts),
        _ => return list,
    };
    Node { kind: Kind::Constant(constant), ..list }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        op::EQUALS => Comparison::Equal,
        op::NOT_EQUALS => Comparison::NotEqual,
        op::LESS => Comparison::Less,
        op::LESS_EQUALS => Comparison::LessOrEqual,
        op::GREATER => Comparison::Greater,
        op::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        op::ADD => Arithmetic::Add,
        op::SUBSTRACT => Arithmetic::Subtract,
        op::MULTIPLY => Arithmetic::Multiply,
        op::DIVIDE => Arithmetic::Divide,
        op::MODULO => Arithmetic::Remainder,
        _ => return None,
    })
}

/// A complaint about a literal text that the other side can never be.
fn impossible_text(literal: &Node, possible: Possible) -> Option<Complaint> {
    let Kind::Constant(Constant::Text(text)) = &literal.kind else { return None };
    match possible {
        Possible::Names(names) if !names().contains(&text.as_str()) => {
            let message = format!("this is never `{text}`, but one of {}", names().join(", "));
            Some(Complaint::new(literal.span, message).likely(text, names()))
        }
        Possible::Country if text.parse::<Country>().is_err() => {
            let upper = text.to_uppercase();
            let suggestion = upper.parse::<Country>().is_ok().then_some(upper);
            let message = format!("`{text}` is not a country code (ISO 3166-1)");
            Some(Complaint { suggestion, ..Complaint::new(literal.span, message) })
        }
        Possible::Language if text.parse::<Language>().is_err() => {
            Some(Complaint::new(literal.span, format!("`{text}` is not a language code (ISO 639-1)")))
        }
        _ => None,
    }
}

/// A complaint about numbers whose ranges settle the comparison: `score("x") >= 1.5` never holds.
fn settled_order(operator: Comparison, a: &Node, b: &Node, span: Span) -> Option<Complaint> {
    let (Possible::Range(a_least, a_most), Possible::Range(b_least, b_most)) = (a.possible, b.possible) else {
        return None;
    };
    let (never, always) = match operator {
        Comparison::Greater => (a_most <= b_least, a_least > b_most),
        Comparison::GreaterOrEqual => (a_most < b_least, a_least >= b_most),
        Comparison::Less => (a_least >= b_most, a_most < b_least),
        Comparison::LessOrEqual => (a_least > b_most, a_most <= b_least),
        Comparison::Equal => (a_most < b_least || a_least > b_most, false),
        Comparison::NotEqual => (false, a_most < b_least || a_least > b_most),
    };
    if !never && !always {
        return None;
    }
    let (side, least, most) =
        if a_least < a_most { ("the left side", a_least, a_most) } else { ("the right side", b_least, b_most) };
    let how = if never { "never" } else { "always" };
    let bounds = if least == most { format!("{side} is {least}") } else { bounds(side, least, most) };
    Some(Complaint::new(span, format!("this comparison {how} holds: {bounds}")))
}

fn bounds(side: &str, least: f64, most: f64) -> String {
    if most >= f64::from(u32::MAX) {
        format!("{side} is at least {least}")
    } else {
        format!("{side} is {least} to {most}")
    }
}
