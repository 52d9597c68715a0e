//! Predictions of a generalised linear mixed model.

use seedtest_formula::Frame;

use super::result::Fit;
use crate::error::Error;
use crate::estimable::Estimable;
use crate::level_coefficients::{LevelCoefficients, Parts};
use crate::predict::{NewRows, Prediction};

/// Scale of a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Means: probabilities or counts.
    Response,
    /// Linear predictors.
    Link,
}

impl Fit {
    /// Fixed effect plus deviation of every level, as R's `coef`, with standard errors; on the scale of the
    /// link.
    pub fn by_level(&self) -> Vec<LevelCoefficients> {
        let parts = Parts {
            rows: &self.problem.rows,
            factor: &self.point.factor,
            columns: &self.problem.fixed,
            fixed_inverse: &self.fixed_inverse,
            fixed: &self.fixed,
            random: &self.random,
            variance: 1.0,
            verdict: &self.verdict,
        };
        parts.by_level()
    }

    /// Predicts new rows, with random effects or for the average level. Levels that the fit does not
    /// know have effects of zero whose whole variance is part of the standard error; on the scale of the
    /// response that is the linear one times the slope of the link (delta method). A row in which a column without
    /// an estimate is not the combination that it is in the fitted rows has no value, one that rests on parameters
    /// without a finite estimate no standard error.
    pub fn predict(
        &self,
        frame: &Frame,
        with_random: bool,
        scale: Scale,
    ) -> Result<Vec<Prediction>, Error> {
        let new = NewRows::new(&self.encoder, frame, &self.fixed, &self.random, with_random)?;
        let fixed = &self.problem.fixed;
        let linear = new.linear(&fixed.kept, &self.coefficients(), &self.random);
        let factor = &self.point.factor;
        let variances =
            new.variances(&self.problem.rows, factor, fixed, &self.fixed_inverse, &self.random);
        let undetermined = self.undetermined.as_ref();
        let estimable = Estimable { aliases: &fixed.aliases, undetermined };
        let doubts = new.doubts(&fixed.kept, &estimable);
        let link = self.spec.link();
        let predicted = |((eta, variance), doubt): ((f64, f64), _)| {
            let se = variance.max(0.0).sqrt();
            match scale {
                Scale::Link => Prediction::new(eta, Some(se), doubt),
                Scale::Response => {
                    Prediction::new(link.mean(eta), Some(se * link.slope(eta)), doubt)
                }
            }
        };
        Ok(linear.into_iter().zip(variances).zip(doubts).map(predicted).collect())
    }
}
