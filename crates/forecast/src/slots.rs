//! The usual times of a week or of a day: lessons on Mondays and Thursdays, the hours of a school day.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::date::DAY;
use crate::error::Error;
use crate::spec::setting;

const WEEK: i64 = 7 * DAY;
/// 1970-01-05, a Monday.
const MONDAY: i64 = 4 * DAY;
/// Slots of a week beyond which times are no habit: a quarter of an hour each.
const MOST: usize = 672;

/// The times of a week (from Monday) or of a day at which a series has its points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// Seconds of the cycle: those of a week or of a day.
    pub(crate) period: i64,
    /// Seconds from its start, ascending, at least two.
    pub(crate) offsets: Vec<i64>,
}

impl Slots {
    /// The slots a series in ascending order keeps to; `None` where it keeps to none, and where they
    /// are evenly spread, which is a step of seconds.
    pub(crate) fn of(time: &[i64]) -> Option<Self> {
        // A week that is all alike is a day.
        Self::within(time, WEEK).or_else(|| Self::within(time, DAY))
    }

    fn within(time: &[i64], period: i64) -> Option<Self> {
        let n = time.len();
        let phase = |t: i64| (t - MONDAY).rem_euclid(period);
        let cycle = |t: i64| (t - MONDAY).div_euclid(period);
        let cycles: BTreeSet<i64> = time.iter().map(|&t| cycle(t)).collect();
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for &t in time {
            *counts.entry(phase(t)).or_default() += 1;
        }
        // What stands in fewer than a fifth of the weeks is an exception.
        counts.retain(|_, count| 5 * *count >= cycles.len());
        let slots = Self { period, offsets: counts.keys().copied().collect() };
        let k = slots.offsets.len();
        let kept: usize = counts.values().sum();
        if !(2..=MOST).contains(&k) || slots.is_even() || cycles.len() < 2 {
            return None;
        }
        // A weekend passed over is no accident; another day that is missing once may be.
        let is_workday = |t: &i64| (t - MONDAY).rem_euclid(WEEK) < 5 * DAY;
        let enough = if period == WEEK && time.iter().all(is_workday) { k + 1 } else { 2 * k };
        let (first, last) = (time[0], time[n - 1]);
        let possible = cycles
            .iter()
            .flat_map(|c| slots.offsets.iter().map(move |offset| MONDAY + c * period + offset));
        let possible = possible.filter(|t| (first..=last).contains(t)).count();
        let is_habit = 10 * kept >= 9 * n && n >= enough && 10 * kept >= 7 * possible;
        is_habit.then_some(slots)
    }

    fn is_even(&self) -> bool {
        let k = self.offsets.len() as i64;
        let even = |pair: &[i64]| pair[1] - pair[0] == self.period / k;
        self.period % k == 0 && self.offsets.windows(2).all(even)
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let ascend = self.offsets.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = self.offsets.iter().all(|o| (0..self.period).contains(o));
        if [WEEK, DAY].contains(&self.period) && self.offsets.len() >= 2 && ascend && inside {
            return Ok(());
        }
        let expected = "they must be at least two ascending times of a week or a day";
        Err(setting("usual times", self.offsets.len() as f64, expected))
    }

    fn k(&self) -> i64 {
        self.offsets.len() as i64
    }

    /// Number of the last slot at or before a time.
    pub(crate) fn index(&self, time: i64) -> i64 {
        let (cycle, phase) =
            ((time - MONDAY).div_euclid(self.period), (time - MONDAY).rem_euclid(self.period));
        cycle * self.k() + self.offsets.partition_point(|o| *o <= phase) as i64 - 1
    }

    /// Number of the slot nearest to a time; of two as near the earlier.
    pub(crate) fn nearest(&self, time: i64) -> i64 {
        let before = self.index(time);
        let is_later = self.time(before + 1) - time < time - self.time(before);
        before + i64::from(is_later)
    }

    /// Time of a slot.
    pub(crate) fn time(&self, index: i64) -> i64 {
        let offset = self.offsets[index.rem_euclid(self.k()) as usize];
        MONDAY + index.div_euclid(self.k()) * self.period + offset
    }

