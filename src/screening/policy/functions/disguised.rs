//! `disguised(list)`: whether a listed word was hidden in the ad's text.
//!
//! Called through the registry. It must never search text itself: signals did, and replay reads what they found.

use super::{Function, Parameter, RestsOn, matches};
use crate::{
    domain::policy::ListKind,
    screening::policy::types::{Possible, Type},
};

pub(super) static FUNCTION: Function = Function {
    name: "disguised",
    signature: "disguised(list, field?)",
    doc: "Whether an entry of the list of phrases or regular expressions shows only once disguises are undone (look-alike letters, leet, spaced-out or invisible characters), in any field or in the one named.",
    example: "disguised(\"gambling_terms\")",
    method: false,
    parameters: &[Parameter::List(&[ListKind::Phrases, ListKind::Regexes]), Parameter::Field],
    at_least: 1,
    repeats: false,
    returns: Type::Bool,
    possible: Possible::Anything,
    rests_on: RestsOn::Evidence,
    call: |call| matches::found(call, true),
};
