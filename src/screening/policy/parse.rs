//! Rule source to syntax tree, by the `cel` crate's parser, with the place of every part.
//!
//! Called by `check` alone. It must never hang or overflow on hostile source: size and nesting are bounded before the
//! parser sees it, and the parser runs on a stack of its own.

use super::{problem::Complaint, tree::Span};
use cel::{
    common::ast::{CallExpr, Expr, IdedExpr, SourceInfo, operators},
    parser::{ParseError, Parser},
};

/// Longest source of one rule, in bytes.
pub const LONGEST_SOURCE: usize = 4_000;

/// Deepest nesting of brackets.
const DEEPEST_NESTING: usize = 32;

/// Longest chain of operators or selections outside brackets; each is one level of the tree.
const LONGEST_CHAIN: usize = 400;

/// Stack of the parser's thread. The grammar needs about 100 kB a bracket without optimisation.
const PARSER_STACK: usize = 64 << 20;

/// A parsed rule.
pub(super) struct Parsed {
    pub(super) root: IdedExpr,
    places: SourceInfo,
}

/// Parses a rule, or says everything that keeps it from being one.
pub(super) fn parse(source: &str) -> Result<Parsed, Vec<Complaint>> {
    if let Some(complaint) = too_large(source) {
        return Err(vec![complaint]);
    }
    let result = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("rule-parser".into())
            .stack_size(PARSER_STACK)
            .spawn_scoped(scope, || {
                Parser::new().parse_with_source_info(source).map_err(|failed| complaints(source, failed.errors))
            })
            .map(|parser| parser.join())
    });
    match result {
        Ok(Ok(Ok((root, places)))) => Ok(Parsed { root, places }),
        Ok(Ok(Err(complaints))) => Err(complaints),
        Ok(Err(_)) | Err(_) => Err(vec![Complaint::new(whole(source), "this cannot be parsed; write it more simply")]),
    }
}

/// The span of a whole source, without the white space around it.
pub(super) fn whole(source: &str) -> Span {
    let start = source.len() - source.trim_start().len();
    Span { start, end: start + source.trim().len() }
}

/// Bounds that keep the parser's recursion finite. A scan of bytes is enough: brackets inside texts are skipped,
/// and a text that never ends is the parser's to report.
fn too_large(source: &str) -> Option<Complaint> {
    if source.len() > LONGEST_SOURCE {
        let message = format!("a rule may be {LONGEST_SOURCE} bytes long, and this has {}", source.len());
        return Some(Complaint::new(whole(source), message));
    }
    let (mut depth, mut chain, mut quote) = (0usize, 0usize, None);
    let mut bytes = source.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (Some(_), b'\\') => drop(bytes.next()),
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b'+' | b'-' | b'*' | b'/' | b'%' | b'.' | b'?' | b'!' | b'=' | b'<' | b'>') => chain += 1,
            _ => {}
        }
        let here = Span { start: at, end: at + 1 };
        if depth > DEEPEST_NESTING {
            return Some(Complaint::new(here, format!("brackets nest deeper than {DEEPEST_NESTING} levels")));
        }
        if chain > LONGEST_CHAIN {
            return Some(Complaint::new(here, format!("more than {LONGEST_CHAIN} operators in one rule")));
        }
    }
    None
}

/// The parser's errors in our words. Later ones on a line are mostly echoes of the first, so one a line is kept.
fn complaints(source: &str, errors: Vec<ParseError>) -> Vec<Complaint> {
    let mut last_line = 0;
    let mut all = Vec::new();
    for error in errors {
        let (line, column) = (usize::try_from(error.pos.0).unwrap_or(0), usize::try_from(error.pos.1).unwrap_or(0));
        if line != last_line || all.is_empty() {
            last_line = line;
            all.push(Complaint::new(span_at(source, line, column), in_our_words(&error.msg)));
        }
    }
    all
}

/// The word or character at a line and a column, both from 1.
fn span_at(source: &str, line: usize, column: usize) -> Span {
    let line_start: usize = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &source[line_start..];
    let start = line_start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(i, _)| i);
    let word: usize = source[start..].chars().take_while(|c| is_name(*c)).map(char::len_utf8).sum();
    let one = source[start..].chars().next().map_or(0, char::len_utf8);
    Span { start, end: start + word.max(one) }
}

