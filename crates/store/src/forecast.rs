//! Runs and anomalies of the time-series model (docs/contract/schema.md S15, S16).

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{
    Column, Default, Kind, Table, View, array, double, index, integer, object, ours, stamped, text,
};
use crate::store::Store;

pub(crate) const PROPHET_FIT_META: Table = Table::analytics(
    "prophet_fit_meta",
    &[
        text("run_id").required(),
        text("metric").required(),
        array("changepoints"),
        array("forecast"),
        object("fit_meta"),
        text("user_id"),
        integer("lookback_weeks"),
        integer("horizon_weeks"),
        double("anomaly_threshold"),
        stamped("fitted_at"),
    ],
)
.key(&["run_id"])
.indexes(&[
    index("ix_prophet_fit_meta_fitted_at", "fitted_at DESC"),
    index("ix_prophet_fit_meta_user_fitted", "user_id, fitted_at"),
]);

pub(crate) const PROPHET_ANOMALIES: Table = Table::analytics(
    "prophet_anomalies",
    &[
        text("run_id").required(),
        Column::new("week_start", Kind::Date).required(),
        text("metric").required(),
        double("value"),
        double("expected"),
        double("anomaly_score"),
        Column::new("flag", Kind::Bool).required().default(Default::Literal("true")),
        stamped("detected_at"),
    ],
)
.key(&["run_id", "week_start", "metric"])
.indexes(&[
    index("ix_prophet_anomalies_detected_at", "detected_at DESC"),
    index("ix_prophet_anomalies_week_metric", "week_start DESC, metric"),
]);

/// The anomalies under the names of the contract.
pub(crate) fn view() -> View {
    let columns = &[
        "run_id",
        "week",
        "week_start",
        "score",
        "flag",
        "metric",
        "value",
        "expected",
        "detected_at",
    ];
    ours("anomalies", columns, include_str!("../sql/both/anomalies.sql"))
}

/// A row of `prophet_fit_meta`.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastRow {
    /// Id of the run; that of a class or a student has `:` and their name behind it.
    pub run_id: String,
    /// What is forecast.
    pub metric: String,
    /// Changes of the slope.
    pub changepoints: Json,
    /// What comes.
    pub forecast: Json,
    /// Everything else, and what is needed to go on.
    pub fit_meta: Json,
    /// The student; `None` for a cohort or a class.
    pub user_id: Option<String>,
    /// Weeks looked at.
    pub lookback_weeks: i64,
    /// Weeks forecast.
    pub horizon_weeks: i64,
    /// |z| from which a week is an anomaly.
    pub anomaly_threshold: f64,
    /// When the run was made.
    pub fitted_at: DateTime<Utc>,
}

/// A row of `prophet_anomalies`.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomalyRow {
    /// Id of the run.
    pub run_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// What was observed.
    pub metric: String,
    /// Its value.
    pub value: Option<f64>,
    /// What the other weeks say it would be.
    pub expected: Option<f64>,
    /// Signed: the standard normal value as rare.
    pub anomaly_score: Option<f64>,
    /// Whether the threshold is reached.
    pub flag: bool,
    /// When it was found.
    pub detected_at: DateTime<Utc>,
}

fn values(fit: &ForecastRow) -> [Value<'_>; PROPHET_FIT_META.width()] {
    [
        Value::text(&fit.run_id),
        Value::text(&fit.metric),
        Value::json(&fit.changepoints),
        Value::json(&fit.forecast),
        Value::json(&fit.fit_meta),
        Value::Text(fit.user_id.as_deref()),
        Value::int(fit.lookback_weeks),
        Value::int(fit.horizon_weeks),
        Value::Real(Some(fit.anomaly_threshold)),
        Value::time(fit.fitted_at),
    ]
}

/// Rows of older programs lack some columns.
fn read(row: &Record<'_>) -> Result<ForecastRow, Error> {
    Ok(ForecastRow {
        run_id: row.get("run_id")?,
        metric: row.get("metric")?,
        changepoints: row.get_or_null("changepoints")?.unwrap_or_default(),
        forecast: row.get_or_null("forecast")?.unwrap_or_default(),
        fit_meta: row.get_or_null("fit_meta")?.unwrap_or_default(),
        user_id: row.get_or_null("user_id")?,
        lookback_weeks: row.get_or_null("lookback_weeks")?.unwrap_or_default(),
        horizon_weeks: row.get_or_null("horizon_weeks")?.unwrap_or_default(),
        anomaly_threshold: row.get_or_null("anomaly_threshold")?.unwrap_or_default(),
        fitted_at: row.get("fitted_at")?,
    })
}

