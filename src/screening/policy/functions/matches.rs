//! `matches(list)`: whether an entry of a phrase or regex list was found in the ad's text.
//!
//! Called through the registry. It must never search text itself: signals did, and replay reads what they found.

use super::{Function, Parameter, RestsOn};
use crate::{
    domain::{finding::Evidence, policy::ListKind},
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
    call: |call| {
        let (list, field) = (call.list(), call.field());
        let found = &call.environment.signals.matches;
        let mut hits = found.iter().filter(|m| m.list == list && field.is_none_or(|f| m.field == f)).peekable();
        let any = hits.peek().is_some();
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
        Value::Bool(any)
    },
};
