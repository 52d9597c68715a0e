//! Accuracy by week and topic, activity by day.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::NaiveDate;
use seedtest_responses::ResponseLog;

use crate::improvement::WindowScore;
use crate::window::week_start;

/// Answers of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayActivity {
    /// Answers, one per item and instant.
    pub answers: u32,
    /// Summed recorded response times in milliseconds; `None` when none was recorded.
    pub time_ms: Option<u64>,
}

/// Accuracy of each ISO week (by its Monday) with an answer of known correctness.
pub fn weekly_accuracy(log: &ResponseLog, rows: Range<usize>) -> BTreeMap<NaiveDate, WindowScore> {
    let mut weeks: BTreeMap<NaiveDate, WindowScore> = BTreeMap::new();
    let mut of_zone = log.time_zone().days();
    for row in rows.filter(|&row| !log.is_retag(row)) {
        if let Some(correct) = log.outcome()[row].correct() {
            let week = weeks.entry(week_start(of_zone.date_of(log.at()[row]))).or_default();
            week.n += 1;
            week.right += u32::from(correct);
        }
    }
    weeks
}

/// Accuracy of each topic (by its code in the log). An answer tagged with two topics counts in
/// both.
pub fn topic_accuracy(log: &ResponseLog, rows: Range<usize>) -> BTreeMap<u32, WindowScore> {
    let mut topics: BTreeMap<u32, WindowScore> = BTreeMap::new();
    for row in rows {
        if let (Some(topic), Some(correct)) = (log.topic(row), log.outcome()[row].correct()) {
            let score = topics.entry(topic).or_default();
            score.n += 1;
            score.right += u32::from(correct);
        }
    }
    topics
}

/// Accuracy of a topic in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicWeek {
    /// Monday of the week.
    pub week: NaiveDate,
    /// Code of the topic in the log; `None` for answers without one.
    pub topic: Option<u32>,
    /// Its answers.
    pub score: WindowScore,
}

/// Accuracy of each topic in each ISO week with an answer of known correctness, by week and topic. An answer
/// tagged with two topics counts in both.
pub fn weekly_topic_accuracy(log: &ResponseLog, rows: Range<usize>) -> Vec<TopicWeek> {
    let mut of_zone = log.time_zone().days();
    let mut scores: BTreeMap<(NaiveDate, Option<u32>), WindowScore> = BTreeMap::new();
    for row in rows {
        if let Some(correct) = log.outcome()[row].correct() {
            let week = week_start(of_zone.date_of(log.at()[row]));
            let score = scores.entry((week, log.topic(row))).or_default();
            score.n += 1;
            score.right += u32::from(correct);
        }
    }
    let of_week = |((week, topic), score)| TopicWeek { week, topic, score };
    scores.into_iter().map(of_week).collect()
}

/// Activity of each day with an answer.
pub fn daily_activity(log: &ResponseLog, rows: Range<usize>) -> BTreeMap<NaiveDate, DayActivity> {
    let mut days: BTreeMap<NaiveDate, DayActivity> = BTreeMap::new();
    let mut of_zone = log.time_zone().days();
    for row in rows.filter(|&row| !log.is_retag(row)) {
        let day = days.entry(of_zone.date_of(log.at()[row])).or_default();
        day.answers += 1;
        let time = u64::from(log.response_time_ms()[row]);
        if time > 0 {
            day.time_ms = Some(day.time_ms.unwrap_or(0) + time);
        }
    }
    days
}
