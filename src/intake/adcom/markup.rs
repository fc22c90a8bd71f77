//! What people would see of markup: the text, links, images and the video of HTML and of VAST.
//!
//! Called by `map`. Markup is read by html5ever's tokenizer alone, in one pass without a tree: time grows with the
//! bytes, nothing nests, no entity is expanded but characters, and nothing is run or fetched. It must never leave out
//! text that a browser would show; showing screening more than a browser would is no harm.

use super::super::document;
use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, CharacterTokens, EndTag, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer,
        TokenizerOpts,
        states::{RawKind, Rawtext, Rcdata, ScriptData},
    },
};
use std::cell::RefCell;

/// Deepest markup within an attribute or a VAST element that is read.
const NESTED: usize = 3;

/// Most marks that could separate attributes, in a row without the end of a tag: an attribute is compared with all
/// before it.
const CROWDED: usize = 20_000;

/// What was found in markup.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The ad's title, where the markup names one.
    pub(super) title: Option<String>,
    /// Visible text, in lines.
    pub(super) lines: Vec<String>,
    /// Where clicks lead.
    pub(super) links: Vec<String>,
    /// Images with the text for people who do not see them.
    pub(super) images: Vec<(String, String)>,
    /// The first video or sound.
    pub(super) video: Option<String>,
    /// Its length.
    pub(super) duration_ms: Option<u32>,
}

/// Reads the markup of a display ad, which a browser shows: HTML, or structured in JSON.
pub(super) fn display(text: &str) -> Result<Found, String> {
    not_crowded(text)?;
    let structured = text.trim_start().starts_with(['{', '[']);
    match document::parse(text.as_bytes(), text.len()) {
        Ok((value, _)) if structured => {
            let mut found = Found::default();
            json(&value, &mut found);
            Ok(found)
        }
        _ => Ok(html(text, NESTED)),
    }
}

/// Reads the markup of a video or audio ad, which a player parses as XML; where its root is none of a player's, HTML.
pub(super) fn media(text: &str) -> Result<Found, String> {
    not_crowded(text)?;
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            r if r.starts_with("<?") => "?>",
            r if r.starts_with("<!--") => "-->",
            r if r.starts_with("<!") => ">",
            _ => break,
        };
        rest = rest.split_once(end).map_or("", |(_, after)| after).trim_start();
    }
    let root = rest.get(..6).unwrap_or(rest).to_ascii_lowercase();
    let vast_like = ["<vast", "<daast", "<vmap"].iter().any(|name| root.starts_with(name));
    Ok(if vast_like { vast(text, NESTED) } else { html(text, NESTED) })
}

fn not_crowded(text: &str) -> Result<(), String> {
    if is_crowded(text) {
        return Err(format!("has a tag with more than {CROWDED} attributes or quotes; shorten it"));
    }
    Ok(())
}

fn is_crowded(text: &str) -> bool {
    let mut run = 0usize;
    text.bytes().any(|b| {
        match b {
            b'>' => run = 0,
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/' | b'"' | b'\'' | b'=' => run += 1,
            _ => {}
        }
        run > CROWDED
    })
}

/// Structured markup: every text is one that people may see; addresses are links where they are called so.
fn json(value: &serde_json::Value, found: &mut Found) {
    use serde_json::Value;
    match value {
        Value::String(text) if text.starts_with("http://") || text.starts_with("https://") => {}
        Value::String(text) if text.contains('<') => found.lines.extend(html(text, 0).lines),
        Value::String(text) => push_line(found, text),
        Value::Array(items) => items.iter().for_each(|item| json(item, found)),
        Value::Object(members) => {
            if let Some(url) = members.get("link").and_then(|link| link.get("url")).and_then(Value::as_str) {
                found.links.push(url.to_owned());
            }
            if let Some(url) = members.get("img").and_then(|img| img.get("url")).and_then(Value::as_str) {
                found.images.push((url.to_owned(), String::new()));
            }
            members.values().for_each(|member| json(member, found));
        }
        _ => {}
    }
}

/// Runs the tokenizer over a text.
fn tokenize<S: TokenSink>(text: &str, sink: S) -> S {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    // It only stops before the end for scripts that somebody wants to run, which this sink never does.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink
}

/// Adds a text as one line, its white space as HTML has it.
fn push_line(found: &mut Found, text: &str) {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !line.is_empty() {
        found.lines.push(line);
    }
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value).filter(|v| !v.trim().is_empty())
}

// ---- HTML -------------------------------------------------------------------------------------------------------

/// Elements that do not begin a line of their own: words inside them join the text around.
const INLINE: [&str; 31] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font", "i", "ins", "kbd",
    "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tspan", "u", "wbr",
];

#[derive(Default)]
struct HtmlState {
    found: Found,
    line: String,
    /// Inside an element whose text is never shown.
    silent: bool,
    /// Open `svg` and `math` elements: inside them a style or script is an element like others.
    foreign: usize,
}

struct HtmlSink {
    state: RefCell<HtmlState>,
    depth: usize,
}

fn html(text: &str, depth: usize) -> Found {
    let sink = tokenize(text, HtmlSink { state: RefCell::default(), depth });
    let mut state = sink.state.into_inner();
    state.end_line();
    state.found
}

