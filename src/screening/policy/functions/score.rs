//! `score(policy)`: the classifier's calibrated probability.
//!
//! Called through the registry. It must never stand in a number for a missing score.

use super::{Call, Function, Parameter, RestsOn};
use crate::{
    domain::{
        finding::Evidence,
        policy::PolicyCode,
        signal::{Cause, PolicyScore, Reading},
    },
    screening::policy::types::{Possible, Type, Value},
};

pub(super) static FUNCTION: Function = Function {
    name: "score",
    signature: "score(policy)",
    doc: "Calibrated probability (0 to 1) that the ad breaks the policy: the highest reading over all text fields, raw and normalised. Unknown when no model scores the policy or the text's language is not covered.",
    example: "score(\"scam\") >= 0.9",
    method: false,
    parameters: &[Parameter::Head],
    at_least: 1,
    repeats: false,
    returns: Type::Double,
    possible: Possible::Range(0.0, 1.0),
    rests_on: RestsOn::Score,
    call: |call| {
        let Some((head, score)) = reading(call) else { return Value::Unknown };
        add_score_evidence(call, head, score);
        Value::double(score.value)
    },
};

/// The reading of the head that a call names; when it is missing, the cause becomes evidence.
pub(super) fn reading<'e>(call: &mut Call<'e>) -> Option<(&'e PolicyCode, &'e PolicyScore)> {
    let (head, number) = call.head()?;
    let cause = match call.environment.score(number) {
        Some(Reading::Known(score)) => return Some((head, score)),
        Some(Reading::Unavailable(cause)) => *cause,
        None => Cause::NoModel,
    };
    call.add_evidence(|| Evidence::Unavailable { signal: format!("score({head})"), cause });
    None
}

/// The release's threshold of the head that a call names.
pub(super) fn threshold(call: &Call<'_>) -> Option<f64> {
    call.head().and_then(|(_, number)| call.environment.threshold(number))
}

/// Adds a score with the release's threshold; a comparison replaces that by the number it compares with.
pub(super) fn add_score_evidence(call: &mut Call<'_>, head: &PolicyCode, score: &PolicyScore) {
    let threshold = threshold(call).unwrap_or(1.0);
    call.add_evidence(|| Evidence::Score { head: head.clone(), value: score.value, threshold, field: score.field });
}
