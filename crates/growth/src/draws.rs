//! Draws of the population's parameters, and the parameters by name.

use serde::{Deserialize, Serialize};

use crate::family::{Effects, Family};
use crate::layout::Population;
use crate::matrix::Sym2;

/// One draw of the population's parameters, on the scale of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredDraw")]
pub struct Draw {
    /// Intercept at week 0 (brms `b_Intercept`).
    pub intercept: f64,
    /// Intercept at the mean week of the rows, to which the prior applies (brms `Intercept`).
    pub intercept_centred: f64,
    /// Change per week (brms `b_week`).
    pub week: f64,
    /// Standard deviation of the students' intercepts at week 0.
    pub sd_intercept: f64,
    /// Standard deviation of the students' lines at the mean week of the rows.
    pub sd_intercept_centred: f64,
    /// Standard deviation of the students' slopes; 0 without random slopes.
    pub sd_week: f64,
    /// Correlation of slope and intercept at week 0; 0 where there is none.
    pub cor: f64,
    /// Correlation of slope and line at the mean week of the rows.
    pub cor_centred: f64,
    /// Residual standard deviation, with the Student family the scale of the residuals; 0 where
    /// the family has none.
    pub sigma: f64,
    /// Degrees of freedom of the residuals (brms `nu`), Student family only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df: Option<f64>,
    /// Mean week of the rows.
    pub mean_week: f64,
    /// Log-posterior on the unconstrained scale, up to a constant.
    pub ln_posterior: f64,
}

/// A draw as it is stored; those of releases that knew the students' effects at week 0 only have no mean
/// week.
#[derive(Deserialize)]
struct StoredDraw {
    intercept: f64,
    intercept_centred: f64,
    week: f64,
    sd_intercept: f64,
    sd_intercept_centred: Option<f64>,
    sd_week: f64,
    cor: f64,
    cor_centred: Option<f64>,
    sigma: f64,
    df: Option<f64>,
    mean_week: Option<f64>,
    ln_posterior: f64,
}

impl From<StoredDraw> for Draw {
    fn from(stored: StoredDraw) -> Self {
        let StoredDraw { week, sd_week, sigma, df, ln_posterior, .. } = stored;
        let centred = stored.sd_intercept_centred.zip(stored.cor_centred).zip(stored.mean_week);
        let (alpha, sd_intercept, cor, mean_week) = match centred {
            Some(((sd, cor), mean_week)) => (stored.intercept_centred, sd, cor, mean_week),
            None => (stored.intercept, stored.sd_intercept, stored.cor, 0.0),
        };
        let population = Population { alpha, slope: week, sd_intercept, sd_week, cor, sigma };
        Self::new(&population, mean_week, ln_posterior).with_df(df)
    }
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
    /// See [`Draw::sd_intercept_centred`].
    SdInterceptCentred,
    /// See [`Draw::sd_week`].
    SdWeek,
    /// See [`Draw::cor`].
    Cor,
    /// See [`Draw::cor_centred`].
    CorCentred,
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
            all.extend([Self::SdInterceptCentred, Self::SdWeek]);
        }
        if effects == Effects::Correlated {
            all.extend([Self::Cor, Self::CorCentred]);
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
            Self::SdInterceptCentred => "sd_intercept_centred",
            Self::SdWeek => "sd_week",
            Self::Cor => "cor",
            Self::CorCentred => "cor_centred",
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
            Self::SdInterceptCentred => draw.sd_intercept_centred,
            Self::SdWeek => draw.sd_week,
            Self::Cor => draw.cor,
            Self::CorCentred => draw.cor_centred,
            Self::Sigma => draw.sigma,
            Self::Df => draw.df.unwrap_or(f64::NAN),
        }
    }
}

impl Draw {
    /// A population whose students' intercepts stand at the mean week.
    pub(crate) fn new(p: &Population, mean_week: f64, ln_posterior: f64) -> Self {
        let start = p.covariance().moved(-mean_week);
        Self {
            intercept: p.alpha - p.slope * mean_week,
            intercept_centred: p.alpha,
            week: p.slope,
            sd_intercept: start.a.max(0.0).sqrt(),
            sd_intercept_centred: p.sd_intercept,
            sd_week: p.sd_week,
            cor: start.correlation(),
            cor_centred: p.cor,
            sigma: p.sigma,
            df: None,
            mean_week,
            ln_posterior,
        }
    }

    /// A population whose students' intercepts stand at week 0, as the sampler has it, and whose own
    /// intercept stands at the mean week.
    pub(crate) fn of_start(p: &Population, mean_week: f64, ln_posterior: f64) -> Self {
        let centred = p.covariance().moved(mean_week);
        Self {
            intercept: p.alpha - p.slope * mean_week,
            intercept_centred: p.alpha,
            week: p.slope,
            sd_intercept: p.sd_intercept,
            sd_intercept_centred: centred.a.max(0.0).sqrt(),
            sd_week: p.sd_week,
            cor: p.cor,
            cor_centred: centred.correlation(),
            sigma: p.sigma,
            df: None,
            mean_week,
            ln_posterior,
        }
    }

    pub(crate) fn with_df(self, df: Option<f64>) -> Self {
        Self { df, ..self }
    }

    /// The population with the students' intercepts at week 0.
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

    /// Covariance of a student's slope and intercept at week 0.
    pub(crate) fn covariance(&self) -> Sym2 {
        self.population().covariance()
    }

    /// Its determinant, which is the same wherever intercepts stand: from where the correlation is the smaller one,
    /// since it loses least there.
    pub(crate) fn covariance_det(&self) -> f64 {
        let at_zero = self.population();
        if self.cor.abs() <= self.cor_centred.abs() {
            return at_zero.covariance_det();
        }
        let (sd_intercept, cor) = (self.sd_intercept_centred, self.cor_centred);
        Population { sd_intercept, cor, ..at_zero }.covariance_det()
    }

    /// Variance of the students' lines at a week.
    pub(crate) fn line_variance(&self, week: f64) -> f64 {
        let (level, slope) = (self.sd_intercept_centred, self.sd_week);
        let centred = Sym2::new(level * level, self.cor_centred * level * slope, slope * slope);
        centred.form([1.0, week - self.mean_week]).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_of_an_earlier_release_keeps_its_students() {
        let old = r#"{"intercept":0.1,"intercept_centred":0.4,"week":0.05,"sd_intercept":0.5,
            "sd_week":0.04,"cor":-0.3,"sigma":0.3,"ln_posterior":-3.0}"#;
        let draw: Draw = serde_json::from_str(old).unwrap();
        assert!((draw.line_variance(0.0) - 0.25).abs() < 1e-15, "{draw:?}");
        assert_eq!((draw.intercept, draw.sd_intercept, draw.cor), (0.1, 0.5, -0.3));
        let again: Draw = serde_json::from_str(&serde_json::to_string(&draw).unwrap()).unwrap();
        assert_eq!(again, draw);
    }
}
