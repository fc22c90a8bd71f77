//! `size(text)`: length in characters.
//!
//! Called through the registry. It must never count bytes.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "size",
    signature: "size(text)",
    doc: "Length of the text in characters.",
    example: "size(ad.headline) == 0",
    method: false,
    parameters: &[Parameter::Value(Type::Text)],
    at_least: 1,
    repeats: false,
    returns: Type::Int,
    possible: Possible::Range(0.0, u32::MAX as f64),
    rests_on: RestsOn::Evidence,
    call: |call| Value::count(call.text(0).chars().count()),
};
