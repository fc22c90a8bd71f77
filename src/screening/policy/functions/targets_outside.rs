//! `targets_outside(country, ...)`: whether the ad may be shown anywhere else.
//!
//! Called through the registry. It must never read open targeting as nowhere.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "targets_outside",
    signature: "targets_outside(country, ...)",
    doc: "Whether the targeting includes any country besides those named. Open targeting does.",
    example: "targets_outside(\"GB\", \"IE\")",
    method: false,
    parameters: &[Parameter::Country],
    at_least: 1,
    repeats: true,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let targeted = &call.environment.content.targeting.countries;
        let named = |country| call.countries().any(|c| c == country);
        Value::Bool(targeted.is_empty() || targeted.iter().any(|c| !named(*c)))
    },
};
