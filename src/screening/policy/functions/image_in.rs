//! `image_in(list)`: whether one of the ad's stored images is listed.
//!
//! Called through the registry. It must never read image bytes: revisions keep digests.

use super::{Function, Parameter, RestsOn};
use crate::{
    domain::{finding::Evidence, policy::ListKind},
    screening::policy::types::{Possible, Type, Value},
};

pub(super) static FUNCTION: Function = Function {
    name: "image_in",
    signature: "image_in(list)",
    doc: "Whether the SHA-256 of one of the ad's stored images is in the list of image hashes.",
    example: "image_in(\"blocked_images\")",
    method: false,
    parameters: &[Parameter::List(&[ListKind::ImageHashes])],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| {
        let (environment, list) = (call.environment, call.list());
        let hit = environment.content.assets().find_map(|a| environment.sets.exact(list, &a.digest.to_string()));
        if let Some(hit) = hit {
            let value = hit.entry.to_owned();
            call.add_evidence(|| Evidence::Fact { name: format!("image_in({list})"), value });
        }
        Value::Bool(hit.is_some())
    },
};
