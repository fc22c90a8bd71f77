//! Evaluates a checked rule in Kleene's three-valued logic, with or without the evidence for what it found.
//!
//! Called by `compile`: first without evidence, since most rules are false; then with, for those that are not. It is
//! total: no panic, no I/O, time bounded by the rule's size. It must never read a missing value as anything but unknown.

#[cfg(test)]
mod tests;

use super::{
    environment::Environment,
    functions::{Call, Function, MOST_VALUES},
    schema::Field,
    tree::{Argument, Arithmetic, Comparison, Constant, Kind, Node},
    types::{Texts, Value},
};
use crate::domain::{finding::Evidence, screening::Truth};
use std::{borrow::Cow, cmp::Ordering};

/// A rule's truth value.
pub fn truth<'e>(root: &'e Node, source: &'e str, environment: &'e Environment<'e>) -> Truth {
    Evaluator { environment, source, trail: None }.truth(root)
}

/// The value of any part of a rule, for its explanation.
pub fn value<'e>(node: &'e Node, source: &'e str, environment: &'e Environment<'e>) -> Value<'e> {
    Evaluator { environment, source, trail: None }.value(node)
}

/// A rule's truth value with the evidence that settles it: for a true rule the matches, scores and facts of its true
/// branches; for an unknown one what is missing, beside what holds already.
pub fn truth_with_evidence<'e>(
    root: &'e Node,
    source: &'e str,
    environment: &'e Environment<'e>,
) -> (Truth, Vec<Evidence>) {
    let mut evaluator = Evaluator { environment, source, trail: Some(Vec::new()) };
    let truth = evaluator.truth(root);
    let mut evidence = evaluator.trail.unwrap_or_default();
    let mut at = 1;
    while at < evidence.len() {
        if evidence[..at].contains(&evidence[at]) {
            evidence.remove(at);
        } else {
            at += 1;
        }
    }
    (truth, evidence)
}

/// Kleene's negation.
pub fn not(truth: Truth) -> Truth {
    match truth {
        Truth::False => Truth::True,
        Truth::Unknown => Truth::Unknown,
        Truth::True => Truth::False,
    }
}

struct Evaluator<'e> {
    environment: &'e Environment<'e>,
    source: &'e str,
    /// Evidence so far; `None` when nobody asks for it, and then operands are short-circuited.
    trail: Option<Vec<Evidence>>,
}

impl<'e> Evaluator<'e> {
    fn truth(&mut self, node: &'e Node) -> Truth {
        match &node.kind {
            Kind::Has(field) => self.has(field),
            Kind::Not(a) => not(self.truth(a)),
            Kind::And(all) => self.junction(all, Truth::False),
            Kind::Or(all) => self.junction(all, Truth::True),
            Kind::Compare(operator, a, b) => self.compare(*operator, a, b),
            Kind::In(needle, haystack) => self.membership(needle, haystack),
            Kind::Choose(condition, then, otherwise) => match self.truth(condition) {
                Truth::True => self.truth(then),
                Truth::False => self.truth(otherwise),
                Truth::Unknown => Truth::Unknown,
            },
            Kind::Constant(_)
            | Kind::Field(_)
            | Kind::Call(..)
            | Kind::Arithmetic(..)
            | Kind::Negate(_)
            | Kind::List(_) => self.value(node).truth(),
        }
    }

