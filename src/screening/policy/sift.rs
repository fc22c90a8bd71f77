//! A quick look at a rule before it is evaluated: whether a part that must hold is false for sure.
//!
//! Built and asked by `index` for the rules that no list and no score keeps out. A sieve reads each field once an ad, in
//! place, and compares it with literals; what it cannot see through passes. It must never stop a rule that could end
//! unknown or true.

use super::{
    environment::Environment,
    schema::Field,
    tree::{Argument, Comparison, Constant, Kind, Node},
    types::{Type, Value},
};
use memchr::memmem::Finder;

/// Sieves of many rules over the looks that they share.
#[derive(Debug, Default)]
pub(super) struct Sieves {
    fields: Vec<&'static Field>,
    /// What is looked at once an ad, however many rules ask.
    looks: Vec<Look>,
    rules: Vec<(u32, Sieve)>,
}

/// A field against a literal.
#[derive(Debug)]
struct Look {
    /// The field's place.
    slot: usize,
    at: At,
}

#[derive(Debug)]
enum At {
    /// A whole number against a literal.
    Number(Comparison, f64),
    /// A truth.
    Truth(bool),
    /// A text among the texts of a field.
    Member(String),
    /// A text inside the text of a field.
    Inside(Box<Finder<'static>>),
}

impl PartialEq for At {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a, x), Self::Number(b, y)) => a == b && x.to_bits() == y.to_bits(),
            (Self::Truth(a), Self::Truth(b)) => a == b,
            (Self::Member(a), Self::Member(b)) => a == b,
            (Self::Inside(a), Self::Inside(b)) => a.needle() == b.needle(),
            _ => false,
        }
    }
}

/// Something that must hold.
#[derive(Debug)]
enum Sieve {
    /// A look, by its place.
    Look(usize),
    /// All of them.
    All(Vec<Sieve>),
    /// One of them at least.
    Any(Vec<Sieve>),
}

impl Sieves {
    /// Adds a rule; says whether there is anything to sift it by.
    pub(super) fn add(&mut self, rule: u32, condition: &Node) -> bool {
        let sieve = self.sieve(condition);
        let found = sieve.is_some();
        self.rules.extend(sieve.map(|sieve| (rule, sieve)));
        found
    }

    /// The rules that pass.
    pub(super) fn passing<'e>(&self, environment: &'e Environment<'e>, mut pass: impl FnMut(u32)) {
        if self.rules.is_empty() {
            return;
        }
        let read = |field: &&'static Field| (field.read)(environment).unwrap_or(Value::Unknown);
        let values: Vec<Value<'e>> = self.fields.iter().map(read).collect();
        let passed: Vec<bool> = self.looks.iter().map(|look| look.at.passes(&values[look.slot])).collect();
        self.rules.iter().filter(|(_, sieve)| sieve.passes(&passed)).for_each(|(rule, _)| pass(*rule));
    }

    fn sieve(&mut self, node: &Node) -> Option<Sieve> {
        match &node.kind {
            Kind::Field(field) if field.type_ == Type::Bool => Some(self.look(field, At::Truth(true))),
            Kind::Not(inner) => match &inner.kind {
                Kind::Field(field) if field.type_ == Type::Bool => Some(self.look(field, At::Truth(false))),
                _ => None,
            },
            Kind::Compare(operator, a, b) => match (&a.kind, &b.kind) {
                (Kind::Field(field), Kind::Constant(literal)) => self.number(field, *operator, literal),
                (Kind::Constant(literal), Kind::Field(field)) => self.number(field, operator.mirrored(), literal),
                _ => None,
            },
            Kind::In(needle, haystack) => match (&needle.kind, &haystack.kind) {
                (Kind::Constant(Constant::Text(text)), Kind::Field(field)) => {
                    Some(self.look(field, At::Member(text.clone())))
                }
                _ => None,
            },
            Kind::Call(function, arguments) if function.name == "contains" => match arguments.as_slice() {
                [Argument::Value(text), Argument::Value(part)] => match (&text.kind, &part.kind) {
                    (Kind::Field(field), Kind::Constant(Constant::Text(part))) => {
                        let finder = Finder::new(part).into_owned();
                        Some(self.look(field, At::Inside(Box::new(finder))))
                    }
                    _ => None,
                },
                _ => None,
            },
            Kind::And(all) => {
                let all: Vec<Sieve> = all.iter().filter_map(|part| self.sieve(part)).collect();
                (!all.is_empty()).then_some(Sieve::All(all))
            }
            Kind::Or(all) => all.iter().map(|part| self.sieve(part)).collect::<Option<Vec<_>>>().map(Sieve::Any),
            _ => None,
        }
    }

    fn number(&mut self, field: &'static Field, operator: Comparison, literal: &Constant) -> Option<Sieve> {
        let literal = match literal {
            // Larger ones are not exact as f64.
            Constant::Int(literal) if literal.unsigned_abs() < 1 << 52 => *literal as f64,
            Constant::Double(literal) => *literal,
            _ => return None,
        };
        field.type_.is_number().then(|| self.look(field, At::Number(operator, literal)))
    }

    fn look(&mut self, field: &'static Field, at: At) -> Sieve {
        let look = Look { slot: self.slot(field), at };
        let known = self.looks.iter().position(|l| l.slot == look.slot && l.at == look.at);
        Sieve::Look(known.unwrap_or_else(|| {
            self.looks.push(look);
            self.looks.len() - 1
        }))
    }

    fn slot(&mut self, field: &'static Field) -> usize {
        self.fields.iter().position(|f| std::ptr::eq(*f, field)).unwrap_or_else(|| {
            self.fields.push(field);
            self.fields.len() - 1
        })
    }
}

