//! How many students are still active after so many days.

use super::axes::Plot;
use super::drawing::{Drawing, WIDTH};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::number::{decimal, percent};
use crate::view::SurvivalCurve;

const ID: &str = "survival";
const HEIGHT: f64 = 200.0;
/// Most rows of the table.
const MOST_ROWS: usize = 16;

/// The survival curve as steps, with a dashed line at the horizon of the risk.
pub(crate) fn survival_curve(
    curve: &SurvivalCurve,
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.survival.title");
    let horizon = [("days", &*curve.horizon_days.to_string())];
    Figure {
        id: ID.into(),
        svg: Some(draw(curve).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.fill("chart.survival.legend", &horizon)),
        table: table(curve, catalogue),
    }
}

fn draw(curve: &SurvivalCurve) -> Drawing {
    let plot = Plot::of_height(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let y = plot.y((0.0, 1.0));
    let horizon = f64::from(curve.horizon_days);
    let last = curve.points.iter().map(|(days, _)| *days).fold(horizon, f64::max);
    let x = plot.x((0.0, last));
    plot.draw_rows(
        &mut drawing,
        &y,
        &[0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick, percent(tick))),
    );
    let ticks: Vec<_> = x.ticks(6).iter().map(|&day| (x.at(day), decimal(day, 0))).collect();
    plot.draw_columns(&mut drawing, &ticks);
    let mut line = vec![(x.at(0.0), y.at(1.0))];
    for &(days, left) in &curve.points {
        let before = line[line.len() - 1].1;
        line.push((x.at(days), before));
        line.push((x.at(days), y.at(left)));
    }
    drawing.polyline("line", &line);
    drawing.line("mark", (x.at(horizon), plot.top), (x.at(horizon), plot.bottom));
    drawing.line("axis", (plot.left, plot.bottom), (plot.right, plot.bottom));
    drawing
}

fn table(curve: &SurvivalCurve, catalogue: &Catalogue) -> Table {
    let step = curve.points.len().div_ceil(MOST_ROWS).max(1);
    let row = |&(days, left): &(f64, f64)| vec![decimal(days, 0), percent(left)];
    Table {
        columns: ["column.days", "column.still_active"].map(|key| catalogue.text(key)).to_vec(),
        rows: curve.points.iter().step_by(step).map(row).collect(),
    }
}
