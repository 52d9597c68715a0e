//! Prior densities and the defaults of the model.

use seedtest_numerics::ln;
use serde::{Deserialize, Serialize};

/// A prior density of one parameter. On a standard deviation it is restricted to positive values,
/// which changes the density by a constant only.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "dist", rename_all = "snake_case")]
pub enum Prior {
    /// No information.
    Flat,
    /// Normal.
    Normal {
        /// Mean.
        #[serde(default)]
        mean: f64,
        /// Standard deviation, > 0.
        sd: f64,
    },
    /// Student's t.
    StudentT {
        /// Degrees of freedom, > 0.
        df: f64,
        /// Location.
        #[serde(default)]
        location: f64,
        /// Scale, > 0.
        scale: f64,
    },
    /// Cauchy; on a standard deviation the half-Cauchy.
    #[serde(alias = "half_cauchy", alias = "half-cauchy")]
    Cauchy {
        /// Location.
        #[serde(default)]
        location: f64,
        /// Scale, > 0.
        scale: f64,
    },
    /// Exponential, for standard deviations only.
    Exponential {
        /// Rate, > 0.
        rate: f64,
    },
    /// Log-normal, for standard deviations only.
    #[serde(alias = "log_normal")]
    Lognormal {
        /// Mean of the logarithm.
        #[serde(default)]
        mean: f64,
        /// Standard deviation of the logarithm, > 0.
        sd: f64,
    },
}

impl Prior {
    /// Log-density up to a constant, and its derivative, at `x`.
    pub(crate) fn ln_density(&self, x: f64) -> (f64, f64) {
        match *self {
            Self::Flat => (0.0, 0.0),
            Self::Normal { mean, sd } => {
                let z = (x - mean) / sd;
                (-0.5 * z * z, -z / sd)
            }
            Self::StudentT { df, location, scale } => student_t(x, df, location, scale),
            Self::Cauchy { location, scale } => student_t(x, 1.0, location, scale),
            Self::Exponential { rate } => (-rate * x, -rate),
            Self::Lognormal { mean, sd } => {
                let z = (ln(x) - mean) / sd;
                (-0.5 * z * z - ln(x), -(z / sd + 1.0) / x)
            }
        }
    }

    /// The first number of the prior that makes no density, by name.
    pub(crate) fn fault(&self) -> Option<(&'static str, f64)> {
        let positive =
            |name, value: f64| (!(value > 0.0 && value.is_finite())).then_some((name, value));
        let finite = |name, value: f64| (!value.is_finite()).then_some((name, value));
        match *self {
            Self::Flat => None,
            Self::Normal { mean, sd } | Self::Lognormal { mean, sd } => {
                finite("mean", mean).or_else(|| positive("sd", sd))
            }
            Self::StudentT { df, location, scale } => positive("df", df)
                .or_else(|| finite("location", location))
                .or_else(|| positive("scale", scale)),
            Self::Cauchy { location, scale } => {
                finite("location", location).or_else(|| positive("scale", scale))
            }
            Self::Exponential { rate } => positive("rate", rate),
        }
    }

    /// Whether the density is zero below zero, so that only a standard deviation may have it.
    pub(crate) fn is_positive(&self) -> bool {
        matches!(self, Self::Exponential { .. } | Self::Lognormal { .. })
    }
}

fn student_t(x: f64, df: f64, location: f64, scale: f64) -> (f64, f64) {
    let z = (x - location) / scale;
    let tail = 1.0 + z * z / df;
    (-0.5 * (df + 1.0) * ln(tail), -(df + 1.0) * z / (df * scale * tail))
}