fn in_our_words(message: &str) -> String {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let quoted = |text: &str| text.strip_suffix('\'').unwrap_or(text).to_owned();
    if message.ends_with("expecting <EOF>") && message.starts_with("extraneous input") {
        return "the condition should end here; is an operator such as && missing?".into();
    }
    if message.contains("'<EOF>'") {
        return match message.strip_prefix("missing '").and_then(|m| m.split_once('\'')) {
            Some((missing, _)) => format!("`{missing}` is missing at the end"),
            None => "the condition is not complete".into(),
        };
    }
    if let Some(text) = message.strip_prefix("token recognition error at: '") {
        let text = quoted(text);
        let unfinished = text.starts_with(['"', '\'']);
        let why = if unfinished { "this text has no closing quote, or a wrong escape" } else { "cannot be read here" };
        return if unfinished { why.into() } else { format!("`{text}` {why}") };
    }
    if let Some(rest) = message.strip_prefix("mismatched input '").or(message.strip_prefix("extraneous input '")) {
        return format!("`{}` cannot stand here", rest.split('\'').next().unwrap_or_default());
    }
    if message.starts_with("no viable alternative") {
        return "this cannot be read as a condition".into();
    }
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        return format!("`{word}` is a reserved word");
    }
    message.to_owned()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl Parsed {
    /// The whole extent of an expression.
    pub(super) fn span(&self, source: &str, node: &IdedExpr) -> Span {
        let token = self.token(node.id);
        match &node.expr {
            Expr::Select(select) if select.test => self.call_span(source, token, "has"),
            Expr::Select(select) => {
                let operand = self.span(source, &select.operand);
                Span { start: operand.start, end: self.selected(source, node, &select.field).end }
            }
            Expr::Call(call) => match (&call.target, call.args.as_slice()) {
                (Some(_), _) => self.method_span(source, token, call),
                (None, [only]) if is_operator(&call.func_name) => {
                    Span { start: token.start, end: self.span(source, only).end }
                }
                (None, [first, _]) if call.func_name == operators::INDEX => {
                    Span { start: self.span(source, first).start, end: closing(source, token.start) }
                }
                (None, [first, .., last]) if is_operator(&call.func_name) => {
                    Span { start: self.span(source, first).start, end: self.span(source, last).end }
                }
                _ => self.call_span(source, token, &call.func_name),
            },
            // A negative literal's token leaves its sign out.
            Expr::Literal(_) if source[..token.start].ends_with('-') && negative(source, token.start) => {
                Span { start: token.start - 1, end: token.end }
            }
            _ => token,
        }
    }

    /// The name in `operand.name`.
    pub(super) fn selected(&self, source: &str, node: &IdedExpr, field: &str) -> Span {
        let dot = self.token(node.id);
        let after = &source[dot.end..];
        let start = dot.end + (after.len() - after.trim_start().len());
        Span { start, end: (start + field.len()).min(source.len()) }
    }

    /// The name of a called function.
    pub(super) fn called(&self, source: &str, node: &IdedExpr, name: &str) -> Span {
        let open = self.token(node.id);
        let end = source[..open.start].trim_end().len();
        Span { start: end.saturating_sub(name.len()), end }
    }

    fn method_span(&self, source: &str, open: Span, call: &CallExpr) -> Span {
        let start = call.target.as_ref().map_or(open.start, |t| self.span(source, t).start);
        Span { start, end: closing(source, open.start) }
    }

    fn call_span(&self, source: &str, open: Span, name: &str) -> Span {
        let end = source[..open.start].trim_end().len();
        Span { start: end.saturating_sub(name.len()), end: closing(source, open.start) }
    }

    /// The token that the parser remembers for a node: a literal, a name, an operator, a dot or an opening bracket.
    fn token(&self, id: u64) -> Span {
        let Some((start, stop)) = self.places.offset_for(id) else { return whole(&self.places.source) };
        let length = self.places.source.len();
        let start = (start as usize).min(length);
        Span { start, end: (stop as usize + 1).clamp(start, length) }
    }
}

fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '!', '-', '@'])
}

/// Whether the minus before a number is its sign: nothing that could be subtracted from stands before it.
fn negative(source: &str, number: usize) -> bool {
    let before = source[..number - 1].trim_end();
    !before.ends_with(|c: char| is_name(c) || matches!(c, ')' | ']' | '"' | '\''))
}

/// One past the bracket that closes the one at `open`, texts skipped.
fn closing(source: &str, open: usize) -> usize {
    let (mut depth, mut quote) = (0usize, None);
    let mut bytes = source.bytes().enumerate().skip(open);
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (Some(_), b'\\') => drop(bytes.next()),
            (Some(q), _) if byte == q => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[') => depth += 1,
            (None, b')' | b']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    source.len()
}
