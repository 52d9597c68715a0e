//! The history of one student's ability.

use super::axes::{Plot, date_labels};
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::scale::{Scale, decimals_of};
use crate::catalogue::Catalogue;
use crate::date::{self, day_number};
use crate::interval::Z_95;
use crate::number::decimal;
use crate::view::AbilityPoint;

const ID: &str = "ability";
const HEIGHT: f64 = 230.0;

/// More points than this are drawn as a line without dots.
const MOST_DOTS: usize = 40;

/// The history of θ as a line with dots in a band of ±1.96 standard errors.
pub(crate) fn ability_trend(
    points: &[AbilityPoint],
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.ability.title");
    if points.is_empty() {
        return Figure::empty(ID, title, reading);
    }
    Figure {
        id: ID.into(),
        svg: Some(draw(points, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.ability.legend")),
        table: table(points, catalogue),
    }
}

/// Ends of the 95 % interval of θ, where the standard error is known.
fn interval(point: &AbilityPoint) -> Option<(f64, f64)> {
    point.se.map(|se| (point.theta - Z_95 * se, point.theta + Z_95 * se))
}

fn draw(points: &[AbilityPoint], catalogue: &Catalogue) -> Drawing {
    let plot = Plot::with_value_at_right(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let y = plot.y(value_range(points));
    let dates: Vec<_> = points.iter().map(|point| point.date).collect();
    let x = plot.x((day_number(dates[0]), day_number(dates[dates.len() - 1])));
    let ticks = y.ticks(5);
    let decimals = decimals_of(&ticks);
    let rows: Vec<_> = ticks.iter().map(|&tick| (tick, decimal(tick, decimals))).collect();
    plot.draw_rows(&mut drawing, &y, &rows);
    plot.draw_columns(&mut drawing, &date_labels(&dates, &x, 6, catalogue.lang()));
    for run in points.chunk_by(|a, b| a.se.is_some() == b.se.is_some()) {
        draw_band(&mut drawing, run, &x, &y);
    }
    let line: Vec<_> =
        points.iter().map(|point| (x.at(day_number(point.date)), y.at(point.theta))).collect();
    drawing.polyline("line", &line);
    if points.len() <= MOST_DOTS {
        for &at in &line {
            drawing.dot("dot", at, 3.5);
        }
    }
    let current = points[points.len() - 1].theta;
    if let Some(&(last_x, last_y)) = line.last() {
        drawing.text("value", (last_x + 8.0, last_y + 4.0), Anchor::Start, &decimal(current, 2));
    }
    drawing
}

/// The range of the values with their intervals, at least one unit wide.
fn value_range(points: &[AbilityPoint]) -> (f64, f64) {
    let ends = points.iter().map(|point| interval(point).unwrap_or((point.theta, point.theta)));
    let (low, high) =
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), (l, h)| (lo.min(l), hi.max(h)));
    let pad = (0.5 - (high - low) / 2.0).max(0.05 * (high - low));
    (low - pad, high + pad)
}

fn draw_band(drawing: &mut Drawing, run: &[AbilityPoint], x: &Scale, y: &Scale) {
    let ends: Vec<_> = run
        .iter()
        .filter_map(|point| interval(point).map(|ends| (x.at(day_number(point.date)), ends)))
        .collect();
    match ends[..] {
        [] => {}
        [(at, (low, high))] => drawing.line("whisker", (at, y.at(low)), (at, y.at(high))),
        _ => {
            let upper = ends.iter().map(|&(at, (_, high))| (at, y.at(high)));
            let lower = ends.iter().rev().map(|&(at, (low, _))| (at, y.at(low)));
            drawing.polygon("band", &upper.chain(lower).collect::<Vec<_>>());
        }
    }
}

fn table(points: &[AbilityPoint], catalogue: &Catalogue) -> Table {
    let none = catalogue.text("none");
    let number = |value: Option<f64>| value.map_or_else(|| none.clone(), |v| decimal(v, 2));
    let row = |point: &AbilityPoint| {
        let ends = interval(point);
        vec![
            date::long(point.date, catalogue.lang()),
            decimal(point.theta, 2),
            number(ends.map(|ends| ends.0)),
            number(ends.map(|ends| ends.1)),
        ]
    };
    Table {
        columns: ["column.date", "column.theta", "column.lower", "column.upper"]
            .map(|key| catalogue.text(key))
            .to_vec(),
        rows: points.iter().map(row).collect(),
    }
}
