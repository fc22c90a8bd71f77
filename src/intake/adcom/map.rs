//! From AdCOM's objects to our ad: texts that people see, images, the video, where a click leads, who advertises.
//!
//! Called with one ad whose lists are lists. Texts go to screening as they were sent. It must never drop a text in
//! silence: what is too long to be screened is refused.

use super::{
    super::{
        AdvertiserRef, Refusal, Submission, build,
        refusal::{Problems, under},
        schema,
    },
    markup::{self, Found},
    wire::{AdcomAd, AdcomAsset, AdcomDisplay, AdcomLink, AdcomMedia},
};
use crate::domain::{
    ad::{AdContent, Creative, Image, Video},
    destination::registrable_domain,
};
use serde_json::Value;

/// Most characters of visible text that are screened.
const TEXT_CHARS: usize = 20_000;

/// Most images of one ad that are kept by address; those beyond stay in the document.
const IMAGES: usize = 20;

/// Longest address of a landing page, an image or a video.
const URL_CHARS: usize = 2048;

/// What the call to action is among AdCOM's data types.
const CALL_TO_ACTION: i64 = 12;

/// Our ad, before it has its document.
pub(super) struct Mapped {
    pub(super) submission: Submission,
    pub(super) mrating: Option<i32>,
}

/// Reads an ad, or says everything that is wrong with it.
pub(super) fn ad(value: Value) -> Result<Mapped, Refusal> {
    let mut problems = Problems::default();
    exactly_one(&value, "", &["display", "video", "audio"], true, &mut problems);
    exactly_one(&value, "/display", &["banner", "native", "adm", "curl"], false, &mut problems);
    for media in ["/video", "/audio"] {
        exactly_one(&value, media, &["adm", "curl"], false, &mut problems);
    }
    let assets = value.pointer("/display/native/asset").and_then(Value::as_array).map_or(0, Vec::len);
    for at in (0..assets).map(|i| format!("/display/native/asset/{i}")) {
        exactly_one(&value, &at, &["title", "image", "img", "video", "data", "link"], true, &mut problems);
        exactly_one(&value, &under(&at, "video"), &["adm", "curl"], true, &mut problems);
    }
    schema::adcom().check(&value, &mut problems);
    problems.into_result()?;
    let ad: AdcomAd = build::typed(value)?;
    let mut seen = Seen::default();
    seen.ad(&ad);
    let landing_url = seen.landing(&ad);
    let advertiser = seen.advertiser(&ad, landing_url.as_deref());
    let body = seen.lines.join("\n");
    if body.chars().nth(TEXT_CHARS).is_some() {
        let at = seen.longest.map_or_else(String::new, |(at, _)| at);
        let detail = format!("has more visible text than the {TEXT_CHARS} characters that are screened");
        seen.problems.add(at, "too_much_text", detail);
    }
    seen.problems.into_result()?;
    let content = AdContent {
        creative: Creative {
            headline: seen.headline,
            body,
            call_to_action: seen.call_to_action,
            images: seen.images,
            video: seen.video,
        },
        landing_url,
        ..AdContent::default()
    };
    let submission =
        Submission { external_id: ad.id, advertiser, content, images: vec![], sandbox: false, needed_by: None };
    Ok(Mapped { submission, mrating: ad.mrating })
}

/// Of these members at most one, and one at least where one is needed.
fn exactly_one(value: &Value, at: &str, names: &[&str], needed: bool, problems: &mut Problems) {
    let Some(object) = value.pointer(at).and_then(Value::as_object) else { return };
    let mut given = names.iter().filter(|name| object.contains_key(**name));
    match (given.next(), given.next()) {
        (None, _) if needed => problems.add(at, "required", format!("must have one of {}", names.join(", "))),
        (Some(first), Some(second)) => {
            problems.add(under(at, second), "one_too_many", format!("cannot stand beside {first}; remove one of them"));
        }
        _ => {}
    }
}

/// What was found in an ad so far.
#[derive(Default)]
struct Seen {
    headline: String,
    lines: Vec<String>,
    call_to_action: String,
    links: Vec<String>,
    images: Vec<Image>,
    video: Option<Video>,
    /// Whether there is anything that a person could look at.
    something: bool,
    /// Where most text came from, for the refusal of too much.
    longest: Option<(String, usize)>,
    problems: Problems,
}

