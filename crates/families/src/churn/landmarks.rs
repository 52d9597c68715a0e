//! One student's landmarks: days from which the time to the next long silence is counted.

/// A day on which everything known so far is set against what came later. Days are counted from
/// 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landmark {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Whole days without activity up to the landmark, less than the threshold.
    pub days_silent: i64,
    /// Days from the landmark to the first day after it that belongs to a silence of at least the
    /// threshold, or to the end of the observation.
    pub time: i64,
    /// Whether such a silence came within the observation.
    pub event: bool,
}

/// The landmarks of a student among `days`, in their order.
///
/// A silence is a run of at least `threshold` whole days without activity. Whether a day belongs to
/// one that began on day s is certain once s + `threshold` ≤ `today`, so observation ends at
/// `today` − `threshold`. A student who is silent for that long already is not at risk.
///
/// Nobody is observed for longer than `follow_up` days. What was known at the landmark matters less
/// from week to week, so hazards are not proportional for long; a fit that stops soon after its
/// horizon is right at the horizon all the same (van Houwelingen & Putter 2015, stopped Cox model).
pub fn landmarks(
    active_days: &[i64],
    days: impl Iterator<Item = i64>,
    threshold: i64,
    follow_up: i64,
    today: i64,
) -> Vec<Landmark> {
    let last = today - threshold;
    days.take_while(|&day| day < last)
        .filter_map(|day| {
            let newest = active_days.partition_point(|&active| active <= day).checked_sub(1)?;
            let days_silent = day - active_days[newest];
            if days_silent >= threshold {
                return None;
            }
            let end = last.min(day + follow_up);
            let silence = first_silence(&active_days[newest..], threshold);
            let start = silence.filter(|&start| start <= end);
            let time = start.map_or(end - day, |start| (start - day).max(1));
            Some(Landmark { day, days_silent, time, event: start.is_some() })
        })
        .collect()
}

/// First day of the first silence; what follows the last activity counts as one.
fn first_silence(active_days: &[i64], threshold: i64) -> Option<i64> {
    let broken = active_days.windows(2).find(|pair| pair[1] - pair[0] > threshold);
    broken.map(|pair| pair[0]).or(active_days.last().copied()).map(|last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(active: &[i64], day: i64, today: i64) -> Option<Landmark> {
        landmarks(active, std::iter::once(day), 14, 21, today).pop()
    }

    #[test]
    fn the_time_runs_to_the_first_silent_day() {
        // Active on days 0 to 9 and again on day 30: silent from day 10 on.
        let active: Vec<i64> = (0..10).chain([30]).collect();
        let landmark = at(&active, 6, 60).unwrap();
        assert_eq!((landmark.days_silent, landmark.time, landmark.event), (0, 4, true));
        // Landmark within that silence, two days into it.
        let landmark = at(&active, 11, 60).unwrap();
        assert_eq!((landmark.days_silent, landmark.time, landmark.event), (2, 1, true));
        // Silent for two weeks: no longer at risk; before the first activity: not yet.
        assert_eq!(at(&active, 23, 60), None);
        assert_eq!(at(&active, -1, 60), None);
    }

    #[test]
    fn fourteen_days_between_two_activities_are_thirteen_silent_ones() {
        assert!(at(&[0, 15], 0, 30).unwrap().event);
        let landmark = at(&[0, 14], 0, 20).unwrap();
        assert_eq!((landmark.time, landmark.event), (6, false));
    }

    #[test]
    fn a_silence_counts_when_it_is_certain() {
        // Last seen on day 0. On day 15 the fourteen silent days 1 to 14 are over.
        assert!(at(&[-5, 0], -2, 15).unwrap().event);
        assert!(!at(&[-5, 0], -2, 14).unwrap().event);
        assert_eq!(at(&[-5, 0], 1, 15), None, "nothing is known after today - 14");
    }

    #[test]
    fn observation_stops_after_three_weeks() {
        let active: Vec<i64> = (0..40).collect();
        let landmark = at(&active, 7, 90).unwrap();
        assert_eq!((landmark.time, landmark.event), (21, false));
    }

    proptest! {
        /// What happens after the end of observation changes nothing.
        #[test]
        fn the_future_does_not_leak(gaps in prop::collection::vec(1i64..30, 1..20), more in 1i64..20) {
            let active: Vec<i64> =
                gaps.iter().scan(0, |day, gap| { *day += gap; Some(*day) }).collect();
            let today = *active.last().unwrap();
            let mut longer = active.clone();
            longer.push(today + more);
            let days = || (0..today).step_by(7);
            prop_assert_eq!(
                landmarks(&active, days(), 14, 21, today),
                landmarks(&longer, days(), 14, 21, today)
            );
            for landmark in landmarks(&active, days(), 14, 21, today) {
                let observed = (today - 14 - landmark.day).min(21);
                prop_assert!((1..=observed).contains(&landmark.time));
                prop_assert!(landmark.event || landmark.time == observed);
                prop_assert!((0..14).contains(&landmark.days_silent));
            }
        }
    }
}
