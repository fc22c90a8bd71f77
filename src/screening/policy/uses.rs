//! What a bundle's rules use: which rules name each field, function, list and head.
//!
//! Called by the registry, by the pages of policies and lists. It must never count a rule twice for one name, nor
//! fail over a rule that does not check: that one uses nothing yet.

use super::{
    check::check,
    compile::names,
    tree::{Argument, Kind},
};
use crate::domain::release::Bundle;
use std::collections::BTreeMap;

/// Names to the rules that use them, `<policy>/<rule>`, in the bundle's order. A name without users has no entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Fields by full name.
    pub fields: BTreeMap<String, Vec<String>>,
    /// Functions by name.
    pub functions: BTreeMap<String, Vec<String>>,
    /// Lists by name.
    pub lists: BTreeMap<String, Vec<String>>,
    /// Classifier heads by policy code.
    pub heads: BTreeMap<String, Vec<String>>,
}

/// Reads all rules of a bundle.
pub fn uses(bundle: &Bundle) -> Uses {
    let names = names(bundle);
    let mut uses = Uses::default();
    for rule in &bundle.rules {
        let Ok(condition) = check(&rule.when, &names) else { continue };
        let note = |of: &mut BTreeMap<String, Vec<String>>, name: &str| {
            let users = of.entry(name.to_owned()).or_default();
            if users.last() != Some(&rule.name) {
                users.push(rule.name.clone());
            }
        };
        condition.walk(&mut |node| match &node.kind {
            Kind::Field(field) | Kind::Has(field) => note(&mut uses.fields, field.name),
            Kind::Call(function, arguments) => {
                note(&mut uses.functions, function.name);
                for argument in arguments {
                    match argument {
                        Argument::List(list, _) => note(&mut uses.lists, list),
                        Argument::Head(head, _) => note(&mut uses.heads, head.as_str()),
                        _ => {}
                    }
                }
            }
            _ => {}
        });
    }
    uses
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::screening::policy::Pack;

    #[test]
    fn the_default_pack_uses_what_its_rules_say_and_each_rule_counts_once() {
        let bundle = Pack::embedded().unwrap().bundle;
        let uses = uses(&bundle);
        assert!(uses.functions["matches"].len() > 10);
        for (name, users) in uses.functions.iter().chain(&uses.fields).chain(&uses.lists).chain(&uses.heads) {
            let mut distinct = users.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), users.len(), "{name}");
            for user in users {
                let rule = bundle.rules.iter().find(|r| &r.name == user).unwrap();
                let written = name.rsplit('.').next().unwrap();
                assert!(rule.when.contains(written), "{user} does not name {name}");
            }
        }
    }
}
