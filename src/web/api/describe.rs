//! The OpenAPI document as plain structures that a page can show.
//!
//! Called by `/docs` once. It must never invent: every word on the page comes from the types and handlers.

use serde_json::Value;

/// Words with code between backticks among them: each piece, and whether it is code.
pub(super) type Said = Vec<(String, bool)>;

/// The order of the operations of one path: what makes a thing comes first.
const METHODS: &[&str] = &["post", "get", "put", "patch", "delete"];

/// Splits words at backticks.
pub(super) fn said(text: &str) -> Said {
    let pieces = text.split('`').enumerate().map(|(n, piece)| (piece.to_owned(), n % 2 == 1));
    pieces.filter(|(piece, _)| !piece.is_empty()).collect()
}

/// A group of operations.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) description: Said,
    pub(super) operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) anchor: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: Said,
    pub(super) needs_key: bool,
    pub(super) parameters: Vec<Member>,
    pub(super) body: Option<Content>,
    pub(super) answers: Vec<Answer>,
}

/// What is sent or answered.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) media: String,
    pub(super) kind: Vec<Part>,
}

/// One answer of an operation.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) description: Said,
    pub(super) content: Option<Content>,
}

/// A parameter, or a member of an object.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    /// `query`, `path` or `header`; empty for members.
    pub(super) place: String,
    pub(super) required: bool,
    pub(super) kind: Vec<Part>,
    pub(super) limits: String,
    pub(super) description: Said,
    pub(super) example: String,
}

/// A piece of a type's name: plain words, or a link to a schema.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) anchor: Option<String>,
}

/// A named type.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) description: Said,
    pub(super) members: Vec<Member>,
    pub(super) values: Vec<String>,
    pub(super) kind: Vec<Part>,
    pub(super) limits: String,
}

/// The operations, by tag.
pub(super) fn groups(document: &Value) -> Vec<Group> {
    list(&document["tags"])
        .map(|tag| {
            let name = text(&tag["name"]);
            Group {
                anchor: format!("group-{}", name.to_lowercase()),
                description: said(&text(&tag["description"])),
                operations: operations(document, &name),
                name,
            }
        })
        .collect()
}

fn operations(document: &Value, tag: &str) -> Vec<Operation> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(m, op)| (path, m, op)));
    let mut found: Vec<_> = all.filter(|(.., op)| list(&op["tags"]).any(|t| t == tag)).collect();
    found.sort_by_key(|(path, method, _)| (*path, METHODS.iter().position(|m| m == method)));
    found
        .into_iter()
        .map(|(path, method, op)| Operation {
            anchor: format!("{method}{}", path.replace(['/', '{', '}'], "-")),
            method: method.to_uppercase(),
            path: path.clone(),
            summary: text(&op["summary"]),
            description: said(&text(&op["description"])),
            needs_key: op["security"].is_array(),
            parameters: list(&op["parameters"]).map(parameter).collect(),
            body: content(&op["requestBody"]),
            answers: answers(op),
        })
        .collect()
}

fn parameter(parameter: &Value) -> Member {
    Member {
        place: text(&parameter["in"]),
        description: said(&text(&parameter["description"])),
        ..member(&text(&parameter["name"]), &parameter["schema"], parameter["required"] == true)
    }
}

fn answers(operation: &Value) -> Vec<Answer> {
    let answers = operation["responses"].as_object().into_iter().flatten();
    answers
        // What any operation may answer stands once on the page, not at each of them.
        .filter(|(_, answer)| answer["$ref"].is_null())
        .map(|(status, answer)| Answer {
            status: status.clone(),
            description: said(&text(&answer["description"])),
            content: content(answer),
        })
        .collect()
}

fn content(holder: &Value) -> Option<Content> {
    let all = holder["content"].as_object()?;
    let described = all.values().next()?;
    let media: Vec<&str> = all.keys().map(String::as_str).collect();
    Some(Content { media: media.join(" or "), kind: kind(&described["schema"]) })
}

