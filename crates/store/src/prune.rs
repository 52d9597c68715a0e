//! What has been kept long enough. Results that still speak (the newest of a student, an item, a model)
//! stay whatever their age.

use chrono::{DateTime, Utc};

use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;

/// A kind of rows with one keep time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Bodies of requests and models that predict.
    Requests,
    /// Lines of the ledger, and events that were given up.
    Runs,
    /// Events that were dealt with, and alerts that are over.
    Events,
    /// Abilities, item parameters and risks that a later one has replaced.
    Abilities,
    /// Fits of growth, progress, forecasts, churn and segments that a later one has replaced.
    Fits,
    /// What is known of written reports; the files are their store's.
    Reports,
}

/// Rows of one table to let go: those of which the condition holds, with the moment as `$1`.
struct Rule {
    table: &'static str,
    condition: &'static str,
}

const fn rule(table: &'static str, condition: &'static str) -> Rule {
    Rule { table, condition }
}

/// Belongs to no line of the ledger that stays: one that has not ended, however old what was accepted is, one that
/// ended since, or one whose model predicts.
const OF_NO_KEPT_RUN: &str = "run_id NOT IN (SELECT run_id FROM seedtest_runs WHERE finished_at IS NULL \
     OR finished_at >= $1 OR run_id IN (SELECT run_id FROM seedtest_run_models))";

impl Kept {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Requests, Self::Runs, Self::Events, Self::Abilities, Self::Fits, Self::Reports];

    fn rules(self) -> Vec<Rule> {
        match self {
            Self::Requests => vec![
                rule(
                    "seedtest_run_requests",
                    "EXISTS (SELECT 1 FROM seedtest_runs WHERE seedtest_runs.run_id = \
                     seedtest_run_requests.run_id AND seedtest_runs.finished_at < $1)",
                ),
                rule(
                    "seedtest_run_models",
                    "started_at < $1 AND EXISTS (SELECT 1 FROM seedtest_run_models AS newer WHERE \
                     newer.name = seedtest_run_models.name AND newer.started_at > \
                     seedtest_run_models.started_at)",
                ),
            ],
            Self::Runs => vec![
                rule("seedtest_run_requests", OF_NO_KEPT_RUN),
                rule("seedtest_run_results", OF_NO_KEPT_RUN),
                rule(
                    "seedtest_runs",
                    "finished_at < $1 AND run_id NOT IN (SELECT run_id FROM seedtest_run_models)",
                ),
                rule("seedtest_outbox", "status = 'dead' AND finished_at < $1"),
            ],
            Self::Events => vec![
                rule("seedtest_outbox", "status = 'done' AND finished_at < $1"),
                rule(
                    "seedtest_alert_deliveries",
                    "alert_key IN (SELECT alert_key FROM seedtest_alerts WHERE resolved_at < $1)",
                ),
                rule("seedtest_alerts", "resolved_at < $1"),
                rule("drift_alerts", "resolved_at < $1 AND run_id LIKE 'fit-%'"),
            ],
            Self::Abilities => vec![
                rule(
                    "mirt_ability",
                    "fitted_at < $1 AND EXISTS (SELECT 1 FROM mirt_ability AS newer WHERE \
                     newer.user_id = mirt_ability.user_id AND newer.version = mirt_ability.version \
                     AND newer.fitted_at > mirt_ability.fitted_at)",
                ),
                rule(
                    "mirt_item_params",
                    "fitted_at < $1 AND EXISTS (SELECT 1 FROM mirt_item_params AS newer WHERE \
                     newer.item_id = mirt_item_params.item_id AND newer.version = \
                     mirt_item_params.version AND newer.fitted_at > mirt_item_params.fitted_at)",
                ),
                rule(
                    "student_topic_theta",
                    "fitted_at < $1 AND EXISTS (SELECT 1 FROM student_topic_theta AS newer WHERE \
                     newer.user_id = student_topic_theta.user_id AND newer.topic_id = \
                     student_topic_theta.topic_id AND newer.fitted_at > \
                     student_topic_theta.fitted_at)",
                ),
                // The newest of every student stands in survival_risk.
                rule("survival_risk_history", "updated_at < $1"),
                rule(
                    "mirt_fit_meta",
                    "fitted_at < $1 AND NOT EXISTS (SELECT 1 FROM mirt_item_params WHERE \
                     mirt_item_params.run_id = mirt_fit_meta.run_id) AND NOT EXISTS (SELECT 1 FROM \
                     mirt_ability WHERE mirt_ability.run_id = mirt_fit_meta.run_id) \
                     AND fitted_at < (SELECT MAX(fitted_at) FROM mirt_fit_meta)",
                ),
                // They go with their calibration; those of other programs stay.
                rule(
                    "item_calibration",
                    "window_id IN (SELECT id FROM drift_windows WHERE created_at < $1) \
                     AND run_id LIKE 'fit-%' AND run_id NOT IN (SELECT run_id FROM mirt_fit_meta)",
                ),
                rule(
                    "drift_windows",
                    "created_at < $1 AND CAST(population_tags AS TEXT) LIKE '%\"fit-%' \
                     AND id NOT IN (SELECT window_id FROM item_calibration) \
                     AND NOT EXISTS (SELECT 1 FROM drift_alerts WHERE window_id = drift_windows.id)",
                ),
            ],
            Self::Fits => vec![
                rule(
                    "growth_brms_meta",
                    "fitted_at < $1 AND fitted_at < (SELECT MAX(fitted_at) FROM growth_brms_meta)",
                ),
                rule(
                    "growth_glmm_meta",
                    "fitted_at < $1 AND fitted_at < (SELECT MAX(fitted_at) FROM growth_glmm_meta)",
                ),
                rule(
                    "survival_fit_meta",
                    "fitted_at < $1 AND fitted_at < (SELECT MAX(fitted_at) FROM survival_fit_meta)",
                ),
                rule("prophet_anomalies", "detected_at < $1"),
                rule(
                    "prophet_fit_meta",
                    "fitted_at < $1 AND EXISTS (SELECT 1 FROM prophet_fit_meta AS newer WHERE \
                     newer.metric = prophet_fit_meta.metric AND COALESCE(newer.user_id, '') = \
                     COALESCE(prophet_fit_meta.user_id, '') AND newer.fitted_at > \
                     prophet_fit_meta.fitted_at)",
                ),
            ],
            Self::Reports => vec![
                rule("report_artifacts", "generated_at < $1"),
                rule("monthly_report_artifacts", "generated_at < $1"),
                rule("report_mails", "claimed_at < $1"),
            ],
        }
    }
}

impl Tx {
    /// Lets go of rows of one kind from before a moment, table by table with their numbers. Undone with the
    /// transaction, so that asking costs nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn prune(
        &mut self,
        kept: Kept,
        before: DateTime<Utc>,
    ) -> Result<Vec<(&'static str, u64)>, Error> {
        let mut gone = Vec::new();
        for Rule { table, condition } in kept.rules() {
            let sql = format!("DELETE FROM {table} WHERE {condition}");
            let rows = self.session().execute(&sql, &[Value::time(before)]).await?;
            gone.push((table, rows));
        }
        Ok(gone)
    }
}
