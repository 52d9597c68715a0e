//! Answers of each day, four weeks back.

use chrono::{Days, NaiveDate};

use super::axes::{Plot, date_labels};
use super::drawing::{Drawing, WIDTH};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::date::{self, day_number};
use crate::number::{count, decimal};
use crate::view::DayActivity;

const ID: &str = "daily";
const HEIGHT: f64 = 180.0;

/// Days the report looks back on.
pub(crate) const DAYS: u32 = 28;

/// The days with answers among the [`DAYS`] up to `last`.
pub(crate) fn active_days(days: &[DayActivity], last: NaiveDate) -> Vec<DayActivity> {
    let is_shown = |day: &&DayActivity| {
        day.attempts > 0 && (0..i64::from(DAYS)).contains(&(last - day.date).num_days())
    };
    days.iter().filter(is_shown).copied().collect()
}

/// Answers a day as columns over the [`DAYS`] up to `last`; `days` are the [`active_days`].
pub(crate) fn daily_activity(
    days: &[DayActivity],
    last: NaiveDate,
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.daily.title");
    let first = last.checked_sub_days(Days::new(u64::from(DAYS) - 1)).unwrap_or(last);
    if days.is_empty() {
        return Figure::empty(ID, title, reading);
    }
    Figure {
        id: ID,
        svg: Some(draw(days, first, last, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: None,
        table: table(days, catalogue),
    }
}

fn draw(days: &[DayActivity], first: NaiveDate, last: NaiveDate, catalogue: &Catalogue) -> Drawing {
    let plot = Plot::of_height(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let most = days.iter().map(|day| day.attempts).max().unwrap_or(1).max(4);
    let y = plot.y((0.0, f64::from(most)));
    let rows: Vec<_> = y.ticks(4).iter().map(|&tick| (tick, decimal(tick, 0))).collect();
    let plot = plot.fit_rows(&rows);
    plot.draw_rows(&mut drawing, &y, &rows);
    let x = plot.x((day_number(first) - 0.5, day_number(last) + 0.5));
    let calendar: Vec<_> = first.iter_days().take(DAYS as usize).collect();
    plot.draw_columns(&mut drawing, &date_labels(&calendar, &x, 4, catalogue.lang()));
    for day in days {
        let number = day_number(day.date);
        let sides = (x.at(number - 0.36), x.at(number + 0.36));
        drawing.bar("bar", sides, (y.at(0.0), y.at(f64::from(day.attempts))));
    }
    drawing.line("axis", (plot.left, plot.bottom), (plot.right, plot.bottom));
    drawing
}

fn table(days: &[DayActivity], catalogue: &Catalogue) -> Table {
    let row = |day: &DayActivity| {
        let minutes = day.minutes.map_or_else(|| catalogue.text("none"), |m| decimal(m, 0));
        vec![date::long(day.date, catalogue.lang()), count(day.attempts), minutes]
    };
    Table {
        columns: ["column.date", "column.answers", "column.minutes"]
            .map(|key| catalogue.text(key))
            .to_vec(),
        rows: days.iter().map(row).collect(),
    }
}
