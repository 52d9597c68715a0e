//! Flags of `fit survival`, `fit survival-curves` and `predict survival`.

use std::path::PathBuf;

use crate::table_file::TableArgs;
use clap::{Args, ValueEnum};
use seedtest_families::survival;
use seedtest_numerics::{DEFAULT_LEVEL, DEFAULT_SEED};

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
    /// Column whose equal values mark rows that may depend on each other; errors are robust over them
    /// [default: the column of the student (user_id, student_id, id, …) where one has several rows]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) cluster: Option<String>,
    /// Column of the student: names predictions, says which rows are of one student, and is the default of
    /// --cluster [default: user_id, student_id, id, … where there is one]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Column of case weights; whole numbers count rows, with others errors are robust ones
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weights: Option<String>,
    /// Column with a term of the linear predictor whose coefficient is one
    #[arg(long, value_name = "COLUMN")]
    pub(crate) offset: Option<String>,
    /// Ridge penalty on standardised covariates
    #[arg(long, value_name = "X", conflicts_with_all = ["alpha", "lambda"], allow_negative_numbers = true)]
    pub(crate) ridge: Option<f64>,
    /// Path of penalties with cross-validation: 1 = lasso, 0 = ridge, between = elastic net
    #[arg(long, value_name = "0..1", allow_negative_numbers = true)]
    pub(crate) alpha: Option<f64>,
    /// Penalty of the path whose coefficients are used: min, 1se or a number [default: min]
    #[arg(long, value_name = "RULE")]
    pub(crate) lambda: Option<String>,
    /// Length of a period of the discrete families, in the unit of the times
    #[arg(long, default_value_t = survival::PERIOD_DAYS, value_name = "DAYS", allow_negative_numbers = true)]
    pub(crate) period: f64,
    /// Time by which the risk is predicted
    #[arg(long, default_value_t = survival::HORIZON_DAYS, value_name = "DAYS", allow_negative_numbers = true)]
    pub(crate) horizon: f64,
    /// Seed of the folds
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// Do not measure the quality on left-out students
    #[arg(long)]
    pub(crate) no_quality: bool,
    /// Put martingale, deviance, dfbeta and Schoenfeld residuals into the JSON
    #[arg(long, requires = "json")]
    pub(crate) residuals: bool,
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
    /// Odds of the event in every period
    #[value(alias = "discrete")]
    DiscreteLogit,
    /// Proportional hazards seen in periods
    DiscreteCloglog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TiesChoice {
    Efron,
    Breslow,
    Exact,
}

#[derive(Debug, Args)]
pub(crate) struct FitSurvivalCurvesArgs {
    /// CSV, TSV or JSON Lines: one row per observation
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// 'Surv(time, event) ~ group'; without it the columns time and event
    #[arg(long, value_name = "FORMULA")]
    pub(crate) formula: Option<String>,
    /// Column whose values have a curve each
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Option<String>,
    /// Column of competing ends: 0 = censored, 1, 2, … = how the observation ended
    #[arg(long, value_name = "COLUMN", conflicts_with = "formula")]
    pub(crate) cause: Option<String>,
    /// Column of case weights; whole numbers count rows, with others errors are robust ones
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weights: Option<String>,
    /// End of the restricted mean [default: the last time of the group observed shortest]
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    pub(crate) tau: Option<f64>,
    /// Level of the bounds
    #[arg(long, default_value_t = DEFAULT_LEVEL, value_name = "0..1", allow_negative_numbers = true)]
    pub(crate) confidence: f64,
    /// Scale on which the bounds of survival are symmetric
    #[arg(long, value_enum, default_value = "log-log")]
    pub(crate) bounds: BoundsChoice,
    /// Write the JSON of `POST /survival/curves` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BoundsChoice {
    LogLog,
    Log,
    Plain,
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
    #[arg(long, value_name = "DAYS,…", value_delimiter = ',', default_values_t = survival::TIME_POINTS)]
    pub(crate) times: Vec<f64>,
    /// Time by which the risk is predicted [default: that of the fit]
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true)]
    pub(crate) horizon: Option<f64>,
    /// Write the JSON of `POST /survival/predict` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}
