//! Difficulties of the common items in two calibrations.

use super::axes::Plot;
use super::drawing::{Drawing, WIDTH};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::number::{count, decimal};
use crate::view::Linking;

const ID: &str = "anchors";
const HEIGHT: f64 = 300.0;

/// Difficulty before against difficulty now, both on the common scale: on the line nothing moved.
pub(crate) fn linking_plot(linking: &Linking, catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.linking.title");
    let anchors = &linking.anchors;
    let drifted = anchors.iter().filter(|anchor| anchor.drifted).count() as u32;
    let values = [("n", &*count(anchors.len() as u32)), ("drifted", &*count(drifted))];
    let reading = catalogue.fill("chart.linking.reading", &values);
    let row = |anchor: &crate::view::Anchor| {
        vec![
            anchor.item.clone(),
            decimal(anchor.before, 2),
            decimal(anchor.now, 2),
            catalogue.text(if anchor.drifted { "anchor.drifted" } else { "anchor.kept" }),
        ]
    };
    Figure {
        id: ID.into(),
        svg: Some(draw(linking).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.linking.legend")),
        table: Table {
            columns: ["column.item", "column.before", "column.now", "column.anchor"]
                .map(|key| catalogue.text(key))
                .to_vec(),
            rows: anchors.iter().map(row).collect(),
        },
    }
}

fn draw(linking: &Linking) -> Drawing {
    let plot = Plot::of_height(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let all = linking.anchors.iter().flat_map(|anchor| [anchor.before, anchor.now]);
    let (low, high) = all.fold((-1.0_f64, 1.0_f64), |(low, high), b| (low.min(b), high.max(b)));
    let range = (low - 0.2, high + 0.2);
    let (x, y) = (plot.x(range), plot.y(range));
    let rows: Vec<_> = y.ticks(5).iter().map(|&tick| (tick, decimal(tick, 1))).collect();
    plot.draw_rows(&mut drawing, &y, &rows);
    let columns: Vec<_> = x.ticks(5).iter().map(|&tick| (x.at(tick), decimal(tick, 1))).collect();
    plot.draw_columns(&mut drawing, &columns);
    drawing.line("axis", (x.at(range.0), y.at(range.0)), (x.at(range.1), y.at(range.1)));
    for anchor in &linking.anchors {
        let at = (x.at(anchor.before), y.at(anchor.now));
        if anchor.drifted {
            drawing.diamond(at, 6.0);
        } else {
            drawing.dot("dot", at, 3.0);
        }
    }
    drawing
}
