//! `image_in(list)`: whether one of the ad's stored images is listed.
//!
//! Called through the registry. It must never read image bytes: revisions keep digests.

use super::{Function, Parameter, RestsOn, matches};
use crate::{
    domain::policy::ListKind,
    screening::policy::types::{Possible, Type},
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
    call: |call| matches::listed(call, "image_in"),
};
