//! The ad as people would see it: one placement, with matched words marked unless the task is blind.
//!
//! Called by the task page and the ad page. It must never make the browser fetch anything that the submitter named:
//! only stored images are shown, from our own address.

use super::marked::{Marked, Span, mark};
use crate::domain::{AdContent, ad::TextField};
use askama::Template;

/// The preview as a part of a page.
#[derive(Debug, Template)]
#[template(path = "preview.html")]
pub struct Preview {
    advertiser: String,
    initial: String,
    paid_by: Option<String>,
    headline: Marked,
    body: Marked,
    call_to_action: Marked,
    domain: String,
    images: Vec<Picture>,
    video: Option<String>,
    sensitive: bool,
}
// A rendered template: askama escaped what came from the ad.
impl askama::filters::HtmlSafe for Preview {}

#[derive(Debug)]
struct Picture {
    src: Option<String>,
    width: u32,
    height: u32,
    url: String,
    alt: Marked,
    alt_plain: String,
}

impl Preview {
    /// Builds the preview. `spans` gives the words to mark in a field; `sensitive` veils images until asked for.
    pub(crate) fn of(
        content: &AdContent,
        advertiser: &str,
        sensitive: bool,
        spans: impl Fn(TextField) -> Vec<Span>,
    ) -> Self {
        let marked = |field| mark(&content.text(field), spans(field));
        let first = advertiser.chars().find(|c| c.is_alphanumeric());
        Self {
            advertiser: advertiser.to_owned(),
            initial: first.map(|c| c.to_uppercase().collect()).unwrap_or_default(),
            paid_by: content.paid_by.clone(),
            headline: marked(TextField::Headline),
            body: marked(TextField::Body),
            call_to_action: marked(TextField::CallToAction),
            domain: host(content.landing_url.as_deref().unwrap_or_default()),
            images: pictures(content, &spans(TextField::AltText)),
            video: content.creative.video.as_ref().map(|v| v.url.clone()),
            sensitive,
        }
    }
}

/// Alternative texts are one field, one text a line; each line goes back to its picture, with its marks.
fn pictures(content: &AdContent, spans: &[Span]) -> Vec<Picture> {
    let mut offset = 0;
    let mut pictures = Vec::new();
    for image in &content.creative.images {
        let alt = image.alt_text.as_str();
        let end = offset + alt.len();
        let own = spans.iter().filter(|s| s.start < end && s.end > offset).map(|s| Span {
            start: s.start.saturating_sub(offset),
            end: s.end.saturating_sub(offset).min(alt.len()),
            ..s.clone()
        });
        pictures.push(Picture {
            src: image.asset.as_ref().map(|a| format!("/assets/blob/{}", a.digest.hex())),
            width: image.asset.as_ref().map_or(0, |a| a.width),
            height: image.asset.as_ref().map_or(0, |a| a.height),
            url: image.url.clone().unwrap_or_default(),
            alt: mark(alt, own.collect()),
            alt_plain: alt.to_owned(),
        });
        if !alt.is_empty() {
            offset = end + 1;
        }
    }
    pictures
}

/// The host of a URL, in the ASCII form that shows look-alike letters for what they are.
pub(crate) fn host(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default()
}
