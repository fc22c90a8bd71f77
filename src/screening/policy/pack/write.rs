//! Writes a bundle as the files of a pack, for releases that were made before releases kept their files.
//!
//! Called by `flows::steps::pack`. Reading what it wrote gives the same bundle; cases are not in a bundle, so there are
//! none. It must never know the fields of a policy or a rule: their own serialised form is what a file holds.

use crate::{
    domain::{draft::PackTexts, policy::PolicyCode, release::Bundle},
    screening::routing::QueueSpec,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The files of a bundle with its queues. Thresholds are left out where they are the model's own.
///
/// # Errors
/// When a value has no TOML form; no bundle that was stored has such a one.
pub fn write(bundle: &Bundle, own_thresholds: bool, queues: &[QueueSpec]) -> Result<PackTexts, serde_json::Error> {
    let mut files = PackTexts::new();
    for policy in &bundle.policies {
        let code = &policy.code;
        files.insert(format!("{code}/policy.toml"), text(&without(policy, &["code"])?)?);
        files.insert(format!("{code}/rules.toml"), text(&json!({"rule": rules_of(bundle, code)?}))?);
    }
    for list in &bundle.lists {
        let body = json!({"kind": list.kind, "entry": list.entries});
        files.insert(format!("lists/{}.toml", list.name), text(&body)?);
    }
    let mut release = json!({"sampling": bundle.sampling});
    if own_thresholds && !bundle.thresholds.is_empty() {
        release["thresholds"] = json!(bundle.thresholds);
    }
    files.insert("release.toml".into(), text(&release)?);
    files.insert("queues.toml".into(), text(&json!({"queue": queues}))?);
    Ok(files)
}

fn rules_of(bundle: &Bundle, code: &PolicyCode) -> Result<Vec<Value>, serde_json::Error> {
    let prefix = format!("{code}/");
    let own = bundle.rules.iter().filter(|r| &r.policy == code);
    own.map(|rule| {
        let mut written = without(rule, &["policy"])?;
        written["name"] = rule.name.strip_prefix(&prefix).unwrap_or(&rule.name).into();
        Ok(written)
    })
    .collect()
}

fn without(value: &impl Serialize, keys: &[&str]) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(value)?;
    if let Value::Object(fields) = &mut value {
        keys.iter().for_each(|key| drop(fields.remove(*key)));
    }
    Ok(value)
}

/// TOML of a JSON object. TOML has no null: what is not there is left out.
fn text(value: &Value) -> Result<String, serde_json::Error> {
    let refuse = |e: toml::ser::Error| serde::ser::Error::custom(e);
    toml::to_string_pretty(&present(value)).map_err(refuse)
}

fn present(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), present(v)));
            // Plain values stand before tables, as TOML wants them.
            let (tables, plain): (Vec<_>, Vec<_>) = kept.partition(|(_, v)| is_table(v));
            Value::Object(plain.into_iter().chain(tables).collect::<Map<_, _>>())
        }
        Value::Array(all) => Value::Array(all.iter().map(present).collect()),
        other => other.clone(),
    }
}

fn is_table(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(all) => all.first().is_some_and(Value::is_object),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{super::Pack, write};
    use crate::screening::policy::PackFiles;

    #[test]
    fn what_is_written_reads_back_as_the_same_bundle() {
        let pack = Pack::embedded().unwrap();
        let queues: Vec<_> = pack.queues.all().into_iter().cloned().collect();
        let files = write(&pack.bundle, true, &queues).unwrap();
        let read = Pack::read(&PackFiles::from_pairs(files.iter().map(|(p, t)| (p.as_str(), t.as_str())))).unwrap();
        let key = |r: &crate::domain::policy::Rule| r.name.clone();
        let (mut before, mut after) = (pack.bundle.clone(), read.bundle);
        before.rules.sort_by_key(key);
        after.rules.sort_by_key(key);
        before.lists.sort_by(|a, b| a.name.cmp(&b.name));
        after.lists.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(before, after);
        assert_eq!(read.queues, pack.queues);
    }
}
