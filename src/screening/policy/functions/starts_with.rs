//! `text.startsWith(part)`: whether the text begins so.
//!
//! Called through the registry. It must never fold case: lists do, by normalising.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "startsWith",
    signature: "text.startsWith(part)",
    doc: "Whether the text begins with the part, case included. Lists find words better: they also see disguises.",
    example: "!ad.landing_url.startsWith(\"https:\")",
    method: true,
    parameters: &[Parameter::Value(Type::Text), Parameter::Value(Type::Text)],
    at_least: 2,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| Value::Bool(call.text(0).starts_with(call.text(1))),
};
