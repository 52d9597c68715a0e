//! The weekly improvement of a class and what is expected of it.

use super::axes::{Plot, date_labels};
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::scale::{Scale, decimals_of};
use crate::catalogue::Catalogue;
use crate::date::{self, day_number};
use crate::number::{decimal, signed};
use crate::view::{ForecastDetail, ForecastWeek};

const ID: &str = "forecast";
const HEIGHT: f64 = 230.0;
/// More weeks than this are drawn as a line without dots.
const MOST_DOTS: usize = 60;

/// What was observed as a line with dots, what is expected as a dashed line in its interval, unusual
/// weeks with a ring.
pub(crate) fn forecast(detail: &ForecastDetail, reading: String, catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.forecast.title");
    if detail.weeks.iter().all(|week| week.value.is_none()) {
        return Figure::empty(ID, title, reading);
    }
    Figure {
        id: ID.into(),
        svg: Some(draw(&detail.weeks, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.forecast.legend")),
        table: table(&detail.weeks, catalogue),
    }
}

fn draw(weeks: &[ForecastWeek], catalogue: &Catalogue) -> Drawing {
    let y_range = value_range(weeks);
    let ticks = Plot::of_height(HEIGHT).y(y_range).ticks(5);
    let decimals = decimals_of(&ticks);
    let rows: Vec<_> = ticks.iter().map(|&tick| (tick, decimal(tick, decimals))).collect();
    let plot = Plot::with_value_at_right(HEIGHT).fit_rows(&rows);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let y = plot.y(y_range);
    let dates: Vec<_> = weeks.iter().map(|week| week.week_start).collect();
    let x = plot.x((day_number(dates[0]), day_number(dates[dates.len() - 1])));
    plot.draw_rows(&mut drawing, &y, &rows);
    plot.draw_columns(&mut drawing, &date_labels(&dates, &x, 6, catalogue.lang()));
    draw_band(&mut drawing, weeks, &x, &y);
    draw_expected(&mut drawing, weeks, &x, &y);
    draw_observed(&mut drawing, weeks, &x, &y);
    if let Some(value) = weeks.last().and_then(|week| week.expected) {
        let at = (x.at(day_number(dates[dates.len() - 1])) + 8.0, y.at(value) + 4.0);
        drawing.text("value", at, Anchor::Start, &signed(value, 2));
    }
    drawing
}

/// The range of everything drawn, at least a tenth wide.
fn value_range(weeks: &[ForecastWeek]) -> (f64, f64) {
    let numbers = weeks.iter().flat_map(|week| [week.value, week.expected, week.lower, week.upper]);
    let (low, high) = numbers
        .flatten()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let pad = (0.05 - (high - low) / 2.0).max(0.05 * (high - low));
    (low - pad, high + pad)
}

fn draw_band(drawing: &mut Drawing, weeks: &[ForecastWeek], x: &Scale, y: &Scale) {
    let ends: Vec<_> = weeks
        .iter()
        .filter_map(|week| {
            Some((x.at(day_number(week.week_start)), y.at(week.lower?), y.at(week.upper?)))
        })
        .collect();
    drawing.band(&ends);
}

fn draw_expected(drawing: &mut Drawing, weeks: &[ForecastWeek], x: &Scale, y: &Scale) {
    let points: Vec<_> = weeks
        .iter()
        .filter_map(|week| Some((x.at(day_number(week.week_start)), y.at(week.expected?))))
        .collect();
    for pair in points.windows(2) {
        drawing.line("mark", pair[0], pair[1]);
    }
}

fn draw_observed(drawing: &mut Drawing, weeks: &[ForecastWeek], x: &Scale, y: &Scale) {
    let observed: Vec<_> = weeks
        .iter()
        .filter_map(|week| {
            let at = (x.at(day_number(week.week_start)), y.at(week.value?));
            Some((at, week.unusual.is_some()))
        })
        .collect();
    drawing.polyline("line", &observed.iter().map(|(at, _)| *at).collect::<Vec<_>>());
    for &(at, is_unusual) in &observed {
        if is_unusual {
            drawing.dot("before", at, 7.0);
        }
        if is_unusual || observed.len() <= MOST_DOTS {
            drawing.dot("dot", at, 3.5);
        }
    }
}

fn table(weeks: &[ForecastWeek], catalogue: &Catalogue) -> Table {
    let none = catalogue.text("none");
    let number = |value: Option<f64>| value.map_or_else(|| none.clone(), |v| signed(v, 3));
    let row = |week: &ForecastWeek| {
        vec![
            date::long(week.week_start, catalogue.lang()),
            number(week.value),
            number(week.expected),
            number(week.lower),
            number(week.upper),
            week.unusual.map_or_else(|| none.clone(), |z| signed(z, 1)),
        ]
    };
    let columns = [
        "column.week",
        "column.improvement",
        "column.expected",
        "column.lower",
        "column.upper",
        "column.unusual",
    ];
    Table {
        columns: columns.map(|key| catalogue.text(key)).to_vec(),
        rows: weeks.iter().map(row).collect(),
    }
}
