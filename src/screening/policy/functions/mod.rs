//! The functions of the rule language: one file each, registered by one line here.
//!
//! The checker resolves calls against [`FUNCTIONS`], the evaluator calls through it, and help pages are generated from
//! it. A function must be total: bounded time, no I/O, and `Value::Unknown` where it has no answer.

mod advertiser_in;
mod after;
mod before;
mod contains;
mod count;
mod disguised;
mod domain;
mod domain_in;
mod ends_with;
mod flagged;
mod gap;
mod image_in;
mod longest_run;
mod matches;
mod regex;
mod score;
mod similar_to;
mod size;
mod starts_with;
mod symbol_share;
mod targets;
mod targets_age;
mod targets_only;
mod targets_outside;
mod targets_under;
mod uppercase_share;

use super::{
    environment::Environment,
    tree::Argument,
    types::{Possible, Type, Value},
};
use crate::domain::{
    ad::TextField, finding::Evidence, place::Country, policy::ListKind, policy::PolicyCode, time::Millis,
};
use ::regex::Regex;

/// Every function, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &advertiser_in::FUNCTION,
    &after::FUNCTION,
    &before::FUNCTION,
    &contains::FUNCTION,
    &count::FUNCTION,
    &disguised::FUNCTION,
    &domain::FUNCTION,
    &domain_in::FUNCTION,
    &ends_with::FUNCTION,
    &flagged::FUNCTION,
    &gap::FUNCTION,
    &image_in::FUNCTION,
    &longest_run::FUNCTION,
    &matches::FUNCTION,
    &regex::FUNCTION,
    &score::FUNCTION,
    &similar_to::FUNCTION,
    &size::FUNCTION,
    &starts_with::FUNCTION,
    &symbol_share::FUNCTION,
    &targets::FUNCTION,
    &targets_age::FUNCTION,
    &targets_only::FUNCTION,
    &targets_outside::FUNCTION,
    &targets_under::FUNCTION,
    &uppercase_share::FUNCTION,
];

/// One function.
#[derive(Debug)]
pub struct Function {
    /// Its name in rules.
    pub name: &'static str,
    /// How it is written, for help and messages: `matches(list, field?)`.
    pub signature: &'static str,
    /// What it means, in one sentence or two.
    pub doc: &'static str,
    /// A condition that uses it.
    pub example: &'static str,
    /// Whether it is written after its first argument: `ad.body.contains("x")`.
    pub method: bool,
    /// Its parameters in order; a method's target is the first.
    pub parameters: &'static [Parameter],
    /// How many arguments at least.
    pub at_least: usize,
    /// Whether the last parameter may be repeated.
    pub repeats: bool,
    /// The result's type.
    pub returns: Type,
    /// Values the result can have.
    pub possible: Possible,
    /// What the result rests on.
    pub rests_on: RestsOn,
    /// Computes it. Never called with an unknown argument.
    pub call: for<'e> fn(&mut Call<'e>) -> Value<'e>,
}

/// What an argument must be.
#[derive(Debug, Clone, Copy)]
pub enum Parameter {
    /// An expression of this type.
    Value(Type),
    /// A literal that names a policy with a score.
    Head,
    /// A literal that names a list of one of these kinds.
    List(&'static [ListKind]),
    /// A literal that names a text field.
    Field,
    /// A literal country code, or a group of countries: `EU`, `EEA`.
    Country,
    /// A literal age in years.
    Age,
    /// A literal regular expression.
    Expression,
    /// A literal day, such as `"2026-11-03"`.
    Day,
}

/// What a result rests on. A rule that prohibits may not rest on scores alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestsOn {
    /// A classifier.
    Score,
    /// A list, a text or a fact.
    Evidence,
}

/// Most arguments of a function that are expressions.
pub(super) const MOST_VALUES: usize = 3;

/// A call in progress.
pub struct Call<'e> {
    /// The evaluation's inputs.
    pub environment: &'e Environment<'e>,
    pub(super) arguments: &'e [Argument],
    pub(super) values: [Value<'e>; MOST_VALUES],
    pub(super) evidence: Option<Vec<Evidence>>,
}

impl<'e> Call<'e> {
    /// Evaluated argument `i`; unknown for one that is no expression.
    pub fn value(&self, i: usize) -> &Value<'e> {
        self.values.get(i).unwrap_or(&Value::Unknown)
    }

    /// Text argument `i`; empty for one that is no text.
    pub fn text(&self, i: usize) -> &str {
        self.value(i).as_text().unwrap_or_default()
    }

    /// The head among the arguments, with its number.
    pub fn head(&self) -> Option<(&'e PolicyCode, usize)> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Head(head, number) => Some((head, *number)),
            _ => None,
        })
    }

    /// The list among the arguments, with its number; one that names no list when there is none.
    pub fn list(&self) -> (&'e str, u32) {
        self.arguments
            .iter()
            .find_map(|a| match a {
                Argument::List(list, number) => Some((list.as_str(), *number)),
                _ => None,
            })
            .unwrap_or(("", u32::MAX))
    }

    /// The text field among the arguments.
    pub fn field(&self) -> Option<TextField> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Field(field) => Some(*field),
            _ => None,
        })
    }

    /// The countries among the arguments.
    pub fn countries(&self) -> impl Iterator<Item = Country> + 'e {
        self.arguments.iter().filter_map(|a| match a {
            Argument::Country(country) => Some(*country),
            _ => None,
        })
    }

    /// The regular expression among the arguments.
    pub fn expression(&self) -> Option<&'e Regex> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Expression(expression) => Some(&**expression),
            _ => None,
        })
    }

    /// The day among the arguments: its first moment, UTC.
    pub fn day(&self) -> Option<Millis> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Day(day) => Some(*day),
            _ => None,
        })
    }

    /// Adds evidence, if anybody asked for it; `make` is not called otherwise.
    pub fn add_evidence(&mut self, make: impl FnOnce() -> Evidence) {
        if let Some(evidence) = &mut self.evidence {
            evidence.push(make());
        }
    }
}

/// A function by name and form.
pub fn function(name: &str, method: bool) -> Option<&'static Function> {
    FUNCTIONS.iter().copied().find(|f| f.name == name && f.method == method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted_documented_and_consistent() {
        for pair in FUNCTIONS.windows(2) {
            assert!(pair[0].name < pair[1].name, "{} before {}", pair[0].name, pair[1].name);
        }
        for f in FUNCTIONS {
            assert!(f.signature.contains(f.name) && f.example.contains(f.name), "{}", f.name);
            assert!(f.doc.ends_with('.') && f.at_least <= f.parameters.len(), "{}", f.name);
            let values = f.parameters.iter().filter(|p| matches!(p, Parameter::Value(_) | Parameter::Age)).count();
            assert!(values <= MOST_VALUES && !(f.repeats && values > 0), "{}", f.name);
        }
    }
}
