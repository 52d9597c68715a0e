//! The parts that histograms over the ability scale share.

use super::axes::Plot;
use super::drawing::{Anchor, Drawing, WIDTH};
use super::histogram::Bin;
use super::label;
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::number::decimal;

/// Draws the axes for the bins and returns the scales of values and of counts.
pub(crate) fn draw_scale(drawing: &mut Drawing, plot: &Plot, bins: &[Bin]) -> (Scale, Scale) {
    let most = bins.iter().map(Bin::total).max().unwrap_or(1).max(4);
    let y = plot.y((0.0, f64::from(most)));
    let rows: Vec<_> = y.ticks(4).iter().map(|&tick| (tick, decimal(tick, 0))).collect();
    let plot = plot.fit_rows(&rows);
    plot.draw_rows(drawing, &y, &rows);
    let (first, last) = (bins[0].from, bins[bins.len() - 1].to);
    let x = plot.x((first, last));
    let columns: Vec<_> = x
        .ticks(8)
        .into_iter()
        .map(|tick| (x.at(tick), decimal(tick, tick_decimals(tick))))
        .collect();
    plot.draw_columns(drawing, &columns);
    drawing.line("axis", (plot.left, plot.bottom), (plot.right, plot.bottom));
    (x, y)
}

/// A dashed line at a value with its name and number above the plot.
pub(crate) fn draw_marked_value(
    drawing: &mut Drawing,
    plot: &Plot,
    x: &Scale,
    value: f64,
    name: &str,
) {
    let at = x.at(value);
    drawing.line("mark", (at, plot.top - 6.0), (at, plot.bottom));
    let text = format!("{name} {}", decimal(value, 2));
    let half = label::units(&text) / 2.0;
    let centre = at.min(WIDTH - half - 2.0).max(half + 2.0);
    drawing.text("value", (centre, plot.top - 11.0), Anchor::Middle, &text);
}

/// The range of a bin in words, open at the ends of the scale.
pub(crate) fn bin_name(bin: &Bin, catalogue: &Catalogue) -> String {
    let (from, to) = (decimal(bin.from, 1), decimal(bin.to, 1));
    let key = match (bin.is_first(), bin.is_last()) {
        (true, _) => "bin.first",
        (_, true) => "bin.last",
        _ => "bin.middle",
    };
    catalogue.fill(key, &[("from", &from), ("to", &to)])
}

fn tick_decimals(tick: f64) -> usize {
    usize::from(tick.fract() != 0.0)
}
