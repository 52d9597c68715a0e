//! Axes with their ticks, and the labels of dates.

use chrono::NaiveDate;

use super::drawing::{Anchor, Drawing, WIDTH};
use super::label;
use super::scale::Scale;
use crate::date::{self, day_number};
use crate::lang::Lang;
use crate::number::percent;

/// The part of a chart inside its axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plot {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

impl Plot {
    /// The plot of a chart of standard width with room for labels at the left and below.
    pub(crate) fn of_height(height: f64) -> Self {
        Self { left: 46.0, right: WIDTH - 14.0, top: 14.0, bottom: height - 30.0 }
    }

    /// The same, with room at the right for the newest value beside its dot.
    pub(crate) fn with_value_at_right(height: f64) -> Self {
        Self { right: WIDTH - 56.0, ..Self::of_height(height) }
    }

    /// The same, with its left end moved so that the labels of the rows have room.
    pub(crate) fn fit_rows(self, rows: &[(f64, String)]) -> Self {
        let widest = rows.iter().map(|(_, text)| label::units(text)).fold(0.0, f64::max);
        Self { left: self.left.max(widest + 10.0), ..self }
    }

    pub(crate) fn x(&self, data: (f64, f64)) -> Scale {
        Scale::new(data, (self.left, self.right))
    }

    pub(crate) fn y(&self, data: (f64, f64)) -> Scale {
        Scale::new(data, (self.bottom, self.top))
    }

    /// Horizontal grid lines, each with its label at the left.
    pub(crate) fn draw_rows(&self, drawing: &mut Drawing, y: &Scale, ticks: &[(f64, String)]) {
        for (value, text) in ticks {
            let height = y.at(*value);
            drawing.line("grid", (self.left, height), (self.right, height));
            drawing.text("label", (self.left - 5.0, height + 4.0), Anchor::End, text);
        }
    }

    /// Labels below the plot, left to right; one that would touch the one before it is left out.
    pub(crate) fn draw_columns(&self, drawing: &mut Drawing, labels: &[(f64, String)]) {
        let mut free_from = 0.0;
        for (centre, text) in labels {
            let half = label::units(text) / 2.0;
            let centre = centre.min(WIDTH - 2.0 - half).max(half + 2.0);
            if centre - half < free_from {
                continue;
            }
            drawing.text("label", (centre, self.bottom + 20.0), Anchor::Middle, text);
            free_from = centre + half + 8.0;
        }
    }
}

/// Shares from 0 to 1 over weeks: what is drawn on, with its axes, the plot, and the scales across and up.
pub(crate) struct SharesByWeek {
    pub(crate) drawing: Drawing,
    pub(crate) plot: Plot,
    x: Scale,
    y: Scale,
}

impl SharesByWeek {
    /// Rows at each quarter, days of `weeks` below, of which there is one at least.
    pub(crate) fn new(height: f64, weeks: &[NaiveDate], lang: Lang) -> Self {
        let plot = Plot::with_value_at_right(height);
        let mut drawing = Drawing::new(WIDTH, height);
        let y = plot.y((0.0, 1.0));
        let x = plot.x((day_number(weeks[0]), day_number(weeks[weeks.len() - 1])));
        let rows = [0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick, percent(tick)));
        plot.draw_rows(&mut drawing, &y, &rows);
        plot.draw_columns(&mut drawing, &date_labels(weeks, &x, 6, lang));
        Self { drawing, plot, x, y }
    }

    /// Where a share of a week stands.
    pub(crate) fn at(&self, week: NaiveDate, share: f64) -> (f64, f64) {
        (self.x.at(day_number(week)), self.height(share))
    }

    /// How high a share stands.
    pub(crate) fn height(&self, share: f64) -> f64 {
        self.y.at(share)
    }

    /// The band between two shares of each week.
    pub(crate) fn band(&mut self, weeks: impl Iterator<Item = (NaiveDate, f64, f64)>) {
        let ends = weeks.map(|(week, lower, upper)| {
            let (across, low) = self.at(week, lower);
            (across, low, self.height(upper))
        });
        let ends: Vec<_> = ends.collect();
        self.drawing.band(&ends);
    }
}

/// Labels for a time axis over the given ascending dates: about `target` of them, evenly spread
/// with the last date always among them; months and years where the span exceeds 300 days.
pub(crate) fn date_labels(
    dates: &[NaiveDate],
    x: &Scale,
    target: usize,
    lang: Lang,
) -> Vec<(f64, String)> {
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Vec::new() };
    let is_long = day_number(*last) - day_number(*first) > 300.0;
    let write = if is_long { date::month_and_year } else { date::short };
    let step = dates.len().div_ceil(target.max(1));
    let mut picked: Vec<NaiveDate> = dates.iter().rev().step_by(step).copied().collect();
    picked.reverse();
    picked.into_iter().map(|date| (x.at(day_number(date)), write(date, lang))).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};

    use super::{Plot, date_labels};
    use crate::charts::drawing::Drawing;
    use crate::date::day_number;
    use crate::lang::Lang;

    fn labels(days: u64, step: u64) -> Vec<String> {
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let dates: Vec<_> =
            (0..days).step_by(step as usize).map(|d| first + Days::new(d)).collect();
        let ends = (day_number(dates[0]), day_number(dates[dates.len() - 1]));
        let x = Plot::of_height(100.0).x(ends);
        date_labels(&dates, &x, 4, Lang::En).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn dates_are_spread_evenly_and_end_with_the_last() {
        assert_eq!(labels(1, 1), ["5 Jan"]);
        assert_eq!(labels(28, 1), ["11 Jan", "18 Jan", "25 Jan", "1 Feb"]);
        assert_eq!(labels(500, 100), ["Jan 2026", "Jul 2026", "Feb 2027"]);
    }

    #[test]
    fn labels_that_would_touch_are_left_out() {
        let mut drawing = Drawing::new(400.0, 100.0);
        let crowded: Vec<_> = (0..40).map(|i| (f64::from(i) * 10.0, format!("{i} Jan"))).collect();
        Plot::of_height(100.0).draw_columns(&mut drawing, &crowded);
        let drawn = drawing.finish("x", "", "").matches("<text").count();
        assert!((4..9).contains(&drawn), "{drawn} labels");
    }
}
