//! The rule editor as a page, and its parts: problems and cases, what rules make of ads, the names that complete.
//!
//! Called by `editor`. It must never hold a script or a style of its own; the texts stand in plain text areas.

use super::{
    drafts_page::{Cases, may_edit},
    page::{self, Notice, Shell},
    problem_list::ProblemRow,
    text::{Tone, conclusion, effect, encoded},
};
use crate::{
    domain::{AdId, Effect, Evidence, ScreeningId, draft::PackTexts, release::Bundle, screening::Truth},
    flows::drafts::{Tried, TriedRule},
    screening::policy::{
        Explained, Problem,
        bulk::{Bulk, RefusedLine},
        functions::{FUNCTIONS, Parameter},
        schema::FIELDS,
    },
    store::{drafts::StoredDraft, views::console::recent::Recent},
    web::error::ApiError,
};
use askama::Template;
use serde::Serialize;

/// What is open in the editor, as typed.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    /// Paths with their texts; the first is what the page is about.
    pub(crate) texts: Vec<(String, String)>,
    /// The line to show, from 1; 0 is none.
    pub(crate) line: usize,
    /// What the recent ads are narrowed to.
    pub(crate) search: String,
    /// The rule that is tried; empty is all of the file.
    pub(crate) rule: String,
    /// The screenings chosen to try on.
    pub(crate) chosen: Vec<ScreeningId>,
    /// What was pasted to be added, and how that went.
    pub(crate) paste: String,
    /// How adding what was pasted went.
    pub(crate) report: Option<ImportReport>,
}

/// What became of pasted entries.
#[derive(Debug)]
pub struct ImportReport {
    accepted: usize,
    lines: usize,
    refused: Vec<RefusedLine>,
    more: usize,
}

impl ImportReport {
    /// The report, with as many refused lines as a person reads.
    pub(crate) fn of(bulk: &Bulk) -> Self {
        const MOST: usize = 200;
        Self {
            accepted: bulk.accepted.len(),
            lines: bulk.lines,
            refused: bulk.refused.iter().take(MOST).cloned().collect(),
            more: bulk.refused.len().saturating_sub(MOST),
        }
    }
}

impl Opened {
    /// The paths that are open.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.texts.iter().map(|(path, _)| path.clone()).collect()
    }
}

/// `templates/editor.html`.
#[derive(Debug, Template)]
#[template(path = "editor.html")]
pub struct EditorPage {
    shell: Shell,
    csrf: String,
    writable: bool,
    id: String,
    name: String,
    path: String,
    title: String,
    siblings: Vec<Sibling>,
    texts: Vec<Text>,
    results: ResultsPart,
    tries: bool,
    tried: Option<TriedPart>,
    search: String,
    ads: Vec<AdChoice>,
    import: bool,
    paste: String,
    report: Option<ImportReport>,
    vocabulary: String,
}

/// Another file of the same policy.
#[derive(Debug)]
struct Sibling {
    title: &'static str,
    href: String,
    current: bool,
}

#[derive(Debug)]
struct Text {
    path: String,
    anchor: String,
    label: String,
    text: String,
    rows: usize,
    line: usize,
}

#[derive(Debug)]
struct AdChoice {
    id: ScreeningId,
    title: String,
    external_id: String,
    conclusion: &'static str,
    tone: &'static str,
    chosen: bool,
}

/// `templates/editor_results.html`: what is wrong, and how the cases came out.
#[derive(Debug, Template)]
#[template(path = "editor_results.html")]
pub struct ResultsPart {
    /// The draft's version that the texts were typed on.
    pub(crate) version: i64,
    /// What saving did.
    pub(crate) said: Option<Notice>,
    here: Vec<ProblemRow>,
    elsewhere: Vec<ProblemRow>,
    count: usize,
    cases: Option<Cases>,
}
// A rendered template.
impl askama::filters::HtmlSafe for ResultsPart {}

impl ResultsPart {
    /// Problems in the open files first, those of other files after them.
    pub(crate) fn of(draft: &StoredDraft, open: &[String], problems: &[Problem], cases: Option<Cases>) -> Self {
        let all = ProblemRow::all(&draft.id.to_string(), problems);
        let (here, elsewhere) = all.into_iter().partition(|p| open.contains(&p.path));
        Self { version: draft.version, said: None, here, elsewhere, count: problems.len(), cases }
    }
}

/// `templates/editor_tried.html`: what the rules make of chosen ads.
#[derive(Debug, Template)]
#[template(path = "editor_tried.html")]
pub struct TriedPart {
    broken: bool,
    rule: String,
    ads: Vec<TriedAd>,
    found: usize,
    unknown: usize,
}
impl askama::filters::HtmlSafe for TriedPart {}

