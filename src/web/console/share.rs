//! Shares as pages show them: the figure, its counts, its interval as a strip, and days as bars.
//!
//! Called by the Policies pages. It must never show a share without its counts, nor use a `style` attribute.

use super::days::day;
use crate::{domain::Millis, learning::threshold::wilson_low};
use askama::Template;

/// Width of the strip's drawing.
const WIDTH: f64 = 100.0;

/// `n` of `of`, with Wilson's 95 % interval.
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"{% if of == 0 %}<span class="quiet">{{ none }}</span>{% else %}<span class="share"><span>{{ text }}</span><svg viewBox="-2 0 104 10" role="img" aria-label="95 % interval: {{ interval }}"><path class="share-axis" d="M0 5H100"/><path class="share-range" d="M{{ low }} 5H{{ high }}"/><circle class="share-dot" cx="{{ at }}" cy="5" r="3"/></svg><span class="quiet small">{{ n }} of {{ of }}, {{ interval }}</span></span>{% endif %}"#,
    ext = "html"
)]
pub struct Share {
    n: u64,
    of: u64,
    text: String,
    interval: String,
    at: String,
    low: String,
    high: String,
    none: &'static str,
}
// A rendered template.
impl askama::filters::HtmlSafe for Share {}

impl Share {
    /// The share; `none` is said where there is nothing to count.
    pub(crate) fn of(n: u64, of: u64, none: &'static str) -> Self {
        let (hits, all) = (n as f64, of as f64);
        let (low, high) = (wilson_low(hits, all), 1.0 - wilson_low(all - hits, all));
        let value = if of == 0 { 0.0 } else { hits / all };
        Self {
            n,
            of,
            text: percent(value),
            interval: format!("{}–{}", plain(low), percent(high)),
            at: format!("{:.1}", value * WIDTH),
            low: format!("{:.1}", low * WIDTH),
            high: format!("{:.1}", high * WIDTH),
            none,
        }
    }
}

/// A share in percent; small ones keep a decimal, so that they do not read as none.
fn percent(share: f64) -> String {
    format!("{} %", plain(share))
}

fn plain(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 9.95 { format!("{percent:.1}") } else { format!("{percent:.0}") }
}

/// Counts by day as bars; every bar names its day and number.
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<svg class="bars" viewBox="0 0 {{ width }} 112" role="img" aria-label="{{ label }}"><path class="grid" d="M36 6H{{ width }}M36 51H{{ width }}M36 96H{{ width }}"/><text x="32" y="10" text-anchor="end">{{ most }}</text><text x="32" y="100" text-anchor="end">0</text>{% for b in bars %}<rect x="{{ b.x }}" y="{{ b.y }}" width="{{ b.width }}" height="{{ b.height }}"><title>{{ b.title }}</title></rect>{% endfor %}<text x="36" y="110">{{ first }}</text><text x="{{ width }}" y="110" text-anchor="end">{{ last }}</text></svg>"#,
    ext = "html"
)]
pub struct Bars {
    width: u32,
    label: String,
    most: u64,
    first: String,
    last: String,
    bars: Vec<Bar>,
}
impl askama::filters::HtmlSafe for Bars {}

#[derive(Debug, Clone)]
struct Bar {
    x: String,
    y: String,
    width: String,
    height: String,
    title: String,
}

impl Bars {
    /// Bars over days; `what` names what is counted.
    pub(crate) fn of(what: &str, days: &[(Millis, u64)]) -> Self {
        const WIDE: u32 = 720;
        const HIGH: f64 = 90.0;
        let most = days.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
        let total: u64 = days.iter().map(|(_, n)| n).sum();
        let step = f64::from(WIDE - 36) / days.len().max(1) as f64;
        let bar = |(i, (at, n)): (usize, &(Millis, u64))| {
            let height = HIGH * *n as f64 / most as f64;
            Bar {
                x: format!("{:.1}", 36.0 + step * i as f64),
                y: format!("{:.1}", 6.0 + HIGH - height),
                width: format!("{:.1}", (step * 0.8).max(0.8)),
                height: format!("{height:.1}"),
                title: format!("{}: {n}", day(*at)),
            }
        };
        let end = |d: Option<&(Millis, u64)>| d.map(|(at, _)| day(*at)).unwrap_or_default();
        let (first, last) = (end(days.first()), end(days.last()));
        Self {
            width: WIDE,
            label: format!("{what} by day, {first} to {last}: {total} in all, at most {most} a day"),
            most,
            first,
            last,
            bars: days.iter().enumerate().map(bar).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_tells_its_counts_and_interval_and_says_when_there_is_none() {
        let share = Share::of(3, 25, "no answers").to_string();
        for told in ["12 %", "3 of 25", "4.2–30 %"] {
            assert!(share.contains(told), "{told} is missing in {share}");
        }
        assert!(Share::of(0, 0, "no answers").to_string().contains("no answers"));
        assert!(!share.contains("style="));
    }
}