impl At {
    fn passes(&self, value: &Value<'_>) -> bool {
        match self {
            Self::Number(operator, literal) => value.as_number().is_none_or(|value| match operator {
                Comparison::Equal => value == *literal,
                Comparison::NotEqual => value != *literal,
                Comparison::Less => value < *literal,
                Comparison::LessOrEqual => value <= *literal,
                Comparison::Greater => value > *literal,
                Comparison::GreaterOrEqual => value >= *literal,
            }),
            Self::Truth(wanted) => !matches!(value, Value::Bool(told) if told != wanted),
            Self::Member(text) => match value {
                Value::Texts(all) => all.iter().any(|t| t == text),
                _ => true,
            },
            Self::Inside(finder) => match value {
                Value::Text(text) => finder.find(text.as_bytes()).is_some(),
                _ => true,
            },
        }
    }
}

impl Sieve {
    fn passes(&self, passed: &[bool]) -> bool {
        match self {
            Self::Look(at) => passed[*at],
            Self::All(all) => all.iter().all(|sieve| sieve.passes(passed)),
            Self::Any(all) => all.iter().any(|sieve| sieve.passes(passed)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{check::check, environment::Symbols, eval, testing};
    use super::*;
    use crate::domain::screening::Truth;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_sifted_out_is_false_and_what_may_hold_is_not() {
        let names = testing::names();
        let symbols = Symbols::new(&names, &BTreeMap::new(), None);
        let (content, mut facts, signals) = (testing::ad(), testing::facts(), testing::signals());
        facts.advertiser.facts.certificates = Some(vec!["gambling".into()]);
        let environment = Environment::new(&content, &signals, &facts, &symbols);
        for (source, stopped) in [
            ("advertiser.rejected_ads > 2", true),
            ("advertiser.rejected_ads >= 2", false),
            ("advertiser.rejected_ads != 2", true),
            ("3 <= advertiser.rejected_ads", true),
            ("2 < advertiser.decided_ads", false),
            ("advertiser.rejected_share < 0.1", true),
            ("advertiser.spend_30d_micros > 5", false),
            ("advertiser.verified", false),
            ("!advertiser.verified", false),
            ("ad.has_video", true),
            ("!ad.has_video && advertiser.decided_ads == 10", false),
            ("ad.has_video || advertiser.verified", false),
            ("ad.has_video || advertiser.rejected_ads == 7", true),
            ("matches('weapon_words') && advertiser.rejected_ads == 7", true),
            ("matches('weapon_words') || advertiser.rejected_ads == 7", false),
            ("\"gambling\" in advertiser.certificates", false),
            ("\"pharmacy\" in advertiser.certificates", true),
            ("\"DE\" in ad.targeting.countries", true),
            ("ad.text.contains(\"gun for\")", false),
            ("ad.text.contains(\"Gun for\")", true),
            ("ad.headline.contains(\"\")", false),
            ("size(ad.headline) > 3", false),
        ] {
            let condition = check(source, &names).unwrap();
            let mut sieves = Sieves::default();
            let (sifted, mut passed) = (sieves.add(7, &condition), Vec::new());
            sieves.passing(&environment, |rule| passed.push(rule));
            assert_eq!(sifted && passed.is_empty(), stopped, "{source}");
            let truth = eval::truth(&condition, source, &environment);
            assert!(!stopped || truth == Truth::False, "{source} is {truth:?}");
        }
    }
}
