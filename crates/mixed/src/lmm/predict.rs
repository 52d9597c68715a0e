//! Predictions of a linear mixed model.

use seedtest_formula::Frame;

use super::result::Fit;
use crate::error::Error;
use crate::estimable::Estimable;
use crate::level_coefficients::{LevelCoefficients, Parts};
use crate::predict::{NewRows, Prediction};

impl Fit {
    /// Predicts new rows, with random effects or for the average level.
    ///
    /// With them, levels that the fit does not know have effects of zero whose whole variance is part
    /// of the standard error. The error of a single new observation has σ² added to its square. A row in which a
    /// column without an estimate is not the combination that it is in the fitted rows has no value.
    pub fn predict(&self, frame: &Frame, with_random: bool) -> Result<Vec<Prediction>, Error> {
        let new = NewRows::new(&self.encoder, frame, &self.fixed, &self.random, with_random)?;
        let fixed = &self.problem.fixed;
        let values = new.linear(&fixed.kept, &self.coefficients(), &self.random);
        let point = &self.point;
        let inverse = &point.fixed_inverse;
        let variances =
            new.variances(&self.problem.rows, &point.factor, fixed, inverse, &self.random);
        let estimable = Estimable { aliases: &fixed.aliases, undetermined: None };
        let doubts = new.doubts(&fixed.kept, &estimable);
        let rows = values.into_iter().zip(variances).zip(doubts);
        let one = |((value, variance), doubt): ((f64, f64), _)| {
            Prediction::new(value, Some(self.sigma() * variance.max(0.0).sqrt()), doubt)
        };
        Ok(rows.map(one).collect())
    }

    /// Fixed effect plus deviation of every level, as R's `coef`, with standard errors.
    pub fn by_level(&self) -> Vec<LevelCoefficients> {
        let parts = Parts {
            rows: &self.problem.rows,
            factor: &self.point.factor,
            columns: &self.problem.fixed,
            fixed_inverse: &self.point.fixed_inverse,
            fixed: &self.fixed,
            random: &self.random,
            variance: self.sigma() * self.sigma(),
            verdict: &self.verdict,
        };
        parts.by_level()
    }

    /// Coefficients of the columns that have estimates.
    pub fn coefficients(&self) -> Vec<f64> {
        self.fixed.iter().filter_map(|f| f.estimate.map(|e| e.coefficient)).collect()
    }
}
