//! Flags of `fit survival`, `predict survival` and `dataset churn`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct FitSurvivalArgs {
    /// CSV, TSV or JSON Lines: one row per observation
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// 'Surv(time, event) ~ a + b'; without it the columns time and event, and every other numeric
    /// column as a covariate
    #[arg(long, value_name = "FORMULA")]
    pub(crate) formula: Option<String>,
    /// Model
    #[arg(long, value_enum, default_value = "cox")]
    pub(crate) family: FamilyChoice,
    /// Tied events
    #[arg(long, value_enum, default_value = "efron")]
    pub(crate) ties: TiesChoice,
    /// Column whose values have a baseline hazard each
    #[arg(long, value_name = "COLUMN")]
    pub(crate) strata: Option<String>,
    /// Column whose equal values mark rows that may depend on each other
    #[arg(long, value_name = "COLUMN")]
    pub(crate) cluster: Option<String>,
    /// Column of the student
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Ridge penalty on standardised covariates
    #[arg(long, value_name = "X")]
    pub(crate) ridge: Option<f64>,
    /// Time by which the risk is predicted
    #[arg(long, default_value_t = 14.0, value_name = "DAYS")]
    pub(crate) horizon: f64,
    /// Seed of the folds
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// Do not measure the quality on left-out students
    #[arg(long)]
    pub(crate) no_quality: bool,
    /// Write the JSON of `POST /survival/fit` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FamilyChoice {
    #[value(alias = "coxph")]
    Cox,
    Exponential,
    Weibull,
    Lognormal,
    Loglogistic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TiesChoice {
    Efron,
    Breslow,
    Exact,
}

#[derive(Debug, Args)]
pub(crate) struct PredictSurvivalArgs {
    /// The fit: the JSON of `fit survival --json`
    #[arg(long, value_name = "FILE")]
    pub(crate) model: PathBuf,
    /// Rows with the covariates of the fit; a column gap_days holds the time without event so far
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Times of the survival curves
    #[arg(long, value_name = "DAYS,…", value_delimiter = ',', default_value = "7,14,21,30")]
    pub(crate) times: Vec<f64>,
    /// Time by which the risk is predicted [default: that of the fit]
    #[arg(long, value_name = "DAYS")]
    pub(crate) horizon: Option<f64>,
    /// Write the JSON of `POST /survival/predict` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DatasetChurnArgs {
    /// Where to write it, as CSV; `-` = standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Landmarks of this many days
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) lookback_days: u32,
    /// Days without activity that are the event
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub(crate) event_threshold_days: u32,
    /// The day to stand on [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<NaiveDate>,
}
