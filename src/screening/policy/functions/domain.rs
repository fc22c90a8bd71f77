//! `domain(url)`: whose a URL is.
//!
//! Called through the registry. It must never resolve or fetch anything.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::{
    environment::{host_of, registrable},
    types::{Possible, Type, Value},
};
use std::borrow::Cow;

pub(super) static FUNCTION: Function = Function {
    name: "domain",
    signature: "domain(url)",
    doc: "The registered part of the host that a URL, or a bare host name, leads to, such as example.co.uk; empty for a text that is neither.",
    example: "domain(ad.landing_url) != domain(destination.url)",
    method: false,
    parameters: &[Parameter::Value(Type::Text)],
    at_least: 1,
    repeats: false,
    returns: Type::Text,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let text = call.text(0).trim();
        let host = host_of(text).or_else(|| host_of(&format!("https://{text}")));
        Value::Text(Cow::Owned(host.map(|h| registrable(&h).to_owned()).unwrap_or_default()))
    },
};
