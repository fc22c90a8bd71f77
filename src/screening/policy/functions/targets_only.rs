//! `targets_only(country, ...)`: whether the ad may be shown nowhere else.
//!
//! Called through the registry. It must never read open targeting as nowhere.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "targets_only",
    signature: "targets_only(country, ...)",
    doc: "Whether the targeting names countries and every one of them is among these. Open targeting is not.",
    example: "targets_only(\"EU\", \"GB\")",
    method: false,
    parameters: &[Parameter::Country],
    at_least: 1,
    repeats: true,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let targeted = &call.environment.content.targeting.countries;
        Value::Bool(!targeted.is_empty() && targeted.iter().all(|t| call.countries().any(|c| c == *t)))
    },
};