impl Seen {
    fn ad(&mut self, ad: &AdcomAd) {
        if let Some(iurl) = &ad.iurl {
            self.image("/iurl", iurl, "");
        }
        if let Some(display) = &ad.display {
            self.display(display);
        }
        for (at, media) in [("/video", &ad.video), ("/audio", &ad.audio)] {
            if let Some(media) = media {
                self.media(at, media);
            }
        }
        if !self.something {
            let at = if ad.display.is_some() { "/display" } else { "" };
            self.problems.add(
                at,
                "nothing_to_see",
                "must have something to look at: markup, an image, a curl or an iurl",
            );
        }
    }

    fn display(&mut self, display: &AdcomDisplay) {
        if let Some(banner) = &display.banner {
            self.image("/display/banner/img", &banner.img, "");
            self.link("/display/banner/link", banner.link.as_ref());
        }
        if let Some(native) = &display.native {
            self.link("/display/native/link", native.link.as_ref());
            for (i, asset) in native.asset.iter().enumerate() {
                self.asset(&format!("/display/native/asset/{i}"), asset);
            }
        }
        if let Some(adm) = &display.adm {
            self.markup("/display/adm", adm, markup::display);
        }
        if let Some(curl) = &display.curl {
            self.absolute("/display/curl", curl);
            self.something = true;
        }
    }

    fn asset(&mut self, at: &str, asset: &AdcomAsset) {
        if let Some(title) = &asset.title {
            if self.headline.is_empty() {
                self.headline.clone_from(&title.text);
                self.something = true;
            } else {
                self.line(&under(at, "title"), &title.text);
            }
        }
        for (name, image) in [("image", &asset.image), ("img", &asset.img)] {
            if let Some(image) = image {
                self.image(&format!("{at}/{name}/url"), &image.url, "");
            }
        }
        if let Some(video) = &asset.video {
            self.media(&under(at, "video"), video);
        }
        if let Some(data) = &asset.data {
            if data.r#type == Some(CALL_TO_ACTION) && self.call_to_action.is_empty() {
                self.call_to_action.clone_from(&data.value);
                self.something = true;
            } else {
                self.line(&under(at, "data"), &data.value);
            }
        }
        self.link(&under(at, "link"), asset.link.as_ref());
    }

    fn media(&mut self, at: &str, media: &AdcomMedia) {
        if let Some(adm) = &media.adm {
            self.markup(&under(at, "adm"), adm, markup::media);
        }
        if let Some(curl) = &media.curl {
            let at = under(at, "curl");
            self.something = true;
            if self.absolute(&at, curl) && self.video.is_none() {
                self.video = Some(Video { url: curl.clone(), duration_ms: None });
            }
        }
        if let (Some(video), Some(seconds)) = (&mut self.video, media.dur) {
            video.duration_ms = Some(seconds.saturating_mul(1000));
        }
    }

    fn markup(&mut self, at: &str, adm: &str, read: fn(&str) -> Result<Found, String>) {
        if adm.trim().is_empty() {
            return;
        }
        self.something = true;
        let found = match read(adm) {
            Ok(found) => found,
            Err(detail) => return self.problems.add(at, "unreadable_markup", detail),
        };
        let Found { title, lines, links, images, video, duration_ms } = found;
        if let Some(title) = title {
            if self.headline.is_empty() {
                self.headline = title;
            } else {
                self.line(at, &title);
            }
        }
        lines.iter().for_each(|line| self.line(at, line));
        self.links.extend(links.iter().filter_map(|url| http(url)));
        for (url, alt) in images {
            match http(&url).filter(|_| self.images.len() < IMAGES) {
                Some(url) => self.images.push(Image { url: Some(url), asset: None, alt_text: alt }),
                None if !alt.is_empty() => self.line(at, &alt),
                None => {}
            }
        }
        if self.video.is_none() {
            self.video = video.and_then(|url| http(&url)).map(|url| Video { url, duration_ms });
        }
    }

    fn line(&mut self, at: &str, text: &str) {
        self.something = true;
        let length = text.chars().count();
        if self.longest.as_ref().is_none_or(|(_, most)| length > *most) {
            self.longest = Some((at.to_owned(), length));
        }
        if self.lines.last().is_none_or(|last| last != text) {
            self.lines.push(text.to_owned());
        }
    }

    fn image(&mut self, at: &str, url: &str, alt: &str) {
        self.something = true;
        if self.absolute(at, url) && self.images.len() < IMAGES {
            self.images.push(Image { url: Some(url.to_owned()), asset: None, alt_text: alt.to_owned() });
        }
    }

    /// Whether this is an http or https URL; a problem where it is not.
    fn absolute(&mut self, at: &str, url: &str) -> bool {
        let good = http(url).is_some_and(|kept| kept == url);
        if !good {
            self.problems.add(at, "not_http_url", "must be an http or https URL");
        }
        good
    }

    fn link(&mut self, at: &str, link: Option<&AdcomLink>) {
        let Some(link) = link else { return };
        let fallback = link.urlfb.as_deref().map(http);
        if fallback == Some(None) {
            self.problems.add(under(at, "urlfb"), "not_http_url", "must be an http or https URL");
        }
        match http(&link.url) {
            Some(url) => self.links.push(url),
            // A deep link into an app; what it falls back on can be looked at.
            None if is_deep_link(&link.url) => self.links.extend(fallback.flatten()),
            None => {
                let detail = format!("must be an http or https URL of at most {URL_CHARS} characters, or a deep link");
                self.problems.add(under(at, "url"), "not_http_url", detail);
            }
        }
    }

    /// The first link, else the advertiser's own site.
    fn landing(&mut self, ad: &AdcomAd) -> Option<String> {
        for (i, domain) in ad.adomain.iter().enumerate() {
            if host(&domain.0).is_none() {
                let detail = "must be a domain such as `ford.com`, without scheme and path";
                self.problems.add(format!("/adomain/{i}"), "not_a_domain", detail);
            }
        }
        let own = ad.adomain.first().and_then(|d| host(&d.0)).map(|host| format!("https://{host}/"));
        self.links.first().cloned().or(own)
    }

    /// The first domain, else the first app, else where the click leads.
    fn advertiser(&mut self, ad: &AdcomAd, landing: Option<&str>) -> AdvertiserRef {
        let domain = ad.adomain.first().map(|d| d.0.to_lowercase());
        let app = ad.bundle.first().map(|b| b.0.clone());
        let name = domain.or(app).or_else(|| landing.and_then(registrable_domain)).unwrap_or_default();
        if name.is_empty() {
            self.problems.add("/adomain", "required", "is required where no bundle and no link says who advertises");
        } else if name.chars().any(char::is_control) || name.chars().count() > 200 {
            self.problems.add("/bundle/0", "bad_characters", "must be a name of at most 200 characters");
        }
        AdvertiserRef { external_id: name.clone(), name }
    }
}

