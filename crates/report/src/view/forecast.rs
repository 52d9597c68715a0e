//! What is expected of improvement, and which weeks were unusual.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The forecast of the weekly improvement I_t of the whole class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastDetail {
    /// Weeks in ascending order: those observed, then those to come.
    pub weeks: Vec<ForecastWeek>,
    /// The model behind the numbers.
    pub model: ForecastModel,
    /// Which way improvement went.
    pub trend: Trend,
    /// Root mean squared error over the observed weeks.
    pub rmse: Option<f64>,
    /// Mean absolute error over them.
    pub mae: Option<f64>,
    /// Whether there were enough weeks to call one unusual.
    pub judged: bool,
}

/// A week of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForecastWeek {
    /// Its Monday.
    pub week_start: NaiveDate,
    /// Mean I_t of the class; `None` in a week to come.
    pub value: Option<f64>,
    /// What the model says; `None` where nothing precedes the week.
    pub expected: Option<f64>,
    /// Lower end of the 95 % interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// How unusual the week was: the standard normal value as rare; `None` for a usual one.
    pub unusual: Option<f64>,
}

/// Which model made a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecastModel {
    /// Prophet's.
    Prophet,
    /// A level with a trend that fades.
    DampedTrend,
    /// The last value.
    Naive,
    /// The value a cycle ago.
    SeasonalNaive,
}

impl ForecastModel {
    /// The stable name, as used in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prophet => "prophet",
            Self::DampedTrend => "damped_trend",
            Self::Naive => "naive",
            Self::SeasonalNaive => "seasonal_naive",
        }
    }

    /// The model of this name; `None` for one this version does not know.
    pub fn of_name(name: &str) -> Option<Self> {
        let all = [Self::Prophet, Self::DampedTrend, Self::Naive, Self::SeasonalNaive];
        all.into_iter().find(|model| model.name() == name)
    }
}

/// Which way a series goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Up.
    Increasing,
    /// Down.
    Decreasing,
    /// Neither, or not to be told from chance.
    Flat,
}

impl Trend {
    /// The stable name, as used in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
            Self::Flat => "flat",
        }
    }

    /// The trend of this name; `None` for one this version does not know.
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Increasing, Self::Decreasing, Self::Flat].into_iter().find(|t| t.name() == name)
    }
}
