//! Simulation from a linear mixed model and the parametric bootstrap.

use rayon::prelude::*;
use seedtest_numerics::{Silent, quantile};

use super::fit::search;
use super::result::Fit;
use crate::data::Data;
use crate::error::Error;
use crate::estimates::Interval;
use crate::simulate::{random_part, row_stream};

/// Replicates of a parametric bootstrap.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// Names of the parameters: fixed effects, standard deviations, correlations, `sigma`.
    pub names: Vec<String>,
    /// Values by replicate; replicates that did not converge or could not be fitted are left out. A
    /// correlation with an effect that does not vary in a replicate is not a number there.
    pub replicates: Vec<Vec<f64>>,
    /// Replicates that did not converge or could not be fitted.
    pub failed: usize,
}

impl Bootstrap {
    /// Percentile interval of a parameter over the replicates that have it; `None` without any.
    pub fn interval(&self, parameter: usize, level: f64) -> Option<Interval> {
        let mut values = self.defined(parameter);
        values.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - level);
        Some(Interval { low: quantile(&values, tail)?, high: quantile(&values, 1.0 - tail)? })
    }

    /// Standard deviation of a parameter over the replicates that have it; `None` below two.
    pub fn sd(&self, parameter: usize) -> Option<f64> {
        let values = self.defined(parameter);
        (values.len() > 1).then(|| crate::estimates::variance(&values).sqrt())
    }

    /// Replicates in which a parameter is not defined: a correlation with an effect that does not vary.
    /// Interval and standard deviation are those of the others.
    pub fn undefined(&self, parameter: usize) -> usize {
        self.replicates.len() - self.defined(parameter).len()
    }

    fn defined(&self, parameter: usize) -> Vec<f64> {
        self.replicates.iter().map(|r| r[parameter]).filter(|value| !value.is_nan()).collect()
    }
}

impl Fit {
    /// Draws a response for every row the model was fitted to: new random effects, new residuals. A pure
    /// function of seed and number of the draw.
    pub fn simulate(&self, data: &Data, seed: u64, draw: u64) -> Vec<f64> {
        let random = random_part(data, &self.random, seed, draw);
        let mut stream = row_stream(seed, draw);
        let rows = self.fitted_fixed.iter().zip(random).enumerate();
        rows.map(|(i, (fixed, random))| {
            let weight = data.weights.as_ref().map_or(1.0, |w| w[i]);
            fixed + random + self.sigma() / weight.sqrt() * stream.normal()
        })
        .collect()
    }

    /// Parametric bootstrap: fits the model to `replicates` simulated responses. One that cannot be
    /// fitted counts as failed and leaves the others as they are. The same bytes on any number of threads.
    pub fn bootstrap(&self, data: &Data, replicates: u64, seed: u64) -> Bootstrap {
        let fits: Vec<Result<Option<Vec<f64>>, Error>> =
            (0..replicates).into_par_iter().map(|draw| self.replicate(data, seed, draw)).collect();
        let mut out = Bootstrap { names: self.parameter_names(), replicates: vec![], failed: 0 };
        for fit in fits {
            match fit {
                Ok(Some(values)) => out.replicates.push(values),
                Ok(None) | Err(_) => out.failed += 1,
            }
        }
        out
    }

    fn replicate(&self, data: &Data, seed: u64, draw: u64) -> Result<Option<Vec<f64>>, Error> {
        let mut drawn = data.clone();
        drawn.response = self.simulate(data, seed, draw);
        let problem = self.problem.with_response(&drawn)?;
        let minimum = search(&problem, &self.spec, &mut Silent)?;
        let fit = Self::new(&drawn, &self.spec, problem, minimum);
        let truncated = matches!(fit.verdict.status, seedtest_numerics::Status::Truncated { .. });
        Ok((!truncated).then(|| fit.parameters()))
    }

    /// Names of the parameters: fixed effects, `sd.group.effect`, `cor.group.effect.effect`, `sigma`.
    pub fn parameter_names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.fixed.iter().filter(|f| f.estimate.is_some()).map(|f| f.name.clone()).collect();
        for random in &self.random {
            let k = random.k();
            let (group, effects) = (&random.group, &random.effects);
            names.extend(effects.iter().map(|e| format!("sd.{group}.{e}")));
            for b in 0..k {
                let others = (b + 1..k).filter(|a| random.correlated[a * k + b]);
                names.extend(others.map(|a| format!("cor.{group}.{}.{}", effects[a], effects[b])));
            }
        }
        names.push("sigma".to_owned());
        names
    }

    /// Their values; a correlation with an effect that does not vary is not a number.
    pub fn parameters(&self) -> Vec<f64> {
        let mut values = self.coefficients();
        for random in &self.random {
            let k = random.k();
            values.extend((0..k).map(|a| random.sd(a)));
            for b in 0..k {
                let others = (b + 1..k).filter(|a| random.correlated[a * k + b]);
                values.extend(others.map(|a| random.correlation(a, b).unwrap_or(f64::NAN)));
            }
        }
        values.push(self.sigma());
        values
    }
}
