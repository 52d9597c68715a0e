//! The forecast of a report from the row of the newest run.

use chrono::NaiveDate;
use seedtest_report::{ForecastDetail, ForecastModel, ForecastWeek, Trend};
use seedtest_store::ForecastRow;
use seedtest_wire::{ForecastAnomalyJson, ForecastValueJson, ProphetModelMetaJson};
use serde::Deserialize;

/// What the job keeps of a forecast, as far as a report shows it.
#[derive(Deserialize)]
struct Stored {
    model_used: String,
    trend: String,
    model_meta: ProphetModelMetaJson,
    insample: Vec<ForecastValueJson>,
    #[serde(default)]
    anomalies: Vec<ForecastAnomalyJson>,
    not_judged: Option<String>,
}

/// The forecast of the class; `None` for a row of another program.
pub(super) fn forecast_detail(row: &ForecastRow) -> Option<ForecastDetail> {
    let stored: Stored = serde_json::from_value(row.fit_meta.clone()).ok()?;
    let future: Vec<ForecastValueJson> = serde_json::from_value(row.forecast.clone()).ok()?;
    let unusual = |ds: &str| {
        let anomaly = stored.anomalies.iter().find(|a| a.ds == ds && a.is_anomaly)?;
        anomaly.zscore
    };
    let week = |point: &ForecastValueJson| {
        Some(ForecastWeek {
            week_start: point.ds.parse::<NaiveDate>().ok()?,
            value: point.actual,
            expected: point.yhat,
            lower: point.yhat_lower,
            upper: point.yhat_upper,
            unusual: unusual(&point.ds),
        })
    };
    Some(ForecastDetail {
        weeks: stored.insample.iter().chain(&future).filter_map(week).collect(),
        model: ForecastModel::of_name(&stored.model_used)?,
        trend: Trend::of_name(&stored.trend)?,
        rmse: stored.model_meta.rmse,
        mae: stored.model_meta.mae,
        judged: stored.not_judged.is_none(),
    })
}
