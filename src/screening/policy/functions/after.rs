//! `after(day)`: whether the ad is evaluated on this day (UTC) or later.
//!
//! Called through the registry. It must never read a clock: `evaluated_at` is a fact.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "after",
    signature: "after(day)",
    doc: "Whether the ad is evaluated on this day (UTC) or later, written YYYY-MM-DD.",
    example: "after(\"2026-11-01\") && matches(\"election_words\")",
    method: false,
    parameters: &[Parameter::Day],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| match call.day() {
        Some(day) => Value::Bool(call.environment.facts.evaluated_at >= day),
        None => Value::Unknown,
    },
};