/// The named types, sorted by name.
pub(super) fn schemas(document: &Value) -> Vec<Schema> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let mut all: Vec<Schema> = schemas.map(|(name, schema)| one_schema(name, schema)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn one_schema(name: &str, schema: &Value) -> Schema {
    let values = list(&schema["enum"]).map(text).chain(list(&schema["oneOf"]).filter_map(variant)).collect();
    Schema {
        name: name.to_owned(),
        anchor: anchor(name),
        description: said(&text(&schema["description"])),
        members: members(schema),
        values,
        kind: if schema["oneOf"].is_array() { vec![plain("one of")] } else { kind(schema) },
        limits: limits(schema),
    }
}

/// A variant of a tagged type, by its tag or its one member.
fn variant(schema: &Value) -> Option<String> {
    let properties = schema["properties"].as_object()?;
    let tag = properties.iter().find_map(|(name, p)| Some(format!("{name}: {}", list(&p["enum"]).next()?.as_str()?)));
    let others = properties.iter().filter(|(_, p)| !p["enum"].is_array()).map(|(name, _)| name.as_str());
    let others: Vec<_> = others.collect();
    match (tag, others.is_empty()) {
        (Some(tag), true) => Some(tag),
        (Some(tag), false) => Some(format!("{tag}, with {}", others.join(", "))),
        (None, false) => Some(others.join(", ")),
        (None, true) => None,
    }
}

fn members(schema: &Value) -> Vec<Member> {
    let mut found: Vec<Member> = list(&schema["allOf"]).flat_map(members_or_link).collect();
    let required: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
    let own = schema["properties"].as_object().into_iter().flatten();
    found.extend(own.map(|(name, property)| member(name, property, required.contains(&name.as_str()))));
    found
}

fn members_or_link(part: &Value) -> Vec<Member> {
    if part["$ref"].is_string() {
        let mut all = member("…", part, true);
        all.description = said("All members of that type.");
        return vec![all];
    }
    members(part)
}

fn member(name: &str, schema: &Value, required: bool) -> Member {
    Member {
        name: name.to_owned(),
        place: String::new(),
        required,
        kind: kind(schema),
        limits: limits(schema),
        description: said(&description(schema)),
        example: example(schema),
    }
}

/// A member's own words, or those beside the reference where it may also be null.
pub(super) fn description(schema: &Value) -> String {
    let branches = list(&schema["oneOf"]).map(|branch| text(&branch["description"]));
    [text(&schema["description"])].into_iter().chain(branches).find(|said| !said.is_empty()).unwrap_or_default()
}

fn example(schema: &Value) -> String {
    let given = schema.get("example").or_else(|| schema["examples"].get(0));
    match given {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// A type in words.
fn kind(schema: &Value) -> Vec<Part> {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return vec![Part { text: name.replace("Page_", "Page of "), anchor: Some(anchor(name)) }];
    }
    for way in ["oneOf", "anyOf", "allOf"] {
        if let Some(branches) = schema[way].as_array() {
            let mut parts = vec![];
            let (null, others): (Vec<_>, Vec<_>) = branches.iter().partition(|branch| branch["type"] == "null");
            for branch in others.into_iter().chain(null) {
                if !parts.is_empty() {
                    parts.push(plain(if way == "allOf" { " and " } else { " or " }));
                }
                parts.extend(kind(branch));
            }
            return parts;
        }
    }
    match &schema["type"] {
        Value::Array(types) => {
            let names: Vec<_> = types.iter().filter_map(Value::as_str).map(word).collect();
            vec![plain(&names.join(" or "))]
        }
        Value::String(name) if name == "array" => {
            let mut parts = vec![plain("list of ")];
            parts.extend(kind(&schema["items"]));
            parts
        }
        Value::String(name) => vec![plain(word(name))],
        _ => vec![plain("anything")],
    }
}

fn word(json_type: &str) -> &str {
    match json_type {
        "integer" => "whole number",
        "boolean" => "true or false",
        other => other,
    }
}

/// Limits in words.
fn limits(schema: &Value) -> String {
    let mut said = vec![];
    let mut say = |key: &str, before: &str, after: &str| {
        if !schema[key].is_null() {
            let value = &schema[key];
            said.push(format!("{before}{}{after}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
        }
    };
    say("minLength", "at least ", " characters");
    say("maxLength", "at most ", " characters");
    say("minItems", "at least ", " items");
    say("maxItems", "at most ", " items");
    say("minimum", "from ", "");
    say("maximum", "up to ", "");
    // The widths of integers say nothing that minimum and maximum do not.
    if !schema["format"].as_str().unwrap_or_default().starts_with("int") {
        say("format", "", "");
    }
    say("contentEncoding", "", "");
    say("pattern", "pattern ", "");
    said.join(", ").replace("at least 1 characters", "not empty")
}

fn anchor(schema: &str) -> String {
    format!("type-{}", schema.to_lowercase())
}

fn plain(text: &str) -> Part {
    Part { text: text.to_owned(), anchor: None }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
