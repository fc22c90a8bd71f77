//! Plots of a model's card as inline SVG: ROC, precision-recall, reliability.
//!
//! Called by the model page. It must never use a `style` attribute (the content security policy forbids it), nor tell
//! two curves apart by colour alone.

use crate::domain::metrics::ReliabilityBin;
use askama::Template;
use std::fmt::Write as _;

const LEFT: f64 = 38.0;
const TOP: f64 = 8.0;
const SIDE: f64 = 220.0;

/// `templates/plot.html`: one plot of the unit square.
#[derive(Debug, Clone, Template)]
#[template(path = "plot.html")]
pub struct Plot {
    name: &'static str,
    x: &'static str,
    y: &'static str,
    width: f64,
    height: f64,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    ticks: Vec<Tick>,
    lines: Vec<Line>,
    dots: Vec<Dot>,
}
// A rendered template.
impl askama::filters::HtmlSafe for Plot {}

#[derive(Debug, Clone)]
struct Tick {
    label: f64,
    x: f64,
    y: f64,
}

/// A curve: its class says which model's.
#[derive(Debug, Clone)]
struct Line {
    class: &'static str,
    path: String,
}

#[derive(Debug, Clone)]
struct Dot {
    class: &'static str,
    x: String,
    y: String,
    r: String,
}

/// A curve of this model and, dashed, the live model's, both in the unit square.
pub(crate) fn curve(
    name: &'static str,
    (x, y): (&'static str, &'static str),
    this: &[(f64, f64)],
    live: Option<&[(f64, f64)]>,
    diagonal: bool,
) -> Plot {
    let mut plot = frame(name, x, y);
    if diagonal {
        plot.line("chance", &[(0.0, 0.0), (1.0, 1.0)]);
    }
    plot.line("live", live.unwrap_or_default());
    plot.line("this", this);
    plot
}

/// A reliability diagram: a dot for every bin, its area by its rows; the diagonal is perfect calibration.
pub(crate) fn reliability(this: &[ReliabilityBin], live: Option<&[ReliabilityBin]>) -> Plot {
    let mut plot = frame("Reliability", "predicted", "observed");
    plot.line("chance", &[(0.0, 0.0), (1.0, 1.0)]);
    for (class, dot, bins) in [("live", "dot-live", live.unwrap_or_default()), ("this", "dot", this)] {
        let bins: Vec<&ReliabilityBin> = bins.iter().filter(|b| b.n > 0).collect();
        plot.line(class, &bins.iter().map(|b| (b.predicted, b.observed)).collect::<Vec<_>>());
        let most = bins.iter().map(|b| b.n).max().unwrap_or(1);
        for bin in bins {
            let (x, y) = place((bin.predicted, bin.observed));
            let r = 2.0 + 3.0 * (f64::from(bin.n) / f64::from(most)).sqrt();
            plot.dots.push(Dot { class: dot, x: format!("{x:.1}"), y: format!("{y:.1}"), r: format!("{r:.1}") });
        }
    }
    plot
}

impl Plot {
    fn line(&mut self, class: &'static str, points: &[(f64, f64)]) {
        let mut path = String::new();
        for point in points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let (x, y) = place(*point);
            // Writing to a string cannot fail.
            let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { 'M' } else { 'L' });
        }
        if !path.is_empty() {
            self.lines.push(Line { class, path });
        }
    }
}

fn place((x, y): (f64, f64)) -> (f64, f64) {
    (LEFT + x.clamp(0.0, 1.0) * SIDE, TOP + (1.0 - y.clamp(0.0, 1.0)) * SIDE)
}

fn frame(name: &'static str, x: &'static str, y: &'static str) -> Plot {
    let tick = |label| {
        let (x, y) = place((label, label));
        Tick { label, x, y }
    };
    Plot {
        name,
        x,
        y,
        width: LEFT + SIDE + 12.0,
        height: TOP + SIDE + 34.0,
        left: LEFT,
        top: TOP,
        right: LEFT + SIDE,
        bottom: TOP + SIDE,
        ticks: [0.0, 0.25, 0.5, 0.75, 1.0].map(tick).to_vec(),
        lines: vec![],
        dots: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_no_style_attribute_and_no_number_outside_its_box() {
        let svg = curve(
            "ROC",
            ("false positives", "true positives"),
            &[(-1.0, 2.0), (f64::NAN, 0.0), (1.0, 1.0)],
            None,
            true,
        );
        let svg = svg.to_string();
        assert!(!svg.contains("style="));
        assert!(svg.contains("M38.0 8.0L258.0 8.0"), "{svg}");
    }
}
