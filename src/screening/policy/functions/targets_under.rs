//! `targets_under(years)`: whether the ad may be shown to people younger than that.
//!
//! Called through the registry. It must never read an open age as an adult one.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "targets_under",
    signature: "targets_under(years)",
    doc: "Whether the targeting includes people younger than this age. Open targeting does.",
    example: "targets_under(18)",
    method: false,
    parameters: &[Parameter::Age],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let youngest = call.environment.content.targeting.min_age.unwrap_or(0);
        match call.value(0) {
            Value::Int(years) => Value::Bool(i64::from(youngest) < *years),
            _ => Value::Unknown,
        }
    },
};