/// The priors of a growth model. The defaults are those of the contract: N(0, 1) on the intercept
/// at the mean week, N(0, 0.5) on the slope, half-Cauchy(0, 1) on the standard deviations of
/// students, LKJ(1) on their correlation. The residual standard deviation has what brms gives it,
/// see [`Priors::default_sigma`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Priors {
    /// Intercept of the centred design: the population's score at the mean week of the rows.
    pub intercept: Prior,
    /// Change per week.
    pub week: Prior,
    /// Standard deviation of the students' intercepts (at week 0).
    pub sd_intercept: Prior,
    /// Standard deviation of the students' slopes.
    pub sd_week: Prior,
    /// Residual standard deviation; `None` = [`Priors::default_sigma`] of the scores.
    pub sigma: Option<Prior>,
    /// Shape η of the LKJ prior of the correlation of intercept and slope, > 0: density
    /// ∝ (1 − ρ²)^(η − 1) (Lewandowski, Kurowicka, Joe 2009).
    pub lkj: f64,
}

impl Default for Priors {
    fn default() -> Self {
        let half_cauchy = Prior::Cauchy { location: 0.0, scale: 1.0 };
        Self {
            intercept: Prior::Normal { mean: 0.0, sd: 1.0 },
            week: Prior::Normal { mean: 0.0, sd: 0.5 },
            sd_intercept: half_cauchy,
            sd_week: half_cauchy,
            sigma: None,
            lkj: 1.0,
        }
    }
}

impl Priors {
    /// What brms gives a residual standard deviation: half-t with 3 degrees of freedom and scale
    /// max(2.5, MAD of the scores), rounded to one digit (Bürkner 2017, `set_prior`).
    pub fn default_sigma(scores: &[f64]) -> Prior {
        let mad = median_absolute_deviation(scores);
        let scale = if mad > 2.5 { (mad * 10.0).round() / 10.0 } else { 2.5 };
        Prior::StudentT { df: 3.0, location: 0.0, scale }
    }
}

/// 1.4826 times the median distance from the median, as R's `mad`.
fn median_absolute_deviation(values: &[f64]) -> f64 {
    let middle = median(values.to_vec());
    1.4826 * median(values.iter().map(|value| (value - middle).abs()).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 {
        return 0.0;
    }
    f64::midpoint(values[(n - 1) / 2], values[n / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_density() {
        let priors = [
            Prior::Normal { mean: 0.3, sd: 0.7 },
            Prior::StudentT { df: 3.0, location: 0.1, scale: 2.5 },
            Prior::Cauchy { location: 0.0, scale: 1.0 },
            Prior::Exponential { rate: 2.0 },
            Prior::Lognormal { mean: -0.5, sd: 0.4 },
        ];
        for prior in priors {
            for x in [0.2, 0.9, 3.1] {
                let step = 1e-6;
                let slope =
                    (prior.ln_density(x + step).0 - prior.ln_density(x - step).0) / (2.0 * step);
                let derivative = prior.ln_density(x).1;
                assert!(
                    (slope - derivative).abs() < 1e-7 * (1.0 + slope.abs()),
                    "{prior:?} at {x}"
                );
            }
        }
    }

    #[test]
    fn the_default_of_sigma_is_that_of_brms() {
        // R 4.2.2: mad(lme4::sleepstudy$Reaction) = 59.2782…; brms prints student_t(3, 0, 59.3).
        let spread = |scale: f64| [-scale, 0.0, scale].map(|x| x / 1.4826);
        let scale = |scores: &[f64]| match Priors::default_sigma(scores) {
            Prior::StudentT { scale, .. } => scale,
            other => panic!("{other:?}"),
        };
        assert!((scale(&spread(59.2782)) - 59.3).abs() < 1e-12);
        assert!((scale(&spread(0.2)) - 2.5).abs() < 1e-12);
    }

    #[test]
    fn priors_read_as_clients_write_them() {
        let text = r#"{"dist":"cauchy","scale":1}"#;
        let prior: Prior = serde_json::from_str(text).unwrap();
        assert_eq!(prior, Prior::Cauchy { location: 0.0, scale: 1.0 });
    }
}
