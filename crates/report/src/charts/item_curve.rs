//! An item of a calibration: expected score by ability, information, and what groups of students reached.

use super::axes::Plot;
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::number::{count, decimal, percent};
use crate::view::CalibratedItem;

const HEIGHT: f64 = 220.0;

/// The expected share of the highest score as a line, the information as a dashed line (scaled to its peak), groups of
/// students as dots with their 95 % intervals. `place` tells the charts of a page apart.
pub(crate) fn item_curve(item: &CalibratedItem, place: usize, catalogue: &Catalogue) -> Figure {
    let id = format!("curve{place}");
    let title = catalogue.fill("calibration.curve.title", &[("item", &item.item)]);
    let peak = item
        .information
        .iter()
        .copied()
        .fold((0.0, 0.0), |best, of| if of.1 > best.1 { of } else { best });
    let outside =
        item.observed.iter().filter(|of| !(of.low..=of.high).contains(&expected(item, of.theta)));
    let outside = outside.count() as u32;
    let groups = item.observed.len() as u32;
    let fit = match (groups, outside) {
        (0, _) => catalogue.text("calibration.curve.few"),
        (_, 0) => catalogue.fill("calibration.curve.all", &[("n", &count(groups))]),
        _ => {
            let values = [("off", count(outside)), ("n", count(groups))];
            catalogue.fill("calibration.curve.off", &values.each_ref().map(|(k, v)| (*k, &**v)))
        }
    };
    let values = [("peak", decimal(peak.0, 1)), ("information", decimal(peak.1, 2)), ("fit", fit)];
    let values = values.each_ref().map(|(name, text)| (*name, &**text));
    let reading = catalogue.fill("calibration.curve.reading", &values);
    let row = |of: &crate::view::ObservedShare| {
        vec![
            decimal(of.theta, 2),
            count(of.n),
            percent(of.share),
            format!("{} – {}", percent(of.low), percent(of.high)),
            percent(expected(item, of.theta)),
        ]
    };
    Figure {
        svg: Some(draw(item, peak.1).finish(&id, &title, &reading)),
        id,
        title,
        reading,
        legend: Some(catalogue.text("calibration.curve.legend")),
        table: Table {
            columns: [
                "column.theta",
                "column.students",
                "column.observed",
                "column.ci",
                "column.expected",
            ]
            .map(|key| catalogue.text(key))
            .to_vec(),
            rows: item.observed.iter().map(row).collect(),
        },
    }
}

/// The curve at an ability, between its points.
fn expected(item: &CalibratedItem, theta: f64) -> f64 {
    let above = item.curve.partition_point(|point| point.0 < theta);
    match (above.checked_sub(1).and_then(|at| item.curve.get(at)), item.curve.get(above)) {
        (Some(&(x0, y0)), Some(&(x1, y1))) if x1 > x0 => y0 + (y1 - y0) * (theta - x0) / (x1 - x0),
        (Some(&(_, y)), _) | (None, Some(&(_, y))) => y,
        (None, None) => 0.0,
    }
}

fn draw(item: &CalibratedItem, peak: f64) -> Drawing {
    let plot = Plot::of_height(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let ends = item.curve.first().zip(item.curve.last());
    let range = ends.map_or((-3.5, 3.5), |(first, last)| (first.0, last.0));
    let (x, y) = (plot.x(range), plot.y((0.0, 1.0)));
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick, percent(tick)));
    plot.draw_rows(&mut drawing, &y, &ticks);
    let columns: Vec<_> = x.ticks(7).iter().map(|&tick| (x.at(tick), decimal(tick, 0))).collect();
    plot.draw_columns(&mut drawing, &columns);
    let curve: Vec<_> =
        item.curve.iter().map(|&(theta, share)| (x.at(theta), y.at(share))).collect();
    drawing.polyline("line", &curve);
    if peak > 0.0 {
        let points: Vec<_> = item
            .information
            .iter()
            .map(|&(theta, info)| (x.at(theta), y.at(info / peak)))
            .collect();
        drawing.polyline("line mark", &points);
    }
    for of in item.observed.iter().filter(|of| (range.0..=range.1).contains(&of.theta)) {
        let at = x.at(of.theta);
        drawing.line("whisker", (at, y.at(of.low)), (at, y.at(of.high)));
        drawing.dot("dot", (at, y.at(of.share)), 3.5);
    }
    drawing.text("value", (plot.right, plot.top + 4.0), Anchor::End, "θ");
    drawing
}
