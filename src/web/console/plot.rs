//! Plots of a model's card as inline SVG: ROC, precision-recall, reliability.
//!
//! Called by the model page. It must never use a `style` attribute (the content security policy forbids it), nor tell
//! two curves apart by colour alone.

use crate::domain::metrics::ReliabilityBin;
use std::fmt::{self, Write as _};

const LEFT: f64 = 38.0;
const TOP: f64 = 8.0;
const SIDE: f64 = 220.0;

/// An SVG element. Made of numbers and fixed words only.
#[derive(Debug, Clone)]
pub struct Plot(String);

impl fmt::Display for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
// Written by this file from numbers and literals.
impl askama::filters::HtmlSafe for Plot {}

/// A curve of this model and, dashed, the live model's, both in the unit square.
pub(crate) fn curve(
    name: &'static str,
    (x, y): (&'static str, &'static str),
    this: &[(f64, f64)],
    live: Option<&[(f64, f64)]>,
    diagonal: bool,
) -> Plot {
    let mut svg = frame(name, x, y);
    if diagonal {
        line(&mut svg, "chance", &[(0.0, 0.0), (1.0, 1.0)]);
    }
    if let Some(live) = live {
        line(&mut svg, "live", live);
    }
    line(&mut svg, "this", this);
    svg.push_str("</svg>");
    Plot(svg)
}

/// A reliability diagram: a dot for every bin, its area by its rows; the diagonal is perfect calibration.
pub(crate) fn reliability(this: &[ReliabilityBin], live: Option<&[ReliabilityBin]>) -> Plot {
    let mut svg = frame("Reliability", "predicted", "observed");
    line(&mut svg, "chance", &[(0.0, 0.0), (1.0, 1.0)]);
    for (class, bins) in [("live", live.unwrap_or_default()), ("this", this)] {
        let points: Vec<(f64, f64)> = bins.iter().filter(|b| b.n > 0).map(|b| (b.predicted, b.observed)).collect();
        line(&mut svg, class, &points);
        let most = bins.iter().map(|b| b.n).max().unwrap_or(1).max(1);
        for bin in bins.iter().filter(|b| b.n > 0) {
            let (cx, cy) = place((bin.predicted, bin.observed));
            let r = 2.0 + 3.0 * (f64::from(bin.n) / f64::from(most)).sqrt();
            let dot = if class == "this" { "dot" } else { "dot-live" };
            let _ = write!(svg, r#"<circle class="{dot}" cx="{cx:.1}" cy="{cy:.1}" r="{r:.1}"/>"#);
        }
    }
    svg.push_str("</svg>");
    Plot(svg)
}

fn place((x, y): (f64, f64)) -> (f64, f64) {
    (LEFT + x.clamp(0.0, 1.0) * SIDE, TOP + (1.0 - y.clamp(0.0, 1.0)) * SIDE)
}

fn line(svg: &mut String, class: &str, points: &[(f64, f64)]) {
    let finite = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
    let mut path = String::new();
    for (step, point) in finite.enumerate() {
        let (x, y) = place(*point);
        let _ = write!(path, "{}{x:.1} {y:.1}", if step == 0 { 'M' } else { 'L' });
    }
    if !path.is_empty() {
        let _ = write!(svg, r#"<path class="{class}" d="{path}"/>"#);
    }
}

fn frame(name: &str, x: &str, y: &str) -> String {
    let (width, height) = (LEFT + SIDE + 12.0, TOP + SIDE + 34.0);
    let mut svg =
        format!(r#"<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-label="{name}: {y} against {x}">"#);
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (tx, ty) = place((tick, tick));
        let (bottom, right) = (TOP + SIDE, LEFT + SIDE);
        let _ = write!(
            svg,
            r#"<path class="grid" d="M{tx} {TOP}V{bottom}M{LEFT} {ty}H{right}"/><text x="{tx}" y="{}" text-anchor="middle">{tick}</text><text x="{}" y="{}" text-anchor="end">{tick}</text>"#,
            bottom + 14.0,
            LEFT - 5.0,
            ty + 4.0,
        );
    }
    let _ = write!(
        svg,
        r#"<rect class="frame" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/><text x="{}" y="{}" text-anchor="middle">{x}</text><text transform="translate(9 {}) rotate(-90)" text-anchor="middle">{y}</text>"#,
        LEFT + SIDE / 2.0,
        height - 3.0,
        TOP + SIDE / 2.0,
    );
    svg
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
