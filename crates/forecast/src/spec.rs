//! What model is fitted: Prophet's options, validated.

use seedtest_numerics::{DEFAULT_LEVEL, DEFAULT_SEED};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Shape of the trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// Piecewise linear.
    #[default]
    Linear,
    /// Piecewise logistic, between a floor and a capacity given with every row.
    Logistic,
    /// A constant level.
    Flat,
}

/// How a component enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Added to the trend.
    #[default]
    Additive,
    /// As a share of the trend.
    Multiplicative,
}

/// Whether one of the usual seasonalities is in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Toggle {
    /// When the history covers two periods at a fine enough spacing.
    #[default]
    Auto,
    /// With the usual number of harmonics.
    On,
    /// Not.
    Off,
    /// With this number of harmonics (≥ 1).
    Order(usize),
}

/// A seasonality as a Fourier series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seasonality {
    /// Its name.
    pub name: String,
    /// Days of a period, > 0.
    pub period: f64,
    /// Harmonics, ≥ 1.
    pub order: usize,
    /// Standard deviation of the normal prior of its coefficients; `None` = that of the model.
    pub prior_scale: Option<f64>,
    /// How it enters; `None` = as the model says.
    pub mode: Option<Mode>,
    /// Name of the condition under which it applies: a column of truth values.
    pub condition: Option<String>,
}

/// Days with an effect of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holiday {
    /// Its name.
    pub name: String,
    /// Its days, counted from 1970-01-01.
    pub days: Vec<i64>,
    /// First day with an effect, relative to the holiday (≤ 0).
    pub lower_window: i64,
    /// Last day with an effect, relative to the holiday (≥ 0).
    pub upper_window: i64,
    /// Standard deviation of the prior of its effects; `None` = that of the model.
    pub prior_scale: Option<f64>,
}

/// Whether a regressor is standardised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standardize {
    /// Unless it holds zeros and ones only.
    #[default]
    Auto,
    /// Yes.
    On,
    /// No.
    Off,
}

/// A regressor: a column known for the past and the future.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regressor {
    /// Name of the column.
    pub name: String,
    /// Standard deviation of the prior of its coefficient; `None` = that of holidays.
    pub prior_scale: Option<f64>,
    /// Whether it is standardised. A constant one never is.
    pub standardize: Standardize,
    /// How it enters; `None` = as the model says.
    pub mode: Option<Mode>,
}

/// Where the slope may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changepoints {
    /// So many points, evenly over the rows of the first part of the history.
    Automatic {
        /// Number of points; fewer where there are not enough rows.
        count: usize,
        /// Share of the history that holds them, in (0, 1].
        range: f64,
    },
    /// These times, seconds since 1970-01-01.
    At(Vec<i64>),
}

/// How values are brought to the scale of the priors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// By the largest absolute value; centred where a linear or flat trend with additive terms has a
    /// level more than a hundred times the range, which the priors would not see otherwise.
    #[default]
    Auto,
    /// Divided by the largest absolute value.
    AbsMax,
    /// Mapped to 0..1.
    MinMax,
    /// Mapped to −1..1.
    Centred,
}

/// Prophet's model (Taylor & Letham 2018) with the names and defaults of its Python package 1.5, but an
/// interval of 95 %.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// Shape of the trend.
    pub growth: Growth,
    /// Where the slope may change.
    pub changepoints: Changepoints,
    /// Scale of the Laplace prior of the changes, > 0.
    pub changepoint_prior_scale: f64,
    /// Year of 365.25 days, 10 harmonics.
    pub yearly: Toggle,
    /// Week, 3 harmonics.
    pub weekly: Toggle,
    /// Day, 4 harmonics.
    pub daily: Toggle,
    /// Further seasonalities.
    pub seasonalities: Vec<Seasonality>,
    /// How seasonalities and regressors enter.
    pub seasonality_mode: Mode,
    /// Standard deviation of the prior of seasonal coefficients, > 0.
    pub seasonality_prior_scale: f64,
    /// Days with effects of their own.
    pub holidays: Vec<Holiday>,
    /// How holidays enter; `None` = as seasonalities.
    pub holidays_mode: Option<Mode>,
    /// Standard deviation of the prior of holidays' and regressors' effects, > 0.
    pub holidays_prior_scale: f64,
    /// Regressors.
    pub regressors: Vec<Regressor>,
    /// Scale of the values.
    pub scaling: Scaling,
    /// Probability of the interval around a prediction, in (0, 1).
    pub interval_width: f64,
    /// Simulated paths where an interval has no closed form (logistic growth), 1..=100 000.
    pub paths: usize,
    /// Seed of the simulation.
    pub seed: u64,
    /// Most steps of the optimiser, ≥ 1.
    pub max_iter: u32,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            growth: Growth::Linear,
            changepoints: Changepoints::Automatic { count: 25, range: 0.8 },
            changepoint_prior_scale: 0.05,
            yearly: Toggle::Auto,
            weekly: Toggle::Auto,
            daily: Toggle::Auto,
            seasonalities: Vec::new(),
            seasonality_mode: Mode::Additive,
            seasonality_prior_scale: 10.0,
            holidays: Vec::new(),
            holidays_mode: None,
            holidays_prior_scale: 10.0,
            regressors: Vec::new(),
            scaling: Scaling::Auto,
            interval_width: DEFAULT_LEVEL,
            paths: 1000,
            seed: DEFAULT_SEED,
            max_iter: 500,
        }
    }
}