#[derive(Debug)]
struct TriedAd {
    ad: AdId,
    title: String,
    then: &'static str,
    then_tone: &'static str,
    now: &'static str,
    now_tone: &'static str,
    rules: Vec<TriedRow>,
    silent: usize,
}

#[derive(Debug)]
struct TriedRow {
    name: String,
    effect: &'static str,
    tone: &'static str,
    truth: &'static str,
    evidence: Vec<String>,
    parts: Vec<Part>,
}

/// One part of a condition, below the parts that it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) depth: usize,
    pub(crate) source: String,
    pub(crate) value: String,
    pub(crate) tone: &'static str,
}

/// A tree, flattened in reading order.
pub(crate) fn parts(explained: &Explained, depth: usize, out: &mut Vec<Part>) {
    const DEEPEST: usize = 6;
    let missing = explained.cause.map(|c| format!(": {}", super::text::cause(c))).unwrap_or_default();
    out.push(Part {
        depth: depth.min(DEEPEST),
        source: explained.source.clone(),
        value: format!("{}{missing}", explained.value),
        tone: match explained.truth {
            Some(Truth::True) => "good",
            Some(Truth::Unknown) => "warn",
            _ => "",
        },
    });
    for part in &explained.parts {
        parts(part, depth + 1, out);
    }
}

impl TriedPart {
    /// Rules that found something or could not be decided, ad by ad; `rule` narrows to one.
    pub(crate) fn of(rule: &str, result: &Result<Vec<Tried>, Vec<Problem>>) -> Self {
        let Ok(tried) = result else {
            return Self { broken: true, rule: rule.to_owned(), ads: vec![], found: 0, unknown: 0 };
        };
        // Files name a rule without its policy; a name that is half typed narrows nothing.
        let wanted = |r: &&TriedRule| r.name.rsplit('/').next() == Some(rule);
        let narrow = !rule.is_empty() && tried.first().is_some_and(|t| t.rules.iter().any(|r| wanted(&r)));
        let ads: Vec<TriedAd> = tried.iter().map(|t| tried_ad(t, |r| !narrow || wanted(r))).collect();
        let count = |truth: &str| ads.iter().filter(|a| a.rules.iter().any(|r| r.truth == truth)).count();
        Self {
            broken: false,
            rule: if narrow { rule.to_owned() } else { String::new() },
            found: count(FOUND),
            unknown: count(UNDECIDED),
            ads,
        }
    }
}

const FOUND: &str = "finding";
const UNDECIDED: &str = "undecided";
const SILENT: &str = "no finding";

fn tried_ad(t: &Tried, wanted: impl Fn(&&TriedRule) -> bool) -> TriedAd {
    let rules: Vec<&TriedRule> = t.rules.iter().filter(wanted).collect();
    let speaking = |r: &&&TriedRule| r.truth != Truth::False || r.explained.is_some();
    let row = |r: &&TriedRule| TriedRow {
        name: r.name.clone(),
        effect: effect(if r.truth == Truth::Unknown { Effect::Review } else { r.effect }),
        tone: if r.truth == Truth::False { "" } else { r.effect.tone() },
        truth: match r.truth {
            Truth::True => FOUND,
            Truth::Unknown => UNDECIDED,
            Truth::False => SILENT,
        },
        evidence: r.evidence.iter().map(said).collect(),
        parts: {
            let mut all = vec![];
            if let Some(explained) = &r.explained {
                parts(explained, 0, &mut all);
            }
            all
        },
    };
    TriedAd {
        ad: t.ad,
        title: page::title(&t.headline, &t.ad.to_string(), 80),
        then: conclusion(t.then),
        then_tone: t.then.tone(),
        now: conclusion(t.now),
        now_tone: t.now.tone(),
        silent: rules.iter().filter(|r| r.truth == Truth::False && r.explained.is_none()).count(),
        rules: rules.iter().filter(speaking).map(row).collect(),
    }
}

/// A piece of evidence in words.
fn said(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Span { list, term, field, disguised, .. } => {
            format!("“{term}” in {field}, list {list}{}", if *disguised { ", disguised" } else { "" })
        }
        Evidence::Score { head, value, threshold, field } => {
            format!("score of {head} {value:.2} in {field}, threshold {threshold:.2}")
        }
        Evidence::Fact { name, value } => format!("{name} is {value}"),
        Evidence::Unavailable { signal, cause } => format!("{signal} is missing: {}", super::text::cause(*cause)),
        Evidence::Note { text } => text.clone(),
    }
}

