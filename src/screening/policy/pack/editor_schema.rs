//! JSON Schemas of a pack's files, for editors that complete and check TOML by them.
//!
//! Printed by `adjudge policy schema`. They name keys, types and closed sets of values; what a condition means only
//! `adjudge policy check` knows. It must never be stricter than the pack's readers.

use crate::domain::{
    advertiser::Standing,
    dsa::{Category, Keyword},
    finding::Effect,
    policy::{Disclosure, ListKind, OnUnavailable, RuleState, Severity},
};
use crate::screening::policy::cases::{CaseKind, Expectation};
use serde_json::{Value, json};

/// Every schema with the name of its file.
pub fn all() -> [(&'static str, Value); 6] {
    [
        ("policy.schema.json", named("A policy", policy())),
        ("rules.schema.json", named("Rules of a policy", tables("rule", rule()))),
        ("cases.schema.json", named("Cases of a policy", tables("case", case()))),
        ("list.schema.json", named("A list", list())),
        ("queues.schema.json", named("Queues", tables("queue", queue()))),
        ("release.schema.json", named("A release", release())),
    ]
}

fn named(title: &str, mut schema: Value) -> Value {
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = title.into();
    schema
}

/// A closed table: its keys, and those that must be there.
fn table(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties, "required": required})
}

fn tables(key: &str, item: Value) -> Value {
    let mut properties = json!({});
    properties[key] = json!({"type": "array", "items": item});
    table(properties, &[])
}

fn one_of<T: ToString>(all: &[T]) -> Value {
    json!({"enum": all.iter().map(ToString::to_string).collect::<Vec<_>>()})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn texts() -> Value {
    json!({"type": "array", "items": {"type": "string"}})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn whole(least: i64, most: i64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

fn share() -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1})
}

/// A date or a date with time; editors read TOML's own as text.
fn moment() -> Value {
    json!({"type": "string"})
}

fn policy() -> Value {
    let mappings = table(
        json!({
            "dsa_category": one_of(Category::ALL),
            "dsa_keywords": {"type": "array", "items": one_of(Keyword::ALL)}, "pinterest": texts(),
            "microsoft": {"type": "array", "items": whole(0, i64::from(u32::MAX))},
            "iab_ad_product": texts(), "iab_content": texts(),
        }),
        &[],
    );
    let words = || table(json!({"title": text(), "clause": text(), "fix_hint": text()}), &[]);
    let translations = table(json!({"de": words(), "es": words(), "fr": words(), "pt": words()}), &[]);
    table(
        json!({
            "title": text(), "clause": text(), "clause_version": whole(1, i64::from(u32::MAX)),
            "severity": one_of(Severity::ALL), "disclosure": one_of(Disclosure::ALL), "fix_hint": text(),
            "on_unavailable": one_of(OnUnavailable::ALL), "sensitive": flag(), "no_score_alone": flag(),
            "mappings": mappings, "translations": translations,
        }),
        &["title", "clause", "severity", "disclosure", "fix_hint"],
    )
}

fn rule() -> Value {
    let constraint = json!({"oneOf": [
        table(json!({"kind": {"enum": ["exclude_countries", "only_countries"]}, "countries": texts()}), &["kind", "countries"]),
        table(json!({"kind": {"const": "min_age"}, "years": whole(1, 120)}), &["kind", "years"]),
        table(json!({"kind": {"const": "needs_certificate"}, "certificate": text()}), &["kind", "certificate"]),
    ]});
    let snooze = table(json!({"advertiser": text(), "until": moment(), "note": text()}), &["advertiser", "until"]);
    table(
        json!({
            "name": {"type": "string", "pattern": "^[a-z0-9_]{1,60}$"},
            "when": {"type": "string", "description": "A condition in CEL; `adjudge policy check` checks it."},
            "effect": one_of(Effect::ALL), "state": one_of(RuleState::ALL), "note": text(),
            "constraints": {"type": "array", "items": constraint},
            "percent": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100},
            "until": moment(),
            "snooze": {"type": "array", "items": snooze},
        }),
        &["name", "when", "effect"],
    )
}

