//! Table `weekly_kpi` and reading it.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value as Json};

use crate::engine::record::Record;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, gin, index, object, stamped, text};
use crate::store::Store;

pub(crate) const WEEKLY_KPI: Table = Table::analytics(
    "weekly_kpi",
    &[
        text("user_id").required(),
        Column::new("week_start", Kind::Date)
            .required()
            .check_each("EXTRACT(ISODOW FROM week_start) = 1", "strftime('%w', week_start) = '1'"),
        object("kpis"),
        stamped("created_at").unused(),
        stamped("updated_at").read_only(),
    ],
)
.key(&["user_id", "week_start"])
.indexes(&[
    index("ix_weekly_kpi_week_start", "week_start"),
    // Keys and values are always looked for together (`@>`), and this class indexes a row for half
    // the work of the default one.
    gin("ix_weekly_kpi_kpis", "kpis jsonb_path_ops"),
]);

/// One row of `weekly_kpi`.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklyKpi {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Values by key (docs/contract/metrics.md M10).
    pub kpis: Map<String, Json>,
    /// When the content last changed.
    pub updated_at: DateTime<Utc>,
}

/// What segments are made of, of one student and week; `None` = not known.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentKpis {
    /// Canonical text id of the student.
    pub user_id: String,
    /// A_t, I_t, E_t, R_t, sessions, mean_gap.
    pub values: [Option<f64>; 6],
}

fn read(row: &Record<'_>) -> Result<WeeklyKpi, Error> {
    let kpis = match row.get_or_null("kpis")? {
        Some(Json::Object(kpis)) => kpis,
        _ => Map::new(),
    };
    Ok(WeeklyKpi {
        user_id: row.get("user_id")?,
        week_start: row.get("week_start")?,
        kpis,
        updated_at: row.get("updated_at")?,
    })
}

impl Store {
    /// The rows of one week, by student id.
    pub async fn weekly_kpi(&self, week_start: NaiveDate) -> Result<Vec<WeeklyKpi>, Error> {
        self.weekly_kpi_range(week_start, week_start).await
    }

    /// The rows of the weeks from `first` to `last`, both included, by student id and week.
    pub async fn weekly_kpi_range(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        let columns = WEEKLY_KPI.select();
        let sql = format!(
            "SELECT {columns} FROM weekly_kpi WHERE week_start BETWEEN $1 AND $2 \
             ORDER BY user_id, week_start"
        );
        let window = [Value::date(first), Value::date(last)];
        self.connection().await?.session().fetch_records(&columns, &sql, &window, read).await
    }

    /// KPI rows of the weeks from `first` to `last`, both included, newest first, `most` at most.
    pub async fn student_weekly_kpi(
        &self,
        user_id: &str,
        first: NaiveDate,
        last: NaiveDate,
        most: u32,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        of_student(&mut self.connection().await?.session(), user_id, first, last, most).await
    }

    /// The rows of the weeks from `first` to `last`, both included, whose P or S a fitted model
    /// wrote (`P_source` is `brms`, `S_source` is `survival`), by student id and week.
    pub async fn fitted_kpis(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        fitted(&mut self.connection().await?.session(), first, last).await
    }

    /// I_t of the weeks from `first` to `last`, both included, where it is known, by student id and
    /// week.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn weekly_improvement(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<(String, NaiveDate, f64)>, Error> {
        let sql = "SELECT user_id, week_start, CAST(kpis ->> 'I_t' AS DOUBLE PRECISION) \
             FROM weekly_kpi \
             WHERE week_start BETWEEN $1 AND $2 AND kpis ->> 'I_t' IS NOT NULL \
             ORDER BY user_id, week_start";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let read = |row: &Row<'_>| {
            let user_id = row.required(0, row.owned_text(0)?)?;
            Ok((user_id, row.required(1, row.date(1)?)?, row.required(2, row.real(2)?)?))
        };
        session.fetch(sql, &[Value::date(first), Value::date(last)], read).await
    }

    /// What segments are made of, of the weeks from `first` to `last`, both included, by student id
    /// and week.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn segment_kpis(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<SegmentKpis>, Error> {
        let keys = ["A_t", "I_t", "E_t", "R_t", "sessions", "mean_gap"];
        let columns = keys.map(|key| format!("CAST(kpis ->> '{key}' AS DOUBLE PRECISION)"));
        let sql = format!(
            "SELECT user_id, {} FROM weekly_kpi WHERE week_start BETWEEN $1 AND $2 \
             ORDER BY user_id, week_start",
            columns.join(", ")
        );
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let read = |row: &Row<'_>| {
            let user_id = row.required(0, row.owned_text(0)?)?;
            let mut values = [None; 6];
            for (at, value) in values.iter_mut().enumerate() {
                *value = row.real(at + 1)?;
            }
            Ok(SegmentKpis { user_id, values })
        };
        session.fetch(&sql, &[Value::date(first), Value::date(last)], read).await
    }

    /// The churn risks S of a week that are known, in no particular order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn week_risks(&self, week_start: NaiveDate) -> Result<Vec<f64>, Error> {
        let sql = "SELECT CAST(kpis ->> 'S' AS DOUBLE PRECISION) FROM weekly_kpi \
             WHERE week_start = $1 AND kpis ->> 'S' IS NOT NULL";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let read = |row: &Row<'_>| row.required(0, row.real(0)?);
        session.fetch(sql, &[Value::date(week_start)], read).await
    }

    /// The churn risk S of every student of a week whose risk is known, by student.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_risks(&self, week_start: NaiveDate) -> Result<Vec<(String, f64)>, Error> {
        let sql = "SELECT user_id, CAST(kpis ->> 'S' AS DOUBLE PRECISION) FROM weekly_kpi \
             WHERE week_start = $1 AND kpis ->> 'S' IS NOT NULL ORDER BY user_id";
        let read = |row: &Row<'_>| {
            Ok((row.required(0, row.owned_text(0)?)?, row.required(1, row.real(1)?)?))
        };
        let mut connection = self.connection().await?;
        connection.session().fetch(sql, &[Value::date(week_start)], read).await
    }

    /// Monday of the newest week with KPIs; `None` before the first.
    pub async fn newest_kpi_week(&self) -> Result<Option<NaiveDate>, Error> {
        let sql = "SELECT max(week_start) FROM weekly_kpi";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        Ok(session.fetch_first(sql, &[], |row| row.date(0)).await?.flatten())
    }

    /// Monday of the newest week with KPIs that began on `day` or before; `None` where there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_kpi_week_until(&self, day: NaiveDate) -> Result<Option<NaiveDate>, Error> {
        let sql = "SELECT max(week_start) FROM weekly_kpi WHERE week_start <= $1";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        Ok(session.fetch_first(sql, &[Value::date(day)], |row| row.date(0)).await?.flatten())
    }
}

