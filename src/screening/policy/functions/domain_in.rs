//! `domain_in(list)`: whether the ad leads to a listed domain.
//!
//! Called through the registry. It must never resolve or fetch anything: signals looked the host up, and replay reads
//! what they found.

use super::{Function, Parameter, RestsOn, matches};
use crate::{
    domain::policy::ListKind,
    screening::policy::types::{Possible, Type},
};

pub(super) static FUNCTION: Function = Function {
    name: "domain_in",
    signature: "domain_in(list)",
    doc: "Whether the landing URL's host, or a parent domain of it, is in the list of domains. A negative entry takes a subdomain out. False without a landing URL.",
    example: "domain_in(\"link_shorteners\")",
    method: false,
    parameters: &[Parameter::List(&[ListKind::Domains])],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| matches::found(call, false),
};
