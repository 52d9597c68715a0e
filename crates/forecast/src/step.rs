//! The distance between the points of a series: fixed, months of the calendar, or the usual times of a
//! week.

use serde::{Deserialize, Serialize};

use crate::date::{DAY, Date};
use crate::error::Error;
use crate::slots::Slots;
use crate::spec::setting;

/// Distance between one point and the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Seconds, from 1 to those of 100 years.
    Seconds(i64),
    /// Months of the calendar, 1..=1200.
    Months(i64),
    /// From the last day of a month to the last day of the one so many months on, 1..=1200.
    MonthEnds(i64),
    /// To the next of the usual times of a week or a day.
    Slots(Slots),
}

impl Step {
    /// A day.
    pub const DAY: Self = Self::Seconds(DAY);
    /// A week.
    pub const WEEK: Self = Self::Seconds(7 * DAY);

    /// The step of a series in ascending order: months where every point stands at the same day of its
    /// month or all at the last one; the times of the week (or of the day) that the points keep to; the
    /// least distance where the others are its multiples, which are gaps then; else the median distance.
    pub fn of(time: &[i64]) -> Self {
        let mut distances: Vec<i64> = time.windows(2).map(|pair| pair[1] - pair[0]).collect();
        distances.sort_unstable();
        let Some(&median) = distances.get(distances.len() / 2) else { return Self::DAY };
        let (least, median) = (distances[0].max(1), median.max(1));
        if let Some(months) = months(time, least, median) {
            return months;
        }
        if least == distances[distances.len() - 1] {
            return Self::Seconds(least);
        }
        if let Some(slots) = Slots::of(time) {
            return Self::Slots(slots);
        }
        // A single short distance among long ones is no step of the series.
        let shortest = distances.iter().filter(|d| **d == least).count();
        if 4 * shortest >= distances.len() && distances.iter().all(|d| d % least == 0) {
            return Self::Seconds(least);
        }
        Self::Seconds(median)
    }

    /// Whether a series in ascending order keeps to this step, but for gaps and for one in five points.
    pub fn is_kept_by(&self, time: &[i64]) -> bool {
        let is_off = |pair: &&[i64]| {
            let count = self.between(pair[0], pair[1]);
            count < 1 || self.after(pair[0], count) != pair[1]
        };
        5 * time.windows(2).filter(is_off).count() <= time.len()
    }

    /// Refuses a step of a caller that leads nowhere, or out of any calendar within a few points.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        const CENTURY: i64 = 36_525 * DAY;
        let (name, value, most, expected) = match self {
            Self::Seconds(s) => ("step in seconds", *s, CENTURY, "it must be 1 s to 100 years"),
            Self::Months(m) | Self::MonthEnds(m) => {
                ("step in months", *m, 1200, "it must be between 1 and 1200")
            }
            Self::Slots(slots) => return slots.validate(),
        };
        if (1..=most).contains(&value) {
            return Ok(());
        }
        Err(setting(name, value as f64, expected))
    }

    /// The time `count` steps after `time`.
    pub fn after(&self, time: i64, count: i64) -> i64 {
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
            Self::Slots(slots) => slots.time(slots.index(time) + count),
        }
    }

    /// Whole steps from one time to another, to the nearest.
    pub(crate) fn between(&self, from: i64, to: i64) -> i64 {
        match self {
            Self::Seconds(seconds) => ((to - from) as f64 / *seconds as f64).round() as i64,
            Self::Months(months) | Self::MonthEnds(months) => {
                let date = |time: i64| Date::of_number(time.div_euclid(DAY));
                let count = |d: Date| d.year * 12 + i64::from(d.month);
                let (from_date, to_date) = (date(from), date(to));
                // Within a month by its days, so that a time between two points has a nearest one.
                let days = f64::from(to_date.day) - f64::from(from_date.day);
                let whole = (count(to_date) - count(from_date)) as f64;
                let exact = if matches!(self, Self::MonthEnds(_)) || days == 0.0 {
                    whole
                } else {
                    whole + days / 30.4375
                };
                (exact / *months as f64).round() as i64
            }
            Self::Slots(slots) => slots.nearest(to) - slots.nearest(from),
        }
    }

    /// Steps of the longest usual cycle: a year of weeks or months, a week of days, a day of hours, the
    /// usual times of a week or a day.
    pub(crate) fn cycle(&self) -> Option<usize> {
        match self {
            Self::Months(1) | Self::MonthEnds(1) => Some(12),
            Self::Months(3) | Self::MonthEnds(3) => Some(4),
            Self::Seconds(s) if *s == 7 * DAY => Some(52),
            Self::Seconds(DAY) => Some(7),
            Self::Seconds(3600) => Some(24),
            Self::Slots(slots) => Some(slots.offsets.len()),
            _ => None,
        }
    }

    /// In words as a length: `1 week`, `2 days`.
    pub(crate) fn measure(&self) -> String {
        let text = self.to_string();
        if text.starts_with(|c: char| c.is_ascii_lowercase()) { format!("1 {text}") } else { text }
    }

    /// Its mean length in seconds.
    pub(crate) fn length(&self) -> f64 {
        match self {
            Self::Seconds(seconds) => *seconds as f64,
            Self::Months(months) | Self::MonthEnds(months) => *months as f64 * MONTH,
            Self::Slots(slots) => slots.period as f64 / slots.offsets.len() as f64,
        }
    }
}

