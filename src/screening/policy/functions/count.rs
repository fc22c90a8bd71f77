//! `count(text, part)`: how often a part occurs.
//!
//! Called through the registry. It must never count overlapping occurrences twice.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "count",
    signature: "count(text, part)",
    doc: "How often the part occurs in the text, without overlaps; 0 for an empty part.",
    example: "count(ad.text, \"!\") > 3",
    method: false,
    parameters: &[Parameter::Value(Type::Text), Parameter::Value(Type::Text)],
    at_least: 2,
    repeats: false,
    returns: Type::Int,
    possible: Possible::Range(0.0, u32::MAX as f64),
    rests_on: RestsOn::Evidence,
    call: |call| match call.text(1) {
        "" => Value::Int(0),
        part => Value::count(call.text(0).matches(part).count()),
    },
};