    /// `Mon, Thu`; `Mon–Fri, 7 times a day from 09:00 to 15:00`.
    pub(crate) fn text(&self) -> String {
        let mut days: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for offset in &self.offsets {
            days.entry(offset.div_euclid(DAY)).or_default().push(offset.rem_euclid(DAY));
        }
        let numbers: Vec<usize> = days.keys().map(|day| *day as usize).collect();
        let Some(times) = days.values().next() else { return String::new() };
        let ends = (clock(times[0]), clock(times[times.len() - 1]));
        let hours = match &times[..] {
            [0] => String::new(),
            [_] => format!("at {}", ends.0),
            _ => format!("{} times a day from {} to {}", times.len(), ends.0, ends.1),
        };
        if self.period == DAY {
            return hours;
        }
        if days.values().any(|other| other != times) {
            return format!("{} times a week on {}", self.offsets.len(), day_names(&numbers));
        }
        let names = day_names(&numbers);
        if hours.is_empty() { names } else { format!("{names}, {hours}") }
    }
}

/// `Mon–Fri` for a run of more than two days, else `Mon, Thu`.
fn day_names(days: &[usize]) -> String {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let (first, last) = (days[0], days[days.len() - 1]);
    if days.len() > 2 && last - first + 1 == days.len() {
        return format!("{}–{}", NAMES[first], NAMES[last]);
    }
    days.iter().map(|&day| NAMES[day]).collect::<Vec<_>>().join(", ")
}

fn clock(second: i64) -> String {
    format!("{:02}:{:02}", second / 3600, second / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::{DAY, MONDAY, Slots, WEEK};
    use crate::step::Step;

    /// Times at these offsets of so many weeks.
    fn weekly(offsets: &[i64], weeks: i64) -> Vec<i64> {
        (0..weeks).flat_map(|w| offsets.iter().map(move |o| MONDAY + w * WEEK + o)).collect()
    }

    fn words(time: &[i64]) -> String {
        Step::of(time).to_string()
    }

    #[test]
    fn the_days_of_the_week_are_found_and_go_on() {
        let time = weekly(&[0, 3 * DAY], 6);
        let step = Step::of(&time);
        assert_eq!(step.to_string(), "Mon, Thu");
        assert_eq!(step.after(time[11], 1), MONDAY + 6 * WEEK);
        assert_eq!(step.after(time[11], 2), MONDAY + 6 * WEEK + 3 * DAY);
        assert_eq!(step.after(time[11], -1), time[10]);
        assert_eq!((step.between(time[0], time[11]), step.cycle()), (11, Some(2)));
        assert!(step.is_kept_by(&time));
    }

    #[test]
    fn school_days_and_their_hours_are_found() {
        let school: Vec<i64> = (0..5).map(|d| d * DAY).collect();
        assert_eq!(words(&weekly(&school, 4)), "Mon–Fri");
        // Eight days suffice, as the weekend was passed over.
        assert_eq!(words(&weekly(&school, 2)[..8]), "Mon–Fri");
        let hours: Vec<i64> =
            school.iter().flat_map(|d| (9..16).map(move |h| d + h * 3600)).collect();
        assert_eq!(words(&weekly(&hours, 3)), "Mon–Fri, 7 times a day from 09:00 to 15:00");
        let days: Vec<i64> =
            (0..3).flat_map(|d| (9..16).map(move |h| d * DAY + h * 3600)).collect();
        assert_eq!(words(&days), "7 times a day from 09:00 to 15:00");
        let lesson = weekly(&[10 * 3600, 2 * DAY + 10 * 3600], 5);
        assert_eq!(words(&lesson), "Mon, Wed, at 10:00");
    }

    #[test]
    fn holidays_and_single_exceptions_change_nothing() {
        // Eight weeks without anything, a Thursday missing and a Saturday once.
        let mut time = weekly(&[0, 3 * DAY], 20);
        time.retain(|t| !(6..14).contains(&((t - MONDAY) / WEEK)));
        time.remove(5);
        assert_eq!(words(&time), "Mon, Thu");
        time.push(MONDAY + 20 * WEEK + 5 * DAY);
        assert_eq!(words(&time), "Mon, Thu");
        // What comes after it is the next Monday.
        assert_eq!(Step::of(&time).after(time[time.len() - 1], 1), MONDAY + 21 * WEEK);
    }

    #[test]
    fn days_without_a_habit_have_none() {
        let daily: Vec<i64> = (0..30).filter(|d| d % 11 != 5).map(|d| d * DAY).collect();
        assert_eq!(Step::of(&daily), Step::DAY);
        // A single Wednesday missing among eight days.
        let gap: Vec<i64> = (0..8).filter(|d| *d != 2).map(|d| MONDAY + d * DAY).collect();
        assert_eq!(Step::of(&gap), Step::DAY);
        let any = [0, 3, 4, 9, 16, 18, 27, 29, 36, 41].map(|d| MONDAY + d * DAY);
        assert!(matches!(Step::of(&any), Step::Seconds(_)));
        assert_eq!(Slots::of(&weekly(&[0], 9)), None);
    }
}
