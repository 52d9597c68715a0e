use chrono::{DateTime, NaiveDate, Utc};

use crate::bulk::BulkInsert;
use crate::error::Error;
use crate::row::Row;
use crate::session::Session;
use crate::store::Store;
use crate::timestamp;
use crate::tx::Tx;
use crate::value::Value;

/// Rows sent at a time: bounds the memory of a long backfill.
const BATCH: usize = 50_000;
/// The columns θ, its error and the improvement have three decimals and three digits before them.
const THOUSAND: f64 = 1000.0;
const LARGEST: f64 = 999.999;

/// One row of `features_topic_daily`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicDayFeatures {
    /// Canonical text id of the student.
    pub user_id: String,
    /// The topic.
    pub topic_id: String,
    /// The UTC day.
    pub date: NaiveDate,
    /// Answers of known correctness.
    pub attempts: u32,
    /// Right ones among them.
    pub correct: u32,
    /// Mean response time in milliseconds; `None` = not recorded.
    pub avg_time_ms: Option<u32>,
    /// Median response time in milliseconds; `None` = not recorded.
    pub rt_median: Option<u32>,
    /// Answers for which a hint was used.
    pub hints: u32,
    /// Ability at the end of the day, kept to three decimals; `None` = not known or not asked for.
    pub theta_estimate: Option<f64>,
    /// Its standard error, kept to three decimals.
    pub theta_sd: Option<f64>,
    /// I_t of the student as of the day, kept to three decimals.
    pub improvement: Option<f64>,
    /// The last answer of the day in the topic.
    pub last_seen_at: DateTime<Utc>,
}

/// What a write of features did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeaturesWritten {
    /// Rows that are new or whose content changed.
    pub changed: u64,
    /// Rows that already held every value; their `computed_at` stays.
    pub unchanged: u64,
}

const COLUMNS: &[&str] = &[
    "user_id",
    "topic_id",
    "date",
    "attempts",
    "correct",
    "avg_time_ms",
    "rt_median",
    "hints",
    "theta_estimate",
    "theta_sd",
    "improvement",
    "last_seen_at",
    "computed_at",
];
const ON_CONFLICT: &str = "ON CONFLICT (user_id, topic_id, date) DO UPDATE SET \
    attempts = excluded.attempts, correct = excluded.correct, \
    avg_time_ms = excluded.avg_time_ms, rt_median = excluded.rt_median, hints = excluded.hints, \
    theta_estimate = excluded.theta_estimate, theta_sd = excluded.theta_sd, \
    improvement = excluded.improvement, last_seen_at = excluded.last_seen_at, \
    computed_at = excluded.computed_at \
    WHERE features_topic_daily.attempts IS DISTINCT FROM excluded.attempts \
    OR features_topic_daily.correct IS DISTINCT FROM excluded.correct \
    OR features_topic_daily.avg_time_ms IS DISTINCT FROM excluded.avg_time_ms \
    OR features_topic_daily.rt_median IS DISTINCT FROM excluded.rt_median \
    OR features_topic_daily.hints IS DISTINCT FROM excluded.hints \
    OR features_topic_daily.theta_estimate IS DISTINCT FROM excluded.theta_estimate \
    OR features_topic_daily.theta_sd IS DISTINCT FROM excluded.theta_sd \
    OR features_topic_daily.improvement IS DISTINCT FROM excluded.improvement \
    OR features_topic_daily.last_seen_at IS DISTINCT FROM excluded.last_seen_at";

impl Tx {
    /// Writes features; a row of the same student, topic and day is replaced when anything in it
    /// differs.
    ///
    /// # Errors
    /// [`Error::BadValue`] for an empty id, a number the column cannot hold, or a year outside
    /// 1–9999; nothing of the call is written then.
    pub async fn write_features(
        &mut self,
        rows: &[TopicDayFeatures],
        computed_at: DateTime<Utc>,
    ) -> Result<FeaturesWritten, Error> {
        for (position, row) in rows.iter().enumerate() {
            check(position, row)?;
        }
        let insert = BulkInsert {
            table: "features_topic_daily",
            columns: COLUMNS,
            on_conflict: ON_CONFLICT,
        };
        let mut changed = 0;
        for batch in rows.chunks(BATCH) {
            let values: Vec<Value<'_>> =
                batch.iter().flat_map(|row| values_of(row, computed_at)).collect();
            changed += insert.run(&mut self.session(), &values).await?;
        }
        Ok(FeaturesWritten { changed, unchanged: rows.len() as u64 - changed })
    }

