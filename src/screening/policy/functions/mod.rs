//! The functions of the rule language: one file each, registered by one line here.
//!
//! The checker resolves calls against [`FUNCTIONS`], the evaluator calls through it, and help pages are generated from
//! it. A function must be total: bounded time, no I/O, and `Value::Unknown` where it has no answer.

mod advertiser_in;
mod contains;
mod count;
mod disguised;
mod domain_in;
mod ends_with;
mod flagged;
mod gap;
mod image_in;
mod longest_run;
mod matches;
mod score;
mod size;
mod starts_with;
mod symbol_share;
mod targets;
mod targets_outside;
mod targets_under;
mod uppercase_share;

use super::{
    environment::Environment,
    tree::Argument,
    types::{Possible, Type, Value},
};
use crate::domain::{ad::TextField, finding::Evidence, place::Country, policy::ListKind, policy::PolicyCode};

/// Every function, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &advertiser_in::FUNCTION,
    &contains::FUNCTION,
    &count::FUNCTION,
    &disguised::FUNCTION,
    &domain_in::FUNCTION,
    &ends_with::FUNCTION,
    &flagged::FUNCTION,
    &gap::FUNCTION,
    &image_in::FUNCTION,
    &longest_run::FUNCTION,
    &matches::FUNCTION,
    &score::FUNCTION,
    &size::FUNCTION,
    &starts_with::FUNCTION,
    &symbol_share::FUNCTION,
    &targets::FUNCTION,
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
    pub call: for<'a> fn(&mut Call<'_, 'a>) -> Value<'a>,
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
    /// A literal country code.
    Country,
}

/// What a result rests on. A rule that prohibits may not rest on scores alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestsOn {
    /// A classifier.
    Score,
    /// A list, a text or a fact.
    Evidence,
}

/// A call in progress.
pub struct Call<'c, 'a> {
    /// The evaluation's inputs.
    pub environment: &'c Environment<'a>,
    pub(super) arguments: &'c [Argument],
    pub(super) values: &'c [Value<'a>],
    pub(super) evidence: Option<Vec<Evidence>>,
}

impl<'c, 'a> Call<'c, 'a> {
    /// Evaluated argument `i`; unknown for one that is no expression.
    pub fn value(&self, i: usize) -> &'c Value<'a> {
        self.values.get(i).unwrap_or(&Value::Unknown)
    }

    /// Text argument `i`; empty for one that is no text.
    pub fn text(&self, i: usize) -> &'c str {
        self.value(i).as_text().unwrap_or_default()
    }

    /// The head among the arguments.
    pub fn head(&self) -> Option<&'c PolicyCode> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Head(head) => Some(head),
            _ => None,
        })
    }

    /// The list among the arguments; empty, which names none, when there is none.
    pub fn list(&self) -> &'c str {
        self.arguments
            .iter()
            .find_map(|a| match a {
                Argument::List(list) => Some(list.as_str()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// The text field among the arguments.
    pub fn field(&self) -> Option<TextField> {
        self.arguments.iter().find_map(|a| match a {
            Argument::Field(field) => Some(*field),
            _ => None,
        })
    }

    /// The countries among the arguments.
    pub fn countries(&self) -> impl Iterator<Item = Country> + 'c {
        self.arguments.iter().filter_map(|a| match a {
            Argument::Country(country) => Some(*country),
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
        }
    }
}
