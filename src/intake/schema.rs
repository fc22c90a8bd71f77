//! The JSON Schema of the wire types, compiled once, and its errors in our words.
//!
//! Called by every reader of intake after the parse. The schema is generated from the types that the OpenAPI document
//! describes, so the two cannot differ. It must never fetch anything: references stay inside the document.

use super::{
    adcom::wire::AdcomAd,
    refusal::{Problems, clip, under},
    wire::{
        AdInput, AdvertiserFactsInput, AppealInput, CertificateInput, DeliveryInput, ExternalDecisionInput, ReportInput,
    },
};
use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::{PartialSchema, ToSchema};

/// How alike a name must be to be suggested, from 0 to 1.
const ALIKE: f64 = 0.8;

/// Longest name, in bytes, for which a suggestion is looked for.
const LONGEST_NAME: usize = 64;

/// A compiled schema with the names it knows.
pub(super) struct Checker {
    validator: Validator,
    /// Every member it knows: the pointer of its object (items of a list as `*`), and its name.
    members: Vec<(String, String)>,
}

/// The schema of [`AdInput`].
pub(super) fn ad() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<AdInput>);
    &CHECKER
}

/// The schema of [`AdvertiserFactsInput`].
pub(super) fn advertiser() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<AdvertiserFactsInput>);
    &CHECKER
}

/// The schema of [`CertificateInput`].
pub(super) fn certificate() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<CertificateInput>);
    &CHECKER
}

/// The schema of [`DeliveryInput`].
pub(super) fn delivery() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<DeliveryInput>);
    &CHECKER
}

/// The schema of [`AdcomAd`].
pub(super) fn adcom() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<AdcomAd>);
    &CHECKER
}

/// The schema of [`AppealInput`].
pub(super) fn appeal() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<AppealInput>);
    &CHECKER
}

/// The schema of [`ReportInput`].
pub(super) fn report() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<ReportInput>);
    &CHECKER
}

/// The schema of [`ExternalDecisionInput`].
pub(super) fn external_decision() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<ExternalDecisionInput>);
    &CHECKER
}

impl Checker {
    pub(super) fn of<T: ToSchema + PartialSchema>() -> Self {
        let mut parts = vec![];
        T::schemas(&mut parts);
        let components: Map<String, Value> = parts.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
        let mut root = json!(T::schema());
        let mut members = vec![];
        list_members(&root, &components, String::new(), &mut members);
        root["components"] = json!({ "schemas": components });
        #[expect(clippy::expect_used, reason = "generated from this crate's own types; a test compiles every one")]
        let validator = jsonschema::draft202012::new(&root).expect("the wire types have a valid schema");
        Self { validator, members }
    }

    /// Adds a problem for every place where the value differs from the schema.
    pub(super) fn check(&self, value: &Value, problems: &mut Problems) {
        for error in self.validator.iter_errors(value) {
            if problems.are_full() {
                return;
            }
            self.tell(&error, problems);
        }
    }

    fn tell(&self, error: &ValidationError<'_>, problems: &mut Problems) {
        let at = error.instance_path().as_str();
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    if problems.are_full() {
                        return;
                    }
                    problems.add(under(at, name), "unknown_field", self.unknown(at, name));
                }
            }
            Kind::Required { property } => {
                problems.add(under(at, property.as_str().unwrap_or_default()), "required", "is required");
            }
            kind => {
                let (code, detail) = explain(kind, error.instance());
                problems.add(at, code, detail);
            }
        }
    }

    /// What to say about a name that the object at `at` does not know.
    fn unknown(&self, at: &str, name: &str) -> String {
        if name.len() > LONGEST_NAME {
            return "is not a known field; remove it".to_owned();
        }
        let object =
            at.split('/').map(|t| if t.bytes().all(|b| b.is_ascii_digit()) && !t.is_empty() { "*" } else { t });
        let object = object.collect::<Vec<_>>().join("/");
        let nearest = self
            .members
            .iter()
            .map(|(parent, member)| (strsim::jaro_winkler(name, member), *parent == object, parent, member))
            .filter(|(alike, ..)| *alike >= ALIKE)
            .max_by(|a, b| (a.1, a.0).partial_cmp(&(b.1, b.0)).unwrap_or(std::cmp::Ordering::Equal));
        match nearest {
            Some((_, true, _, member)) => format!("is not a known field; did you mean `{member}`?"),
            Some((_, false, parent, member)) => format!("is not a known field here; did you mean `{parent}/{member}`?"),
            None => "is not a known field; remove it".to_owned(),
        }
    }
}

/// Walks a schema and lists the members of every object in it.
fn list_members(schema: &Value, components: &Map<String, Value>, at: String, members: &mut Vec<(String, String)>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/components/schemas/")) {
        if let Some(target) = components.get(name) {
            list_members(target, components, at, members);
        }
        return;
    }
    for branch in ["oneOf", "anyOf", "allOf"].iter().filter_map(|k| schema[*k].as_array()).flatten() {
        list_members(branch, components, at.clone(), members);
    }
    if schema["items"].is_object() {
        list_members(&schema["items"], components, format!("{at}/*"), members);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        members.push((at.clone(), name.clone()));
        list_members(member, components, under(&at, name), members);
    }
}

/// An error of the schema as a code and one sentence.
fn explain(kind: &Kind, value: &Value) -> (&'static str, String) {
    let characters = || value.as_str().map_or(0, |s| s.chars().count());
    let items = || value.as_array().map_or(0, Vec::len);
    match kind {
        Kind::Type { kind } => ("wrong_type", format!("must be {}; it is {}", expected(kind), found(value))),
        Kind::MaxLength { limit } => {
            ("too_long", format!("must be at most {limit} characters; it has {}", characters()))
        }
        Kind::MinLength { limit: 1 } => ("too_short", "must not be empty".to_owned()),
        Kind::MinLength { limit } => {
            ("too_short", format!("must be at least {limit} characters; it has {}", characters()))
        }
        Kind::MaxItems { limit } => ("too_many", format!("must have at most {limit} items; it has {}", items())),
        Kind::MinItems { limit } => ("too_few", format!("must have at least {limit} items; it has {}", items())),
        Kind::Maximum { limit } => ("too_great", format!("must be at most {limit}")),
        Kind::Minimum { limit } => ("too_small", format!("must be at least {limit}")),
        Kind::Pattern { .. } => ("bad_characters", "has characters that are not allowed here".to_owned()),
        Kind::Enum { options } => {
            let options: Vec<_> = options.as_array().into_iter().flatten().map(Value::to_string).collect();
            ("not_an_option", format!("must be one of {}", options.join(", ")))
        }
        other => ("not_valid", format!("does not match the schema ({})", clip(other.keyword().to_owned()))),
    }
}

fn expected(kind: &jsonschema::error::TypeKind) -> String {
    use jsonschema::{JsonType, error::TypeKind};
    let name = |t: JsonType| match t {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    };
    match kind {
        TypeKind::Single(one) => name(*one).to_owned(),
        TypeKind::Multiple(set) => set.iter().map(name).collect::<Vec<_>>().join(" or "),
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(n) if n.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_compiles_and_knows_its_nested_names() {
        let names = &ad().members;
        assert!(names.contains(&("/creative/images/*".into(), "alt_text".into())), "{names:?}");
        assert!(advertiser().members.iter().any(|(_, name)| name == "verified"));
    }
}