    /// Whether no features of the days from `first` to `last` are there. When it says so, other
    /// writers wait until this transaction ends; readers do not.
    pub async fn claim_days_without_features(
        &mut self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<bool, Error> {
        let mut session = self.session();
        if has_features(&mut session, first, last).await? {
            return Ok(false);
        }
        if matches!(session, Session::Postgres(_)) {
            let lock = "LOCK TABLE features_topic_daily IN SHARE ROW EXCLUSIVE MODE";
            session.execute_script(lock).await?;
        }
        Ok(!has_features(&mut session, first, last).await?)
    }

    /// Adds features that are known to be new ([`Tx::claim_days_without_features`]), which is
    /// faster than [`Tx::write_features`].
    ///
    /// # Errors
    /// As [`Tx::write_features`]; a failed statement when a row is there already.
    pub async fn insert_features(
        &mut self,
        rows: &[TopicDayFeatures],
        computed_at: DateTime<Utc>,
    ) -> Result<u64, Error> {
        for (position, row) in rows.iter().enumerate() {
            check(position, row)?;
        }
        let insert =
            BulkInsert { table: "features_topic_daily", columns: COLUMNS, on_conflict: "" };
        let values = rows.iter().map(|row| values_of(row, computed_at));
        insert.run_new(&mut self.session(), values).await
    }
}

impl Store {
    /// The features of the days from `first` to `last`, both included, by student, topic and day.
    pub async fn features(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<TopicDayFeatures>, Error> {
        let sql = "SELECT user_id, topic_id, date, CAST(attempts AS BIGINT), \
             CAST(correct AS BIGINT), CAST(avg_time_ms AS BIGINT), CAST(rt_median AS BIGINT), \
             CAST(hints AS BIGINT), CAST(theta_estimate AS DOUBLE PRECISION), \
             CAST(theta_sd AS DOUBLE PRECISION), CAST(improvement AS DOUBLE PRECISION), \
             last_seen_at FROM features_topic_daily WHERE date BETWEEN $1 AND $2";
        let days = [Value::date(first), Value::date(last)];
        let mut rows = self.connection().await?.session().fetch(sql, &days, read).await?;
        // A server's collation may order texts otherwise.
        rows.sort_by(|a, b| {
            (&a.user_id, &a.topic_id, a.date).cmp(&(&b.user_id, &b.topic_id, b.date))
        });
        Ok(rows)
    }
}

async fn has_features(
    session: &mut Session<'_>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<bool, Error> {
    let sql =
        "SELECT CAST(1 AS BIGINT) FROM features_topic_daily WHERE date BETWEEN $1 AND $2 LIMIT 1";
    let days = [Value::date(first), Value::date(last)];
    Ok(session.fetch_first(sql, &days, |row| row.int(0)).await?.is_some())
}

fn read(row: &Row<'_>) -> Result<TopicDayFeatures, Error> {
    let count = |column| Ok(row.int(column)?.and_then(|number| u32::try_from(number).ok()));
    Ok(TopicDayFeatures {
        user_id: row.required(0, row.owned_text(0)?)?,
        topic_id: row.required(1, row.owned_text(1)?)?,
        date: row.required(2, row.date(2)?)?,
        attempts: row.required(3, count(3)?)?,
        correct: row.required(4, count(4)?)?,
        avg_time_ms: count(5)?,
        rt_median: count(6)?,
        hints: row.required(7, count(7)?)?,
        theta_estimate: row.real(8)?,
        theta_sd: row.real(9)?,
        improvement: row.real(10)?,
        last_seen_at: row.required(11, row.time(11)?)?,
    })
}

fn check(position: usize, row: &TopicDayFeatures) -> Result<(), Error> {
    let refuse = |column, reason: &str| {
        let (table, row) = ("features_topic_daily", position);
        Err(Error::BadValue { table, row, column, reason: reason.to_owned() })
    };
    if row.user_id.is_empty() {
        return refuse("user_id", "is empty");
    }
    if row.topic_id.is_empty() {
        return refuse("topic_id", "is empty");
    }
    let numbers = [
        ("theta_estimate", row.theta_estimate),
        ("theta_sd", row.theta_sd),
        ("improvement", row.improvement),
    ];
    for (column, number) in numbers {
        if number.is_some_and(|number| !(-LARGEST..=LARGEST).contains(&number)) {
            return refuse(column, "is not a number between -999.999 and 999.999");
        }
    }
    let whole = [
        ("attempts", Some(row.attempts)),
        ("correct", Some(row.correct)),
        ("avg_time_ms", row.avg_time_ms),
        ("rt_median", row.rt_median),
        ("hints", Some(row.hints)),
    ];
    for (column, number) in whole {
        if number.is_some_and(|number| i32::try_from(number).is_err()) {
            return refuse(column, "is above 2147483647");
        }
    }
    if !timestamp::is_storable(row.last_seen_at) {
        return refuse("last_seen_at", "has a year outside 1 to 9999");
    }
    Ok(())
}

/// Both engines get the rounded number, so that they hold the same one.
fn rounded(number: Option<f64>) -> Value<'static> {
    Value::Thousandths(number.map(|number| (number * THOUSAND).round() as i32))
}

/// Counts and times are checked to fit.
fn integer(number: Option<u32>) -> Value<'static> {
    Value::Int4(number.map(|number| number as i32))
}

fn values_of(row: &TopicDayFeatures, computed_at: DateTime<Utc>) -> [Value<'_>; 13] {
    [
        Value::text(&row.user_id),
        Value::text(&row.topic_id),
        Value::date(row.date),
        integer(Some(row.attempts)),
        integer(Some(row.correct)),
        integer(row.avg_time_ms),
        integer(row.rt_median),
        integer(Some(row.hints)),
        rounded(row.theta_estimate),
        rounded(row.theta_sd),
        rounded(row.improvement),
        Value::time(row.last_seen_at),
        Value::time(computed_at),
    ]
}
