//! `uppercase_share(text)`: how much of a text shouts.
//!
//! Called through the registry. It must never count letters of scripts that know no case.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "uppercase_share",
    signature: "uppercase_share(text)",
    doc: "Share of upper-case letters among the letters that have a case (0 to 1); 0 for a text without any.",
    example: "uppercase_share(ad.headline) > 0.7",
    method: false,
    parameters: &[Parameter::Value(Type::Text)],
    at_least: 1,
    repeats: false,
    returns: Type::Double,
    possible: Possible::Range(0.0, 1.0),
    rests_on: RestsOn::Evidence,
    call: |call| {
        let (mut upper, mut lower) = (0u32, 0u32);
        for c in call.text(0).chars() {
            upper += u32::from(c.is_uppercase());
            lower += u32::from(c.is_lowercase());
        }
        Value::double(f64::from(upper) / f64::from((upper + lower).max(1)))
    },
};