/// The names that the editor completes and colours.
#[derive(Debug, Serialize)]
pub(crate) struct Vocabulary {
    fields: Vec<Word>,
    functions: Vec<Word>,
    lists: Vec<Word>,
    policies: Vec<Word>,
}

#[derive(Debug, Serialize)]
struct Word {
    name: String,
    /// How it is written, its kind or its type.
    detail: String,
    doc: String,
    /// For functions: what the first argument names, `list` or `head`.
    #[serde(skip_serializing_if = "Option::is_none")]
    takes: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    method: bool,
}

impl Vocabulary {
    /// Fields and functions of the schema; lists and policies of the draft's files, with what the release says of them.
    pub(crate) fn of(files: &PackTexts, live: &Bundle) -> Self {
        let word = |name: String, detail: String, doc: String| Word { name, detail, doc, takes: None, method: false };
        let fields = FIELDS.iter().map(|f| word(f.name.into(), f.type_.to_string(), f.doc.into()));
        let functions = FUNCTIONS.iter().map(|f| Word {
            name: f.name.into(),
            detail: f.signature.into(),
            doc: f.doc.into(),
            takes: f.parameters.first().and_then(|p| match p {
                Parameter::List(_) => Some("list"),
                Parameter::Head => Some("head"),
                _ => None,
            }),
            method: f.method,
        });
        let lists = files.keys().filter_map(|path| path.strip_prefix("lists/")).map(|file| {
            let name = file.split('.').next().unwrap_or(file);
            let known = live.lists.iter().find(|l| l.name == name);
            let detail = known.map(|l| format!("{}, {} entries", l.kind, l.entries.len())).unwrap_or_default();
            word(name.into(), detail, String::new())
        });
        let policies = files.keys().filter_map(|path| path.strip_suffix("/policy.toml")).map(|code| {
            let title = live.policies.iter().find(|p| p.code.as_str() == code).map(|p| p.title.clone());
            word(code.into(), title.unwrap_or_default(), String::new())
        });
        Self {
            fields: fields.collect(),
            functions: functions.collect(),
            lists: lists.collect(),
            policies: policies.collect(),
        }
    }
}

impl EditorPage {
    /// Builds the page.
    #[expect(clippy::too_many_arguments, reason = "one call; a struct would only rename the arguments")]
    pub(crate) fn of(
        shell: Shell,
        draft: &StoredDraft,
        writable: bool,
        opened: Opened,
        results: ResultsPart,
        tried: Option<TriedPart>,
        offered: &[Recent],
        vocabulary: &Vocabulary,
    ) -> Result<Self, ApiError> {
        let id = draft.id.to_string();
        let path = opened.texts.first().map(|(path, _)| path.clone()).unwrap_or_default();
        let folder = path.split_once('/').map(|(folder, _)| folder.to_owned());
        let is_list = folder.as_deref() == Some("lists");
        let policy = folder.filter(|f| f != "lists");
        let sibling = |(title, name): (&'static str, &'static str)| {
            let policy = policy.as_deref()?;
            let other = format!("{policy}/{name}");
            let href = format!("/drafts/{id}/file?path={}", encoded(&other));
            Some(Sibling { title, href, current: other == path })
        };
        let siblings = [("Rules and cases", "rules.toml"), ("Policy", "policy.toml"), ("Cases", "cases.toml")];
        let texts = opened.texts.iter().enumerate().map(|(i, (path, text))| Text {
            anchor: format!("text-{i}"),
            label: path.clone(),
            path: path.clone(),
            text: text.clone(),
            rows: text.lines().count().clamp(12, 30),
            line: if i == 0 { opened.line } else { 0 },
        });
        let choice = |r: &Recent| AdChoice {
            id: r.id,
            title: page::title(&r.headline, &r.external_id, 70),
            external_id: r.external_id.clone(),
            conclusion: conclusion(r.conclusion),
            tone: r.conclusion.tone(),
            chosen: opened.chosen.contains(&r.id),
        };
        Ok(Self {
            csrf: shell.person.as_ref().map(|p| p.csrf.clone()).unwrap_or_default(),
            writable: writable && may_edit(&shell),
            name: draft.name.clone(),
            title: path.clone(),
            siblings: siblings.into_iter().filter_map(sibling).collect(),
            texts: texts.collect(),
            tries: policy.is_some(),
            tried,
            search: opened.search.clone(),
            ads: offered.iter().map(choice).collect(),
            import: is_list,
            paste: opened.paste,
            report: opened.report,
            vocabulary: serde_json::to_string(vocabulary).map_err(|e| ApiError::internal(e.to_string()))?,
            results,
            path,
            id,
            shell,
        })
    }
}
