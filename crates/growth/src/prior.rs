//! Prior densities and the defaults of the model.

use seedtest_numerics::ln;
use serde::{Deserialize, Serialize};

use crate::family::Family;

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

    /// The density of (x − zero) / unit where this is that of x. The densities of positive numbers have
    /// no other zero.
    pub(crate) fn measured(self, zero: f64, unit: f64) -> Self {
        match self {
            Self::Flat => Self::Flat,
            Self::Normal { mean, sd } => Self::Normal { mean: (mean - zero) / unit, sd: sd / unit },
            Self::StudentT { df, location, scale } => {
                Self::StudentT { df, location: (location - zero) / unit, scale: scale / unit }
            }
            Self::Cauchy { location, scale } => {
                Self::Cauchy { location: (location - zero) / unit, scale: scale / unit }
            }
            Self::Exponential { rate } => Self::Exponential { rate: rate * unit },
            Self::Lognormal { mean, sd } => Self::Lognormal { mean: mean - ln(unit), sd },
        }
    }

    /// Where the density is centred and how wide it is; `None` where it has no such numbers.
    pub(crate) fn location_and_scale(&self) -> Option<[f64; 2]> {
        match *self {
            Self::Normal { mean, sd } => Some([mean, sd]),
            Self::StudentT { location, scale, .. } | Self::Cauchy { location, scale } => {
                Some([location, scale])
            }
            Self::Flat | Self::Exponential { .. } | Self::Lognormal { .. } => None,
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

/// The priors that were asked for; `None` = the default, which follows the data.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Priors {
    /// Intercept of the centred design: the population's score at the mean week of the rows.
    pub intercept: Option<Prior>,
    /// Change per week.
    pub week: Option<Prior>,
    /// Standard deviation of the students' intercepts, where [`Place`] says.
    pub sd_intercept: Option<Prior>,
    /// Standard deviation of the students' slopes.
    pub sd_week: Option<Prior>,
    /// Residual standard deviation.
    pub sigma: Option<Prior>,
    /// Shape η of the LKJ prior of the correlation of intercept and slope, > 0: density
    /// ∝ (1 − ρ²)^(η − 1) (Lewandowski, Kurowicka, Joe 2009).
    pub lkj: Option<f64>,
}

impl Priors {
    /// Those of the contract, for scores that stand on a scale of mean 0 and standard deviation 1:
    /// N(0, 1) on the intercept, N(0, 0.5) on the slope, half-Cauchy(0, 1) on the standard deviations
    /// of students, LKJ(1) on their correlation.
    pub fn of_standard_scores() -> Self {
        let half_cauchy = Some(Prior::Cauchy { location: 0.0, scale: 1.0 });
        Self {
            intercept: Some(Prior::Normal { mean: 0.0, sd: 1.0 }),
            week: Some(Prior::Normal { mean: 0.0, sd: 0.5 }),
            sd_intercept: half_cauchy,
            sd_week: half_cauchy,
            sigma: None,
            lkj: Some(1.0),
        }
    }

    /// Whether any of them was asked for.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// Where a student's intercept stands, so that priors of its standard deviation and of the
/// correlation mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// At the mean week of the rows: nothing depends on where weeks are counted from.
    MeanWeek,
    /// At the first week of the rows: that of lme4 and brms where weeks are counted from 0. Priors
    /// that are asked for stand here, and effects that are independent.
    FirstWeek,
}

/// The prior of every parameter of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PriorSet {
    /// Intercept at the mean week of the rows.
    pub intercept: Prior,
    /// Change per week.
    pub week: Prior,
    /// Standard deviation of the students' intercepts at `place`.
    pub sd_intercept: Prior,
    /// Standard deviation of the students' slopes.
    pub sd_week: Prior,
    /// Residual standard deviation.
    pub sigma: Prior,
    /// Shape of the LKJ prior of the correlation at `place`.
    pub lkj: f64,
    /// Where a student's intercept stands.
    pub place: Place,
}

/// How far apart scores and weeks lie: what default priors follow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DataScale {
    /// Mean and standard deviation of the scores; 0 and 1 for families on the logit scale.
    pub(crate) score: [f64; 2],
    /// Standard deviation of the weeks, 1 where there is one week only.
    pub(crate) week_sd: f64,
}

