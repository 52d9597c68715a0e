//! `POST /prophet/fit` and `POST /prophet/predict`: requests of every known client, responses.

pub mod columns;
mod fit_request;
mod fit_response;
mod options;
mod predict;

pub use fit_request::ProphetFitRequest;
pub use fit_response::{
    ForecastAnomalyJson, ForecastComponentJson, ForecastErrorsJson, ForecastScoreJson,
    ForecastValueJson, ProphetChangepointJson, ProphetDatesJson, ProphetFitMetaJson,
    ProphetFitResponse, ProphetFittedJson, ProphetModelMetaJson, ProphetNoop, ProphetParamsJson,
};
pub use options::{
    ProphetHolidayJson, ProphetOptionsJson, ProphetRegressorJson, ProphetSeasonalityJson,
    SeasonalSwitchJson,
};
pub use predict::{ProphetPredictRequest, ProphetPredictResponse};
