use serde::{Deserialize, Serialize};

use crate::layout::Population;
use crate::matrix::Sym2;
use crate::spec::Effects;

/// One draw of the population's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// Intercept at week 0 (brms `b_Intercept`).
    pub intercept: f64,
    /// Intercept at the mean week of the rows, to which the prior applies (brms `Intercept`).
    pub intercept_centred: f64,
    /// Change per week (brms `b_week`).
    pub week: f64,
    /// Standard deviation of the students' intercepts at week 0.
    pub sd_intercept: f64,
    /// Standard deviation of the students' slopes; 0 without random slopes.
    pub sd_week: f64,
    /// Correlation of intercept and slope; 0 where it is not a parameter.
    pub cor: f64,
    /// Residual standard deviation.
    pub sigma: f64,
    /// Log-posterior on the unconstrained scale, up to a constant.
    pub ln_posterior: f64,
}

/// A parameter of the population.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// See [`Draw::intercept`].
    Intercept,
    /// See [`Draw::intercept_centred`].
    InterceptCentred,
    /// See [`Draw::week`].
    Week,
    /// See [`Draw::sd_intercept`].
    SdIntercept,
    /// See [`Draw::sd_week`].
    SdWeek,
    /// See [`Draw::cor`].
    Cor,
    /// See [`Draw::sigma`].
    Sigma,
}

impl Parameter {
    /// The parameters of a Gaussian model, in the order of reports.
    pub fn of(effects: Effects) -> &'static [Self] {
        use Parameter::{Cor, Intercept, InterceptCentred, SdIntercept, SdWeek, Sigma, Week};
        match effects {
            Effects::Correlated => {
                &[Intercept, InterceptCentred, Week, SdIntercept, SdWeek, Cor, Sigma]
            }
            Effects::Independent => {
                &[Intercept, InterceptCentred, Week, SdIntercept, SdWeek, Sigma]
            }
            Effects::Intercept => &[Intercept, InterceptCentred, Week, SdIntercept, Sigma],
        }
    }

    /// Its word in responses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intercept => "intercept",
            Self::InterceptCentred => "intercept_centred",
            Self::Week => "week",
            Self::SdIntercept => "sd_intercept",
            Self::SdWeek => "sd_week",
            Self::Cor => "cor",
            Self::Sigma => "sigma",
        }
    }

    /// Its value in a draw.
    pub fn of_draw(self, draw: &Draw) -> f64 {
        match self {
            Self::Intercept => draw.intercept,
            Self::InterceptCentred => draw.intercept_centred,
            Self::Week => draw.week,
            Self::SdIntercept => draw.sd_intercept,
            Self::SdWeek => draw.sd_week,
            Self::Cor => draw.cor,
            Self::Sigma => draw.sigma,
        }
    }
}

impl Draw {
    pub(crate) fn new(p: &Population, mean_week: f64, ln_posterior: f64) -> Self {
        Self {
            intercept: p.alpha - p.slope * mean_week,
            intercept_centred: p.alpha,
            week: p.slope,
            sd_intercept: p.sd_intercept,
            sd_week: p.sd_week,
            cor: p.cor,
            sigma: p.sigma,
            ln_posterior,
        }
    }

    /// Covariance of a student's intercept and slope.
    pub(crate) fn covariance(&self) -> Sym2 {
        let cross = self.cor * self.sd_intercept * self.sd_week;
        Sym2::new(self.sd_intercept * self.sd_intercept, cross, self.sd_week * self.sd_week)
    }
}
