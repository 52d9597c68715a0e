//! Options of Prophet's model, by the names of its Python package.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Options of the model. Each has a default; those not known are ignored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProphetOptionsJson {
    /// `linear` (default), `logistic` (a capacity in every row, or `cap`) or `flat`.
    pub growth: Option<String>,
    /// Capacity of logistic growth for rows that have none.
    pub cap: Option<f64>,
    /// Floor of logistic growth for rows that have none. Default 0.
    pub floor: Option<f64>,
    /// `additive` (default) or `multiplicative`.
    pub seasonality_mode: Option<String>,
    /// Yearly seasonality: true, false, a number of harmonics, or `auto` (default): when two periods
    /// are covered at a fine enough spacing.
    pub yearly_seasonality: Option<SeasonalSwitchJson>,
    /// Weekly seasonality, as `yearly_seasonality`.
    pub weekly_seasonality: Option<SeasonalSwitchJson>,
    /// Daily seasonality, as `yearly_seasonality`.
    pub daily_seasonality: Option<SeasonalSwitchJson>,
    /// Further seasonalities.
    pub seasonalities: Option<Vec<ProphetSeasonalityJson>>,
    /// Standard deviation of the prior of seasonal effects. Default 10.
    pub seasonality_prior_scale: Option<f64>,
    /// Points at which the slope may change: their number (default 25, never more than a quarter of the
    /// rows), evenly over the first `changepoint_range` of the rows.
    pub n_changepoints: Option<u64>,
    /// Share of the rows that may hold a change. Default 0.8.
    pub changepoint_range: Option<f64>,
    /// These times instead.
    pub changepoints: Option<Vec<String>>,
    /// Scale of the Laplace prior of a change. Default 0.05.
    pub changepoint_prior_scale: Option<f64>,
    /// Days with effects of their own.
    pub holidays: Option<Vec<ProphetHolidayJson>>,
    /// `KR`: the public holidays of Korea, 2018 to 2032, lunar ones among them.
    pub country_holidays: Option<String>,
    /// A school calendar: lines `name,first day,last day,kind` with kind holiday, exam, break or term.
    /// Holidays, exams and breaks have effects; a column `in_term` becomes a condition.
    pub calendar: Option<String>,
    /// How holidays enter. Default: as seasonalities.
    pub holidays_mode: Option<String>,
    /// Standard deviation of the prior of holidays and regressors. Default 10.
    pub holidays_prior_scale: Option<f64>,
    /// Columns that are regressors: their names, or objects with options.
    pub regressors: Option<Vec<ProphetRegressorJson>>,
    /// `absmax` (default) or `minmax`.
    pub scaling: Option<String>,
    /// Probability inside the intervals. Default 0.95.
    pub interval_width: Option<f64>,
    /// Simulated paths of logistic growth. Default 1000.
    pub uncertainty_samples: Option<u64>,
    /// Seed of the simulation. Default 42.
    pub seed: Option<u64>,
    /// Most steps of the optimiser. Default 500.
    pub max_iter: Option<u32>,
    /// The model that is published: `auto` (default), `prophet`, `damped_trend`, `naive` or
    /// `seasonal_naive`.
    pub model: Option<String>,
}

/// Whether a seasonality is in the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SeasonalSwitchJson {
    /// In or out.
    Switch(bool),
    /// With so many harmonics.
    Order(u64),
    /// `auto`.
    Word(String),
}

/// A seasonality as a Fourier series.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProphetSeasonalityJson {
    /// Its name.
    pub name: String,
    /// Days of a period.
    pub period: f64,
    /// Harmonics.
    #[serde(alias = "order")]
    #[schemars(extend("x-aliases" = ["order"]))]
    pub fourier_order: u64,
    /// Standard deviation of the prior of its effects.
    pub prior_scale: Option<f64>,
    /// `additive` or `multiplicative`.
    pub mode: Option<String>,
    /// Column of truth values under which it applies; `in_term` comes from a calendar.
    #[serde(alias = "condition")]
    #[schemars(extend("x-aliases" = ["condition"]))]
    pub condition_name: Option<String>,
}

/// Days with an effect of their own.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProphetHolidayJson {
    /// Its name; entries of one name share an effect.
    #[serde(alias = "name")]
    #[schemars(extend("x-aliases" = ["name"]))]
    pub holiday: String,
    /// A day as YYYY-MM-DD, or a list of them.
    #[serde(alias = "dates", alias = "date")]
    #[schemars(extend("x-aliases" = ["dates", "date"]))]
    pub ds: Value,
    /// First day with an effect, relative to it (≤ 0).
    pub lower_window: Option<i64>,
    /// Last day with an effect, relative to it (≥ 0).
    pub upper_window: Option<i64>,
    /// Standard deviation of the prior of its effects.
    pub prior_scale: Option<f64>,
}

/// A regressor: its column, or the column with options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ProphetRegressorJson {
    /// The column.
    Name(String),
    /// With options.
    Options {
        /// The column.
        name: String,
        /// Standard deviation of the prior of its coefficient.
        #[serde(default)]
        prior_scale: Option<f64>,
        /// Whether it is standardised. Default: unless it holds zeros and ones only.
        #[serde(default)]
        standardize: Option<bool>,
        /// `additive` or `multiplicative`.
        #[serde(default)]
        mode: Option<String>,
    },
}
