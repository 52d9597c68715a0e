//! Table `features_topic_daily`: what a student did in a topic on a day.

use chrono::{DateTime, NaiveDate, Utc};

use crate::engine::record::Record;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::timestamp;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};
use crate::ledger::OUTLIVING as OF_OLD_TEMPLATES;
use crate::platform::sittings::Conditions;
use crate::schema::{Column, Default, Kind, Table, double, index, integer, stamped, text, time};
use crate::store::Store;

/// Share of right answers; null on a day without one of known correctness.
const ACCURACY: &str =
    "CASE WHEN attempts > 0 THEN CAST(correct AS DOUBLE PRECISION) / attempts END";

pub(crate) const FEATURES_TOPIC_DAILY: Table = Table::analytics(
    "features_topic_daily",
    &[
        text("user_id").required(),
        text("topic_id").required(),
        Column::new("date", Kind::Date).required(),
        count("attempts"),
        count("correct"),
        integer("avg_time_ms"),
        count("hints"),
        Column::new("theta_estimate", Kind::Numeric63),
        Column::new("theta_sd", Kind::Numeric63),
        integer("rt_median"),
        Column::new("improvement", Kind::Numeric63),
        time("last_seen_at"),
        stamped("computed_at").write_only(),
        Column::new("theta_mean", Kind::Numeric63).alias_of("theta_estimate"),
        // Names by which templates of the platform's first reports read the table.
        text("student_id").alias_of("user_id").since(OF_OLD_TEMPLATES),
        double("acc").alias_of(ACCURACY).since(OF_OLD_TEMPLATES),
    ],
)
.key(&["user_id", "topic_id", "date"])
.indexes(&[
    index("ix_features_topic_daily_topic_date", "topic_id, date"),
    index("ix_features_topic_daily_user_date", "user_id, date"),
]);

const fn count(name: &'static str) -> Column {
    integer(name).required().default(Default::Literal("0"))
}

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

/// What a student did in a span of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivitySums {
    /// Canonical text id of the student.
    pub user_id: String,
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

impl Store {
    /// What every student did from `first` to `last`, both included, by student id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn activity_sums(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<ActivitySums>, Error> {
        let sql = "SELECT user_id, CAST(COALESCE(sum(rt_median), 0) AS BIGINT), \
               CAST(count(rt_median) AS BIGINT), CAST(sum(hints) AS BIGINT), \
               CAST(count(DISTINCT date) AS BIGINT), CAST(sum(attempts) AS BIGINT) \
             FROM features_topic_daily WHERE date BETWEEN $1 AND $2 \
             GROUP BY user_id ORDER BY user_id";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let read = |row: &Row<'_>| {
            let sum = |at| row.required(at, row.int(at)?);
            Ok(ActivitySums {
                user_id: row.required(0, row.owned_text(0)?)?,
                response_times: sum(1)?,
                timed: sum(2)?,
                hints: sum(3)?,
                days: sum(4)?,
                attempts: sum(5)?,
            })
        };
        session.fetch(sql, &[Value::date(first), Value::date(last)], read).await
    }
}

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
        let replacing = FEATURES_TOPIC_DAILY.replacing(FEATURES_TOPIC_DAILY.key, &[]);
        let differing = FEATURES_TOPIC_DAILY.differing(&["computed_at"]);
        let insert =
            FEATURES_TOPIC_DAILY.insert().on_conflict(&format!("{replacing} WHERE {differing}"));
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
        let values = rows.iter().map(|row| values_of(row, computed_at));
        FEATURES_TOPIC_DAILY.insert().run_new(&mut self.session(), values).await
    }
}