const POSITIVE: &str = "it must be a number > 0";
const SHARE: &str = "it must be between 0 and 1";
/// Harmonics, windows and change points past this are a mistake, or an attack on the memory.
const MOST: usize = 1000;

impl Spec {
    pub(crate) fn validate(&self) -> Result<(), Error> {
        positive("changepoint_prior_scale", self.changepoint_prior_scale)?;
        positive("seasonality_prior_scale", self.seasonality_prior_scale)?;
        positive("holidays_prior_scale", self.holidays_prior_scale)?;
        share("interval_width", self.interval_width)?;
        within("paths", self.paths, 1, 100_000, "it must be between 1 and 100000")?;
        within("max_iter", self.max_iter as usize, 1, usize::MAX, "it must be at least 1")?;
        if let Changepoints::Automatic { count, range } = self.changepoints {
            within("n_changepoints", count, 0, MOST, "it must be at most 1000")?;
            if !(range > 0.0 && range <= 1.0) {
                return Err(setting(
                    "changepoint_range",
                    range,
                    "it must be above 0 and at most 1",
                ));
            }
        }
        for (name, toggle) in
            [("yearly", self.yearly), ("weekly", self.weekly), ("daily", self.daily)]
        {
            if let Toggle::Order(order) = toggle {
                within(name, order, 1, MOST, "it must be between 1 and 1000")?;
            }
        }
        self.seasonalities.iter().try_for_each(Seasonality::validate)?;
        self.holidays.iter().try_for_each(Holiday::validate)?;
        for regressor in &self.regressors {
            prior_scale(&regressor.name, regressor.prior_scale)?;
        }
        self.names_are_free()
    }

    fn names_are_free(&self) -> Result<(), Error> {
        const RESERVED: [&str; 6] =
            ["trend", "additive_terms", "multiplicative_terms", "holidays", "yhat", ""];
        let mut names: Vec<&str> = RESERVED.to_vec();
        let seasonal = self.seasonalities.iter().map(|s| s.name.as_str());
        let holidays = self.holidays.iter().map(|h| h.name.as_str());
        let regressors = self.regressors.iter().map(|r| r.name.as_str());
        for name in seasonal.chain(holidays).chain(regressors) {
            if names.contains(&name) {
                return Err(Error::Name { name: name.to_string() });
            }
            names.push(name);
        }
        Ok(())
    }
}

impl Seasonality {
    fn validate(&self) -> Result<(), Error> {
        positive(&format!("period of {}", self.name), self.period)?;
        let name = format!("fourier_order of {}", self.name);
        within(&name, self.order, 1, MOST, "it must be between 1 and 1000")?;
        prior_scale(&self.name, self.prior_scale)
    }
}

impl Holiday {
    fn validate(&self) -> Result<(), Error> {
        let most = MOST as i64;
        if !(-most..=0).contains(&self.lower_window) {
            let name = format!("lower_window of {}", self.name);
            return Err(setting(&name, self.lower_window as f64, "it must be between -1000 and 0"));
        }
        if !(0..=most).contains(&self.upper_window) {
            let name = format!("upper_window of {}", self.name);
            return Err(setting(&name, self.upper_window as f64, "it must be between 0 and 1000"));
        }
        prior_scale(&self.name, self.prior_scale)
    }
}

fn prior_scale(of: &str, value: Option<f64>) -> Result<(), Error> {
    value.map_or(Ok(()), |v| positive(&format!("prior_scale of {of}"), v))
}

fn positive(name: &str, value: f64) -> Result<(), Error> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(setting(name, value, POSITIVE)) }
}

pub(crate) fn share(name: &str, value: f64) -> Result<(), Error> {
    if value > 0.0 && value < 1.0 { Ok(()) } else { Err(setting(name, value, SHARE)) }
}

pub(crate) fn within(
    name: &str,
    value: usize,
    least: usize,
    most: usize,
    expected: &'static str,
) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(setting(name, value as f64, expected))
    }
}

pub(crate) fn setting(name: &str, value: f64, expected: &'static str) -> Error {
    Error::Setting { name: name.to_string(), value, expected }
}
