//! `regex(expression, field?)`: whether a regular expression matches the ad's text.
//!
//! Called through the registry. The expression was compiled, within bounds, when the rule was checked; matching takes time
//! linear in the text. It must never report a span that is not in the raw text.

use super::{Call, Function, Parameter, RestsOn};
use crate::{
    domain::{ad::TextField, finding::Evidence},
    screening::policy::types::{Possible, Type, Value},
};
use ::regex::Regex;

/// Most spans that one call gives as evidence.
const SPANS: usize = 20;
/// Texts are searched up to here; intake bounds fields well below.
const SEARCHED: usize = 100_000;
/// Fields that are searched where none is named. The joined text is not among them: what spans two fields is no phrase.
const FIELDS: [TextField; 5] =
    [TextField::Headline, TextField::Body, TextField::CallToAction, TextField::AltText, TextField::LandingUrl];

pub(super) static FUNCTION: Function = Function {
    name: "regex",
    signature: "regex(expression, field?)",
    doc: "Whether the regular expression matches the text, raw or normalised, in any field or in the one named; case is ignored. For more than one expression use a list of regexes with matches(...).",
    example: "regex(\"\\\\b\\\\d{3,} ?% (profit|return)\")",
    method: false,
    parameters: &[Parameter::Expression, Parameter::Field],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let Some(expression) = call.expression() else { return Value::Unknown };
        let named = call.field();
        let fields = named.as_ref().map_or(&FIELDS[..], std::slice::from_ref);
        let plain = fields.iter().any(|field| in_raw(call, expression, *field));
        Value::Bool(plain || fields.iter().any(|field| in_normalised(call, expression, *field)))
    },
};

fn in_raw(call: &mut Call<'_>, expression: &Regex, field: TextField) -> bool {
    let text = clipped(call.environment.text(field));
    if call.evidence.is_none() {
        return expression.is_match(text);
    }
    let mut found = false;
    for hit in expression.find_iter(text).take(SPANS) {
        found = true;
        call.add_evidence(|| Evidence::Span {
            field,
            start: hit.start() as u32,
            end: hit.end() as u32,
            list: "regex".into(),
            term: hit.as_str().chars().take(80).collect::<String>().into(),
            disguised: false,
        });
    }
    found
}

/// Signals keep no way back from the normalised text to the raw one, so what only shows there is told as a fact.
fn in_normalised(call: &mut Call<'_>, expression: &Regex, field: TextField) -> bool {
    let texts = &call.environment.signals.texts;
    let Some(text) = texts.iter().find(|t| t.field == field && !t.changes.is_empty()) else { return false };
    let Some(hit) = expression.find(clipped(&text.text)) else { return false };
    call.add_evidence(|| Evidence::Fact {
        name: format!("{field}, read without its disguise"),
        value: hit.as_str().chars().take(80).collect(),
    });
    true
}

fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(SEARCHED)]
}
