//! `gap(policy)`: how much of a score only shows once disguises are undone.
//!
//! Called through the registry. It must never stand in a number for a missing score.

use super::{Function, Parameter, RestsOn, score};
use crate::{
    domain::finding::Evidence,
    screening::policy::types::{Possible, Type, Value},
};

pub(super) static FUNCTION: Function = Function {
    name: "gap",
    signature: "gap(policy)",
    doc: "Largest difference, over the text fields, between the score of the normalised and of the raw text (-1 to 1). Large when the text was written to fool the classifier.",
    example: "gap(\"adult\") >= 0.3",
    method: false,
    parameters: &[Parameter::Head],
    at_least: 1,
    repeats: false,
    returns: Type::Double,
    possible: Possible::Range(-1.0, 1.0),
    rests_on: RestsOn::Score,
    call: |call| {
        let Some((head, reading)) = score::reading(call) else { return Value::Unknown };
        let value = Value::double(reading.gap);
        let shown = value.to_string();
        call.add_evidence(|| Evidence::Fact { name: format!("gap({head})"), value: shown });
        value
    },
};
