//! AdCOM ads (IAB Tech Lab): bytes become our ad and the document as sent, or a refusal that names every bad field.
//!
//! Called by the IAB Ad Management API. The same four steps as for native JSON: a bounded parse, the schema of the wire
//! types, the checks that no schema can say, and only then the ad (`map`, with `markup` for HTML and VAST). What our ad
//! has no field for stays in the document, which is given back as it came. It must never fetch what an address names.

mod map;
mod markup;
pub mod wire;

#[cfg(test)]
mod tests;

use super::{Problem, Refusal, Submission, document, refusal::under};
use crate::domain::digest::Digest;
use serde_json::{Map, Value};

/// Longest body of one ad: markup in it is bounded again.
pub const ADCOM_BYTES: usize = 1024 * 1024;

/// Members that the exchange writes; those sent are not read.
const OURS: [&str; 3] = ["init", "lastmod", "audit"];

/// An ad as a bidder wants it audited.
#[derive(Debug, Clone, PartialEq)]
pub struct AdcomSubmission {
    /// The ad, as every door gives it.
    pub submission: Submission,
    /// The document as sent, without its id and what is ours.
    pub document: Value,
    /// Media rating that the bidder declared.
    pub mrating: Option<i32>,
}

/// A change to some fields of an ad.
#[derive(Debug, Clone, PartialEq)]
pub struct AdcomPatch(Map<String, Value>);

/// Reads one ad. `id` is the one in the path, where there is one: the body's must be the same, or absent.
///
/// # Errors
/// Every bad field at once, in the order of their pointers.
pub fn read(bytes: &[u8], id: Option<&str>) -> Result<AdcomSubmission, Refusal> {
    let (value, problems) = document::parse(bytes, ADCOM_BYTES)?;
    problems.into_result()?;
    let Value::Object(ad) = value else { return Err(no_object()) };
    from_document(ad, id)
}

/// Reads a change. A member that is null is to be removed; an object is merged member by member (RFC 7396).
///
/// # Errors
/// When it is no JSON object, or names another ad.
pub fn read_patch(bytes: &[u8], id: &str) -> Result<AdcomPatch, Refusal> {
    let (value, problems) = document::parse_patch(bytes, ADCOM_BYTES)?;
    problems.into_result()?;
    let Value::Object(mut patch) = value else { return Err(no_object()) };
    check_id(&patch, Some(id))?;
    patch.remove("id");
    OURS.iter().for_each(|name| drop(patch.remove(*name)));
    Ok(AdcomPatch(patch))
}

impl AdcomPatch {
    /// Whether it changes nothing, and so only touches the ad.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ad whose kept document this changes.
    ///
    /// # Errors
    /// As [`read`], of the ad as it would be then.
    pub fn applied_to(&self, document: &Value, id: &str) -> Result<AdcomSubmission, Refusal> {
        let mut ad = document.as_object().cloned().unwrap_or_default();
        merge(&mut ad, &self.0);
        from_document(ad, Some(id))
    }
}

fn no_object() -> Refusal {
    Refusal::one("", "wrong_type", "must be an object: one ad")
}

fn merge(into: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, new) in patch {
        match (new, into.get_mut(name)) {
            (Value::Null, _) => drop(into.shift_remove(name)),
            (Value::Object(new), Some(Value::Object(old))) => merge(old, new),
            (Value::Object(new), _) => {
                let mut fresh = Map::new();
                merge(&mut fresh, new);
                into.insert(name.clone(), Value::Object(fresh));
            }
            (new, _) => drop(into.insert(name.clone(), new.clone())),
        }
    }
}

fn check_id(ad: &Map<String, Value>, id: Option<&str>) -> Result<(), Refusal> {
    match (ad.get("id"), id) {
        (Some(sent), Some(id)) if sent != id => {
            Err(Refusal::one("/id", "id_differs", format!("must be {id:?}, the ad's id in the path, or left out")))
        }
        _ => Ok(()),
    }
}

fn from_document(mut ad: Map<String, Value>, id: Option<&str>) -> Result<AdcomSubmission, Refusal> {
    check_id(&ad, id)?;
    OURS.iter().for_each(|name| drop(ad.shift_remove(*name)));
    let mut value = Value::Object(ad);
    let wrapped = wrap_lists(&mut value);
    let mut typed = value.clone();
    if let Some(id) = id {
        typed["id"] = id.into();
    }
    let read = map::ad(typed).map_err(|refusal| as_sent(refusal, &wrapped))?;
    if let Some(ad) = value.as_object_mut() {
        ad.shift_remove("id");
    }
    let digest = Digest::of_json(&value)
        .map_err(|_| Refusal::one("", "not_canonical", "holds a number that cannot be kept exactly"))?;
    let mut submission = read.submission;
    submission.content.document = Some(digest);
    Ok(AdcomSubmission { submission, document: value, mrating: read.mrating })
}

/// Makes lists of single items, where AdCOM has lists. Says which places were none.
fn wrap_lists(ad: &mut Value) -> Vec<String> {
    let mut wrapped = vec![];
    for path in wire::LISTS {
        let tokens: Vec<&str> = path.split('/').skip(1).collect();
        wrap_at(ad, &tokens, String::new(), &mut wrapped);
    }
    wrapped
}

fn wrap_at(at: &mut Value, path: &[&str], pointer: String, wrapped: &mut Vec<String>) {
    let Some((token, rest)) = path.split_first() else {
        if !at.is_array() {
            *at = Value::Array(vec![at.take()]);
            wrapped.push(pointer);
        }
        return;
    };
    match (at, *token) {
        (Value::Array(items), "*") => {
            for (i, item) in items.iter_mut().enumerate() {
                wrap_at(item, rest, format!("{pointer}/{i}"), wrapped);
            }
        }
        (Value::Object(members), name) => {
            if let Some(member) = members.get_mut(name) {
                wrap_at(member, rest, under(&pointer, name), wrapped);
            }
        }
        _ => {}
    }
}

/// Problems at the places where the bidder finds them: an item that stood alone has no index.
fn as_sent(refusal: Refusal, wrapped: &[String]) -> Refusal {
    let problems = refusal.problems.into_iter().map(|problem| {
        // The longest first: a list within a list was wrapped later.
        let pointer = wrapped.iter().rev().fold(problem.pointer.clone(), |pointer, list| {
            match pointer.strip_prefix(&format!("{list}/0")) {
                Some(rest) => format!("{list}{rest}"),
                None => pointer,
            }
        });
        Problem { pointer, ..problem }
    });
    Refusal { problems: problems.collect() }
}
