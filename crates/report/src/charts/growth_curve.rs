//! Growth of the share of right answers with its posterior band and the goal.

use super::axes::SharesByWeek;
use super::drawing::{Anchor, Drawing};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::date;
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
    let dates: Vec<_> = weeks.iter().map(|week| week.week_start).collect();
    let mut axes = SharesByWeek::new(HEIGHT, &dates, catalogue.lang());
    axes.band(weeks.iter().map(|week| (week.week_start, week.lower, week.upper)));
    let line: Vec<_> = weeks.iter().map(|week| axes.at(week.week_start, week.mean)).collect();
    axes.drawing.polyline("line", &line);
    for week in weeks {
        if let Some(observed) = week.observed {
            let at = axes.at(week.week_start, observed);
            axes.drawing.dot("dot", at, 3.0);
        }
    }
    let (height, plot) = (growth.target.map(|target| axes.height(target)), axes.plot);
    let mut drawing = axes.drawing;
    if let Some(height) = height {
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
