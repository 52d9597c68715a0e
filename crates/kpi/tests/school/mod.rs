//! Builds small logs for the KPI tests: `answer("amy").item("q1")…` rows on given days.

use chrono::NaiveDate;
use seedtest_responses::TimeZone;
use seedtest_responses::{LogRow, ResponseLog, ResponseLogBuilder};

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|_| panic!("{text} is no date"))
}

/// One answer; times are `YYYY-MM-DD` plus seconds into that day.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) item: &'static str,
    pub(crate) topic: Option<&'static str>,
    pub(crate) session: Option<&'static str>,
    pub(crate) at: i64,
    pub(crate) right: Option<bool>,
    pub(crate) ms: Option<u32>,
    pub(crate) hints: Option<u32>,
}

/// The first instant of a UTC day.
pub(crate) fn day_start_micros(date: NaiveDate) -> i64 {
    TimeZone::default().day_start(date)
}

pub(crate) fn answer(day: &str, second: i64, right: bool) -> Answer {
    Answer {
        item: "q1",
        topic: None,
        session: None,
        at: day_start_micros(date(day)) + second * 1_000_000,
        right: Some(right),
        ms: None,
        hints: None,
    }
}

pub(crate) fn log(answers: &[Answer]) -> ResponseLog {
    let mut builder = ResponseLogBuilder::new();
    for answer in answers {
        builder.push(&LogRow {
            student: "amy",
            item: answer.item,
            topic: answer.topic,
            session: answer.session,
            at: Some(answer.at),
            outcome: answer.right.into(),
            response_time_ms: answer.ms,
            hints: answer.hints,
            group: None,
        });
    }
    builder.finish()
}
