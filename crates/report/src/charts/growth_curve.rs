//! Growth of the share of right answers with its posterior band and the goal.

use super::axes::{Plot, date_labels};
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::date::{self, day_number};
use crate::number::percent;
use crate::view::{GrowthCurve, GrowthWeek};

const ID: &str = "growth";
const HEIGHT: f64 = 220.0;

/// The posterior mean as a line in its 95 % band, observed shares as dots, the goal as a dashed line.
pub(crate) fn growth_curve(growth: &GrowthCurve, reading: String, catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.growth.title");
    if growth.weeks.is_empty() {
        return Figure::empty(ID, title, reading);
    }
    Figure {
        id: ID.into(),
        svg: Some(draw(growth, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.growth.legend")),
        table: table(&growth.weeks, catalogue),
    }
}

fn draw(growth: &GrowthCurve, catalogue: &Catalogue) -> Drawing {
    let weeks = &growth.weeks;
    let plot = Plot::with_value_at_right(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let y = plot.y((0.0, 1.0));
    let dates: Vec<_> = weeks.iter().map(|week| week.week_start).collect();
    let x = plot.x((day_number(dates[0]), day_number(dates[dates.len() - 1])));
    plot.draw_rows(
        &mut drawing,
        &y,
        &[0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick, percent(tick))),
    );
    plot.draw_columns(&mut drawing, &date_labels(&dates, &x, 6, catalogue.lang()));
    let place = |week: &GrowthWeek| x.at(day_number(week.week_start));
    let ends: Vec<_> =
        weeks.iter().map(|week| (place(week), y.at(week.lower), y.at(week.upper))).collect();
    drawing.band(&ends);
    let line: Vec<_> = weeks.iter().map(|week| (place(week), y.at(week.mean))).collect();
    drawing.polyline("line", &line);
    for week in weeks {
        if let Some(observed) = week.observed {
            drawing.dot("dot", (place(week), y.at(observed)), 3.0);
        }
    }
    if let Some(target) = growth.target {
        let height = y.at(target);
        drawing.line("mark", (plot.left, height), (plot.right, height));
        let text = catalogue.text("chart.growth.mark");
        drawing.text("value", (plot.right + 4.0, height + 4.0), Anchor::Start, &text);
    }
    drawing
}

fn table(weeks: &[GrowthWeek], catalogue: &Catalogue) -> Table {
    let share = |value: f64| percent(value.clamp(0.0, 1.0));
    let row = |week: &GrowthWeek| {
        vec![
            date::long(week.week_start, catalogue.lang()),
            week.observed.map_or_else(|| catalogue.text("none"), share),
            share(week.mean),
            share(week.lower),
            share(week.upper),
        ]
    };
    Table {
        columns: [
            "column.week",
            "column.observed",
            "column.expected",
            "column.lower",
            "column.upper",
        ]
        .map(|key| catalogue.text(key))
        .to_vec(),
        rows: weeks.iter().map(row).collect(),
    }
}
