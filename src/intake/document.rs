//! The bounded parse: bytes to a JSON value, or a refusal, whatever the bytes are.
//!
//! Called by every reader of intake before anything else looks at the input. It must never recurse deeper than
//! [`MAX_DEPTH`] or hold more than a small multiple of the bytes it was given.

use super::refusal::{Problems, Refusal, clip, under};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Deepest nesting that is read; no input of ours needs a quarter of it.
const MAX_DEPTH: usize = 32;

/// Greatest whole number up to which a double is exact.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// Stands for a byte that is not UTF-8 while the rest of the document is read. A noncharacter: no text has it.
const BROKEN: char = '\u{FDD0}';

/// Parses a document of at most `limit` bytes.
///
/// Members whose value is `null` are dropped: null is the same as absent. What can be told about single values
/// (a key given twice, broken UTF-8, a null character) comes back as problems, so that the checks after this one
/// still run over the rest; what leaves no document at all is a refusal.
pub(super) fn parse(bytes: &[u8], limit: usize) -> Result<(Value, Problems), Refusal> {
    read(bytes, limit, false)
}

/// The same, with the members that are `null`: a patch removes by them.
pub(super) fn parse_patch(bytes: &[u8], limit: usize) -> Result<(Value, Problems), Refusal> {
    read(bytes, limit, true)
}

fn read(bytes: &[u8], limit: usize, nulls_stay: bool) -> Result<(Value, Problems), Refusal> {
    if bytes.len() > limit {
        return Err(Refusal::one(
            "",
            "body_too_large",
            format!("must be at most {limit} bytes; it has {}", bytes.len()),
        ));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => std::borrow::Cow::Borrowed(text),
        Err(_) => std::borrow::Cow::Owned(mark_broken(bytes)),
    };
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(Refusal::one("", "empty", "is empty; send a JSON object"));
    }
    let mut walk = Walk { path: vec![], problems: Problems::default(), too_deep: None, nulls_stay };
    let mut json = serde_json::Deserializer::from_str(text);
    let parsed = Node { walk: &mut walk, depth: 0 }.deserialize(&mut json).and_then(|v| json.end().map(|()| v));
    match parsed {
        Ok(value) => Ok((value, walk.problems)),
        Err(_) if walk.too_deep.is_some() => {
            let pointer = walk.too_deep.unwrap_or_default();
            Err(Refusal::one(pointer, "too_deep", format!("is nested deeper than {MAX_DEPTH} levels")))
        }
        Err(_) if text.contains(BROKEN) => {
            Err(Refusal::one("", "not_utf8", format!("is not UTF-8 at byte {}", first_broken(bytes))))
        }
        Err(error) => Err(Refusal::one("", "not_json", format!("is not valid JSON: {}", clip(error.to_string())))),
    }
}

/// A copy in which each broken sequence is one marker.
fn mark_broken(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(BROKEN);
        }
    }
    text
}

fn first_broken(bytes: &[u8]) -> usize {
    std::str::from_utf8(bytes).err().map_or(0, |e| e.valid_up_to())
}

/// What is remembered while the document is walked.
struct Walk {
    path: Vec<String>,
    problems: Problems,
    too_deep: Option<String>,
    nulls_stay: bool,
}

impl Walk {
    fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |pointer, token| under(&pointer, token))
    }

    fn text(&mut self, text: &str) {
        if text.contains(BROKEN) {
            self.problems.add(self.pointer(), "not_utf8", "has bytes that are not UTF-8");
        } else if text.contains('\0') {
            self.problems.add(self.pointer(), "null_character", "has a null character (U+0000); remove it");
        }
    }
}

/// One value of the document, read at a depth.
struct Node<'w> {
    walk: &'w mut Walk,
    depth: usize,
}

impl Node<'_> {
    fn enter<E: serde::de::Error>(&mut self) -> Result<usize, E> {
        if self.depth < MAX_DEPTH {
            return Ok(self.depth + 1);
        }
        self.walk.too_deep = Some(self.walk.pointer());
        Err(E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    /// A whole number is an integer however it is written, as JSON Schema has it.
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.fract() == 0.0 && value.abs() <= EXACT {
            return Ok(Value::Number((value as i64).into()));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        self.walk.text(value);
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        self.walk.text(&value);
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.enter()?;
        let mut values = vec![];
        loop {
            self.walk.path.push(values.len().to_string());
            let item = items.next_element_seed(Node { walk: &mut *self.walk, depth })?;
            self.walk.path.pop();
            match item {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.enter()?;
        let mut map = Map::new();
        let mut nulls = std::collections::HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            self.walk.path.push(clip(key.clone()));
            self.walk.text(&key);
            let value = members.next_value_seed(Node { walk: &mut *self.walk, depth })?;
            if map.contains_key(&key) || nulls.contains(&key) {
                let pointer = self.walk.pointer();
                self.walk.problems.add(pointer, "given_twice", "is given twice; give it once");
            }
            self.walk.path.pop();
            if value.is_null() && !self.walk.nulls_stay {
                nulls.insert(key);
            } else {
                map.insert(key, value);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn refused(bytes: &[u8]) -> (String, &'static str) {
        let problems = match parse(bytes, 1_000_000) {
            Ok((_, problems)) => problems.into_result().expect_err("refused").problems,
            Err(refusal) => refusal.problems,
        };
        (problems[0].pointer.clone(), problems[0].code)
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_place() {
        let deep = [b"{\"a\":".repeat(1_000), b"1".to_vec(), b"}".repeat(1_000)].concat();
        assert_eq!(refused(&deep), ("/a".repeat(32), "too_deep"));
        let very_deep = b"[".repeat(900_000);
        assert_eq!(refused(&very_deep).1, "too_deep");
        assert_eq!(refused(b""), (String::new(), "empty"));
        assert_eq!(refused(b" \n"), (String::new(), "empty"));
        assert_eq!(refused(b"{\"a\":1"), (String::new(), "not_json"));
        assert_eq!(refused(b"{} {}"), (String::new(), "not_json"));
        assert_eq!(refused(b"{\"a\":1e999}"), (String::new(), "not_json"));
        assert_eq!(refused(b"{\"a\":\"\\ud800\"}"), (String::new(), "not_json"));
        assert_eq!(refused(b"\xff\xfe{"), (String::new(), "not_utf8"));
        assert_eq!(refused(&b" ".repeat(1_000_001)), (String::new(), "body_too_large"));
    }

    #[test]
    fn what_is_wrong_with_one_value_leaves_the_others_to_be_checked() {
        let (value, problems) =
            parse(b"{\"a\":{\"b\":[\"ok\",\"x\xff\xfey\"]},\"n\":\"\\u0000\",\"d\":1,\"d\":2,\"z\":null}", 1_000)
                .unwrap();
        assert_eq!(value["d"], 2);
        assert!(value.get("z").is_none());
        let problems = problems.into_result().unwrap_err().problems;
        let told: Vec<_> = problems.iter().map(|p| (p.pointer.as_str(), p.code)).collect();
        assert_eq!(told, [("/a/b/1", "not_utf8"), ("/d", "given_twice"), ("/n", "null_character")]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_document() {
        assert_eq!(parse("\u{feff}{\"a\":1}".as_bytes(), 100).unwrap().0["a"], 1);
    }
}
