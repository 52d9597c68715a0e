use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::bulk::BulkInsert;
use crate::error::Error;
use crate::row::Row;
use crate::store::Store;
use crate::tx::Tx;
use crate::value::Value;

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

/// A row of `survival_risk`.
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalRiskRow {
    /// Canonical text id of the student.
    pub user_id: String,
    /// The fit.
    pub run_id: String,
    /// Probability in 0..1.
    pub risk_score: f64,
    /// Against a student at the means; above 0.
    pub hazard_ratio: Option<f64>,
    /// Mid-rank in 0..1.
    pub rank_percentile: Option<f64>,
    /// What the risk rests on.
    pub survival: Json,
    /// When the risk was computed.
    pub updated_at: DateTime<Utc>,
}

impl Tx {
    /// Writes the record of a fit; a run of the same id is replaced.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_survival_fit(&mut self, fit: &SurvivalFitRow) -> Result<(), Error> {
        let values = [
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
        ];
        BulkInsert {
            table: "survival_fit_meta",
            columns: &[
                "run_id",
                "formula",
                "family",
                "event_threshold_days",
                "coefficients",
                "hazard_ratios",
                "concordance",
                "n",
                "n_events",
                "survival_curve",
                "model",
                "fitted_at",
            ],
            on_conflict: "ON CONFLICT (run_id) DO UPDATE SET formula = excluded.formula, \
                family = excluded.family, event_threshold_days = excluded.event_threshold_days, \
                coefficients = excluded.coefficients, hazard_ratios = excluded.hazard_ratios, \
                concordance = excluded.concordance, n = excluded.n, \
                n_events = excluded.n_events, survival_curve = excluded.survival_curve, \
                model = excluded.model, fitted_at = excluded.fitted_at",
        }
        .run(&mut self.session(), &values)
        .await?;
        Ok(())
    }

    /// Writes risks, one row per student; students must differ.
    ///
    /// # Errors
    /// [`Error::BadValue`] for a number out of range; nothing is written then.
    pub async fn write_survival_risks(&mut self, risks: &[SurvivalRiskRow]) -> Result<u64, Error> {
        for (row, risk) in risks.iter().enumerate() {
            check(row, risk)?;
        }
        let values: Vec<Value<'_>> = risks.iter().flat_map(values_of).collect();
        BulkInsert {
            table: "survival_risk",
            columns: &[
                "user_id",
                "run_id",
                "risk_score",
                "hazard_ratio",
                "rank_percentile",
                "survival",
                "updated_at",
            ],
            on_conflict: "ON CONFLICT (user_id) DO UPDATE SET run_id = excluded.run_id, \
                risk_score = excluded.risk_score, hazard_ratio = excluded.hazard_ratio, \
                rank_percentile = excluded.rank_percentile, survival = excluded.survival, \
                updated_at = excluded.updated_at",
        }
        .run(&mut self.session(), &values)
        .await
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
        let sql = format!(
            "SELECT {FIT_COLUMNS} FROM survival_fit_meta \
             WHERE model IS NOT NULL AND fitted_at <= $1 \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
        );
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session.fetch_first(&sql, &[Value::time(until)], read_fit).await
    }

    /// The fit of this id, if it can predict.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn survival_fit(&self, run_id: &str) -> Result<Option<SurvivalFitRow>, Error> {
        let sql = format!(
            "SELECT {FIT_COLUMNS} FROM survival_fit_meta WHERE model IS NOT NULL AND run_id = $1"
        );
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session.fetch_first(&sql, &[Value::text(run_id)], read_fit).await
    }

    /// Every stored risk, by student.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn survival_risks(&self) -> Result<Vec<SurvivalRiskRow>, Error> {
        let sql = format!("SELECT {RISK_COLUMNS} FROM survival_risk ORDER BY user_id");
        self.connection().await?.session().fetch(&sql, &[], read_risk).await
    }

    /// The stored risk of a student.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn survival_risk(&self, user_id: &str) -> Result<Option<SurvivalRiskRow>, Error> {
        let sql = format!("SELECT {RISK_COLUMNS} FROM survival_risk WHERE user_id = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_first(&sql, &[Value::text(user_id)], read_risk).await
    }
}

const FIT_COLUMNS: &str = "run_id, formula, family, CAST(event_threshold_days AS BIGINT), \
    coefficients, hazard_ratios, concordance, CAST(n AS BIGINT), CAST(n_events AS BIGINT), \
    survival_curve, model, fitted_at";

const RISK_COLUMNS: &str =
    "user_id, run_id, risk_score, hazard_ratio, rank_percentile, survival, updated_at";

fn check(row: usize, risk: &SurvivalRiskRow) -> Result<(), Error> {
    let share = |x: f64| (0.0..=1.0).contains(&x);
    let found = [
        ("risk_score", Some(risk.risk_score).filter(|&x| !share(x))),
        ("rank_percentile", risk.rank_percentile.filter(|&x| !share(x))),
        ("hazard_ratio", risk.hazard_ratio.filter(|x| !(x.is_finite() && *x > 0.0))),
    ];
    match found.into_iter().find_map(|(column, bad)| bad.map(|bad| (column, bad))) {
        None => Ok(()),
        Some((column, bad)) => {
            let reason = format!("of {} is {bad}", risk.user_id);
            Err(Error::BadValue { table: "survival_risk", row, column, reason })
        }
    }
}

fn values_of(risk: &SurvivalRiskRow) -> [Value<'_>; 7] {
    [
        Value::text(&risk.user_id),
        Value::text(&risk.run_id),
        Value::Real(Some(risk.risk_score)),
        Value::Real(risk.hazard_ratio),
        Value::Real(risk.rank_percentile),
        Value::json(&risk.survival),
        Value::time(risk.updated_at),
    ]
}

fn read_fit(row: &Row<'_>) -> Result<SurvivalFitRow, Error> {
    let json = |index: usize| Ok::<Json, Error>(row.json(index)?.unwrap_or(Json::Null));
    Ok(SurvivalFitRow {
        run_id: row.required(0, row.owned_text(0)?)?,
        formula: row.owned_text(1)?.unwrap_or_default(),
        family: row.owned_text(2)?.unwrap_or_default(),
        event_threshold_days: row.int(3)?.unwrap_or_default(),
        coefficients: json(4)?,
        hazard_ratios: json(5)?,
        concordance: row.real(6)?,
        n: row.int(7)?.unwrap_or_default(),
        n_events: row.int(8)?.unwrap_or_default(),
        survival_curve: json(9)?,
        model: json(10)?,
        fitted_at: row.required(11, row.time(11)?)?,
    })
}

fn read_risk(row: &Row<'_>) -> Result<SurvivalRiskRow, Error> {
    Ok(SurvivalRiskRow {
        user_id: row.required(0, row.owned_text(0)?)?,
        run_id: row.owned_text(1)?.unwrap_or_default(),
        risk_score: row.required(2, row.real(2)?)?,
        hazard_ratio: row.real(3)?,
        rank_percentile: row.real(4)?,
        survival: row.json(5)?.unwrap_or(Json::Null),
        updated_at: row.required(6, row.time(6)?)?,
    })
}
