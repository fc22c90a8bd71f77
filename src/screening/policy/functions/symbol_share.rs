//! `symbol_share(text)`: how much of a text is neither letters, digits nor plain punctuation.
//!
//! Called through the registry. It must never count letters of any script as symbols.

use super::{Function, Parameter, RestsOn};
use crate::screening::policy::types::{Possible, Type, Value};

pub(super) static FUNCTION: Function = Function {
    name: "symbol_share",
    signature: "symbol_share(text)",
    doc: "Share of characters that are symbols or emoji, among all that are not white space (0 to 1); letters, digits and plain punctuation do not count.",
    example: "symbol_share(ad.headline) > 0.3",
    method: false,
    parameters: &[Parameter::Value(Type::Text)],
    at_least: 1,
    repeats: false,
    returns: Type::Double,
    possible: Possible::Range(0.0, 1.0),
    rests_on: RestsOn::Evidence,
    call: |call| {
        let (mut symbols, mut all) = (0u32, 0u32);
        for c in call.text(0).chars().filter(|c| !c.is_whitespace()) {
            all += 1;
            symbols += u32::from(!c.is_alphanumeric() && !is_plain_punctuation(c));
        }
        Value::double(f64::from(symbols) / f64::from(all.max(1)))
    },
};

/// Marks that ordinary sentences and prices are made of.
fn is_plain_punctuation(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '\''
            | '"'
            | '('
            | ')'
            | '-'
            | '/'
            | '&'
            | '%'
            | '$'
            | '€'
            | '£'
            | '¥'
            | '’'
            | '‘'
            | '“'
            | '”'
            | '„'
            | '«'
            | '»'
            | '–'
            | '—'
            | '…'
            | '¿'
            | '¡'
            | '·'
            | '、'
            | '。'
            | '，'
            | '！'
            | '？'
    )
}