impl HtmlState {
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        push_line(&mut self.found, &line);
    }

    fn merge(&mut self, inner: Found) {
        self.end_line();
        self.found.lines.extend(inner.lines);
        self.found.links.extend(inner.links);
        self.found.images.extend(inner.images);
        self.found.video = self.found.video.take().or(inner.video);
    }

    fn attributes(&mut self, tag: &Tag, depth: usize) {
        let name = &*tag.name;
        let text = |attribute_name| attribute(tag, attribute_name).unwrap_or_default().to_owned();
        match name {
            "a" | "area" | "form" => {
                let link = attribute(tag, if name == "form" { "action" } else { "href" });
                self.found.links.extend(link.map(str::to_owned));
            }
            "img" | "image" | "input" => {
                let source = ["src", "href", "xlink:href"].iter().find_map(|n| attribute(tag, n));
                let pixel = ["width", "height"].iter().any(|n| matches!(attribute(tag, n), Some("0" | "1" | "2")));
                match source.filter(|_| !pixel) {
                    Some(source) => self.found.images.push((source.to_owned(), text("alt"))),
                    None => push_line(&mut self.found, &text("alt")),
                }
            }
            "video" | "audio" | "source" | "embed" | "object" => {
                let source = attribute(tag, if name == "object" { "data" } else { "src" });
                self.found.video = self.found.video.take().or(source.map(str::to_owned));
                let poster = attribute(tag, "poster");
                self.found.images.extend(poster.map(|p| (p.to_owned(), String::new())));
            }
            _ => {}
        }
        for shown in ["title", "aria-label", "placeholder", "label"] {
            push_line(&mut self.found, &text(shown));
        }
        if name == "input" || name == "button" {
            push_line(&mut self.found, &text("value"));
        }
        if let Some(inner) = attribute(tag, "srcdoc").filter(|_| depth > 0) {
            self.merge(html(inner, depth - 1));
        }
    }
}

impl TokenSink for HtmlSink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            CharacterTokens(text) if !state.silent => state.line.push_str(&text),
            TagToken(tag) => {
                let name = &*tag.name;
                let raw = raw_kind(name).filter(|_| state.foreign == 0 && !tag.self_closing);
                if !INLINE.contains(&name) {
                    state.end_line();
                }
                let foreign = matches!(name, "svg" | "math");
                match tag.kind {
                    EndTag => {
                        state.silent = false;
                        state.foreign = state.foreign.saturating_sub(usize::from(foreign));
                    }
                    StartTag => {
                        state.attributes(&tag, self.depth);
                        state.foreign += usize::from(foreign && !tag.self_closing);
                        state.silent = raw.is_some() && matches!(name, "script" | "style");
                    }
                }
                if let (StartTag, Some(raw)) = (tag.kind, raw) {
                    return TokenSinkResult::RawData(raw);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.state.borrow().foreign > 0
    }
}

/// How a browser reads what stands inside an element, where tags in it are none.
fn raw_kind(name: &str) -> Option<RawKind> {
    match name {
        "script" => Some(ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(Rawtext),
        "title" | "textarea" => Some(Rcdata),
        _ => None,
    }
}

// ---- VAST -------------------------------------------------------------------------------------------------------

/// Longest text of one element that is kept while it is read.
const ELEMENT_BYTES: usize = 300_000;

#[derive(Default)]
struct VastState {
    found: Found,
    /// The element that began last, without its prefix: what is read stands in leaves.
    leaf: String,
    text: String,
    wrapper: Option<String>,
}

struct VastSink {
    state: RefCell<VastState>,
    depth: usize,
}

fn vast(text: &str, depth: usize) -> Found {
    let sink = tokenize(text, VastSink { state: RefCell::default(), depth });
    let state = sink.state.into_inner();
    let mut found = state.found;
    found.video = found.video.or(state.wrapper);
    found
}

impl VastState {
    fn end(&mut self, name: &str, depth: usize) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if text.is_empty() || self.leaf != name {
            return;
        }
        match name {
            "adtitle" if self.found.title.is_none() => {
                self.found.title = Some(text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            "clickthrough" | "companionclickthrough" | "nonlinearclickthrough" | "iconclickthrough" => {
                self.found.links.push(text.to_owned());
            }
            "mediafile" | "interactivecreativefile" => {
                self.found.video = self.found.video.take().or_else(|| Some(text.to_owned()));
            }
            "vastadtaguri" => self.wrapper = Some(text.to_owned()),
            "staticresource" => self.found.images.push((text.to_owned(), String::new())),
            "htmlresource" if depth > 0 => {
                let inner = html(text, depth - 1);
                self.found.lines.extend(inner.lines);
                self.found.links.extend(inner.links);
                self.found.images.extend(inner.images);
            }
            "duration" => self.found.duration_ms = self.found.duration_ms.or_else(|| duration(text)),
            "adtitle" | "description" | "advertiser" | "alttext" | "survey" | "title" => {
                push_line(&mut self.found, text);
            }
            _ => {}
        }
    }
}

impl TokenSink for VastSink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            CharacterTokens(text) if state.text.len() + text.len() <= ELEMENT_BYTES => state.text.push_str(&text),
            TagToken(tag) => {
                let name = tag.name.rsplit(':').next().unwrap_or_default().to_owned();
                match tag.kind {
                    StartTag => {
                        state.text.clear();
                        state.leaf = name;
                    }
                    EndTag => state.end(&name, self.depth),
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    /// XML: its CDATA sections are text.
    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        true
    }
}

/// `HH:MM:SS` or `HH:MM:SS.mmm` in milliseconds.
fn duration(text: &str) -> Option<u32> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut seconds = 0u32;
    for part in clock.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    seconds.checked_mul(1000)?.checked_add(digits.parse().ok()?)
}
