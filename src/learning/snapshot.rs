//! The identity of a frozen set of labels: a digest that any holder of the same rows can recompute.
//!
//! Called when a training run freezes its rows. It must never depend on the order of rows or on vectors: the same
//! labels, split alike, are the same snapshot under any encoder.

use super::rows::{Example, Split};
use crate::domain::digest::Digest;

/// Digest over the [`members`].
pub fn digest<'a>(examples: impl Iterator<Item = (&'a Example, Split)>) -> Digest {
    Digest::of(members(examples).as_bytes())
}

/// One line for every settled answer, sorted:
/// `<sha256 of the text> <policy or *> <yes|no> <weight in millionths> <part>\n`. `*` stands for a harmless text.
pub fn members<'a>(examples: impl Iterator<Item = (&'a Example, Split)>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (example, split) in examples {
        let text = Digest::of(example.text.as_bytes()).hex();
        let part = split.as_str();
        for (policy, mark) in &example.marks {
            let answer = if mark.breaks { "yes" } else { "no" };
            lines.push(format!("{text} {policy} {answer} {} {part}\n", (mark.weight * 1e6).round() as i64));
        }
        if example.benign {
            lines.push(format!("{text} * no 1000000 {part}\n"));
        }
    }
    lines.sort_unstable();
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn order_does_not_matter_and_the_split_does() {
        let example = |text: &str| Example {
            text: text.into(),
            marks: BTreeMap::new(),
            benign: true,
            source: "set".into(),
            group: None,
            written: false,
        };
        let (a, b) = (example("a"), example("b"));
        let forth = digest([(&a, Split::Train), (&b, Split::HeldOut)].into_iter());
        let back = digest([(&b, Split::HeldOut), (&a, Split::Train)].into_iter());
        let moved = digest([(&b, Split::Train), (&a, Split::Train)].into_iter());
        assert_eq!(forth, back);
        assert_ne!(forth, moved);
    }
}