/// A domain as it is compared: lower case, punycode.
fn host(domain: &str) -> Option<String> {
    match url::Host::parse(domain.trim_end_matches('.')) {
        Ok(url::Host::Domain(host)) if host.contains('.') => Some(host),
        _ => None,
    }
}

/// The http or https URL in a text: all of it, or what follows a macro such as `${CLICK}`.
fn http(text: &str) -> Option<String> {
    let text = text.trim();
    let start = if text.get(..2) == Some("//") { None } else { text.find("http") };
    let prefix = start.map_or("", |n| &text[..n]);
    let macro_alone = prefix.is_empty() || (prefix.starts_with(['$', '%', '{', '[', '#']) && !prefix.contains("://"));
    let url = match start {
        Some(n) if macro_alone => text[n..].to_owned(),
        None if text.starts_with("//") => format!("https:{text}"),
        _ => return None,
    };
    let parsed = url::Url::parse(&url).ok()?;
    let good = matches!(parsed.scheme(), "http" | "https")
        && parsed.host_str().is_some_and(|h| !h.is_empty())
        && parsed.username().is_empty()
        && parsed.password().is_none()
        && !url.chars().any(|c| c.is_whitespace() || c.is_control())
        && url.chars().nth(URL_CHARS).is_none();
    good.then_some(url)
}

/// Whether a text is an address of an app: some scheme that no browser runs or reads itself.
fn is_deep_link(text: &str) -> bool {
    const NEVER: [&str; 7] = ["javascript", "data", "blob", "file", "vbscript", "http", "https"];
    url::Url::parse(text.trim()).is_ok_and(|url| !NEVER.contains(&url.scheme()))
}
