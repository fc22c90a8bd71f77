//! `advertiser_in(list)`: whether the advertiser is listed.
//!
//! Called through the registry. It must never compare names: they are not unique.

use super::{Function, Parameter, RestsOn, matches};
use crate::{
    domain::policy::ListKind,
    screening::policy::types::{Possible, Type},
};

pub(super) static FUNCTION: Function = Function {
    name: "advertiser_in",
    signature: "advertiser_in(list)",
    doc: "Whether the advertiser's id, as its submitter writes it, is in the list of advertisers.",
    example: "advertiser_in(\"blocked_advertisers\")",
    method: false,
    parameters: &[Parameter::List(&[ListKind::Advertisers])],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| matches::listed(call, "advertiser_in"),
};
