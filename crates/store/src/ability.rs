use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::row::Row;
use crate::store::Store;
use crate::value::Value;

/// The newest ability of a student.
#[derive(Debug, Clone, PartialEq)]
pub struct Ability {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Ability on the θ scale.
    pub theta: f64,
    /// Standard error; `None` = not known.
    pub se: Option<f64>,
    /// Name of the model.
    pub model: Option<String>,
    /// `v1` for batch runs, `online` for updates between them.
    pub version: String,
    /// Run that estimated it.
    pub run_id: Option<String>,
    /// When it was estimated.
    pub fitted_at: DateTime<Utc>,
}

/// One point in the history of a student's ability.
#[derive(Debug, Clone, PartialEq)]
pub struct AbilityPoint {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Ability on the θ scale.
    pub theta: f64,
    /// Standard error; `None` = not known.
    pub se: Option<f64>,
    /// When it was estimated.
    pub fitted_at: DateTime<Utc>,
}

impl Store {
    /// The newest ability of every student, of whichever version, by student id.
    pub async fn latest_abilities(&self) -> Result<Vec<Ability>, Error> {
        let sql = "SELECT user_id, CAST(theta AS DOUBLE PRECISION), CAST(se AS DOUBLE PRECISION), \
             model, version, run_id, fitted_at FROM (\
               SELECT a.*, row_number() OVER (\
                 PARTITION BY user_id ORDER BY fitted_at DESC, version) AS age \
               FROM mirt_ability a) ranked \
             WHERE age = 1 ORDER BY user_id";
        self.connection().await?.session().fetch(sql, &[], read_ability).await
    }

    /// Every ability estimated in `[from, to)`, by student id, oldest first.
    pub async fn ability_history(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<AbilityPoint>, Error> {
        let sql = "SELECT user_id, CAST(theta AS DOUBLE PRECISION), CAST(se AS DOUBLE PRECISION), \
             fitted_at FROM mirt_ability WHERE fitted_at >= $1 AND fitted_at < $2 \
             ORDER BY user_id, fitted_at, version";
        let window = [Value::time(from), Value::time(to)];
        self.connection().await?.session().fetch(sql, &window, read_point).await
    }
}

pub(crate) fn read_ability(row: &Row<'_>) -> Result<Ability, Error> {
    Ok(Ability {
        user_id: row.required(0, row.owned_text(0)?)?,
        theta: row.required(1, row.real(1)?)?,
        se: row.real(2)?,
        model: row.owned_text(3)?,
        version: row.required(4, row.owned_text(4)?)?,
        run_id: row.owned_text(5)?,
        fitted_at: row.required(6, row.time(6)?)?,
    })
}

pub(crate) fn read_point(row: &Row<'_>) -> Result<AbilityPoint, Error> {
    Ok(AbilityPoint {
        user_id: row.required(0, row.owned_text(0)?)?,
        theta: row.required(1, row.real(1)?)?,
        se: row.real(2)?,
        fitted_at: row.required(3, row.time(3)?)?,
    })
}
