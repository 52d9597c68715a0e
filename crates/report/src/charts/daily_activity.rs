//! Answers of each day, four weeks back.

use chrono::{Days, NaiveDate};

use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::label;
use crate::catalogue::Catalogue;
use crate::date;
use crate::number::{count, decimal};
use crate::view::DayActivity;

const ID: &str = "daily";
const TOP: f64 = 24.0;
const ROW: f64 = 36.0;
const HEIGHT: f64 = TOP + 4.0 * ROW + 4.0;

/// Days the report looks back on.
pub(crate) const DAYS: u32 = 28;

/// The days with answers among the [`DAYS`] up to `last`.
pub(crate) fn active_days(days: &[DayActivity], last: NaiveDate) -> Vec<DayActivity> {
    let is_shown = |day: &&DayActivity| {
        day.attempts > 0 && (0..i64::from(DAYS)).contains(&(last - day.date).num_days())
    };
    days.iter().filter(is_shown).copied().collect()
}

/// Answers a day as a strip of squares over the [`DAYS`] up to `last`; `days` are the [`active_days`].
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
        id: ID.into(),
        svg: Some(draw(days, first, last, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.daily.legend")),
        table: table(days, catalogue),
    }
}

/// Four weeks of seven squares, one a day, Monday at the left; the darker, the more answers, and the
/// number stands in the square, so that no shade has to be told apart.
fn draw(days: &[DayActivity], first: NaiveDate, last: NaiveDate, catalogue: &Catalogue) -> Drawing {
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let most = f64::from(days.iter().map(|day| day.attempts).max().unwrap_or(1).max(1));
    let left = 64.0;
    let side = (WIDTH - left - 2.0) / 7.0;
    let columns = catalogue.text("weekdays");
    for (i, name) in columns.split(' ').take(7).enumerate() {
        let centre = left + side * (i as f64 + 0.5);
        drawing.text("label", (centre, 16.0), Anchor::Middle, name);
    }
    for (i, date) in first.iter_days().take_while(|date| *date <= last).enumerate() {
        let (row, column) = ((i / 7) as f64, (i % 7) as f64);
        let (x, y) = (left + side * column, TOP + ROW * row);
        if column == 0.0 {
            let name = date::short(date, catalogue.lang());
            drawing.text("label", (left - 8.0, y + ROW / 2.0 + 4.0), Anchor::End, &name);
        }
        let attempts = days.iter().find(|day| day.date == date).map_or(0, |day| day.attempts);
        let shade = match f64::from(attempts) / most {
            s if s <= 0.0 => "heat0",
            s if s <= 0.34 => "heat1",
            s if s <= 0.67 => "heat2",
            _ => "heat3",
        };
        drawing.bar(shade, (x + 1.0, x + side - 1.0), (y + 1.0, y + ROW - 1.0));
        if attempts > 0 {
            let class = if shade == "heat3" { "on3" } else { "on1" };
            let text = label::ellipsise(&count(attempts), side / label::SIZE);
            drawing.text(class, (x + side / 2.0, y + ROW / 2.0 + 5.0), Anchor::Middle, &text);
        }
    }
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
