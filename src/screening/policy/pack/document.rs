//! Reads TOML by hand, so that every slip has a place: wrong type, missing or unknown key, wrong name.
//!
//! Called by the readers of a pack's files. It must never stop at the first problem, and never guess a value.

use super::super::{
    problem::{Complaint, Lines, Problem},
    tree::Span,
};
use crate::domain::time::Millis;
use std::{cell::RefCell, str::FromStr};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Most problems that are told of one file: whoever has more has one that stands for them.
const MOST_PROBLEMS: usize = 100;

/// Problems found while reading one file.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(super) fn take(self) -> Vec<Problem> {
        self.0.into_inner()
    }

    pub(super) fn push(&self, problem: Problem) {
        if !self.full() {
            self.0.borrow_mut().push(problem);
        }
    }

    /// Notes a complaint about a file; placing it costs nothing once the file has enough of them.
    pub(super) fn complain(&self, file: &str, lines: &Lines<'_>, complaint: &Complaint) {
        if !self.full() {
            self.push(complaint.in_lines(file, None, lines));
        }
    }

    /// Whether no further problem of this file is told.
    pub(super) fn full(&self) -> bool {
        self.0.borrow().len() >= MOST_PROBLEMS
    }

    pub(super) fn unexpected_file(&self, shown: &str, name: &str, expected: &[&str]) {
        let complaint = Complaint::new(Span::default(), format!("`{name}` is not a file of a pack"));
        self.push(complaint.likely(name, expected.iter().copied()).in_text(shown, None, ""));
    }

    pub(super) fn missing_file(&self, shown: &str) {
        self.push(Complaint::new(Span::default(), "this file is missing").in_text(shown, None, ""));
    }

    pub(super) fn bad_folder(&self, shown: &str, folder: &str) {
        let message = format!("`{folder}` is not a policy code: 2 to 40 lower-case letters, digits and underscores");
        self.push(Complaint::new(Span::default(), message).in_text(shown, None, ""));
    }
}

/// One parsed file.
pub(super) struct Document<'d> {
    pub(super) file: &'d str,
    pub(super) lines: Lines<'d>,
    root: Spanned<DeTable<'d>>,
    problems: &'d Problems,
}

/// A value with its place in the file.
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

impl<'d> Document<'d> {
    /// Parses a file; `None` once what is wrong with its syntax has been noted.
    pub(super) fn parse(file: &'d str, text: &'d str, problems: &'d Problems) -> Option<Self> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let lines = Lines::new(text);
        for error in errors.iter().take(MOST_PROBLEMS) {
            let span = error.span().map_or(Span::default(), |s| Span { start: s.start, end: s.end });
            let message = error.message().lines().next().unwrap_or("this is not TOML").to_owned();
            problems.complain(file, &lines, &Complaint::new(span, message));
        }
        errors.is_empty().then_some(Self { file, lines, root, problems })
    }

    /// The file's text.
    pub(super) fn text(&self) -> &'d str {
        self.lines.text
    }

    /// The table that the file is.
    pub(super) fn root(&self) -> Section<'_, 'd> {
        Section {
            document: self,
            table: self.root.get_ref(),
            span: Span { start: 0, end: 0 },
            asked: RefCell::default(),
        }
    }

    pub(super) fn complain(&self, complaint: Complaint) {
        self.problems.complain(self.file, &self.lines, &complaint);
    }
}

/// A table being read: it remembers which keys were asked for, and names all others unknown when done.
pub(super) struct Section<'s, 'd> {
    pub(super) document: &'s Document<'d>,
    table: &'s DeTable<'d>,
    pub(super) span: Span,
    asked: RefCell<Vec<&'static str>>,
}

fn span_of<T>(value: &Spanned<T>) -> Span {
    Span { start: value.span().start, end: value.span().end }
}

