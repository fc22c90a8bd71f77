//! `matches(list)`: whether an entry of a phrase or regex list was found in the ad's text.
//!
//! Called through the registry. It must never search text itself: signals did, and replay reads what they found.

use super::{Call, Function, Parameter, RestsOn};
use crate::{
    domain::{finding::Evidence, policy::ListKind, signal::ListMatch},
    screening::policy::types::{Possible, Type, Value},
};

/// Most spans that one call gives as evidence; an ad that repeats a word a thousand times needs no thousand marks.
const SPANS: usize = 20;

pub(super) static FUNCTION: Function = Function {
    name: "matches",
    signature: "matches(list, field?)",
    doc: "Whether an entry of the list of phrases or regular expressions occurs in the text, raw or normalised, in any field or in the one named (headline, body, call_to_action, alt_text, landing_url).",
    example: "matches(\"weapons_firearms\", \"headline\")",
    method: false,
    parameters: &[Parameter::List(&[ListKind::Phrases, ListKind::Regexes]), Parameter::Field],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| found(call, false),
};

/// Whether the signals hold a match of the list that a call names, with its spans as evidence.
pub(super) fn found<'e>(call: &mut Call<'e>, only_disguised: bool) -> Value<'e> {
    let ((_, number), field, environment) = (call.list(), call.field(), call.environment);
    let asked = |m: &ListMatch| field.is_none_or(|f| m.field == f) && (m.disguised || !only_disguised);
    let mut hits = environment.hits_of(number).iter().map(|(_, m)| *m).filter(|m| asked(m)).peekable();
    let any = hits.peek().is_some();
    if call.evidence.is_some() {
        for hit in hits.take(SPANS) {
            call.add_evidence(|| Evidence::Span {
                field: hit.field,
                start: hit.start,
                end: hit.end,
                list: hit.list.clone(),
                term: hit.term.clone(),
                disguised: hit.disguised,
            });
        }
    }
    Value::Bool(any)
}

/// Whether the signals hold a match of a list that is looked up whole; it stands in no text, so evidence is a fact.
pub(super) fn listed<'e>(call: &mut Call<'e>, function: &str) -> Value<'e> {
    let ((list, number), environment) = (call.list(), call.environment);
    let hit = environment.hits_of(number).first().map(|(_, m)| *m);
    if let Some(hit) = hit {
        call.add_evidence(|| Evidence::Fact { name: format!("{function}({list})"), value: hit.term.to_string() });
    }
    Value::Bool(hit.is_some())
}
