//! Questions about the database itself, and those people ask of a filled one.

use chrono::{DateTime, Utc};

use crate::engine::backend::Backend;
use crate::error::Error;
use crate::store::Store;

/// A question of docs/contract/operations.md O10 as SQL for PostgreSQL; it runs unchanged in `psql`.
#[derive(Debug, Clone, Copy)]
pub struct VerificationQuery {
    /// What it asks.
    pub question: &'static str,
    /// How.
    pub sql: &'static str,
}

const fn query(question: &'static str, sql: &'static str) -> VerificationQuery {
    VerificationQuery { question, sql }
}

/// What operators ask of a filled database.
pub const VERIFICATION_QUERIES: &[VerificationQuery] = &[
    query(
        "newest Bayesian fit",
        "SELECT run_id, formula, posterior_summary, diagnostics, fitted_at FROM growth_brms_meta \
         ORDER BY fitted_at DESC LIMIT 1",
    ),
    query(
        "week effect of the newest Bayesian fit",
        "SELECT run_id, fitted_at, posterior_summary->'week' AS week FROM growth_brms_meta \
         ORDER BY fitted_at DESC LIMIT 1",
    ),
    query(
        "probability of the goal",
        "SELECT user_id, week_start, kpis->>'P' AS p, kpis->>'sigma' AS sigma, updated_at \
         FROM weekly_kpi WHERE kpis ? 'P' AND (kpis->>'P')::float > 0.5 \
         ORDER BY (kpis->>'P')::float DESC LIMIT 10",
    ),
    query("number of Bayesian fits", "SELECT COUNT(*) FROM growth_brms_meta"),
    query(
        "improvement of the last four weeks",
        "SELECT user_id, week_start, kpis->'I_t' AS i_t FROM weekly_kpi \
         WHERE week_start >= (SELECT MAX(week_start) FROM weekly_kpi) - INTERVAL '28 days' \
         ORDER BY user_id, week_start DESC LIMIT 20",
    ),
    query(
        "abilities in the features of the last seven days",
        "SELECT user_id, date, topic_id, theta_estimate, theta_sd, attempts, correct \
         FROM features_topic_daily \
         WHERE date >= (SELECT MAX(date) FROM features_topic_daily) - INTERVAL '7 days' \
         AND theta_estimate IS NOT NULL ORDER BY date DESC LIMIT 20",
    ),
    query(
        "linking constants",
        "SELECT run_id, model_spec->'linking_constants' AS linking_constants, fitted_at \
         FROM mirt_fit_meta ORDER BY fitted_at DESC LIMIT 5",
    ),
    query("anchors", "SELECT COUNT(*) FROM question WHERE meta->'tags' @> '[\"anchor\"]'"),
    query("calibrated items", "SELECT COUNT(*), MAX(fitted_at) FROM mirt_item_params"),
    query("abilities", "SELECT COUNT(*), MAX(fitted_at) FROM mirt_ability"),
    query(
        "newest forecast",
        "SELECT run_id, jsonb_array_length(forecast) AS forecast, \
         jsonb_array_length(changepoints) AS changepoints FROM prophet_fit_meta \
         ORDER BY fitted_at DESC LIMIT 1",
    ),
    query("newest anomalies", "SELECT * FROM prophet_anomalies ORDER BY detected_at DESC LIMIT 10"),
    query(
        "newest churn model",
        "SELECT run_id, coefficients, hazard_ratios, fitted_at FROM survival_fit_meta \
         ORDER BY fitted_at DESC LIMIT 1",
    ),
    query(
        "students at risk",
        "SELECT user_id, week_start, kpis->>'S' AS s FROM weekly_kpi \
         WHERE (kpis->>'S')::float > 0.7 ORDER BY week_start DESC LIMIT 20",
    ),
    query(
        "newest reports",
        "SELECT user_id, week_start, format, url, generated_at FROM report_artifacts \
         ORDER BY generated_at DESC LIMIT 10",
    ),
];

impl Store {
    /// The clock of the database's machine; `None` where that is this one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn clock(&self) -> Result<Option<DateTime<Utc>>, Error> {
        if self.backend() == Backend::Sqlite {
            return Ok(None);
        }
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let found = session.fetch_first("SELECT clock_timestamp()", &[], |row| row.time(0)).await?;
        Ok(found.flatten())
    }
}
