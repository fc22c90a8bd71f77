//! `longest_run(text)`: the longest repetition of one character.
//!
//! Called through the registry. It must never count white space, nor digits: a price is no gimmick.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "longest_run",
    signature: "longest_run(text)",
    doc: "Length of the longest run of one character, white space and digits aside: 4 for \"Sooooon!!\".",
    example: "longest_run(ad.text) >= 4",
    method: false,
    parameters: &[Parameter::Value(Type::Text)],
    at_least: 1,
    repeats: false,
    returns: Type::Int,
    possible: Possible::Range(0.0, u32::MAX as f64),
    rests_on: RestsOn::Evidence,
    call: |call| Value::count(longest_run(call.text(0))),
};

fn longest_run(text: &str) -> usize {
    let (mut longest, mut run, mut last) = (0, 0, None);
    for c in text.chars() {
        run = if c.is_whitespace() || c.is_numeric() {
            0
        } else if last == Some(c) {
            run + 1
        } else {
            1
        };
        last = Some(c);
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::longest_run;

    #[test]
    fn runs_are_of_one_character_and_not_of_spaces_or_digits() {
        for (text, expected) in
            [("", 0), ("abc", 1), ("Soooon!!", 4), ("a     b", 1), ("ab!!!! !!!", 4), ("1000000", 0)]
        {
            assert_eq!(longest_run(text), expected, "{text}");
        }
    }
}