fn anomaly_values(anomaly: &AnomalyRow) -> [Value<'_>; PROPHET_ANOMALIES.width()] {
    [
        Value::text(&anomaly.run_id),
        Value::date(anomaly.week_start),
        Value::text(&anomaly.metric),
        Value::Real(anomaly.value),
        Value::Real(anomaly.expected),
        Value::Real(anomaly.anomaly_score),
        Value::Bool(Some(anomaly.flag)),
        Value::time(anomaly.detected_at),
    ]
}

fn read_anomaly(row: &Record<'_>) -> Result<AnomalyRow, Error> {
    Ok(AnomalyRow {
        run_id: row.get("run_id")?,
        week_start: row.get("week_start")?,
        metric: row.get("metric")?,
        value: row.get_or_null("value")?,
        expected: row.get_or_null("expected")?,
        anomaly_score: row.get_or_null("anomaly_score")?,
        flag: row.get("flag")?,
        detected_at: row.get("detected_at")?,
    })
}

impl Tx {
    /// Writes everything a run found in the place of what a run of the same id found before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_forecasts(
        &mut self,
        run_id: &str,
        fits: &[ForecastRow],
        anomalies: &[AnomalyRow],
    ) -> Result<(), Error> {
        let parts = format!("{run_id}:%");
        for table in [PROPHET_ANOMALIES.name, PROPHET_FIT_META.name] {
            let sql = format!("DELETE FROM {table} WHERE run_id = $1 OR run_id LIKE $2");
            self.session().execute(&sql, &[Value::text(run_id), Value::text(&parts)]).await?;
        }
        let rows: Vec<Value<'_>> = fits.iter().flat_map(values).collect();
        PROPHET_FIT_META.upsert().run(&mut self.session(), &rows).await?;
        let rows: Vec<Value<'_>> = anomalies.iter().flat_map(anomaly_values).collect();
        PROPHET_ANOMALIES.upsert().run(&mut self.session(), &rows).await?;
        Ok(())
    }
}

impl Store {
    /// The newest forecast of a cohort up to an instant that converged; `None` before the first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn latest_forecast(
        &self,
        until: DateTime<Utc>,
    ) -> Result<Option<ForecastRow>, Error> {
        let columns = PROPHET_FIT_META.select();
        let sql = format!(
            "SELECT {columns} FROM prophet_fit_meta \
             WHERE user_id IS NULL AND COALESCE(fit_meta ->> 'scope', 'cohort') = 'cohort' \
               AND COALESCE(fit_meta -> 'verdict' ->> 'status', 'converged') = 'converged' \
               AND fitted_at <= $1 \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::time(until)], read).await
    }

    /// The forecast of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forecast(&self, run_id: &str) -> Result<Option<ForecastRow>, Error> {
        let columns = PROPHET_FIT_META.select();
        let sql = format!("SELECT {columns} FROM prophet_fit_meta WHERE run_id = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(run_id)], read).await
    }

    /// The forecasts of a run, of its classes and of its students, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forecasts_of_run(&self, run_id: &str) -> Result<Vec<ForecastRow>, Error> {
        let columns = PROPHET_FIT_META.select();
        let sql = format!(
            "SELECT {columns} FROM prophet_fit_meta WHERE run_id = $1 OR run_id LIKE $2 \
             ORDER BY run_id"
        );
        let parts = format!("{run_id}:%");
        let values = [Value::text(run_id), Value::text(&parts)];
        self.connection().await?.session().fetch_records(&columns, &sql, &values, read).await
    }

    /// The anomalies of a run, by week.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn anomalies(&self, run_id: &str) -> Result<Vec<AnomalyRow>, Error> {
        let columns = PROPHET_ANOMALIES.select();
        let sql = format!(
            "SELECT {columns} FROM prophet_anomalies WHERE run_id = $1 ORDER BY week_start, metric"
        );
        let values = [Value::text(run_id)];
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &values, read_anomaly).await
    }
}