impl Store {
    /// The features of the days from `first` to `last`, both included, by student, topic and day.
    pub async fn features(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<TopicDayFeatures>, Error> {
        let columns = FEATURES_TOPIC_DAILY.select();
        let sql =
            format!("SELECT {columns} FROM features_topic_daily WHERE date BETWEEN $1 AND $2");
        let days = [Value::date(first), Value::date(last)];
        let mut connection = self.connection().await?;
        let mut rows = connection.session().fetch_records(&columns, &sql, &days, read).await?;
        // A server's collation may order texts otherwise.
        rows.sort_by(|a, b| {
            (&a.user_id, &a.topic_id, a.date).cmp(&(&b.user_id, &b.topic_id, b.date))
        });
        Ok(rows)
    }
}

/// Which days of a student are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureFilter<'a> {
    /// The student.
    pub user_id: &'a str,
    /// One topic; `None` = all.
    pub topic_id: Option<&'a str>,
    /// First day.
    pub first: Option<NaiveDate>,
    /// Last day.
    pub last: Option<NaiveDate>,
    /// Those after this day and topic.
    pub after: Option<(NaiveDate, &'a str)>,
    /// So many at most.
    pub limit: u32,
}

impl Store {
    /// The features of a student, by day and topic.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_features(
        &self,
        filter: FeatureFilter<'_>,
    ) -> Result<Vec<TopicDayFeatures>, Error> {
        let mut conditions = Conditions::default();
        conditions.add("user_id = ?", Value::text(filter.user_id));
        if let Some(topic_id) = filter.topic_id {
            conditions.add("topic_id = ?", Value::text(topic_id));
        }
        if let Some(first) = filter.first {
            conditions.add("date >= ?", Value::date(first));
        }
        if let Some(last) = filter.last {
            conditions.add("date <= ?", Value::date(last));
        }
        if let Some((date, topic_id)) = filter.after {
            conditions.add("(date > ? OR date = ? AND topic_id > ", Value::date(date));
            conditions.end_with("?)", Value::text(topic_id));
        }
        let columns = FEATURES_TOPIC_DAILY.select();
        let sql = format!(
            "SELECT {columns} FROM features_topic_daily WHERE {} ORDER BY date, topic_id LIMIT {}",
            conditions.all(),
            filter.limit
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &conditions.values, read).await
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

fn read(row: &Record<'_>) -> Result<TopicDayFeatures, Error> {
    Ok(TopicDayFeatures {
        user_id: row.get("user_id")?,
        topic_id: row.get("topic_id")?,
        date: row.get("date")?,
        attempts: row.get("attempts")?,
        correct: row.get("correct")?,
        avg_time_ms: row.get_or_null("avg_time_ms")?,
        hints: row.get("hints")?,
        theta_estimate: row.get_or_null("theta_estimate")?,
        theta_sd: row.get_or_null("theta_sd")?,
        rt_median: row.get_or_null("rt_median")?,
        improvement: row.get_or_null("improvement")?,
        last_seen_at: row.get("last_seen_at")?,
    })
}

fn check(position: usize, row: &TopicDayFeatures) -> Result<(), Error> {
    let refuse = |column, fault| {
        let (table, row) = (FEATURES_TOPIC_DAILY.name, position);
        Err(Error::BadValue { table, row, column, fault })
    };
    if row.user_id.is_empty() {
        return refuse("user_id", ValueFault::Empty);
    }
    if row.topic_id.is_empty() {
        return refuse("topic_id", ValueFault::Empty);
    }
    let numbers = [
        ("theta_estimate", row.theta_estimate),
        ("theta_sd", row.theta_sd),
        ("improvement", row.improvement),
    ];
    for (column, number) in numbers {
        let bad = number.filter(|number| !(-LARGEST..=LARGEST).contains(number));
        if let Some(found) = bad {
            let (of, range) = (row.user_id.clone(), "between -999.999 and 999.999");
            return refuse(column, ValueFault::Range { of, found, range });
        }
    }
    let counts = [
        ("attempts", Some(row.attempts)),
        ("correct", Some(row.correct)),
        ("avg_time_ms", row.avg_time_ms),
        ("rt_median", row.rt_median),
        ("hints", Some(row.hints)),
    ];
    for (column, number) in counts {
        if number.is_some_and(|number| i32::try_from(number).is_err()) {
            return refuse(column, ValueFault::TooLarge);
        }
    }
    if !timestamp::is_storable(row.last_seen_at) {
        return refuse("last_seen_at", ValueFault::Year);
    }
    Ok(())
}

/// Both engines get the rounded number, so that they hold the same one.
fn rounded(number: Option<f64>) -> Value<'static> {
    Value::Thousandths(number.map(|number| (number * THOUSAND).round() as i32))
}

/// Counts and times are checked to fit.
fn whole(number: Option<u32>) -> Value<'static> {
    Value::Int4(number.map(|number| number as i32))
}

fn values_of(
    row: &TopicDayFeatures,
    computed_at: DateTime<Utc>,
) -> [Value<'_>; FEATURES_TOPIC_DAILY.width()] {
    [
        Value::text(&row.user_id),
        Value::text(&row.topic_id),
        Value::date(row.date),
        whole(Some(row.attempts)),
        whole(Some(row.correct)),
        whole(row.avg_time_ms),
        whole(Some(row.hints)),
        rounded(row.theta_estimate),
        rounded(row.theta_sd),
        whole(row.rt_median),
        rounded(row.improvement),
        Value::time(row.last_seen_at),
        Value::time(computed_at),
    ]
}
