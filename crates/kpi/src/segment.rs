//! What segments of learners are made of, of one student (docs/contract/metrics.md M12).

use crate::topic_day::TopicDay;
use crate::weekly::WeeklyKpis;

/// Names of the features.
pub const SEGMENT_FEATURES: [&str; 9] = [
    "engagement",
    "improvement",
    "efficiency",
    "recovery",
    "sessions",
    "gap",
    "avg_rt",
    "avg_hints",
    "total_attempts",
];
/// Those that are means of KPIs, in the order of [`SegmentWeek`].
const OF_KPIS: usize = 6;
/// Weekly rows a student needs.
pub const FEWEST_SEGMENT_WEEKS: usize = 4;

/// Of a weekly row: A_t, I_t, E_t, R_t, sessions, mean gap; `None` = not known.
pub type SegmentWeek = [Option<f64>; OF_KPIS];

/// What a student did in the topics and days of a span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SegmentActivity {
    /// Sum of the median response times of days and topics, milliseconds.
    pub response_times: i64,
    /// Days and topics with one.
    pub timed: i64,
    /// Answers for which a hint was used.
    pub hints: i64,
    /// Days with answers.
    pub days: i64,
    /// Answers of known correctness.
    pub attempts: i64,
}

impl SegmentActivity {
    /// The sums over topics and days, which are in the order of the days; `None` without any.
    pub fn of(topic_days: &[TopicDay]) -> Option<Self> {
        let times = || topic_days.iter().filter_map(|day| day.median_time_ms.map(whole_ms));
        let activity = Self {
            response_times: times().map(i64::from).sum(),
            timed: times().count() as i64,
            hints: topic_days.iter().map(|day| i64::from(day.with_hints)).sum(),
            days: topic_days.chunk_by(|a, b| a.date == b.date).count() as i64,
            attempts: topic_days.iter().map(|day| i64::from(day.attempts)).sum(),
        };
        (!topic_days.is_empty()).then_some(activity)
    }
}

/// Milliseconds as they are stored.
pub fn whole_ms(ms: f64) -> u32 {
    (ms.round() as u32).min(i32::MAX as u32)
}

/// What a weekly row gives to the features.
pub fn segment_week(row: &WeeklyKpis) -> SegmentWeek {
    [
        row.engagement.ok(),
        row.improvement.ok(),
        row.efficiency.ok(),
        row.recovery.ok(),
        row.sessions.map(f64::from),
        row.mean_gap.ok(),
    ]
}

/// The features of a student, in the order of [`SEGMENT_FEATURES`]; NaN = not known.
pub fn segment_features(
    weeks: &[SegmentWeek],
    activity: Option<SegmentActivity>,
) -> [f64; SEGMENT_FEATURES.len()] {
    let mut values = [f64::NAN; SEGMENT_FEATURES.len()];
    for (at, value) in values.iter_mut().take(OF_KPIS).enumerate() {
        let known: Vec<f64> = weeks.iter().filter_map(|week| week[at]).collect();
        *value = ratio(known.iter().sum(), known.len() as f64);
    }
    if let Some(sums) = activity {
        values[OF_KPIS] = ratio(sums.response_times as f64, sums.timed as f64);
        values[OF_KPIS + 1] = ratio(sums.hints as f64, sums.days as f64);
        values[OF_KPIS + 2] = sums.attempts as f64;
    }
    values
}

/// NaN where there is nothing to divide by.
fn ratio(sum: f64, n: f64) -> f64 {
    if n > 0.0 { sum / n } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn topic_day(day: u32, topic: u32, median: Option<f64>) -> TopicDay {
        TopicDay {
            date: NaiveDate::from_ymd_opt(2026, 3, day).unwrap(),
            topic,
            attempts: 4,
            correct: 2,
            mean_time_ms: median,
            median_time_ms: median,
            with_hints: 1,
            last_at: 0,
        }
    }

    #[test]
    fn days_with_two_topics_count_once() {
        let days =
            [topic_day(2, 0, Some(1000.5)), topic_day(2, 1, None), topic_day(3, 0, Some(2000.0))];
        let found = SegmentActivity::of(&days).unwrap();
        let expected =
            SegmentActivity { response_times: 3001, timed: 2, hints: 3, days: 2, attempts: 12 };
        assert_eq!(found, expected);
        assert_eq!(SegmentActivity::of(&[]), None);
    }

    #[test]
    fn what_is_not_known_in_any_week_is_not_known() {
        let weeks = [[Some(1.0), None, Some(0.5), None, Some(3.0), None]; 4];
        let found = segment_features(&weeks, None);
        assert_eq!((found[0], found[2], found[4]), (1.0, 0.5, 3.0));
        assert!([1, 3, 5, 6, 7, 8].iter().all(|&at| found[at].is_nan()));
    }
}