/// Default scale of priors of a location, in standard deviations of the scores (rstanarm).
const WIDE: f64 = 2.5;
/// Degrees of freedom of the half-t of standard deviations (brms).
const DF: f64 = 3.0;

impl PriorSet {
    /// Those that were asked for, and for the others weakly informative ones on the scale of the data,
    /// as rstanarm and brms choose them (Goodrich, Gabry, Ali, Brilleman 2020; Bürkner 2017): with m
    /// and s the mean and standard deviation of the scores and t that of the weeks, N(m, 2.5 s) on the
    /// intercept, N(0, 2.5 s / t) on the slope, half-t(3, 0, s) on the standard deviations of
    /// intercepts and residuals, half-t(3, 0, s / t) on that of slopes, LKJ(1) on the correlation. On
    /// the logit scale m = 0, s = 1 and the half-t have scale 2.5.
    pub(crate) fn of(asked: &Priors, family: Family, place: Place, scale: &DataScale) -> Self {
        let [mean, sd] = scale.score;
        let half_t = |unit: f64| {
            let wide = if family.has_sigma() { 1.0 } else { WIDE };
            Prior::StudentT { df: DF, location: 0.0, scale: wide * unit }
        };
        let by_week = sd / scale.week_sd;
        Self {
            intercept: asked.intercept.unwrap_or(Prior::Normal { mean, sd: WIDE * sd }),
            week: asked.week.unwrap_or(Prior::Normal { mean: 0.0, sd: WIDE * by_week }),
            sd_intercept: asked.sd_intercept.unwrap_or_else(|| half_t(sd)),
            sd_week: asked.sd_week.unwrap_or_else(|| half_t(by_week)),
            sigma: asked.sigma.unwrap_or_else(|| half_t(sd)),
            lkj: asked.lkj.unwrap_or(1.0),
            place,
        }
    }
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
    fn defaults_follow_the_data() {
        // rstanarm 2.21, prior_summary(stan_glm(…)): adjusted scales 2.5 sd(y) and 2.5 sd(y) / sd(x).
        let scale = DataScale { score: [60.0, 14.0], week_sd: 2.0 };
        let set = PriorSet::of(&Priors::default(), Family::Gaussian, Place::MeanWeek, &scale);
        assert_eq!(set.intercept, Prior::Normal { mean: 60.0, sd: 35.0 });
        assert_eq!(set.week, Prior::Normal { mean: 0.0, sd: 17.5 });
        assert_eq!(set.sd_week, Prior::StudentT { df: 3.0, location: 0.0, scale: 7.0 });
        let mine = Priors { week: Some(Prior::Flat), ..Priors::default() };
        let set = PriorSet::of(&mine, Family::Gaussian, Place::MeanWeek, &scale);
        assert_eq!((set.week, set.lkj), (Prior::Flat, 1.0));
    }

    #[test]
    fn other_units_are_the_same_density() {
        let priors = [
            (Prior::Normal { mean: 0.3, sd: 0.7 }, 2.0),
            (Prior::StudentT { df: 3.0, location: 0.1, scale: 2.5 }, 2.0),
            (Prior::Cauchy { location: 0.5, scale: 1.0 }, 2.0),
            (Prior::Exponential { rate: 2.0 }, 0.0),
            (Prior::Lognormal { mean: -0.5, sd: 0.4 }, 0.0),
        ];
        for (prior, zero) in priors {
            let unit = 12.0;
            let ratio = |x: f64, y: f64| prior.ln_density(x).0 - prior.ln_density(y).0;
            let other = prior.measured(zero, unit);
            let there = |x: f64| other.ln_density((x - zero) / unit).0;
            // Densities are known up to a constant.
            let apart = ratio(3.0, 7.0) - (there(3.0) - there(7.0));
            assert!(apart.abs() < 1e-12, "{prior:?}: {apart}");
        }
    }

    #[test]
    fn priors_read_as_clients_write_them() {
        let text = r#"{"dist":"cauchy","scale":1}"#;
        let prior: Prior = serde_json::from_str(text).unwrap();
        assert_eq!(prior, Prior::Cauchy { location: 0.0, scale: 1.0 });
    }
}
