use serde::Deserialize;
use serde_json::Value;

use crate::observation::ObservationJson;

/// Request of `POST /irt/score`. Fields that are not known are ignored.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct ScoreRequest<'a> {
    /// `{"ITEM":{"a","b","c"},…}`, `{"items":[{"item_id","a","b","c"},…]}`, a list of such entries,
    /// or a whole calibration.
    #[serde(alias = "items")]
    pub item_params: Value,
    /// The answers.
    #[serde(
        borrow,
        alias = "observations",
        alias = "rows",
        alias = "data",
        alias = "data_rows",
        alias = "series"
    )]
    pub responses: Vec<ObservationJson<'a>>,
    /// `EAP` (default), `MAP`, `ML` or `WLE`.
    pub method: Option<String>,
    /// Mean of the ability's prior. Default 0.
    pub prior_mean: Option<f64>,
    /// Its standard deviation. Default 1.
    pub prior_sd: Option<f64>,
    /// Model of the items: with `3PL` a missing c is 0.2.
    pub model: Option<String>,
}
