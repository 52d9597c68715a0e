//! Survival in periods.

use seedtest_numerics::{exp, ln};
use seedtest_survival::{
    Data, DiscreteFit, Error as ModelError, Link, Observer, Row, conditional_risk, discrete_hazard,
};
use serde::{Deserialize, Serialize};

/// A model of the hazard in periods, for times in days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Discrete {
    pub(super) fit: DiscreteFit,
    /// Length of a period in the unit of the times.
    pub(super) period: f64,
}

impl Discrete {
    /// Fits it. An observation that ends within a period counts for the whole of it; one that starts
    /// within a period is at risk in it.
    pub(super) fn fit(
        data: &Data<'_>,
        link: Link,
        period: f64,
        observer: &mut dyn Observer,
    ) -> Result<Self, ModelError> {
        data.validate()?;
        let stop: Vec<f64> = data.stop.iter().map(|t| (t / period).ceil()).collect();
        let start = data.start.map(|start| start.iter().map(|t| (t / period).floor()));
        let start: Option<Vec<f64>> = start.map(Iterator::collect);
        let in_periods = Data { start: start.as_deref(), stop: &stop, ..data.clone() };
        Ok(Self { fit: discrete_hazard(&in_periods, link, observer)?, period })
    }

    /// Probability of no event up to a time; within a period the hazard is taken to be constant.
    pub(super) fn survival(&self, row: &Row<'_>, time: f64) -> Result<f64, ModelError> {
        if !(time.is_finite() && time >= 0.0) {
            return Err(ModelError::Spec { field: "time", value: time, required: "at least 0" });
        }
        let periods = time / self.period;
        let whole = periods.floor();
        let before = self.fit.survival_of(row, 0, whole as u32)?;
        if periods == whole {
            return Ok(before);
        }
        let within = self.fit.survival_of(row, whole as u32, (whole as u32).saturating_add(1))?;
        Ok(before * exp((periods - whole) * ln(within)))
    }

    /// Probability of the event in the next `horizon` days after `elapsed` without it.
    pub(super) fn risk(
        &self,
        row: &Row<'_>,
        horizon: f64,
        elapsed: f64,
    ) -> Result<f64, ModelError> {
        let now = self.survival(row, elapsed)?;
        conditional_risk(elapsed, now, self.survival(row, elapsed + horizon)?)
    }
}
