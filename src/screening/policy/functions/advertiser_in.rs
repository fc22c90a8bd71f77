//! `advertiser_in(list)`: whether the advertiser is listed.
//!
//! Called through the registry. It must never compare names: they are not unique.

use super::{Function, Parameter, RestsOn};
use crate::{
    domain::{finding::Evidence, policy::ListKind},
    screening::policy::types::{Possible, Type, Value},
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
    call: |call| {
        let (environment, list) = (call.environment, call.list());
        let hit = environment.sets.exact(list, &environment.facts.advertiser.external_id);
        if let Some(hit) = hit {
            let value = hit.entry.to_owned();
            call.add_evidence(|| Evidence::Fact { name: format!("advertiser_in({list})"), value });
        }
        Value::Bool(hit.is_some())
    },
};
