//! `targets_age(from, to)`: whether the ad may be shown to people of these ages.
//!
//! Called through the registry. It must never read an open age as an adult one.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "targets_age",
    signature: "targets_age(from, to)",
    doc: "Whether the targeting includes anybody of these ages, both included. Open targeting does.",
    example: "targets_age(13, 17)",
    method: false,
    parameters: &[Parameter::Age, Parameter::Age],
    at_least: 2,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let targeting = &call.environment.content.targeting;
        let (youngest, oldest) = (targeting.min_age.unwrap_or(0), targeting.max_age.unwrap_or(u8::MAX));
        match (call.value(0), call.value(1)) {
            (Value::Int(from), Value::Int(to)) => Value::Bool(i64::from(youngest) <= *to && i64::from(oldest) >= *from),
            _ => Value::Unknown,
        }
    },
};
