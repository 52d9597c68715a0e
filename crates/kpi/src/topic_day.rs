//! What a student did in a topic on a day.

use std::ops::Range;

use chrono::NaiveDate;
use seedtest_responses::{Outcome, ResponseLog, UNKNOWN_HINTS};

use crate::median::median;

/// What one student did in one topic on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopicDay {
    /// The day.
    pub date: NaiveDate,
    /// Topic code in the log.
    pub topic: u32,
    /// Answers of known correctness.
    pub attempts: u32,
    /// Right ones among them.
    pub correct: u32,
    /// Mean recorded response time in milliseconds; `None` when none was recorded.
    pub mean_time_ms: Option<f64>,
    /// Median recorded response time in milliseconds, the mean of the two middle ones when their
    /// number is even; `None` when none was recorded.
    pub median_time_ms: Option<f64>,
    /// Answers for which a hint was used.
    pub with_hints: u32,
    /// The last answer, in microseconds since 1970-01-01 UTC.
    pub last_at: i64,
}

/// The topics and days of one student's rows, by day and topic. Rows without a topic do not count;
/// an answer tagged with two topics counts in both. Times, hints and the last answer are of all
/// answers, also those whose correctness is not known.
pub fn topic_days(log: &ResponseLog, rows: Range<usize>) -> Vec<TopicDay> {
    groups(&tagged(log, rows)).map(|group| summary(log, group)).collect()
}

/// The number of topics and days that [`topic_days`] tells of.
pub fn n_topic_days(log: &ResponseLog, rows: Range<usize>) -> usize {
    groups(&tagged(log, rows)).count()
}

/// Day, topic and row of an answer.
type Tagged = (NaiveDate, u32, usize);

/// The rows with a topic, by day and topic.
fn tagged(log: &ResponseLog, rows: Range<usize>) -> Vec<Tagged> {
    let mut of_zone = log.time_zone().days();
    let mut tagged: Vec<Tagged> = rows
        .filter_map(|row| log.topic(row).map(|topic| (of_zone.date_of(log.at()[row]), topic, row)))
        .collect();
    tagged.sort_unstable();
    tagged
}

fn groups(tagged: &[Tagged]) -> impl Iterator<Item = &[Tagged]> {
    tagged.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
}

fn summary(log: &ResponseLog, group: &[Tagged]) -> TopicDay {
    let (date, topic, _) = group[0];
    let rows = || group.iter().map(|&(_, _, row)| row);
    let known = rows().filter_map(|row| log.outcome()[row].correct());
    let mut times: Vec<u32> =
        rows().map(|row| log.response_time_ms()[row]).filter(|&time| time > 0).collect();
    let total: u64 = times.iter().copied().map(u64::from).sum();
    let used_hint = |&row: &usize| !matches!(log.hints()[row], 0 | UNKNOWN_HINTS);
    TopicDay {
        date,
        topic,
        attempts: known.count() as u32,
        correct: rows().filter(|&row| log.outcome()[row] == Outcome::Right).count() as u32,
        mean_time_ms: (!times.is_empty()).then(|| total as f64 / times.len() as f64),
        median_time_ms: median(&mut times),
        with_hints: rows().filter(used_hint).count() as u32,
        last_at: rows().map(|row| log.at()[row]).max().unwrap_or(i64::MIN),
    }
}
