//! Answers with their points, for models of several categories.

use chrono::{DateTime, Utc};

use crate::attempts::response_log::LogFilter;
use crate::engine::row::Row;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// An answer with its points.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredAnswer {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Text id of the item.
    pub item_id: String,
    /// When it was given.
    pub completed_at: DateTime<Utc>,
    /// Right or wrong; `None` = not known.
    pub correct: Option<bool>,
    /// Points; `None` where only right and wrong were recorded.
    pub points: Option<f64>,
    /// The most points that there were; `None` = not known.
    pub max_points: Option<f64>,
}

/// Later than any answer.
const LATEST: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(latest) => latest,
    None => DateTime::UNIX_EPOCH,
};
/// Earlier than any answer.
const EARLIEST: DateTime<Utc> = match DateTime::from_timestamp(-62_135_596_800, 0) {
    Some(earliest) => earliest,
    None => DateTime::UNIX_EPOCH,
};

fn read(row: &Row<'_>) -> Result<ScoredAnswer, Error> {
    Ok(ScoredAnswer {
        user_id: row.required(0, row.owned_text(0)?)?,
        item_id: row.required(1, row.owned_text(1)?)?,
        completed_at: row.required(2, row.time(2)?)?,
        correct: row.boolean(3)?,
        points: row.real(4)?,
        max_points: row.real(5)?,
    })
}

impl Store {
    /// Our own answers with a student, an item and a time, oldest first, with their points where an import brought some.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn scored_answers(&self, filter: &LogFilter) -> Result<Vec<ScoredAnswer>, Error> {
        let sql = "SELECT user_id, item_id, completed_at, correct, points, max_points FROM (\
             SELECT a.user_id, a.item_id, a.completed_at, a.correct, l.points, l.max_points, a.id \
             FROM seedtest_answer a \
             LEFT JOIN attempt_log l ON l.id = a.id AND a.exam_result_id IS NULL \
             WHERE a.user_id IS NOT NULL AND a.item_id IS NOT NULL AND a.completed_at IS NOT NULL \
               AND (CAST($1 AS TEXT) IS NULL OR a.topic_id = $1) \
               AND (CAST($2 AS TEXT) IS NULL OR a.subject_id = $2) \
               AND (CAST($3 AS TEXT) IS NULL OR a.user_id = $3) \
               AND a.completed_at >= $4 AND a.completed_at < $5 \
             ORDER BY a.completed_at DESC, a.id DESC LIMIT $6) newest \
             ORDER BY completed_at, id";
        let values = [
            Value::Text(filter.topic_id.as_deref()),
            Value::Text(filter.subject_id.as_deref()),
            Value::Text(filter.user_id.as_deref()),
            Value::time(filter.from.unwrap_or(EARLIEST)),
            Value::time(filter.to.unwrap_or(LATEST)),
            Value::int(filter.newest.map_or(i64::MAX, |n| i64::try_from(n).unwrap_or(i64::MAX))),
        ];
        let mut connection = self.connection().await?;
        connection.session().fetch(sql, &values, read).await
    }
}
