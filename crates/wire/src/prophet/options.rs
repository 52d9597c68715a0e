//! Options of Prophet's model, by the names of its Python package.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Options of the model. Each has a default; those not known are named in a warning.
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
    /// `absmax`, `minmax`, `centred` or `auto` (default): the first, and the last where a level more than a
    /// hundred times the range would hide it.
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
    /// How the times of the rows are written, where they do not say: `dmy`, `mdy`, `ymd`, `excel`, `excel1904`,
    /// `epoch-s`, `epoch-ms` or `epoch-us`.
    pub date_format: Option<String>,
    /// Names that stood among the options and are none.
    #[serde(skip)]
    pub unknown: Vec<String>,
}

impl ProphetOptionsJson {
    /// The names of all options.
    pub fn names() -> Vec<String> {
        match serde_json::to_value(Self::default()) {
            Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        }
    }

    /// What to say of names that are none.
    pub fn unknown_note(&self) -> Option<String> {
        let unknown = self.unknown.join(", ");
        let names = || Self::names().join(", ");
        (!unknown.is_empty())
            .then(|| format!("no option is called {unknown}; the options are {}", names()))
    }
}

/// Options with the names that are none.
pub(super) fn with_unknown<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ProphetOptionsJson>, D::Error> {
    let Some(fields) = Option::<serde_json::Map<String, Value>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let names = ProphetOptionsJson::names();
    let unknown = fields.keys().filter(|name| !names.contains(name)).cloned().collect();
    let options: ProphetOptionsJson =
        serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?;
    Ok(Some(ProphetOptionsJson { unknown, ..options }))
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
