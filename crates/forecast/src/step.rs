//! The distance between the points of a series: fixed, or months of the calendar.

use serde::{Deserialize, Serialize};

use crate::date::{DAY, Date};
use crate::error::Error;
use crate::spec::setting;

/// Distance between one point and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Seconds, from 1 to those of 100 years.
    Seconds(i64),
    /// Months of the calendar, 1..=1200.
    Months(i64),
    /// From the last day of a month to the last day of the one so many months on, 1..=1200.
    MonthEnds(i64),
}

impl Step {
    /// A day.
    pub const DAY: Self = Self::Seconds(DAY);
    /// A week.
    pub const WEEK: Self = Self::Seconds(7 * DAY);

    /// The step of a series in ascending order: months where every point stands at the same day of its
    /// month or all at the last one, else the median distance.
    pub fn of(time: &[i64]) -> Self {
        let mut distances: Vec<i64> = time.windows(2).map(|pair| pair[1] - pair[0]).collect();
        distances.sort_unstable();
        let Some(&median) = distances.get(distances.len() / 2) else { return Self::DAY };
        let date = |time: i64| Date::of_number(time.div_euclid(DAY));
        let at_same_hour = time.iter().all(|t| t.rem_euclid(DAY) == time[0].rem_euclid(DAY));
        if !at_same_hour || distances[0] < 28 * DAY {
            return Self::Seconds(median.max(1));
        }
        let months = ((median as f64 / (30.4375 * DAY as f64)).round() as i64).max(1);
        if time.iter().all(|&t| date(t).day == date(time[0]).day) {
            return Self::Months(months);
        }
        if time.iter().all(|&t| date(t).is_month_end()) {
            return Self::MonthEnds(months);
        }
        Self::Seconds(median.max(1))
    }

    /// Refuses a step of a caller that leads nowhere, or out of any calendar within a few points.
    pub(crate) fn validate(self) -> Result<(), Error> {
        const CENTURY: i64 = 36_525 * DAY;
        let (name, value, most, expected) = match self {
            Self::Seconds(s) => ("step in seconds", s, CENTURY, "it must be 1 s to 100 years"),
            Self::Months(m) | Self::MonthEnds(m) => {
                ("step in months", m, 1200, "it must be between 1 and 1200")
            }
        };
        if (1..=most).contains(&value) {
            return Ok(());
        }
        Err(setting(name, value as f64, expected))
    }

    /// The time `count` steps after `time`.
    pub fn after(self, time: i64, count: i64) -> i64 {
        match self {
            Self::Seconds(seconds) => time + seconds * count,
            Self::Months(months) => {
                let date = Date::of_number(time.div_euclid(DAY)).plus_months(months * count);
                date.number() * DAY + time.rem_euclid(DAY)
            }
            Self::MonthEnds(months) => {
                let date = Date::of_number(time.div_euclid(DAY));
                // Clamped to the last day wherever it lands.
                let end = Date { day: 31, ..date }.plus_months(months * count);
                end.number() * DAY + time.rem_euclid(DAY)
            }
        }
    }

    /// Whole steps from one time to another, to the nearest.
    pub(crate) fn between(self, from: i64, to: i64) -> i64 {
        match self {
            Self::Seconds(seconds) => ((to - from) as f64 / seconds as f64).round() as i64,
            Self::Months(months) | Self::MonthEnds(months) => {
                let date = |time: i64| Date::of_number(time.div_euclid(DAY));
                let count = |d: Date| d.year * 12 + i64::from(d.month);
                (count(date(to)) - count(date(from))) / months
            }
        }
    }

    /// Steps of the longest usual cycle: a year of weeks or months, a week of days, a day of hours.
    pub(crate) fn cycle(self) -> Option<usize> {
        match self {
            Self::Months(1) | Self::MonthEnds(1) => Some(12),
            Self::Months(3) | Self::MonthEnds(3) => Some(4),
            Self::Seconds(s) if s == 7 * DAY => Some(52),
            Self::Seconds(DAY) => Some(7),
            Self::Seconds(3600) => Some(24),
            _ => None,
        }
    }
}

/// Values on the grid of a step from the first observation on, with gaps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    pub(crate) values: Vec<Option<f64>>,
    /// Position of each observation.
    pub(crate) positions: Vec<usize>,
}

impl Grid {
    /// Observations off the grid stand at the nearest place; where two would share one, the order of
    /// time is the grid.
    pub(crate) fn new(time: &[i64], y: &[f64], step: Step) -> Self {
        // Gaps of years in a series of hours would be a grid without end.
        const SPARSEST: usize = 50;
        let position = |&t: &i64| step.between(time[0], t).max(0) as usize;
        let mut positions: Vec<usize> = time.iter().map(position).collect();
        let collides = positions.windows(2).any(|pair| pair[0] >= pair[1]);
        let last = positions.last().copied().unwrap_or(0);
        if collides || last > SPARSEST * time.len() {
            positions = (0..time.len()).collect();
        }
        let length = positions.last().map_or(0, |last| last + 1);
        let mut values = vec![None; length];
        for (&at, &y) in positions.iter().zip(y) {
            values[at] = Some(y);
        }
        Self { values, positions }
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Step};
    use crate::date::{DAY, Date};

    #[test]
    fn months_are_of_the_calendar() {
        let time: Vec<i64> =
            (1..=12).map(|month| Date { year: 2024, month, day: 1 }.number() * DAY).collect();
        let step = Step::of(&time);
        assert_eq!(step, Step::Months(1));
        assert_eq!(step.after(time[0], 11), time[11]);
        assert_eq!(Step::of(&[0, 7 * DAY, 21 * DAY, 28 * DAY]), Step::WEEK);
    }

    #[test]
    fn ends_of_months_stay_ends() {
        let ends = |dates: &[&str]| -> Vec<i64> {
            dates.iter().map(|d| Date::parse(d).unwrap().number() * DAY + 3600).collect()
        };
        let time = ends(&[
            "2024-01-31",
            "2024-02-29",
            "2024-03-31",
            "2024-04-30",
            "2024-05-31",
            "2024-06-30",
        ]);
        let step = Step::of(&time[..4]);
        assert_eq!((step, step.cycle()), (Step::MonthEnds(1), Some(12)));
        // From a short month to a long one, and past a gap.
        assert_eq!(step.after(time[1], 1), time[2]);
        assert_eq!(step.after(time[3], 2), time[5]);
        assert_eq!(step.after(time[3], -2), time[1]);
        let gap = Grid::new(&[time[0], time[1], time[3]], &[1.0, 2.0, 3.0], step);
        assert_eq!(gap.positions, [0, 1, 3]);
        let quarters = ends(&["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31"]);
        assert_eq!(Step::of(&quarters), Step::MonthEnds(3));
        let same_day = ends(&["2023-01-28", "2023-02-28", "2023-03-28"]);
        assert_eq!(Step::of(&same_day), Step::Months(1));
    }

    #[test]
    fn gaps_stay_gaps() {
        let grid = Grid::new(&[0, 7 * DAY, 21 * DAY], &[1.0, 2.0, 3.0], Step::WEEK);
        assert_eq!(grid.values, [Some(1.0), Some(2.0), None, Some(3.0)]);
        assert_eq!(grid.positions, [0, 1, 3]);
        let crowded = Grid::new(&[0, 10, 20], &[1.0, 2.0, 3.0], Step::DAY);
        assert_eq!(crowded.positions, [0, 1, 2]);
    }
}
