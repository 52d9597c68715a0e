//! What linear and generalised linear mixed models both report.

use schemars::JsonSchema;
use seedtest_numerics::{normal_cdf, normal_quantile};
use serde::{Deserialize, Serialize};

/// A fixed effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FixedEffect {
    /// Name of the column as R prints it.
    pub name: String,
    /// The estimate; `None` for a column that is a combination of the columns before it.
    pub estimate: Option<Estimate>,
}

/// An estimate with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The coefficient.
    pub coefficient: f64,
    /// Its standard error.
    pub se: f64,
    /// Coefficient over standard error: t of a linear model, z of a generalised one.
    pub statistic: f64,
}

impl Estimate {
    pub(crate) fn new(coefficient: f64, se: f64) -> Self {
        Self { coefficient, se, statistic: coefficient / se }
    }

    /// Two-sided p value of the statistic as a standard normal one.
    pub fn p_normal(&self) -> f64 {
        2.0 * normal_cdf(-self.statistic.abs())
    }

    /// Wald interval of this level, such as 0.95.
    pub fn interval(&self, level: f64) -> Interval {
        let z = normal_quantile(0.5 + 0.5 * level);
        Interval { low: self.coefficient - z * self.se, high: self.coefficient + z * self.se }
    }
}

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Random effects of one grouping factor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomEffects {
    /// Name of the grouping factor.
    pub group: String,
    /// Names of its levels.
    pub levels: Vec<String>,
    /// Names of the effects.
    pub effects: Vec<String>,
    /// Estimated covariance of the effects, row-major.
    pub covariance: Vec<f64>,
    /// Whether each pair of effects is correlated by the model, row-major.
    pub correlated: Vec<bool>,
    /// Conditional modes, row-major, levels × effects.
    pub modes: Vec<f64>,
    /// Conditional covariance of the effects of every level given the response and the parameters,
    /// row-major, effects² for every level.
    pub conditional: Vec<f64>,
}

impl RandomEffects {
    /// Number of effects of a level.
    pub fn k(&self) -> usize {
        self.effects.len()
    }

    /// Standard deviation of an effect.
    pub fn sd(&self, effect: usize) -> f64 {
        self.covariance[effect * self.k() + effect].sqrt()
    }

    /// Correlation of two effects; `None` where the model has none or one of them does not vary.
    pub fn correlation(&self, a: usize, b: usize) -> Option<f64> {
        let k = self.k();
        let sds = self.sd(a) * self.sd(b);
        (self.correlated[a * k + b] && sds > 0.0).then(|| self.covariance[a * k + b] / sds)
    }

    /// Pairs (later, earlier) of effects that the model correlates.
    pub fn correlated_pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let k = self.k();
        let pairs = (0..k).flat_map(move |b| (b + 1..k).map(move |a| (a, b)));
        pairs.filter(move |&(a, b)| self.correlated[a * k + b])
    }

    /// Conditional mode of an effect of a level.
    pub fn mode(&self, level: usize, effect: usize) -> f64 {
        self.modes[level * self.k() + effect]
    }

    /// Conditional variance of an effect of a level.
    pub fn conditional_variance(&self, level: usize, effect: usize) -> f64 {
        let k = self.k();
        self.conditional[level * k * k + effect * k + effect]
    }
}

/// Figures of a whole fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metrics {
    /// Logarithm of the (restricted) likelihood.
    pub loglik: f64,
    /// Minus twice the logarithm of the likelihood, not the restricted one, at the estimates.
    pub deviance: f64,
    /// The REML criterion; `None` for maximum likelihood.
    pub reml_criterion: Option<f64>,
    /// Akaike's information criterion.
    pub aic: f64,
    /// Bayesian information criterion, with the number of rows.
    pub bic: f64,
    /// Standard deviation of the residuals; 1 for families without one.
    pub sigma: f64,
    /// Number of parameters.
    pub df: usize,
    /// Number of rows.
    pub n_obs: usize,
}

/// Shares of variance (Nakagawa & Schielzeth 2013; Johnson 2014).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VarianceShares {
    /// Share of the fixed effects.
    pub r2_marginal: f64,
    /// Share of fixed and random effects.
    pub r2_conditional: f64,
    /// Share of the random effects of what the fixed effects leave, by grouping factor.
    pub icc: Vec<(String, f64)>,
}

impl VarianceShares {
    /// From the variances of the fixed part, of each grouping factor's part and of the residuals.
    pub(crate) fn new(fixed: f64, groups: &[(String, f64)], residual: f64) -> Self {
        let random: f64 = groups.iter().map(|(_, v)| v).sum();
        let total = fixed + random + residual;
        let left = random + residual;
        Self {
            r2_marginal: fixed / total,
            r2_conditional: (fixed + random) / total,
            icc: groups.iter().map(|(name, v)| (name.clone(), v / left)).collect(),
        }
    }
}

/// Variance of values around their mean, with n − 1.
pub(crate) fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)
}