/// In words: `week`, `2 days`, `Mon, Thu`, `Mon–Fri, 7 times a day from 09:00 to 15:00`.
impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counted = |count: i64, unit: &str| match count {
            1 => unit.to_string(),
            _ => format!("{count} {unit}s"),
        };
        let text = match self {
            Self::Months(months) | Self::MonthEnds(months) if months % 12 == 0 => {
                counted(months / 12, "year")
            }
            Self::Months(months) | Self::MonthEnds(months) if months % 3 == 0 => {
                counted(months / 3, "quarter")
            }
            Self::Months(months) | Self::MonthEnds(months) => counted(*months, "month"),
            Self::Seconds(seconds) => {
                let units = [(7 * DAY, "week"), (DAY, "day"), (3600, "hour"), (60, "minute")];
                let whole = units.into_iter().find(|(unit, _)| seconds % unit == 0);
                whole.map_or_else(
                    || counted(*seconds, "second"),
                    |(unit, name)| counted(seconds / unit, name),
                )
            }
            Self::Slots(slots) => slots.text(),
        };
        f.write_str(&text)
    }
}

/// Mean seconds of a month.
const MONTH: f64 = 30.4375 * DAY as f64;

/// A step of months, where every point stands at one day of its month or at its last.
fn months(time: &[i64], least: i64, median: i64) -> Option<Step> {
    let date = |time: i64| Date::of_number(time.div_euclid(DAY));
    let at_same_hour = time.iter().all(|t| t.rem_euclid(DAY) == time[0].rem_euclid(DAY));
    if !at_same_hour || least < 28 * DAY {
        return None;
    }
    let least = ((least as f64 / MONTH).round() as i64).max(1);
    let median = ((median as f64 / MONTH).round() as i64).max(1);
    let (first, all) = (date(time[0]), || time.iter().map(|&t| date(t)));
    // A year of months without those of the holidays is still one of months.
    let count =
        |d: Date| d.year * 12 + i64::from(d.month) - first.year * 12 - i64::from(first.month);
    let months = if all().all(|d| count(d) % least == 0) { least } else { median };
    if all().all(|d| d.day == first.day) {
        return Some(Step::Months(months));
    }
    all().all(Date::is_month_end).then_some(Step::MonthEnds(months))
}

/// Values on the grid of a step from the first observation on, with gaps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    pub(crate) values: Vec<Option<f64>>,
    /// Position of each observation.
    pub(crate) positions: Vec<usize>,
    /// Each observation, also where its place is masked.
    pub(crate) observed: Vec<f64>,
    places: Places,
}

/// What the places of a grid are.
#[derive(Debug, Clone, PartialEq)]
enum Places {
    /// Steps from the first observation.
    Steps { first: i64, step: Step },
    /// The order of the observations, which have no step; with the last and their mean distance.
    Order { last: i64, distance: f64 },
}

impl Grid {
    /// Observations off the grid stand at the nearest place; where two would share one, the order of
    /// time is the grid.
    pub(crate) fn new(time: &[i64], y: &[f64], step: &Step) -> Self {
        // Gaps of years in a series of hours would be a grid without end.
        const SPARSEST: usize = 50;
        let n = time.len();
        let position = |&t: &i64| step.between(time[0], t).max(0) as usize;
        let mut positions: Vec<usize> = time.iter().map(position).collect();
        let mut places = Places::Steps { first: time[0], step: step.clone() };
        let collides = positions.windows(2).any(|pair| pair[0] >= pair[1]);
        if collides || positions[n - 1] > SPARSEST * n {
            positions = (0..n).collect();
            let distance = (time[n - 1] - time[0]) as f64 / (n - 1).max(1) as f64;
            places = Places::Order { last: time[n - 1], distance: distance.max(1.0) };
        }
        let mut values = vec![None; positions[n - 1] + 1];
        for (&at, &y) in positions.iter().zip(y) {
            values[at] = Some(y);
        }
        Self { values, positions, observed: y.to_vec(), places }
    }

