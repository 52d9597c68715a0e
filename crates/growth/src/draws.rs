//! Draws of the population's parameters, and the parameters by name.

use serde::{Deserialize, Serialize};

use crate::layout::Population;
use crate::matrix::Sym2;
use crate::spec::{Effects, Family};

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
    /// Residual standard deviation, with the Student family the scale of the residuals; 0 where
    /// the family has none.
    pub sigma: f64,
    /// Degrees of freedom of the residuals (brms `nu`), Student family only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df: Option<f64>,
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
    /// See [`Draw::df`].
    Df,
}

impl Parameter {
    /// The parameters of a model, in the order of reports.
    pub fn of(family: Family, effects: Effects) -> Vec<Self> {
        let mut all = vec![Self::Intercept, Self::InterceptCentred, Self::Week, Self::SdIntercept];
        if effects.has_slope() {
            all.push(Self::SdWeek);
        }
        if effects == Effects::Correlated {
            all.push(Self::Cor);
        }
        if family.has_sigma() {
            all.push(Self::Sigma);
        }
        if family == Family::Student {
            all.push(Self::Df);
        }
        all
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
            Self::Df => "df",
        }
    }

    /// Its value in a draw; NaN for degrees of freedom of another family.
    pub fn of_draw(self, draw: &Draw) -> f64 {
        match self {
            Self::Intercept => draw.intercept,
            Self::InterceptCentred => draw.intercept_centred,
            Self::Week => draw.week,
            Self::SdIntercept => draw.sd_intercept,
            Self::SdWeek => draw.sd_week,
            Self::Cor => draw.cor,
            Self::Sigma => draw.sigma,
            Self::Df => draw.df.unwrap_or(f64::NAN),
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
            df: None,
            ln_posterior,
        }
    }

    pub(crate) fn population(&self) -> Population {
        Population {
            alpha: self.intercept_centred,
            slope: self.week,
            sd_intercept: self.sd_intercept,
            sd_week: self.sd_week,
            cor: self.cor,
            sigma: self.sigma,
        }
    }

    /// Covariance of a student's intercept and slope.
    pub(crate) fn covariance(&self) -> Sym2 {
        self.population().covariance()
    }
}
