//! Replicates of a parametric bootstrap, of linear and generalised models.

use rayon::prelude::*;
use seedtest_numerics::quantile;

use crate::error::Error;
use crate::estimates::{FixedEffect, Interval, RandomEffects};

/// Replicates of a parametric bootstrap.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// Names of the parameters: fixed effects, standard deviations, correlations, then `sigma` of a linear
    /// model and `size` of a negative binomial one.
    pub names: Vec<String>,
    /// Values by replicate; replicates that did not converge or could not be fitted are left out. A
    /// correlation with an effect that does not vary in a replicate is not a number there, a coefficient without
    /// a finite estimate is infinite.
    pub replicates: Vec<Vec<f64>>,
    /// Replicates that did not converge or could not be fitted.
    pub failed: usize,
}

impl Bootstrap {
    /// Fits every replicate, `None` for one that did not converge; the same bytes on any number of threads.
    pub(crate) fn new(
        names: Vec<String>,
        replicates: u64,
        replicate: impl Fn(u64) -> Result<Option<Vec<f64>>, Error> + Send + Sync,
    ) -> Self {
        let fits: Vec<Result<Option<Vec<f64>>, Error>> =
            (0..replicates).into_par_iter().map(replicate).collect();
        let mut out = Self { names, replicates: vec![], failed: 0 };
        for fit in fits {
            match fit {
                Ok(Some(values)) => out.replicates.push(values),
                Ok(None) | Err(_) => out.failed += 1,
            }
        }
        out
    }

    /// Percentile interval of a parameter over the replicates that have it; `None` without any. An end is infinite
    /// where the parameter is in so many replicates.
    pub fn interval(&self, parameter: usize, level: f64) -> Option<Interval> {
        let mut values = self.defined(parameter);
        values.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - level);
        // Between a number and infinity there is no number.
        let end = |p: f64, infinite: f64| {
            Some(Some(quantile(&values, p)?).filter(|end| !end.is_nan()).unwrap_or(infinite))
        };
        let [low, high] = [end(tail, f64::NEG_INFINITY)?, end(1.0 - tail, f64::INFINITY)?];
        Some(Interval { low, high })
    }

    /// Standard deviation of a parameter over the replicates that have it; `None` below two, or where it is infinite
    /// in one.
    pub fn sd(&self, parameter: usize) -> Option<f64> {
        let values = self.defined(parameter);
        let has_sd = values.len() > 1 && values.iter().all(|value| value.is_finite());
        has_sd.then(|| crate::estimates::variance(&values).sqrt())
    }

    /// Replicates in which a parameter has no finite estimate.
    pub fn infinite(&self, parameter: usize) -> usize {
        self.replicates.iter().filter(|values| values[parameter].is_infinite()).count()
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

/// Names of the parameters: fixed effects, `sd.group.effect`, `cor.group.effect.effect`.
pub(crate) fn parameter_names(fixed: &[FixedEffect], random: &[RandomEffects]) -> Vec<String> {
    let mut names: Vec<String> =
        fixed.iter().filter(|f| f.estimate.is_some()).map(|f| f.name.clone()).collect();
    for random in random {
        let (group, effects) = (&random.group, &random.effects);
        names.extend(effects.iter().map(|e| format!("sd.{group}.{e}")));
        let name = |(a, b): (usize, usize)| format!("cor.{group}.{}.{}", effects[a], effects[b]);
        names.extend(random.correlated_pairs().map(name));
    }
    names
}

/// Their values; a correlation with an effect that does not vary is not a number.
pub(crate) fn parameter_values(beta: Vec<f64>, random: &[RandomEffects]) -> Vec<f64> {
    let mut values = beta;
    for random in random {
        values.extend((0..random.k()).map(|a| random.sd(a)));
        let correlation = |(a, b)| random.correlation(a, b).unwrap_or(f64::NAN);
        values.extend(random.correlated_pairs().map(correlation));
    }
    values
}
