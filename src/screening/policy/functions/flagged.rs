//! `flagged(policy)`: whether the score reaches the release's threshold.
//!
//! Called through the registry. It must never assume a threshold that the release does not set.

use super::{Function, Parameter, RestsOn, score};
use crate::{
    domain::{finding::Evidence, signal::Cause},
    screening::policy::types::{Possible, Type, Value},
};

pub(super) static FUNCTION: Function = Function {
    name: "flagged",
    signature: "flagged(policy)",
    doc: "Whether score(policy) reaches the threshold that the release sets for it from validation data. Unknown when the score is, or when the release has no threshold.",
    example: "flagged(\"scam\")",
    method: false,
    parameters: &[Parameter::Head],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Score,
    call: |call| {
        let Some((head, reading)) = score::reading(call) else { return Value::Unknown };
        match score::threshold(call) {
            Some(threshold) => {
                score::add_score_evidence(call, head, reading);
                Value::Bool(reading.value >= threshold)
            }
            None => {
                let signal = format!("threshold({head})");
                call.add_evidence(|| Evidence::Unavailable { signal, cause: Cause::NoModel });
                Value::Unknown
            }
        }
    },
};
