//! Flags of `seedtest fit prophet` and `seedtest predict prophet`.

use std::path::PathBuf;

use crate::table_file::TableArgs;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FitProphetArgs {
    /// One row a time, as CSV, TSV or JSON Lines: ds (a day or time) and y, in any order
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Column of the times [default: ds, week_start, date, time, timestamp, week, 날짜, Datum, fecha …]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// Column of the values [default: y, I_t, value, score, 점수, Wert, valor …]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) value: Option<String>,
    /// How the times are written, where they do not say: dmy, mdy, ymd, excel, excel1904, epoch-s …
    #[arg(long, value_name = "FORMAT")]
    pub(crate) date_format: Option<String>,
    /// Points after the last one to forecast, 1 to 1000
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub(crate) horizon: u64,
    /// Their distance: hour, day, week, month or quarter [default: that of the rows]
    #[arg(long, value_name = "STEP")]
    pub(crate) freq: Option<String>,
    /// |z| from which an observation is an anomaly
    #[arg(long, default_value_t = 2.5, value_name = "Z")]
    pub(crate) anomaly_threshold: f64,
    /// The model to publish instead of the closest: prophet, damped_trend, naive, seasonal_naive
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Probability inside the intervals [default: 0.95]
    #[arg(long, value_name = "P")]
    pub(crate) interval: Option<f64>,
    /// A school calendar: lines name,first day,last day,kind (holiday, exam, break or term)
    #[arg(long, value_name = "FILE")]
    pub(crate) calendar: Option<PathBuf>,
    /// Public holidays of a country: KR
    #[arg(long, value_name = "CODE")]
    pub(crate) country_holidays: Option<String>,
    /// Options by the names of Prophet: {"growth":"logistic","cap":1,"yearly_seasonality":false,…}
    #[arg(long, value_name = "JSON")]
    pub(crate) options: Option<String>,
    /// Rows of the future with their regressors, conditions and capacities
    #[arg(long, value_name = "FILE")]
    pub(crate) future: Option<PathBuf>,
    /// Write the JSON of `POST /prophet/fit` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PredictProphetArgs {
    /// A forecast: the JSON of `fit prophet --json FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) model: PathBuf,
    /// Points after the last one [default: those of the forecast]
    #[arg(long, value_name = "N")]
    pub(crate) periods: Option<u64>,
    /// Their distance: hour, day, week, month or quarter [default: that of the forecast]
    #[arg(long, value_name = "STEP")]
    pub(crate) freq: Option<String>,
    /// Rows of the future with their regressors, conditions and capacities
    #[arg(long, value_name = "FILE")]
    pub(crate) future: Option<PathBuf>,
    /// Write the JSON of `POST /prophet/predict` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}
