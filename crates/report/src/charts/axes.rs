//! Axes with their ticks, and the labels of dates.

use chrono::NaiveDate;

use super::drawing::{Anchor, Drawing, WIDTH};
use super::label;
use super::scale::Scale;
use crate::date::{self, day_number};
use crate::lang::Lang;

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