impl Tx {
    /// As [`Store::student_weekly_kpi`], all of them, seen from inside this transaction.
    pub async fn student_weekly_kpi(
        &mut self,
        user_id: &str,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        of_student(&mut self.session(), user_id, first, last, u32::MAX).await
    }

    /// As [`Store::fitted_kpis`], seen from inside this transaction.
    pub async fn fitted_kpis(
        &mut self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        fitted(&mut self.session(), first, last).await
    }

    /// Monday of the newest `weekly_kpi` row of every student that has one up to `until`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_kpi_rows(
        &mut self,
        until: NaiveDate,
    ) -> Result<Vec<(String, NaiveDate)>, Error> {
        let sql = "SELECT user_id, max(week_start) FROM weekly_kpi WHERE week_start <= $1 \
             GROUP BY user_id ORDER BY user_id";
        self.session()
            .fetch(sql, &[Value::date(until)], |row| {
                Ok((row.required(0, row.owned_text(0)?)?, row.required(1, row.date(1)?)?))
            })
            .await
    }

    /// Of every student that has a `weekly_kpi` row up to `until` the newest one: its Monday and its
    /// `reasons`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_kpi_reasons(
        &mut self,
        until: NaiveDate,
    ) -> Result<Vec<(String, NaiveDate, Option<Json>)>, Error> {
        let sql = "SELECT w.user_id, w.week_start, w.kpis -> 'reasons' FROM weekly_kpi w \
             JOIN (SELECT user_id, max(week_start) AS week_start FROM weekly_kpi \
               WHERE week_start <= $1 GROUP BY user_id) newest \
             ON newest.user_id = w.user_id AND newest.week_start = w.week_start \
             ORDER BY w.user_id";
        self.session()
            .fetch(sql, &[Value::date(until)], |row| {
                let user_id = row.required(0, row.owned_text(0)?)?;
                Ok((user_id, row.required(1, row.date(1)?)?, row.json(2)?))
            })
            .await
    }
}

async fn of_student(
    session: &mut Session<'_>,
    user_id: &str,
    first: NaiveDate,
    last: NaiveDate,
    most: u32,
) -> Result<Vec<WeeklyKpi>, Error> {
    let columns = WEEKLY_KPI.select();
    let sql = format!(
        "SELECT {columns} FROM weekly_kpi WHERE user_id = $1 AND week_start BETWEEN $2 AND $3 \
         ORDER BY week_start DESC LIMIT $4"
    );
    let values =
        [Value::text(user_id), Value::date(first), Value::date(last), Value::int(i64::from(most))];
    session.fetch_records(&columns, &sql, &values, read).await
}

async fn fitted(
    session: &mut Session<'_>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<WeeklyKpi>, Error> {
    let columns = WEEKLY_KPI.select();
    let sql = format!(
        "SELECT {columns} FROM weekly_kpi WHERE week_start BETWEEN $1 AND $2 \
           AND (kpis ->> 'P_source' = 'brms' OR kpis ->> 'S_source' = 'survival') \
         ORDER BY user_id, week_start"
    );
    let weeks = [Value::date(first), Value::date(last)];
    session.fetch_records(&columns, &sql, &weeks, read).await
}
