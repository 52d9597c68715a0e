//! Questions about the database itself, and those people ask of a filled one.

use chrono::{DateTime, Utc};

use crate::engine::backend::Backend;
use crate::error::Error;
use crate::store::Store;

/// A question of docs/contract/operations.md O10 as SQL of either engine; it runs unchanged in `psql` and
/// `sqlite3`.
#[derive(Debug, Clone, Copy)]
pub struct VerificationQuery {
    /// What it asks.
    pub question: &'static str,
    /// How PostgreSQL is asked.
    pub postgres: &'static str,
    /// How SQLite 3.38 or newer is asked.
    pub sqlite: &'static str,
}

impl VerificationQuery {
    /// How that engine is asked.
    pub fn sql(&self, backend: Backend) -> &'static str {
        match backend {
            Backend::Postgres => self.postgres,
            Backend::Sqlite => self.sqlite,
        }
    }
}

/// A question that both engines are asked in the same words.
const fn same(question: &'static str, sql: &'static str) -> VerificationQuery {
    VerificationQuery { question, postgres: sql, sqlite: sql }
}

const fn query(
    question: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
) -> VerificationQuery {
    VerificationQuery { question, postgres, sqlite }
}

/// What operators ask of a filled database.
pub const VERIFICATION_QUERIES: &[VerificationQuery] = &[
    same(
        "newest Bayesian fit",
        "SELECT run_id, formula, posterior_summary, diagnostics, fitted_at FROM growth_brms_meta \
         ORDER BY fitted_at DESC LIMIT 1",
    ),
    same(
        "week effect of the newest Bayesian fit",
        "SELECT run_id, fitted_at, posterior_summary->'week' AS week FROM growth_brms_meta \
         ORDER BY fitted_at DESC LIMIT 1",
    ),
    query(
        "probability of the goal",
        "SELECT user_id, week_start, kpis->>'P' AS p, kpis->>'sigma' AS sigma, updated_at \
         FROM weekly_kpi WHERE kpis ? 'P' AND (kpis->>'P')::float > 0.5 \
         ORDER BY (kpis->>'P')::float DESC LIMIT 10",
        "SELECT user_id, week_start, kpis->>'P' AS p, kpis->>'sigma' AS sigma, updated_at \
         FROM weekly_kpi WHERE CAST(kpis->>'P' AS REAL) > 0.5 \
         ORDER BY CAST(kpis->>'P' AS REAL) DESC LIMIT 10",
    ),
    same("number of Bayesian fits", "SELECT COUNT(*) FROM growth_brms_meta"),
    query(
        "improvement of the last four weeks",
        "SELECT user_id, week_start, kpis->'I_t' AS i_t FROM weekly_kpi \
         WHERE week_start >= (SELECT MAX(week_start) FROM weekly_kpi) - INTERVAL '28 days' \
         ORDER BY user_id, week_start DESC LIMIT 20",
        "SELECT user_id, week_start, kpis->'I_t' AS i_t FROM weekly_kpi \
         WHERE week_start >= (SELECT date(MAX(week_start), '-28 days') FROM weekly_kpi) \
         ORDER BY user_id, week_start DESC LIMIT 20",
    ),
    query(
        "abilities in the features of the last seven days",
        "SELECT user_id, date, topic_id, theta_estimate, theta_sd, attempts, correct \
         FROM features_topic_daily \
         WHERE date >= (SELECT MAX(date) FROM features_topic_daily) - INTERVAL '7 days' \
         AND theta_estimate IS NOT NULL ORDER BY date DESC LIMIT 20",
        "SELECT user_id, date, topic_id, theta_estimate, theta_sd, attempts, correct \
         FROM features_topic_daily \
         WHERE date >= (SELECT date(MAX(date), '-7 days') FROM features_topic_daily) \
         AND theta_estimate IS NOT NULL ORDER BY date DESC LIMIT 20",
    ),
    same(
        "number of features with an ability",
        "SELECT COUNT(*) FROM features_topic_daily WHERE theta_estimate IS NOT NULL",
    ),
    same(
        "linking constants",
        "SELECT run_id, model_spec->'linking_constants' AS linking_constants, fitted_at \
         FROM mirt_fit_meta ORDER BY fitted_at DESC LIMIT 5",
    ),
    query(
        "anchors",
        "SELECT COUNT(*) FROM question WHERE meta->'tags' @> '[\"anchor\"]'",
        "SELECT COUNT(*) FROM question WHERE EXISTS \
         (SELECT 1 FROM json_each(meta, '$.tags') WHERE value = 'anchor')",
    ),
    same("calibrated items", "SELECT COUNT(*), MAX(fitted_at) FROM mirt_item_params"),
    same("abilities", "SELECT COUNT(*), MAX(fitted_at) FROM mirt_ability"),
    query(
        "newest forecast",
        "SELECT run_id, jsonb_array_length(forecast) AS forecast, \
         jsonb_array_length(changepoints) AS changepoints FROM prophet_fit_meta \
         ORDER BY fitted_at DESC LIMIT 1",
        "SELECT run_id, json_array_length(forecast) AS forecast, \
         json_array_length(changepoints) AS changepoints FROM prophet_fit_meta \
         ORDER BY fitted_at DESC LIMIT 1",
    ),
    same("newest anomalies", "SELECT * FROM prophet_anomalies ORDER BY detected_at DESC LIMIT 10"),
    same(
        "newest churn model",
        "SELECT run_id, coefficients, hazard_ratios, fitted_at FROM survival_fit_meta \
         ORDER BY fitted_at DESC LIMIT 1",
    ),
    query(
        "students at risk",
        "SELECT user_id, week_start, kpis->>'S' AS s FROM weekly_kpi \
         WHERE (kpis->>'S')::float > 0.7 ORDER BY week_start DESC LIMIT 20",
        "SELECT user_id, week_start, kpis->>'S' AS s FROM weekly_kpi \
         WHERE CAST(kpis->>'S' AS REAL) > 0.7 ORDER BY week_start DESC LIMIT 20",
    ),
    same(
        "newest reports",
        "SELECT user_id, week_start, format, url, generated_at FROM report_artifacts \
         ORDER BY generated_at DESC LIMIT 10",
    ),
    query(
        "reports of each week of the last 30 days",
        "SELECT week_start, COUNT(*) FROM report_artifacts \
         WHERE generated_at >= now() - INTERVAL '30 days' GROUP BY week_start ORDER BY week_start",
        "SELECT week_start, COUNT(*) FROM report_artifacts \
         WHERE generated_at >= strftime('%Y-%m-%dT%H:%M:%f', 'now', '-30 days') \
         GROUP BY week_start ORDER BY week_start",
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
