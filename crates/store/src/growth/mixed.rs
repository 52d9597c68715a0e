//! Table `growth_glmm_meta`: fits of mixed models of progress.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, index, json, object, stamped, text};
use crate::store::Store;

pub(crate) const GROWTH_GLMM_META: Table = Table::analytics(
    "growth_glmm_meta",
    &[
        text("run_id").required(),
        object("model_spec"),
        object("metrics"),
        text("formula"),
        json("fixed_effects"),
        json("random_effects_summary"),
        json("fit_metrics"),
        stamped("fitted_at"),
    ],
)
.key(&["run_id"])
.indexes(&[index("ix_growth_glmm_meta_fitted_at", "fitted_at DESC")]);

/// A row of `growth_glmm_meta`: one fit of a mixed model of progress.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgressFitRow {
    /// Id of the run.
    pub run_id: String,
    /// What was fitted: formula, family, weeks and rows.
    pub model_spec: Json,
    /// Figures of the fit, with how it ended.
    pub metrics: Json,
    /// The formula; `None` in rows of another writer.
    pub formula: Option<String>,
    /// Fixed effects by name.
    pub fixed_effects: Option<Json>,
    /// Numbers of slopes and intercepts, and how much they vary.
    pub random_effects_summary: Option<Json>,
    /// Figures of the fit alone.
    pub fit_metrics: Option<Json>,
    /// When the run was made.
    pub fitted_at: DateTime<Utc>,
}

impl Tx {
    /// Writes the record of a fit; a run of the same id is replaced.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_progress_fit(&mut self, fit: &ProgressFitRow) -> Result<(), Error> {
        GROWTH_GLMM_META.upsert().run_one(&mut self.session(), &values(fit)).await?;
        Ok(())
    }
}

impl Store {
    /// The newest fit up to an instant; `None` before the first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn latest_progress_fit(
        &self,
        until: DateTime<Utc>,
    ) -> Result<Option<ProgressFitRow>, Error> {
        let columns = GROWTH_GLMM_META.select();
        let sql = format!(
            "SELECT {columns} FROM growth_glmm_meta WHERE fitted_at <= $1 \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::time(until)], read).await
    }
}

fn values(fit: &ProgressFitRow) -> [Value<'_>; GROWTH_GLMM_META.width()] {
    [
        Value::text(&fit.run_id),
        Value::json(&fit.model_spec),
        Value::json(&fit.metrics),
        Value::Text(fit.formula.as_deref()),
        Value::Json(fit.fixed_effects.as_ref()),
        Value::Json(fit.random_effects_summary.as_ref()),
        Value::Json(fit.fit_metrics.as_ref()),
        Value::time(fit.fitted_at),
    ]
}

fn read(row: &Record<'_>) -> Result<ProgressFitRow, Error> {
    Ok(ProgressFitRow {
        run_id: row.get("run_id")?,
        model_spec: row.get("model_spec")?,
        metrics: row.get("metrics")?,
        formula: row.get_or_null("formula")?,
        fixed_effects: row.get_or_null("fixed_effects")?,
        random_effects_summary: row.get_or_null("random_effects_summary")?,
        fit_metrics: row.get_or_null("fit_metrics")?,
        fitted_at: row.get("fitted_at")?,
    })
}