    fn value(&mut self, node: &'e Node) -> Value<'e> {
        match &node.kind {
            Kind::Constant(constant) => value_of(constant),
            Kind::Field(field) => self.field(field),
            Kind::Call(function, arguments) => self.call(node, function, arguments),
            Kind::Has(_) | Kind::Not(_) | Kind::And(_) | Kind::Or(_) | Kind::Compare(..) | Kind::In(..) => {
                self.truth(node).into()
            }
            Kind::Arithmetic(operator, a, b) => arithmetic(*operator, self.value(a), self.value(b)),
            Kind::Negate(a) => match self.value(a) {
                Value::Int(i) => i.checked_neg().map_or(Value::Unknown, Value::Int),
                Value::Double(d) => Value::Double(-d),
                _ => Value::Unknown,
            },
            Kind::Choose(condition, then, otherwise) => match self.truth(condition) {
                Truth::True => self.value(then),
                Truth::False => self.value(otherwise),
                Truth::Unknown => Value::Unknown,
            },
            Kind::List(elements) => self.list(elements),
        }
    }

    fn has(&mut self, field: &'static Field) -> Truth {
        let known = (field.read)(self.environment).is_ok();
        self.fact(format_args!("has({})", field.name), &Value::Bool(known));
        if known { Truth::True } else { Truth::False }
    }

    /// `&&` (decided by `false`) and `||` (decided by `true`). Evidence of operands that did not settle the result is
    /// dropped: the false ones of a true `||`, the unknown ones once another decided.
    fn junction(&mut self, operands: &'e [Node], decisive: Truth) -> Truth {
        let mut result = not(decisive);
        let start = self.trail.as_ref().map_or(0, Vec::len);
        let mut ends: Vec<(Truth, usize)> = Vec::new();
        for operand in operands {
            let truth = self.truth(operand);
            if truth == decisive || (truth == Truth::Unknown && result != decisive) {
                result = truth;
            }
            match &self.trail {
                Some(trail) => ends.push((truth, trail.len())),
                None if result == decisive => break,
                None => {}
            }
        }
        // What holds beside a missing operand tells a person why the missing one matters: a matched list whose
        // certificate nobody told. That is so for `&&`; for `||`, what does not hold tells nothing.
        let beside = (result == Truth::Unknown && decisive == Truth::False).then_some(Truth::True);
        let settles = |truth: Truth| truth == result || Some(truth) == beside;
        if let Some(trail) = &mut self.trail
            && !ends.iter().all(|(truth, _)| settles(*truth))
        {
            let mut all = trail.split_off(start).into_iter();
            let mut from = start;
            for (truth, end) in ends {
                let of_operand = all.by_ref().take(end - from);
                if settles(truth) {
                    trail.extend(of_operand);
                } else {
                    of_operand.for_each(drop);
                }
                from = end;
            }
        }
        result
    }

    fn field(&mut self, field: &'static Field) -> Value<'e> {
        match (field.read)(self.environment) {
            Ok(value) => {
                self.fact(format_args!("{}", field.name), &value);
                value
            }
            Err(cause) => {
                if let Some(trail) = &mut self.trail {
                    trail.push(Evidence::Unavailable { signal: field.name.to_owned(), cause });
                }
                Value::Unknown
            }
        }
    }

    fn call(&mut self, node: &'e Node, function: &'static Function, arguments: &'e [Argument]) -> Value<'e> {
        let start = self.trail.as_ref().map_or(0, Vec::len);
        let mut values = [const { Value::Unknown }; MOST_VALUES];
        let mut slots = values.iter_mut();
        for argument in arguments {
            if let Argument::Value(argument) = argument {
                match (self.value(argument), slots.next()) {
                    (known, Some(slot)) if known != Value::Unknown => *slot = known,
                    _ => return Value::Unknown,
                }
            }
        }
        // The call stands for what its arguments read.
        let evidence = self.trail.as_mut().map(|trail| {
            trail.truncate(start);
            Vec::new()
        });
        let mut call = Call { environment: self.environment, arguments, values, evidence };
        let value = (function.call)(&mut call);
        let evidence = call.evidence;
        match (&mut self.trail, evidence) {
            (Some(trail), Some(evidence)) if !evidence.is_empty() => trail.extend(evidence),
            (Some(_), _) => {
                let text = self.source.get(node.span.start..node.span.end).unwrap_or(function.name);
                self.fact(format_args!("{text}"), &value);
            }
            (None, _) => {}
        }
        value
    }

    fn compare(&mut self, operator: Comparison, a: &'e Node, b: &'e Node) -> Truth {
        let (left, right) = (self.value(a), self.value(b));
        self.replace_threshold(a, &right);
        self.replace_threshold(b, &left);
        match order(&left, &right) {
            Some(ordering) if holds(operator, ordering) => Truth::True,
            Some(_) => Truth::False,
            None => Truth::Unknown,
        }
    }

    /// In `score("x") >= 0.9` the threshold that evidence shows is the one the rule compares with.
    fn replace_threshold(&mut self, side: &Node, other: &Value<'e>) {
        let Kind::Call(function, arguments) = &side.kind else { return };
        let (Some(trail), Some(number), [Argument::Head(compared, _)]) =
            (&mut self.trail, other.as_number(), arguments.as_slice())
        else {
            return;
        };
        if function.name != "score" {
            return;
        }
        for evidence in trail.iter_mut().rev() {
            match evidence {
                Evidence::Score { head, threshold, .. } if head == compared => {
                    *threshold = number;
                    return;
                }
                _ => {}
            }
        }
    }

    fn membership(&mut self, needle: &'e Node, haystack: &'e Node) -> Truth {
        let (needle, haystack) = (self.value(needle), self.value(haystack));
        let found = match (&needle, &haystack) {
            (Value::Text(text), Value::Texts(all)) => all.contains(text),
            (Value::Int(number), Value::Ints(all)) => all.contains(number),
            _ => return Truth::Unknown,
        };
        if found { Truth::True } else { Truth::False }
    }

    fn list(&mut self, elements: &'e [Node]) -> Value<'e> {
        let (mut ints, mut texts) = (Vec::new(), Vec::new());
        for element in elements {
            match self.value(element) {
                Value::Int(i) => ints.push(i),
                Value::Text(text) => texts.push(text),
                _ => return Value::Unknown,
            }
        }
        if texts.is_empty() { Value::Ints(Cow::Owned(ints)) } else { Value::Texts(Texts::Made(texts)) }
    }

    fn fact(&mut self, name: std::fmt::Arguments<'_>, value: &Value<'e>) {
        if let Some(trail) = &mut self.trail {
            trail.push(Evidence::Fact { name: name.to_string(), value: value.to_string() });
        }
    }
}

fn value_of(constant: &Constant) -> Value<'_> {
    match constant {
        Constant::Bool(b) => Value::Bool(*b),
        Constant::Int(i) => Value::Int(*i),
        Constant::Double(d) => Value::double(*d),
        Constant::Text(text) => Value::text(text),
        Constant::Ints(all) => Value::Ints(Cow::Borrowed(all)),
        Constant::Texts(all) => Value::borrowed(all),
    }
}

/// How two known values of comparable types stand to each other.
fn order(a: &Value<'_>, b: &Value<'_>) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => a.as_number()?.partial_cmp(&b.as_number()?),
    }
}

fn holds(operator: Comparison, ordering: Ordering) -> bool {
    match operator {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

/// Overflow and division by zero have no answer: unknown.
fn arithmetic<'a>(operator: Arithmetic, a: Value<'a>, b: Value<'a>) -> Value<'a> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => match operator {
            Arithmetic::Add => a.checked_add(b),
            Arithmetic::Subtract => a.checked_sub(b),
            Arithmetic::Multiply => a.checked_mul(b),
            Arithmetic::Divide => a.checked_div(b),
            Arithmetic::Remainder => a.checked_rem(b),
        }
        .map_or(Value::Unknown, Value::Int),
        (Value::Text(a), Value::Text(b)) => Value::Text(Cow::Owned(format!("{a}{b}"))),
        (a, b) => match (a.as_number(), b.as_number(), operator) {
            (Some(a), Some(b), Arithmetic::Add) => Value::double(a + b),
            (Some(a), Some(b), Arithmetic::Subtract) => Value::double(a - b),
            (Some(a), Some(b), Arithmetic::Multiply) => Value::double(a * b),
            (Some(a), Some(b), Arithmetic::Divide) => Value::double(a / b),
            _ => Value::Unknown,
        },
    }
}
