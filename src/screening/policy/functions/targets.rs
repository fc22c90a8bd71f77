//! `targets(country, ...)`: whether the ad may be shown in one of the countries.
//!
//! Called through the registry. It must never read open targeting as nowhere.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "targets",
    signature: "targets(country, ...)",
    doc: "Whether the targeting includes at least one of the countries (ISO 3166-1 alpha-2). Open targeting includes every country.",
    example: "targets(\"DE\", \"FR\")",
    method: false,
    parameters: &[Parameter::Country],
    at_least: 1,
    repeats: true,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let targeted = &call.environment.content.targeting.countries;
        Value::Bool(targeted.is_empty() || call.countries().any(|c| targeted.contains(&c)))
    },
};
