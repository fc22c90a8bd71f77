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

/// Sieves of many rules over the fields that they read.
#[derive(Debug, Default)]
pub(super) struct Sieves {
    fields: Vec<&'static Field>,
    rules: Vec<(u32, Sieve)>,
}

/// Something that must hold.
#[derive(Debug)]
enum Sieve {
    /// A whole number against a literal.
    Number(usize, Comparison, f64),
    /// A truth.
    Truth(usize, bool),
    /// A text among the texts of a field.
    Member(usize, String),
    /// A text inside the text of a field.
    Inside(usize, Box<Finder<'static>>),
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
        self.rules.iter().filter(|(_, sieve)| sieve.passes(&values)).for_each(|(rule, _)| pass(*rule));
    }

    fn sieve(&mut self, node: &Node) -> Option<Sieve> {
        match &node.kind {
            Kind::Field(field) if field.type_ == Type::Bool => Some(Sieve::Truth(self.slot(field), true)),
            Kind::Not(inner) => match &inner.kind {
                Kind::Field(field) if field.type_ == Type::Bool => Some(Sieve::Truth(self.slot(field), false)),
                _ => None,
            },
            Kind::Compare(operator, a, b) => match (&a.kind, &b.kind) {
                (Kind::Field(field), Kind::Constant(literal)) => self.number(field, *operator, literal),
                (Kind::Constant(literal), Kind::Field(field)) => self.number(field, operator.mirrored(), literal),
                _ => None,
            },
            Kind::In(needle, haystack) => match (&needle.kind, &haystack.kind) {
                (Kind::Constant(Constant::Text(text)), Kind::Field(field)) => {
                    Some(Sieve::Member(self.slot(field), text.clone()))
                }
                _ => None,
            },
            Kind::Call(function, arguments) if function.name == "contains" => match arguments.as_slice() {
                [Argument::Value(text), Argument::Value(part)] => match (&text.kind, &part.kind) {
                    (Kind::Field(field), Kind::Constant(Constant::Text(part))) => {
                        let finder = Finder::new(part).into_owned();
                        Some(Sieve::Inside(self.slot(field), Box::new(finder)))
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
        field.type_.is_number().then(|| Sieve::Number(self.slot(field), operator, literal))
    }

    fn slot(&mut self, field: &'static Field) -> usize {
        self.fields.iter().position(|f| std::ptr::eq(*f, field)).unwrap_or_else(|| {
            self.fields.push(field);
            self.fields.len() - 1
        })
    }
}

impl Sieve {
    fn passes(&self, values: &[Value<'_>]) -> bool {
        match self {
            Self::Number(slot, operator, literal) => values[*slot].as_number().is_none_or(|value| match operator {
                Comparison::Equal => value == *literal,
                Comparison::NotEqual => value != *literal,
                Comparison::Less => value < *literal,
                Comparison::LessOrEqual => value <= *literal,
                Comparison::Greater => value > *literal,
                Comparison::GreaterOrEqual => value >= *literal,
            }),
            Self::Truth(slot, wanted) => !matches!(&values[*slot], Value::Bool(told) if told != wanted),
            Self::Member(slot, text) => match &values[*slot] {
                Value::Texts(all) => all.iter().any(|t| t == text),
                _ => true,
            },
            Self::Inside(slot, finder) => match &values[*slot] {
                Value::Text(text) => finder.find(text.as_bytes()).is_some(),
                _ => true,
            },
            Self::All(all) => all.iter().all(|sieve| sieve.passes(values)),
            Self::Any(all) => all.iter().any(|sieve| sieve.passes(values)),
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
