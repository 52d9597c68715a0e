//! Table `survival_fit_meta`: fits of the survival model.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Migration, Table, double, index, integer, json, stamped, text, time};
use crate::store::Store;

const PREDICTING: Migration = Migration { version: 3, name: "survival fits that can predict" };

pub(crate) const SURVIVAL_FIT_META: Table = Table::analytics(
    "survival_fit_meta",
    &[
        text("run_id").required(),
        text("formula"),
        text("family"),
        integer("event_threshold_days"),
        json("coefficients"),
        json("hazard_ratios"),
        double("concordance"),
        integer("n"),
        integer("n_events"),
        json("survival_curve"),
        json("model").since(PREDICTING),
        stamped("fitted_at"),
        time("run_at").alias_of("fitted_at"),
    ],
)
.key(&["run_id"])
.indexes(&[index("ix_survival_fit_meta_fitted_at", "fitted_at DESC")]);

/// A row of `survival_fit_meta`.
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalFitRow {
    /// Id of the run.
    pub run_id: String,
    /// The formula.
    pub formula: String,
    /// Name of the family.
    pub family: String,
    /// Days of silence that are the event.
    pub event_threshold_days: i64,
    /// Coefficients by covariate.
    pub coefficients: Json,
    /// Hazard ratios by covariate.
    pub hazard_ratios: Json,
    /// Harrell's concordance.
    pub concordance: Option<f64>,
    /// Rows.
    pub n: i64,
    /// Rows that end with an event.
    pub n_events: i64,
    /// Survival of a student at the means of all covariates.
    pub survival_curve: Json,
    /// Everything that is needed to predict, and the quality.
    pub model: Json,
    /// When the run was made.
    pub fitted_at: DateTime<Utc>,
}

fn values(fit: &SurvivalFitRow) -> [Value<'_>; SURVIVAL_FIT_META.width()] {
    [
        Value::text(&fit.run_id),
        Value::text(&fit.formula),
        Value::text(&fit.family),
        Value::int(fit.event_threshold_days),
        Value::json(&fit.coefficients),
        Value::json(&fit.hazard_ratios),
        Value::Real(fit.concordance),
        Value::int(fit.n),
        Value::int(fit.n_events),
        Value::json(&fit.survival_curve),
        Value::json(&fit.model),
        Value::time(fit.fitted_at),
    ]
}

/// Rows of older programs lack some columns.
fn read(row: &Record<'_>) -> Result<SurvivalFitRow, Error> {
    Ok(SurvivalFitRow {
        run_id: row.get("run_id")?,
        formula: row.get_or_null("formula")?.unwrap_or_default(),
        family: row.get_or_null("family")?.unwrap_or_default(),
        event_threshold_days: row.get_or_null("event_threshold_days")?.unwrap_or_default(),
        coefficients: row.get_or_null("coefficients")?.unwrap_or_default(),
        hazard_ratios: row.get_or_null("hazard_ratios")?.unwrap_or_default(),
        concordance: row.get_or_null("concordance")?,
        n: row.get_or_null("n")?.unwrap_or_default(),
        n_events: row.get_or_null("n_events")?.unwrap_or_default(),
        survival_curve: row.get_or_null("survival_curve")?.unwrap_or_default(),
        model: row.get_or_null("model")?.unwrap_or_default(),
        fitted_at: row.get("fitted_at")?,
    })
}

impl Tx {
    /// Writes the record of a fit; a run of the same id is replaced.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_survival_fit(&mut self, fit: &SurvivalFitRow) -> Result<(), Error> {
        SURVIVAL_FIT_META.upsert().run_one(&mut self.session(), &values(fit)).await?;
        Ok(())
    }
}

impl Store {
    /// The newest fit up to an instant that can predict; `None` before the first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn latest_survival_fit(
        &self,
        until: DateTime<Utc>,
    ) -> Result<Option<SurvivalFitRow>, Error> {
        let columns = SURVIVAL_FIT_META.select();
        let sql = format!(
            "SELECT {columns} FROM survival_fit_meta \
             WHERE model IS NOT NULL AND fitted_at <= $1 AND COALESCE( \
               model -> 'fitted' -> 'cox' -> 'verdict' ->> 'status', \
               model -> 'fitted' -> 'parametric' -> 'verdict' ->> 'status', \
               model -> 'fitted' -> 'discrete' -> 'fit' -> 'verdict' ->> 'status', \
               'converged') = 'converged' \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
        );
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session.fetch_record(&columns, &sql, &[Value::time(until)], read).await
    }

    /// The fit of this id, if it can predict.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn survival_fit(&self, run_id: &str) -> Result<Option<SurvivalFitRow>, Error> {
        let columns = SURVIVAL_FIT_META.select();
        let sql = format!(
            "SELECT {columns} FROM survival_fit_meta WHERE model IS NOT NULL AND run_id = $1"
        );
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session.fetch_record(&columns, &sql, &[Value::text(run_id)], read).await
    }
}
