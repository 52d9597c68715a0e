//! Right answers of a week and of a topic, and the mean of a group.

use std::cmp::Ordering;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use seedtest_numerics::student_quantile;

use super::{AbilityPoint, FEWEST};
use crate::findings::{FEWEST_ANSWERS, Way, clear_difference, is_strength, needs_practice};
use crate::interval::wilson;

/// Right answers of one week, of a student or of a group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WeekScore {
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Answers of known correctness.
    pub n: u32,
    /// Right ones among them, at most `n`.
    pub right: u32,
    /// Of a group: the mean of its students.
    pub mean: Option<MeanShare>,
    /// The mean of everybody in the class, or in the school of a student without one.
    pub group: Option<MeanShare>,
}

/// The mean of the shares of right answers of the students of a group: everybody counts the same, however many
/// answers they gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanShare {
    /// Students with answers; below [`FEWEST`](super::FEWEST) the share is not shown.
    pub students: u32,
    /// Mean of their shares, 0..1.
    pub share: f64,
    /// Standard deviation of their shares, with the divisor of a sample; 0 of one student.
    pub sd: f64,
}

/// A share with the ends of its 95 % interval, all 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) share: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl MeanShare {
    /// The mean of these shares, each 0..1; `None` without any.
    pub fn of(shares: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut n, mut mean, mut squares) = (0_u32, 0.0, 0.0);
        // Welford (1962): the sum of squared deviations without a second pass.
        for share in shares {
            n += 1;
            let off = share - mean;
            mean += off / f64::from(n);
            squares += off * (share - mean);
        }
        let sd = if n > 1 { (squares / f64::from(n - 1)).sqrt() } else { 0.0 };
        (n > 0).then_some(Self { students: n, share: mean, sd })
    }

    /// Whether the group is large enough to give a figure of it.
    pub fn is_told(&self) -> bool {
        self.students >= FEWEST
    }

    /// The interval of the mean by Student's t; where all students have the same share, that of Wilson over all
    /// their answers, since the sample says nothing of their spread then.
    fn estimate(&self, (right, n): (u32, u32)) -> Option<Estimate> {
        let share = self.share;
        if self.students < 2 || self.sd == 0.0 {
            let (low, high) = wilson(right, n)?;
            return Some(Estimate { share, low: low.min(share), high: high.max(share) });
        }
        let students = f64::from(self.students);
        let half = student_quantile(0.975, students - 1.0) * self.sd / students.sqrt();
        Some(Estimate { share, low: (share - half).max(0.0), high: (share + half).min(1.0) })
    }
}

/// The share of right answers: of a group the mean of its students.
fn estimate(right: u32, n: u32, mean: Option<&MeanShare>) -> Option<Estimate> {
    if let Some(mean) = mean {
        return mean.estimate((right, n)).filter(|_| n > 0 && mean.is_told());
    }
    let (low, high) = wilson(right, n)?;
    Some(Estimate { share: f64::from(right) / f64::from(n), low, high })
}

impl WeekScore {
    /// The share with the ends of its 95 % interval, all 0..1; `None` without answers, and of a group of fewer than
    /// five students.
    pub fn share(&self) -> Option<(f64, f64, f64)> {
        self.estimate().map(|found| (found.share, found.low, found.high))
    }

    /// The share with its interval; `None` without answers, and of a group of fewer than five students.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        estimate(self.right, self.n, self.mean.as_ref())
    }
}

impl TopicScore {
    /// Whether it is sure enough to say that the topic asks for practice.
    pub fn needs_practice(&self) -> bool {
        needs_practice(self).is_some()
    }

    /// Whether it is sure enough to say that the topic is a strength.
    pub fn is_strength(&self) -> bool {
        is_strength(self).is_some()
    }

    /// Whether there are enough answers to speak of a share.
    pub fn has_enough(&self) -> bool {
        self.n >= FEWEST_ANSWERS
    }

    /// How the share lies to another one: `Equal` where the difference may be chance; `None` where one of them is not
    /// told.
    pub fn compared(&self, other: &Self) -> Option<Ordering> {
        let found = clear_difference(self.estimate()?, other.estimate()?);
        Some(match found {
            Some(Way::Up) => Ordering::Greater,
            Some(Way::Down) => Ordering::Less,
            None => Ordering::Equal,
        })
    }

    /// The share with the ends of its 95 % interval, as [`WeekScore::share`].
    pub fn share(&self) -> Option<(f64, f64, f64)> {
        self.estimate().map(|found| (found.share, found.low, found.high))
    }

    /// The share with its interval; `None` without answers, and of a group of fewer than five students.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        estimate(self.right, self.n, self.mean.as_ref())
    }
}

/// Right answers under one topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopicScore {
    /// Topic id or name as it is to be shown.
    pub topic: String,
    /// Answers of known correctness.
    pub n: u32,
    /// Right ones among them, at most `n`.
    pub right: u32,
    /// Of a group: the mean of its students.
    pub mean: Option<MeanShare>,
    /// Ability in this topic, where a model estimated one.
    pub ability: Option<AbilityPoint>,
}

/// Change of the share of right answers a week, over all topics, by the mixed model of progress.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WeeklySlope {
    /// Change a week, −1..1.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    // R 4.2.2: t.test(c(1, 0.5, 0.6, 0.2, 0.7, 0.9)).
    #[test]
    fn the_interval_of_a_mean_is_that_of_students_t() {
        let mean = MeanShare::of([1.0, 0.5, 0.6, 0.2, 0.7, 0.9]).unwrap();
        assert_eq!(mean.students, 6);
        let found = mean.estimate((39, 60)).unwrap();
        for (found, expected) in
            [(found.share, 0.65), (found.low, 0.347_660_524_5), (found.high, 0.952_339_475_5)]
        {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn one_busy_student_weighs_as_much_as_any_other() {
        let mean = MeanShare::of([1.0, 0.0, 0.5, 0.5, 0.5]);
        // The first one gave 996 of 1 000 answers, all right.
        let week =
            WeekScore { week_start: NaiveDate::default(), n: 1_000, right: 998, mean, group: None };
        assert!((week.estimate().unwrap().share - 0.5).abs() < 1e-12);
        assert_eq!(MeanShare::of([]), None);
    }

    #[test]
    fn fewer_than_five_students_have_no_share() {
        let week = |students: usize| WeekScore {
            week_start: NaiveDate::default(),
            n: 40,
            right: 20,
            mean: MeanShare::of(vec![0.5; students]),
            group: None,
        };
        assert_eq!(week(4).estimate(), None);
        // Without a spread the answers say how sure it is: wilson(20, 40).
        let found = week(5).estimate().unwrap();
        assert!((found.low - 0.352).abs() < 1e-3 && (found.high - 0.648).abs() < 1e-3);
    }
}
