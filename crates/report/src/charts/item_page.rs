//! One item: its characteristic curve with what was observed, its information, and its fit.

use super::axes::Plot;
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::interval::wilson;
use crate::number::{count, decimal, percent};
use crate::view::ItemPage;

const HEIGHT: f64 = 220.0;
const RANGE: (f64, f64) = (-3.5, 3.5);
const STEPS: u32 = 70;

/// The curve of an item as a line, its information as a dashed line (scaled to its peak), and the
/// observed shares of groups of students as dots with their 95 % intervals. `place` tells the charts
/// of a page apart.
pub(crate) fn item_page(item: &ItemPage, place: usize, catalogue: &Catalogue) -> Figure {
    let id = format!("item{place}");
    let title = catalogue.fill("chart.item.title", &[("item", &item.item)]);
    let peak = peak(item);
    let fit = item.misfit().map_or_else(
        || catalogue.text("chart.item.no_fit"),
        |misfit| {
            let key = if misfit > 2.0 { "chart.item.misfit" } else { "chart.item.fits" };
            catalogue.fill(key, &[("value", &decimal(misfit, 1))])
        },
    );
    let values = [
        ("a", decimal(item.a, 2)),
        ("b", decimal(item.b, 2)),
        ("c", decimal(item.c, 2)),
        ("peak", decimal(peak.0, 1)),
        ("information", decimal(peak.1, 2)),
        ("fit", fit),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, text)| (*name, &**text)).collect();
    let reading = catalogue.fill("chart.item.reading", &values);
    let row = |&(theta, n, right): &(f64, u32, u32)| {
        vec![
            decimal(theta, 2),
            count(n),
            percent(f64::from(right) / f64::from(n.max(1))),
            percent(item.probability(theta)),
        ]
    };
    Figure {
        svg: Some(draw(item, peak.1).finish(&id, &title, &reading)),
        id,
        title,
        reading,
        legend: Some(catalogue.text("chart.item.legend")),
        table: Table {
            columns: ["column.theta", "column.answers", "column.observed", "column.expected"]
                .map(|key| catalogue.text(key))
                .to_vec(),
            rows: item.observed.iter().map(row).collect(),
        },
    }
}

fn grid() -> impl Iterator<Item = f64> {
    let step = (RANGE.1 - RANGE.0) / f64::from(STEPS);
    (0..=STEPS).map(move |i| RANGE.0 + step * f64::from(i))
}

/// Where the item tells most, and how much.
fn peak(item: &ItemPage) -> (f64, f64) {
    grid()
        .map(|theta| (theta, item.information(theta)))
        .fold((0.0, 0.0), |best, found| if found.1 > best.1 { found } else { best })
}

fn draw(item: &ItemPage, peak: f64) -> Drawing {
    let plot = Plot::of_height(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let (x, y) = (plot.x(RANGE), plot.y((0.0, 1.0)));
    plot.draw_rows(
        &mut drawing,
        &y,
        &[0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick, percent(tick))),
    );
    let columns: Vec<_> = x.ticks(7).iter().map(|&tick| (x.at(tick), decimal(tick, 0))).collect();
    plot.draw_columns(&mut drawing, &columns);
    let curve: Vec<_> = grid().map(|theta| (x.at(theta), y.at(item.probability(theta)))).collect();
    drawing.polyline("line", &curve);
    draw_information(&mut drawing, item, peak, &x, &y);
    for &(theta, n, right) in &item.observed {
        let Some((low, high)) = wilson(right, n) else { continue };
        let at = x.at(theta);
        drawing.line("whisker", (at, y.at(low)), (at, y.at(high)));
        drawing.dot("dot", (at, y.at(f64::from(right) / f64::from(n))), 3.5);
    }
    drawing.text("value", (plot.right, plot.top + 4.0), Anchor::End, "θ");
    drawing
}

fn draw_information(drawing: &mut Drawing, item: &ItemPage, peak: f64, x: &Scale, y: &Scale) {
    if peak <= 0.0 {
        return;
    }
    let points: Vec<_> =
        grid().map(|theta| (x.at(theta), y.at(item.information(theta) / peak))).collect();
    drawing.polyline("line mark", &points);
}
