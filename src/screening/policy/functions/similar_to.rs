//! `similar_to(list)`: how near the ad's text comes to a bank of examples.
//!
//! Called through the registry. It must never embed anything: signals did, and replay reads what they measured.

use super::{Function, Parameter, RestsOn};
use crate::{
    domain::{
        finding::Evidence,
        policy::ListKind,
        signal::{Cause, Reading},
    },
    screening::policy::types::{Possible, Type, Value},
};

pub(super) static FUNCTION: Function = Function {
    name: "similar_to",
    signature: "similar_to(list)",
    doc: "How near the ad's text comes in meaning to the nearest text of a list of examples: the cosine of their vectors, -1 to 1. The same text is 1; from about 0.7 on, texts say the same in other words. A text that is nearer to a negative example counts as 0. Unknown when the text's language is not covered.",
    example: "similar_to(\"known_scams\") >= 0.85",
    method: false,
    parameters: &[Parameter::List(&[ListKind::Examples])],
    at_least: 1,
    repeats: false,
    returns: Type::Double,
    possible: Possible::Range(-1.0, 1.0),
    rests_on: RestsOn::Score,
    call: |call| {
        let (list, _) = call.list();
        let cause = match call.environment.signals.similarities.get(list) {
            Some(Reading::Known(similarity)) => {
                call.add_evidence(|| Evidence::Fact {
                    name: format!("similar_to({list})"),
                    value: format!("{:.3} to \"{}\"", similarity.value, similarity.example),
                });
                return Value::double(similarity.value);
            }
            Some(Reading::Unavailable(cause)) => *cause,
            None => Cause::NotStored,
        };
        call.add_evidence(|| Evidence::Unavailable { signal: format!("similar_to({list})"), cause });
        Value::Unknown
    },
};
