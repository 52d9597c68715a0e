//! Tables `survival_risk` and `survival_risk_history`: what a fit says of every student.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};
use crate::schema::{Table, double, index, json, stamped, text};
use crate::settings::DAYS_OF_A_PLACE;
use crate::store::Store;

pub(crate) const SURVIVAL_RISK: Table = Table::analytics(
    "survival_risk",
    &[
        text("user_id").required(),
        text("run_id"),
        double("risk_score").required().check("risk_score BETWEEN 0 AND 1"),
        double("hazard_ratio").check("hazard_ratio > 0"),
        double("rank_percentile").check("rank_percentile BETWEEN 0 AND 1"),
        json("survival"),
        stamped("updated_at"),
    ],
)
.key(&["user_id"])
.indexes(&[
    index("ix_survival_risk_updated_at", "updated_at DESC"),
    index("ix_survival_risk_risk_score", "risk_score DESC"),
]);

pub(crate) const SURVIVAL_RISK_HISTORY: Table = Table::analytics(
    "survival_risk_history",
    &[
        text("run_id").required(),
        text("user_id").required(),
        double("risk_score").required().check("risk_score BETWEEN 0 AND 1"),
        double("hazard_ratio").check("hazard_ratio > 0"),
        double("rank_percentile").check("rank_percentile BETWEEN 0 AND 1"),
        stamped("updated_at"),
        json("survival").since(DAYS_OF_A_PLACE),
    ],
)
.key(&["run_id", "user_id"]);

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

fn values(risk: &SurvivalRiskRow) -> [Value<'_>; SURVIVAL_RISK.width()] {
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

fn past_values(risk: &SurvivalRiskRow) -> [Value<'_>; SURVIVAL_RISK_HISTORY.width()] {
    [
        Value::text(&risk.run_id),
        Value::text(&risk.user_id),
        Value::Real(Some(risk.risk_score)),
        Value::Real(risk.hazard_ratio),
        Value::Real(risk.rank_percentile),
        Value::time(risk.updated_at),
        Value::json(&risk.survival),
    ]
}

fn read(row: &Record<'_>) -> Result<SurvivalRiskRow, Error> {
    Ok(SurvivalRiskRow {
        user_id: row.get("user_id")?,
        run_id: row.get_or_null("run_id")?.unwrap_or_default(),
        risk_score: row.get("risk_score")?,
        hazard_ratio: row.get_or_null("hazard_ratio")?,
        rank_percentile: row.get_or_null("rank_percentile")?,
        survival: row.get_or_null("survival")?.unwrap_or_default(),
        updated_at: row.get("updated_at")?,
    })
}

fn check(row: usize, risk: &SurvivalRiskRow) -> Result<(), Error> {
    let share = |x: &f64| (0.0..=1.0).contains(x);
    let positive = |x: &f64| x.is_finite() && *x > 0.0;
    let (risk_score, rank) = (Some(risk.risk_score), risk.rank_percentile);
    let found = [
        ("risk_score", risk_score.filter(|x| !share(x)), "between 0 and 1"),
        ("rank_percentile", rank.filter(|x| !share(x)), "between 0 and 1"),
        ("hazard_ratio", risk.hazard_ratio.filter(|x| !positive(x)), "above 0"),
    ];
    match found.into_iter().find_map(|(column, bad, range)| bad.map(|bad| (column, bad, range))) {
        None => Ok(()),
        Some((column, found, range)) => {
            let fault = ValueFault::Range { of: risk.user_id.clone(), found, range };
            Err(Error::BadValue { table: SURVIVAL_RISK.name, row, column, fault })
        }
    }
}

impl Tx {
    /// Writes risks, one row per student; students must differ. Those of other fits stay as history.
    ///
    /// # Errors
    /// [`Error::BadValue`] for a number out of range; nothing is written then.
    pub async fn write_survival_risks(&mut self, risks: &[SurvivalRiskRow]) -> Result<u64, Error> {
        for (row, risk) in risks.iter().enumerate() {
            check(row, risk)?;
        }
        let past: Vec<Value<'_>> = risks.iter().flat_map(past_values).collect();
        SURVIVAL_RISK_HISTORY.upsert().run(&mut self.session(), &past).await?;
        let values: Vec<Value<'_>> = risks.iter().flat_map(values).collect();
        SURVIVAL_RISK.upsert().run(&mut self.session(), &values).await
    }
}

impl Store {
    /// Every stored risk, by student.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn survival_risks(&self) -> Result<Vec<SurvivalRiskRow>, Error> {
        let columns = SURVIVAL_RISK.select();
        let sql = format!("SELECT {columns} FROM survival_risk ORDER BY user_id");
        self.connection().await?.session().fetch_records(&columns, &sql, &[], read).await
    }

    /// The newest risk of every student that was computed before `before`, by student.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn survival_risks_before(
        &self,
        before: DateTime<Utc>,
    ) -> Result<Vec<SurvivalRiskRow>, Error> {
        let columns = SURVIVAL_RISK_HISTORY.select();
        let sql = format!(
            "SELECT {columns} FROM (\
               SELECT r.*, row_number() OVER (\
                 PARTITION BY user_id ORDER BY updated_at DESC, run_id DESC) AS age \
               FROM survival_risk_history r WHERE updated_at < $1) ranked \
             WHERE age = 1 ORDER BY user_id"
        );
        let values = [Value::time(before)];
        self.connection().await?.session().fetch_records(&columns, &sql, &values, read).await
    }

    /// The stored risk of a student.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn survival_risk(&self, user_id: &str) -> Result<Option<SurvivalRiskRow>, Error> {
        let columns = SURVIVAL_RISK.select();
        let sql = format!("SELECT {columns} FROM survival_risk WHERE user_id = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(user_id)], read).await
    }
}
