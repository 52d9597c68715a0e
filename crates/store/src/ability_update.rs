use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::tx::Tx;
use crate::value::Value;

/// An ability estimated between two calibrations.
#[derive(Debug, Clone, PartialEq)]
pub struct AbilityUpdate {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Ability on the θ scale; finite.
    pub theta: f64,
    /// Standard error; finite.
    pub se: f64,
    /// Name of the model of the item parameters.
    pub model: String,
    /// When it was estimated.
    pub fitted_at: DateTime<Utc>,
}

impl Tx {
    /// Adds an ability of version `online`. Rows of calibrations are never touched.
    ///
    /// # Errors
    /// [`Error::BadValue`] for a θ or standard error that is not a finite number.
    pub async fn write_ability_update(&mut self, update: &AbilityUpdate) -> Result<(), Error> {
        for (column, number) in [("theta", update.theta), ("se", update.se)] {
            if !number.is_finite() {
                let reason = format!("of {} is {number}", update.user_id);
                return Err(Error::BadValue { table: "mirt_ability", row: 0, column, reason });
            }
        }
        let sql = "INSERT INTO mirt_ability (user_id, theta, se, model, version, fitted_at) \
             VALUES ($1, $2, $3, $4, 'online', $5) \
             ON CONFLICT (user_id, version, fitted_at) DO UPDATE SET \
             theta = excluded.theta, se = excluded.se, model = excluded.model";
        let values = [
            Value::text(&update.user_id),
            Value::Real(Some(update.theta)),
            Value::Real(Some(update.se)),
            Value::text(&update.model),
            Value::time(update.fitted_at),
        ];
        self.session().execute(sql, &values).await?;
        Ok(())
    }
}