impl<'s, 'd> Section<'s, 'd> {
    fn get(&self, key: &'static str) -> Option<&'s Spanned<DeValue<'d>>> {
        self.asked.borrow_mut().push(key);
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, value)| value)
    }

    fn complain(&self, span: Span, message: impl Into<String>) {
        self.document.complain(Complaint::new(span, message));
    }

    /// Notes that a required key is missing.
    pub(super) fn missing(&self, key: &str) {
        self.complain(self.span, format!("`{key}` is missing"));
    }

    /// Whether the key is there, whatever it holds.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// An optional value of one kind; a value of another kind is a problem.
    fn one<T>(&self, key: &'static str, kind: &str, read: impl Fn(&'s DeValue<'d>) -> Option<T>) -> Option<Placed<T>> {
        let value = self.get(key)?;
        let span = span_of(value);
        match read(value.get_ref()) {
            Some(value) => Some(Placed { value, span }),
            None => {
                self.complain(span, format!("`{key}` must be {kind}"));
                None
            }
        }
    }

    /// An optional text.
    pub(super) fn text(&self, key: &'static str) -> Option<Placed<String>> {
        self.one(key, "text", |v| match v {
            DeValue::String(text) => Some(text.to_string()),
            _ => None,
        })
    }

    /// A text that must be there, and not blank.
    pub(super) fn required(&self, key: &'static str) -> Placed<String> {
        let there = self.has(key);
        match self.text(key) {
            Some(text) if text.value.trim().is_empty() => {
                self.complain(text.span, format!("`{key}` is empty"));
                text
            }
            Some(text) => text,
            None => {
                if !there {
                    self.missing(key);
                }
                Placed { value: String::new(), span: self.span }
            }
        }
    }

    /// An optional whole number within bounds.
    pub(super) fn int(&self, key: &'static str, least: i64, most: i64) -> Option<Placed<i64>> {
        self.one(key, &format!("a whole number from {least} to {most}"), |v| match v {
            DeValue::Integer(i) => {
                i64::from_str_radix(i.as_str(), i.radix()).ok().filter(|i| (least..=most).contains(i))
            }
            _ => None,
        })
    }

    /// An optional number from 0 to 1.
    pub(super) fn share(&self, key: &'static str) -> Option<Placed<f64>> {
        self.one(key, "a number from 0 to 1", share)
    }

    /// An optional `true` or `false`.
    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let read = |v: &DeValue<'_>| match v {
            DeValue::Boolean(b) => Some(*b),
            _ => None,
        };
        self.one(key, "true or false", read).map(|p| p.value)
    }

    /// An optional name out of a closed set, parsed; a near miss gets a suggestion.
    pub(super) fn name<T: FromStr>(&self, key: &'static str, all: &[&str]) -> Option<Placed<T>> {
        let text = self.text(key)?;
        match text.value.parse() {
            Ok(value) => Some(Placed { value, span: text.span }),
            Err(_) => {
                let message = format!("`{key}` is one of {}", all.join(", "));
                let complaint = Complaint::new(text.span, message).likely(&text.value, all.iter().copied());
                self.document.complain(complaint);
                None
            }
        }
    }

    /// An optional moment: a day (its first moment, UTC) or a date and time, as TOML's own or as text.
    pub(super) fn moment(&self, key: &'static str) -> Option<Placed<Millis>> {
        let parse = |text: &str| Millis::of_day(text).or_else(|| text.parse().ok());
        self.one(key, "a day such as 2026-12-31, or a date and time such as 2026-12-31T18:00:00Z", |v| match v {
            DeValue::String(text) => parse(text),
            DeValue::Datetime(moment) => parse(&moment.to_string()),
            _ => None,
        })
    }

    /// An optional number above 0 and below 100.
    pub(super) fn percent(&self, key: &'static str) -> Option<f64> {
        let kind = "a number above 0 and below 100";
        self.one(key, kind, |v| number(v).filter(|n| *n > 0.0 && *n < 100.0)).map(|p| p.value)
    }

    /// A list of texts; empty when it is not there.
    pub(super) fn texts(&self, key: &'static str) -> Vec<Placed<String>> {
        let Some(elements) = self.elements(key) else { return Vec::new() };
        let mut all = Vec::new();
        for element in elements {
            match element.get_ref() {
                DeValue::String(text) => all.push(Placed { value: text.to_string(), span: span_of(element) }),
                _ => self.complain(span_of(element), format!("`{key}` is a list of texts")),
            }
        }
        all
    }

    /// A list of parsed texts (codes); each that does not parse is a problem.
    pub(super) fn codes<T: FromStr>(&self, key: &'static str, what: &str) -> Vec<Placed<T>> {
        let parse = |text: Placed<String>| match text.value.parse() {
            Ok(value) => Some(Placed { value, span: text.span }),
            Err(_) => {
                self.complain(text.span, format!("`{}` is not {what}", text.value));
                None
            }
        };
        self.texts(key).into_iter().filter_map(parse).collect()
    }

    /// A list of numbers from 0 on.
    pub(super) fn numbers(&self, key: &'static str) -> Vec<u32> {
        let Some(elements) = self.elements(key) else { return Vec::new() };
        let mut all = Vec::new();
        for element in elements {
            match element.get_ref() {
                DeValue::Integer(i) if i.radix() == 10 && i.as_str().parse::<u32>().is_ok() => {
                    all.extend(i.as_str().parse::<u32>().ok());
                }
                _ => self.complain(span_of(element), format!("`{key}` is a list of whole numbers")),
            }
        }
        all
    }

    fn elements(&self, key: &'static str) -> Option<&'s [Spanned<DeValue<'d>>]> {
        self.one(key, "a list", |v| match v {
            DeValue::Array(array) => Some(&array[..]),
            _ => None,
        })
        .map(|p| p.value)
    }

    /// A table inside this one.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'s, 'd>> {
        let found = self.one(key, "a table", |v| match v {
            DeValue::Table(table) => Some(table),
            _ => None,
        })?;
        Some(Section { document: self.document, table: found.value, span: found.span, asked: RefCell::default() })
    }

    /// A list of tables: `[[rule]]`.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'s, 'd>> {
        let Some(elements) = self.elements(key) else { return Vec::new() };
        let mut all = Vec::new();
        for element in elements {
            match element.get_ref() {
                DeValue::Table(table) => all.push(Section {
                    document: self.document,
                    table,
                    span: span_of(element),
                    asked: RefCell::default(),
                }),
                _ => self.complain(span_of(element), format!("`{key}` is a list of tables: write [[{key}]]")),
            }
        }
        all
    }

    /// Every key with a number from 0 to 1, for tables keyed by name.
    pub(super) fn shares(&self) -> Vec<(Placed<String>, f64)> {
        let mut all = Vec::new();
        for (key, value) in self.table {
            let name = Placed { value: key.get_ref().to_string(), span: span_of(key) };
            match share(value.get_ref()) {
                Some(number) => all.push((name, number)),
                None => self.complain(span_of(value), "this must be a number from 0 to 1"),
            }
        }
        all
    }

    /// Names every key that was not asked for unknown.
    pub(super) fn done(self) {
        let asked = self.asked.borrow();
        for key in self.table.keys().filter(|k| !asked.contains(&k.get_ref().as_ref())) {
            if self.document.problems.full() {
                break;
            }
            let complaint = Complaint::new(span_of(key), format!("unknown key `{}`", key.get_ref()));
            self.document.complain(complaint.likely(key.get_ref(), asked.iter().copied()));
        }
    }
}

fn share(value: &DeValue<'_>) -> Option<f64> {
    number(value).filter(|n| (0.0..=1.0).contains(n))
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(f) => f.as_str().parse().ok(),
        DeValue::Integer(i) => i.as_str().parse().ok(),
        _ => None,
    }
}
