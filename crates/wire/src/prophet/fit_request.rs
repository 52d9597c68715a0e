//! `POST /prophet/fit`: the request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns;
use super::options::{ProphetHolidayJson, ProphetOptionsJson, SeasonalSwitchJson, with_unknown};
use crate::rows::Rows;

/// Request of `POST /prophet/fit`. Every field but the rows has a default; fields that are not known
/// are ignored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProphetFitRequest {
    /// One object a time: a day or time and a value, in any order; gaps are allowed.
    #[serde(alias = "data", alias = "series", alias = "data_rows", alias = "observations")]
    #[schemars(extend("x-aliases" = ["data", "series", "data_rows", "observations"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// Points after the last one to forecast. Default 4.
    #[serde(
        alias = "horizon_weeks",
        alias = "forecast_periods",
        alias = "periods",
        alias = "forecast_weeks"
    )]
    #[schemars(extend("x-aliases" = ["horizon_weeks", "forecast_periods", "periods", "forecast_weeks"]))]
    pub horizon: Option<u64>,
    /// Distance of these points: `hour`, `day`, `week`, `month` or `quarter`. Default: that of the
    /// rows.
    pub freq: Option<String>,
    /// Rows of the future with their regressors, conditions and capacities; without them the next
    /// `horizon` points.
    #[schemars(schema_with = "columns::future")]
    pub future: Option<Rows>,
    /// |z| from which an observation is an anomaly. Default 2.5.
    pub anomaly_threshold: Option<f64>,
    /// Whether to look for anomalies. Default true.
    pub detect_anomalies: Option<bool>,
    /// Options of the model.
    #[serde(deserialize_with = "with_unknown")]
    pub options: Option<ProphetOptionsJson>,
    /// `seasonality_mode` of the options.
    pub seasonality_mode: Option<String>,
    /// `yearly_seasonality` of the options.
    pub yearly_seasonality: Option<SeasonalSwitchJson>,
    /// `weekly_seasonality` of the options.
    pub weekly_seasonality: Option<SeasonalSwitchJson>,
    /// `daily_seasonality` of the options.
    pub daily_seasonality: Option<SeasonalSwitchJson>,
    /// `changepoint_prior_scale` of the options.
    pub changepoint_prior_scale: Option<f64>,
    /// `n_changepoints` of the options.
    pub n_changepoints: Option<u64>,
    /// `interval_width` of the options.
    pub interval_width: Option<f64>,
    /// `seed` of the options.
    pub seed: Option<u64>,
    /// `holidays` of the options.
    pub holidays: Option<Vec<ProphetHolidayJson>>,
    /// Starting points of the comparison with simpler models. Default 10.
    pub origins: Option<u64>,
    /// `uuid` to get a run id that is a UUID.
    pub run_id_format: Option<String>,
    /// Whether the response carries what is needed to predict from it alone. Default false.
    pub keep_model: Option<bool>,
    /// Seconds after which the best fit so far is returned.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

impl ProphetFitRequest {
    /// The options wherever they stand; one at the top goes before one of `options`.
    pub fn all_options(&self) -> ProphetOptionsJson {
        let inner = self.options.clone().unwrap_or_default();
        ProphetOptionsJson {
            seasonality_mode: self.seasonality_mode.clone().or(inner.seasonality_mode),
            yearly_seasonality: self.yearly_seasonality.clone().or(inner.yearly_seasonality),
            weekly_seasonality: self.weekly_seasonality.clone().or(inner.weekly_seasonality),
            daily_seasonality: self.daily_seasonality.clone().or(inner.daily_seasonality),
            changepoint_prior_scale: self.changepoint_prior_scale.or(inner.changepoint_prior_scale),
            n_changepoints: self.n_changepoints.or(inner.n_changepoints),
            interval_width: self.interval_width.or(inner.interval_width),
            seed: self.seed.or(inner.seed),
            holidays: self.holidays.clone().or(inner.holidays),
            ..inner
        }
    }
}
