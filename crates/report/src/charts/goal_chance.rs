//! The chance of a goal over the weeks, with its interval.

use super::axes::{Plot, date_labels};
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::date::{self, day_number};
use crate::number::{chance, percent};
use crate::view::{ChanceWeek, GoalChance};

const ID: &str = "goal";
const HEIGHT: f64 = 200.0;

/// P week by week as a line in its 95 % band.
pub(crate) fn goal_chance(goal: &GoalChance, reading: String, catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.chances.title");
    let weeks = &goal.weeks;
    if weeks.is_empty() {
        return Figure::empty(ID, title, reading);
    }
    Figure {
        id: ID.into(),
        svg: Some(draw(weeks, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.chances.legend")),
        table: table(weeks, catalogue),
    }
}

fn draw(weeks: &[ChanceWeek], catalogue: &Catalogue) -> Drawing {
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
    let place = |week: &ChanceWeek| x.at(day_number(week.week_start));
    let ends: Vec<_> = weeks
        .iter()
        .filter_map(|week| Some((place(week), y.at(week.lower?), y.at(week.upper?))))
        .collect();
    drawing.band(&ends);
    let line: Vec<_> = weeks.iter().map(|week| (place(week), y.at(week.chance))).collect();
    drawing.polyline("line", &line);
    for &at in &line {
        drawing.dot("dot", at, 3.5);
    }
    if let Some((week, (last_x, last_y))) = weeks.last().zip(line.last()) {
        drawing.text("value", (last_x + 8.0, last_y + 4.0), Anchor::Start, &chance(week.chance));
    }
    drawing
}

fn table(weeks: &[ChanceWeek], catalogue: &Catalogue) -> Table {
    let bound = |end: Option<f64>| end.map_or_else(|| catalogue.text("none"), chance);
    let row = |week: &ChanceWeek| {
        vec![
            date::long(week.week_start, catalogue.lang()),
            chance(week.chance),
            bound(week.lower),
            bound(week.upper),
        ]
    };
    Table {
        columns: ["column.week", "column.goal", "column.lower", "column.upper"]
            .map(|key| catalogue.text(key))
            .to_vec(),
        rows: weeks.iter().map(row).collect(),
    }
}
