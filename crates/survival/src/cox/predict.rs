//! Predictions from a Cox model.

use seedtest_numerics::{exp, normal_quantile};
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::result::{Coefficient, Fit};
use crate::data::Row;
use crate::error::Error;

/// The probability of no event up to a time, for given covariates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SurvivalAt {
    /// The time.
    pub time: f64,
    /// Cumulative hazard.
    pub hazard: f64,
    /// Standard error of the cumulative hazard.
    pub hazard_se: f64,
    /// e^−hazard, between 0 and 1.
    pub survival: f64,
    /// Lower confidence bound, symmetric around the cumulative hazard (R's `conf.type = "log"`).
    pub lower: f64,
    /// Upper confidence bound.
    pub upper: f64,
}

impl Fit {
    /// Contribution of every covariate to the linear predictor: coefficient × (value − mean), zero
    /// for covariates without estimate. `x` has one value for each covariate of the fit.
    pub fn contributions(&self, x: &[f64]) -> Result<Vec<f64>, Error> {
        Ok(self.each_contribution(x)?.collect())
    }

    fn each_contribution<'a>(
        &'a self,
        x: &'a [f64],
    ) -> Result<impl Iterator<Item = f64> + 'a, Error> {
        let expected = self.coefficients.len();
        if x.len() != expected {
            return Err(Error::Values { found: x.len(), expected });
        }
        if let Some(at) = x.iter().position(|v| !v.is_finite()) {
            let column = self.coefficients[at].name.clone();
            return Err(Error::NotFinite { row: 0, column, value: x[at] });
        }
        let contribution =
            |(c, x): (&Coefficient, &f64)| c.estimate.map_or(0.0, |e| e.coefficient * (x - c.mean));
        Ok(self.coefficients.iter().zip(x).map(contribution))
    }

    /// Logarithm of the hazard ratio against a row at the means of the covariates: exactly the sum,
    /// from first to last, of the contributions.
    pub fn linear_predictor(&self, x: &[f64]) -> Result<f64, Error> {
        Ok(self.each_contribution(x)?.sum())
    }

    /// Hazard ratio against a row at the means of the covariates, > 0.
    pub fn hazard_ratio(&self, x: &[f64]) -> Result<f64, Error> {
        Ok(exp(self.linear_predictor(x)?))
    }

    /// Survival at a time with bounds. Without strata `stratum` is 0.
    ///
    /// After the longest observation of the stratum nothing is known, nor are the bounds of a fit
    /// [`Fit::without_bounds`]: [`Error::NotEstimable`].
    pub fn survival(&self, x: &[f64], stratum: u32, time: f64) -> Result<SurvivalAt, Error> {
        let ratio = self.hazard_ratio(x)?;
        let baseline = self.baseline(stratum)?;
        check_known(baseline, time)?;
        if baseline.variance.is_empty() {
            let reason = "the fit was stored without what they need";
            return Err(Error::NotEstimable { what: "bounds of the survival", at: time, reason });
        }
        let (hazard, variance) = match baseline.index(time) {
            None => (0.0, 0.0),
            Some(k) => (ratio * baseline.hazard[k], self.hazard_variance(baseline, k, x, ratio)),
        };
        let hazard_se = variance.sqrt();
        let reach = normal_quantile(0.5 + 0.5 * self.spec.confidence) * hazard_se;
        Ok(SurvivalAt {
            time,
            hazard,
            hazard_se,
            survival: exp(-hazard),
            lower: exp(-hazard - reach),
            upper: exp(reach - hazard).min(1.0),
        })
    }

    /// Probability of no event up to `to`, given none up to `from` ≤ `to`, for a row without offset.
    pub fn conditional_survival(
        &self,
        x: &[f64],
        stratum: u32,
        from: f64,
        to: f64,
    ) -> Result<f64, Error> {
        self.survival_of(&Row { x, stratum, offset: 0.0 }, from, to)
    }

    /// The same for any row.
    pub fn survival_of(&self, row: &Row<'_>, from: f64, to: f64) -> Result<f64, Error> {
        let ratio = exp(self.linear_predictor(row.x)? + row.offset);
        Ok(exp(-ratio * self.hazard_between(row.stratum, from, to)?))
    }

    /// Hazard from `from` to `to` ≥ `from` of a row at the means of the covariates; that of another row
    /// is its hazard ratio times as large.
    pub fn hazard_between(&self, stratum: u32, from: f64, to: f64) -> Result<f64, Error> {
        let baseline = self.baseline(stratum)?;
        check_known(baseline, to)?;
        if !(from >= 0.0 && from <= to) {
            return Err(Error::Spec { field: "from", value: from, required: "between 0 and `to`" });
        }
        Ok(baseline.hazard_at(to) - baseline.hazard_at(from))
    }

    /// Probability of the event in the next `horizon` units of time, for a row that has been without
    /// it for `elapsed` units already: 1 − S(elapsed + horizon) / S(elapsed), between 0 and 1.
    pub fn risk(&self, x: &[f64], stratum: u32, horizon: f64, elapsed: f64) -> Result<f64, Error> {
        Ok(1.0 - self.conditional_survival(x, stratum, elapsed, elapsed + horizon)?)
    }

    /// The fit as far as hazards and risks need it, without what the bounds of [`Fit::survival`] are
    /// computed from, which is a column for each covariate as long as the baseline.
    #[must_use]
    pub fn without_bounds(&self) -> Self {
        let baselines = self.baselines.iter().map(Baseline::without_bounds).collect();
        Self {
            spec: self.spec.clone(),
            coefficients: self.coefficients.clone(),
            covariance: self.covariance.clone(),
            model_covariance: self.model_covariance.clone(),
            warnings: self.warnings.clone(),
            verdict: self.verdict.clone(),
            baselines,
            ..*self
        }
    }

    /// The baseline of a stratum.
    pub fn baseline(&self, stratum: u32) -> Result<&Baseline, Error> {
        let found = self.baselines.iter().find(|b| b.stratum == stratum);
        found.ok_or(Error::UnknownStratum { stratum })
    }

    /// Variance of the cumulative hazard: that of the baseline's jumps and that of the coefficients
    /// (Link 1984; Tsiatis 1981).
    fn hazard_variance(&self, baseline: &Baseline, k: usize, x: &[f64], ratio: f64) -> f64 {
        let estimated: Vec<(&Coefficient, f64)> = self
            .coefficients
            .iter()
            .zip(x.iter().copied())
            .filter(|c| c.0.estimate.is_some())
            .collect();
        let p = estimated.len();
        let slope: Vec<f64> = estimated
            .iter()
            .zip(&baseline.hazard_means)
            .map(|((c, x), means)| means[k] * c.sd - (x - c.mean) * baseline.hazard[k])
            .collect();
        let mut quadratic = 0.0;
        for i in 0..p {
            for j in 0..p {
                quadratic += slope[i] * self.covariance[i * p + j] * slope[j];
            }
        }
        ratio * ratio * (baseline.variance[k] + quadratic)
    }
}

fn check_known(baseline: &Baseline, time: f64) -> Result<(), Error> {
    if !(time >= 0.0 && time.is_finite()) {
        return Err(Error::Spec { field: "time", value: time, required: "at least 0" });
    }
    if time > baseline.last {
        let reason = "no observation lasted that long";
        return Err(Error::NotEstimable { what: "survival", at: time, reason });
    }
    Ok(())
}

/// Mid-rank of every value as a share of their number: (smaller + ½ equal) / n, in (0, 1).
pub fn rank_percentiles(values: &[f64]) -> Vec<f64> {
    let (ranks, n_ranks) = crate::radix::dense_ranks(values);
    let mut counts = vec![0usize; n_ranks as usize];
    for &rank in &ranks {
        counts[rank as usize] += 1;
    }
    let mut below = 0;
    let shares: Vec<f64> = counts
        .iter()
        .map(|&count| {
            let middle = below as f64 + 0.5 * count as f64;
            below += count;
            middle / values.len() as f64
        })
        .collect();
    ranks.iter().map(|&rank| shares[rank as usize]).collect()
}