fn case() -> Value {
    let count = || whole(0, i64::from(u32::MAX));
    let advertiser = table(
        json!({
            "external_id": text(), "name": text(), "strikes": count(), "rejected_ads": count(), "decided_ads": count(),
            "standing": one_of(Standing::ALL), "age_days": count(), "verified": flag(), "certificates": texts(),
            "spend_30d_micros": whole(0, i64::MAX),
        }),
        &[],
    );
    let counts = table(json!({"advertiser": count(), "domain": count(), "image": count(), "denials": count()}), &[]);
    let destination = table(
        json!({"url": text(), "status": whole(100, 599), "redirects": whole(0, 100), "title": text(), "text": text()}),
        &[],
    );
    table(
        json!({
            "name": text(), "kind": one_of(CaseKind::ALL), "expect": one_of(Expectation::ALL),
            "expect_ad": one_of(Expectation::ALL),
            "headline": text(), "body": text(), "call_to_action": text(), "alt_text": text(), "images": whole(0, 20),
            "landing_url": text(), "countries": texts(), "min_age": whole(0, 120), "max_age": whole(0, 120),
            "interests": texts(), "on_behalf_of": text(), "paid_by": text(),
            "starts_at": moment(), "ends_at": moment(), "evaluated_at": moment(),
            "budget": table(json!({"micros": whole(0, 1 << 53), "currency": text()}), &["micros", "currency"]),
            "destination": destination, "advertiser": advertiser, "counts": counts,
            "scores": {"type": "object", "additionalProperties": share()},
            "similar_to": {"type": "object", "additionalProperties": share()},
        }),
        &["name", "kind", "expect"],
    )
}

fn list() -> Value {
    let entry = table(json!({"value": text(), "negative": flag(), "note": text(), "until": moment()}), &["value"]);
    table(
        json!({
            "kind": one_of(ListKind::ALL), "entries": texts(), "negative": texts(),
            "entry": {"type": "array", "items": entry},
        }),
        &["kind"],
    )
}

fn queue() -> Value {
    table(
        json!({
            "name": text(), "title": text(), "policies": texts(), "sla_minutes": whole(1, 60 * 24 * 365),
            "lease_minutes": whole(1, 60 * 24), "rank": whole(0, 10_000),
        }),
        &["name", "title", "sla_minutes", "lease_minutes"],
    )
}

fn release() -> Value {
    let sampling = table(json!({"blind_share": share(), "overlap_share": share(), "seed": whole(0, i64::MAX)}), &[]);
    table(json!({"sampling": sampling, "thresholds": {"type": "object", "additionalProperties": share()}}), &[])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::all;
    use crate::screening::policy::PackFiles;
    use serde_json::Value;

    /// A TOML text as an editor sees it: dates are text.
    fn as_json(text: &str) -> Value {
        fn json(value: toml::Value) -> Value {
            match value {
                toml::Value::Datetime(at) => Value::String(at.to_string()),
                toml::Value::Array(all) => all.into_iter().map(json).collect(),
                toml::Value::Table(table) => Value::Object(table.into_iter().map(|(k, v)| (k, json(v))).collect()),
                other => serde_json::to_value(other).unwrap(),
            }
        }
        json(toml::Value::Table(text.parse().unwrap()))
    }

    #[test]
    fn the_default_pack_fits_its_schemas_and_a_slip_does_not() {
        let schemas: Vec<(&str, jsonschema::Validator)> =
            all().into_iter().map(|(name, schema)| (name, jsonschema::validator_for(&schema).unwrap())).collect();
        let of = |path: &str| {
            let file = path.rsplit('/').next().unwrap();
            let stem = if path.starts_with("lists/") { "list" } else { file.strip_suffix(".toml").unwrap() };
            &schemas.iter().find(|(name, _)| *name == format!("{stem}.schema.json")).unwrap().1
        };
        let files = PackFiles::embedded();
        let mut checked = 0;
        for (path, text) in files.texts().filter(|(path, _)| path.ends_with(".toml")) {
            let wrong: Vec<String> = of(path).iter_errors(&as_json(text)).map(|e| e.to_string()).collect();
            assert!(wrong.is_empty(), "{path}: {wrong:?}");
            checked += 1;
        }
        assert!(checked > 60, "{checked}");
        let slip = as_json("[[rule]]\nname = \"x\"\nwen = \"true\"\neffect = \"forbidden\"\n");
        assert_eq!(of("x/rules.toml").iter_errors(&slip).count(), 3, "unknown key, missing key, unknown effect");
    }
}
