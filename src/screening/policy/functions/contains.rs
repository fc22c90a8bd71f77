//! `text.contains(part)`: whether the part occurs.
//!
//! Called through the registry. It must never fold case: lists do, by normalising.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "contains",
    signature: "text.contains(part)",
    doc: "Whether the part occurs in the text, case included. Lists find words better: they also see disguises.",
    example: "ad.landing_url.contains(\"@\")",
    method: true,
    parameters: &[Parameter::Value(Type::Text), Parameter::Value(Type::Text)],
    at_least: 2,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| Value::Bool(call.text(0).contains(call.text(1))),
};
