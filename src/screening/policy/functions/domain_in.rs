//! `domain_in(list)`: whether the ad leads to a listed domain.
//!
//! Called through the registry. It must never resolve or fetch anything.

use super::{Function, Parameter, RestsOn};
use crate::{
    domain::{finding::Evidence, policy::ListKind},
    screening::policy::types::{Possible, Type, Value},
};

pub(super) static FUNCTION: Function = Function {
    name: "domain_in",
    signature: "domain_in(list)",
    doc: "Whether the landing URL's host, or a parent domain of it, is in the list of domains. The most specific entry decides. False without a landing URL.",
    example: "domain_in(\"link_shorteners\")",
    method: false,
    parameters: &[Parameter::List(&[ListKind::Domains])],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let (environment, list) = (call.environment, call.list());
        let hit = environment.host.as_deref().and_then(|host| environment.sets.domain(list, host));
        if let Some(hit) = hit {
            call.add_evidence(|| Evidence::Fact { name: format!("domain_in({list})"), value: hit.entry.to_owned() });
        }
        Value::Bool(hit.is_some())
    },
};
