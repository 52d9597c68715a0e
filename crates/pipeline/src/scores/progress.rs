//! Weekly accuracy of every student in every topic, for the mixed model of progress.

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_ingest::{Table, TableColumn};
use seedtest_kpi::{TopicWeek, week_start, weekly_topic_accuracy};
use seedtest_responses::{ResponseLog, Texts};
use seedtest_store::{LogFilter, Store};

use super::source::weeks_between;
use crate::calendar::{DAYS_OF_WEEK, day_at, days_before, midnight};
use crate::error::Error;

/// Topic of answers without one.
const NO_TOPIC: &str = "unknown";

/// One row a student, topic and week.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProgressRows {
    /// Columns `student`, `topic`, `week` (weeks since the first one), `score` (share of right answers) and
    /// `n` (answers behind it).
    pub(crate) table: Table,
    /// Monday of week 0.
    pub(crate) first_week: NaiveDate,
    /// Distinct students.
    pub(crate) students: usize,
    /// Distinct topics.
    pub(crate) topics: usize,
    /// Students left out for too few rows.
    pub(crate) left_out: usize,
}

/// The rows of the last `weeks` weeks, this one included, of students with at least `fewest` of them; `None`
/// where there are none.
pub(crate) async fn load_progress(
    store: &Store,
    now: DateTime<Utc>,
    weeks: u32,
    fewest: usize,
) -> Result<Option<ProgressRows>, Error> {
    let zone = store.time_zone();
    let this_week = week_start(day_at(zone, now));
    let first = days_before(this_week, DAYS_OF_WEEK * weeks.saturating_sub(1));
    let (from, to) = (Some(midnight(zone, first)), Some(now));
    let loaded = store.load_log(&LogFilter { from, to, ..LogFilter::default() }).await?;
    Ok(progress_rows(&loaded.log, fewest))
}

fn progress_rows(log: &ResponseLog, fewest: usize) -> Option<ProgressRows> {
    let by_student: Vec<(usize, Vec<TopicWeek>)> = (0..log.students().len())
        .map(|code| (code, weekly_topic_accuracy(log, log.rows_of(code as u32))))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let all = by_student.len();
    let kept: Vec<(usize, Vec<TopicWeek>)> =
        by_student.into_iter().filter(|(_, rows)| rows.len() >= fewest).collect();
    let first_week = kept.iter().flat_map(|(_, rows)| rows).map(|row| row.week).min()?;
    let (mut student, mut topic) = (Texts::default(), Texts::default());
    let (mut week, mut score, mut n) = (vec![], vec![], vec![]);
    for (code, rows) in &kept {
        for row in rows {
            student.push(Some(&*log.students()[*code]));
            topic.push(Some(row.topic.map_or(NO_TOPIC, |code| &*log.topics()[code as usize])));
            week.push(weeks_between(first_week, row.week));
            score.push(f64::from(row.score.right) / f64::from(row.score.n));
            n.push(f64::from(row.score.n));
        }
    }
    let n_rows = week.len();
    let topic = TableColumn::from(topic);
    let TableColumn::Text { levels, .. } = &topic else { return None };
    let topics = levels.len();
    let columns = [
        ("student", TableColumn::from(student)),
        ("topic", topic),
        ("week", TableColumn::Numeric(week)),
        ("score", TableColumn::Numeric(score)),
        ("n", TableColumn::Numeric(n)),
    ];
    let columns = columns.map(|(name, column)| (name.to_owned(), column)).to_vec();
    let table = Table { columns, n_rows };
    Some(ProgressRows {
        table,
        first_week,
        students: kept.len(),
        topics,
        left_out: all - kept.len(),
    })
}
