//! The chance of a goal over the weeks, with its interval.

use super::axes::SharesByWeek;
use super::drawing::{Anchor, Drawing};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::date;
use crate::number::chance;
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
    let dates: Vec<_> = weeks.iter().map(|week| week.week_start).collect();
    let mut axes = SharesByWeek::new(HEIGHT, &dates, catalogue.lang());
    let known = |week: &ChanceWeek| Some((week.week_start, week.lower?, week.upper?));
    axes.band(weeks.iter().filter_map(known));
    let line: Vec<_> = weeks.iter().map(|week| axes.at(week.week_start, week.chance)).collect();
    let mut drawing = axes.drawing;
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
