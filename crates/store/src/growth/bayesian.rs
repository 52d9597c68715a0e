//! Table `growth_brms_meta`: fits of the Bayesian growth model.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, index, json, object, stamped, text};
use crate::store::Store;

pub(crate) const GROWTH_BRMS_META: Table = Table::analytics(
    "growth_brms_meta",
    &[
        text("run_id").required(),
        text("formula").required(),
        object("priors"),
        object("posterior_summary"),
        object("diagnostics"),
        object("settings"),
        // Large, and nobody reads them with the rest.
        json("predictions").write_only(),
        stamped("fitted_at"),
    ],
)
.key(&["run_id"])
.indexes(&[index("ix_growth_brms_meta_fitted_at", "fitted_at DESC")]);

/// A row of `growth_brms_meta`: one fit of the Bayesian growth model.
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthFitRow {
    /// Id of the run.
    pub run_id: String,
    /// The formula.
    pub formula: String,
    /// Priors by parameter.
    pub priors: Json,
    /// Posterior by parameter.
    pub posterior_summary: Json,
    /// Convergence; `verdict` is the text `converged` when the fit may be used without a second look.
    pub diagnostics: Json,
    /// What was asked for, the scale of the scores, and what predicts.
    pub settings: Json,
    /// Probabilities by student; `None` = not kept.
    pub predictions: Option<Json>,
    /// When the run was made.
    pub fitted_at: DateTime<Utc>,
}

impl Tx {
    /// Writes the record of a fit; a run of the same id is replaced.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_growth_fit(&mut self, fit: &GrowthFitRow) -> Result<(), Error> {
        GROWTH_BRMS_META.upsert().run_one(&mut self.session(), &values(fit)).await?;
        Ok(())
    }
}

impl Store {
    /// The newest fit up to an instant that converged; without its predictions. `None` before the
    /// first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn latest_growth_fit(
        &self,
        until: DateTime<Utc>,
    ) -> Result<Option<GrowthFitRow>, Error> {
        let columns = GROWTH_BRMS_META.select();
        let sql = format!(
            "SELECT {columns} FROM growth_brms_meta \
             WHERE diagnostics ->> 'verdict' = 'converged' AND fitted_at <= $1 \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::time(until)], read).await
    }

    /// The converged fits that were the newest at some instant from `from` to `to`, oldest first;
    /// without their predictions.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn converged_growth_fits(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<GrowthFitRow>, Error> {
        let columns = GROWTH_BRMS_META.select();
        let sql = format!(
            "SELECT {columns} FROM growth_brms_meta \
             WHERE diagnostics ->> 'verdict' = 'converged' AND fitted_at <= $2 \
               AND fitted_at >= COALESCE((SELECT max(fitted_at) FROM growth_brms_meta \
                 WHERE diagnostics ->> 'verdict' = 'converged' AND fitted_at <= $1), $1) \
             ORDER BY fitted_at, run_id"
        );
        let mut connection = self.connection().await?;
        let window = [Value::time(from), Value::time(to)];
        connection.session().fetch_records(&columns, &sql, &window, read).await
    }

    /// The settings of the newest fit up to an instant whose scores came from `source`; `None`
    /// before the first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn latest_growth_settings(
        &self,
        source: &str,
        until: DateTime<Utc>,
    ) -> Result<Option<Json>, Error> {
        let sql = "SELECT settings FROM growth_brms_meta \
             WHERE fitted_at <= $1 AND settings -> 'scale' ->> 'source' = $2 \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let values = [Value::time(until), Value::text(source)];
        Ok(session.fetch_first(sql, &values, |row| row.json(0)).await?.flatten())
    }

    /// The fit of this id, without its predictions.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn growth_fit(&self, run_id: &str) -> Result<Option<GrowthFitRow>, Error> {
        let columns = GROWTH_BRMS_META.select();
        let sql = format!("SELECT {columns} FROM growth_brms_meta WHERE run_id = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(run_id)], read).await
    }

    /// How well the chains of the newest fit agree, whether it converged or not, and when it was made.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_growth_diagnostics(&self) -> Result<Option<(Json, DateTime<Utc>)>, Error> {
        let sql = "SELECT diagnostics, fitted_at FROM growth_brms_meta \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1";
        let read =
            |row: &Row<'_>| Ok((row.required(0, row.json(0)?)?, row.required(1, row.time(1)?)?));
        self.connection().await?.session().fetch_first(sql, &[], read).await
    }

    /// What a fit said of every student; `None` where it was not kept or the fit is unknown.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn growth_predictions(&self, run_id: &str) -> Result<Option<Json>, Error> {
        let sql = "SELECT predictions FROM growth_brms_meta WHERE run_id = $1";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let found = session.fetch_first(sql, &[Value::text(run_id)], |row| row.json(0)).await?;
        Ok(found.flatten())
    }
}

fn values(fit: &GrowthFitRow) -> [Value<'_>; GROWTH_BRMS_META.width()] {
    [
        Value::text(&fit.run_id),
        Value::text(&fit.formula),
        Value::json(&fit.priors),
        Value::json(&fit.posterior_summary),
        Value::json(&fit.diagnostics),
        Value::json(&fit.settings),
        Value::Json(fit.predictions.as_ref()),
        Value::time(fit.fitted_at),
    ]
}

fn read(row: &Record<'_>) -> Result<GrowthFitRow, Error> {
    Ok(GrowthFitRow {
        run_id: row.get("run_id")?,
        formula: row.get("formula")?,
        priors: row.get("priors")?,
        posterior_summary: row.get("posterior_summary")?,
        diagnostics: row.get("diagnostics")?,
        settings: row.get("settings")?,
        predictions: None,
        fitted_at: row.get("fitted_at")?,
    })
}