    /// Places from the last observation to a later time, at least 1.
    pub(crate) fn lead(&self, time: i64) -> usize {
        let lead = match &self.places {
            Places::Steps { first, step } => {
                step.between(*first, time) - (self.values.len() as i64 - 1)
            }
            Places::Order { last, distance } => ((time - last) as f64 / distance).round() as i64,
        };
        lead.max(1) as usize
    }

    /// The grid of the first `rows` (≥ 1) observations.
    pub(crate) fn part(&self, rows: usize) -> Self {
        Self {
            values: self.values[..=self.positions[rows - 1]].to_vec(),
            positions: self.positions[..rows].to_vec(),
            observed: self.observed[..rows].to_vec(),
            places: self.places.clone(),
        }
    }

    /// The grid with a gap where an observation is.
    pub(crate) fn masking(&self, row: usize) -> Self {
        let mut masked = self.clone();
        masked.values[self.positions[row]] = None;
        masked
    }

    /// Whether an observation is there to be followed.
    pub(crate) fn is_followed(&self, row: usize) -> bool {
        self.values[self.positions[row]].is_some()
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
        assert_eq!((step.cycle(), &step), (Some(12), &Step::MonthEnds(1)));
        // From a short month to a long one, and past a gap.
        assert_eq!(step.after(time[1], 1), time[2]);
        assert_eq!(step.after(time[3], 2), time[5]);
        assert_eq!(step.after(time[3], -2), time[1]);
        let gap = Grid::new(&[time[0], time[1], time[3]], &[1.0, 2.0, 3.0], &step);
        assert_eq!(gap.positions, [0, 1, 3]);
        let quarters = ends(&["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31"]);
        assert_eq!(Step::of(&quarters), Step::MonthEnds(3));
        let same_day = ends(&["2023-01-28", "2023-02-28", "2023-03-28"]);
        assert_eq!(Step::of(&same_day), Step::Months(1));
    }

    #[test]
    fn gaps_stay_gaps() {
        let grid = Grid::new(&[0, 7 * DAY, 21 * DAY], &[1.0, 2.0, 3.0], &Step::WEEK);
        assert_eq!(grid.values, [Some(1.0), Some(2.0), None, Some(3.0)]);
        assert_eq!(grid.positions, [0, 1, 3]);
        let crowded = Grid::new(&[0, 10, 20], &[1.0, 2.0, 3.0], &Step::DAY);
        assert_eq!(crowded.positions, [0, 1, 2]);
    }

    #[test]
    fn a_step_is_named_as_people_name_it() {
        for (step, text) in [
            (Step::WEEK, "week"),
            (Step::Seconds(3 * DAY), "3 days"),
            (Step::Seconds(14 * DAY), "2 weeks"),
            (Step::Seconds(3600), "hour"),
            (Step::Seconds(5400), "90 minutes"),
            (Step::Seconds(7), "7 seconds"),
            (Step::Months(1), "month"),
            (Step::MonthEnds(3), "quarter"),
            (Step::Months(2), "2 months"),
            (Step::Months(12), "year"),
        ] {
            assert_eq!(step.to_string(), text);
        }
    }

    #[test]
    fn gaps_do_not_lengthen_the_step() {
        // More weeks missing than not, and a year without its August.
        let weeks: Vec<i64> = [0, 1, 3, 5, 6, 9, 11].iter().map(|w| w * 7 * DAY).collect();
        assert_eq!(Step::of(&weeks), Step::WEEK);
        let months = [1, 3, 4, 5, 6, 7, 9, 10, 11, 12];
        let year: Vec<i64> =
            months.iter().map(|&month| Date { year: 2024, month, day: 1 }.number() * DAY).collect();
        assert_eq!(Step::of(&year), Step::Months(1));
        // One short distance is none of the series.
        assert_eq!(
            Step::of(&[0, 14, 28, 42, 49, 63, 77, 91].map(|d| d * DAY)),
            Step::Seconds(14 * DAY)
        );
    }

    #[test]
    fn a_lead_is_in_places_of_the_grid() {
        let time: Vec<i64> = (0..30).map(|d| d * DAY).collect();
        let grid = Grid::new(&time, &[0.0; 30], &Step::DAY);
        assert_eq!(grid.lead(29 * DAY + 7 * DAY), 7);
        assert_eq!(grid.part(10).lead(9 * DAY + 7 * DAY), 7);
        // No step at all: the mean distance of 10 seconds.
        let crowded = Grid::new(&[0, 1, 20], &[1.0, 2.0, 3.0], &Step::DAY);
        assert_eq!((crowded.lead(60), crowded.lead(21)), (4, 1));
    }
}
