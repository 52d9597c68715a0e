//! Flags of `fit lmm`, `fit glmm`, `predict lmm` and `predict glmm`.

use std::path::PathBuf;

use crate::table_file::TableArgs;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct FitLmmArgs {
    #[command(flatten)]
    pub(crate) shared: FitArgs,
    /// Maximum likelihood instead of REML
    #[arg(long)]
    pub(crate) ml: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FitGlmmArgs {
    #[command(flatten)]
    pub(crate) shared: FitArgs,
    /// Distribution of the response
    #[arg(long, value_enum, default_value = "binomial")]
    pub(crate) family: FamilyChoice,
    /// Link [default: logit of a binomial family, log of counts]
    #[arg(long, value_enum)]
    pub(crate) link: Option<LinkChoice>,
    /// Points of adaptive Gauss-Hermite quadrature; 1 is the Laplace approximation [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) agq: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    /// CSV, TSV or JSON Lines: one row per observation
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// As in R's lme4 [default: score ~ week + (week|student) + (1|topic) of lmm,
    /// correct ~ 1 + (1|student_id) + (1|item_id) of glmm]
    #[arg(long, value_name = "FORMULA")]
    pub(crate) formula: Option<String>,
    /// Column of weights; of a binomial family the trials behind a proportion
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weights: Option<String>,
    /// Columns of numbers that are categories
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(crate) factors: Vec<String>,
    /// Refuse rows with a missing value instead of leaving them out
    #[arg(long)]
    pub(crate) strict: bool,
    /// How intervals are made
    #[arg(long, value_enum, default_value = "wald")]
    pub(crate) intervals: IntervalsChoice,
    /// Probability inside the intervals
    #[arg(long, default_value_t = 0.95, value_name = "0..1", allow_negative_numbers = true)]
    pub(crate) confidence: f64,
    /// Replicates of the bootstrap; of an interval of 95 % at least 40
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(crate) replicates: u64,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// Another formula for the same rows: likelihood-ratio test where one model is a part of the other, AIC and
    /// BIC of both
    #[arg(long, value_name = "FORMULA")]
    pub(crate) against: Option<String>,
    /// Rows to predict with standard errors of the whole model; needs --json
    #[arg(long, value_name = "FILE", requires = "json")]
    pub(crate) newdata: Option<PathBuf>,
    /// Most iterations of the search [default: 200]
    #[arg(long, value_name = "N")]
    pub(crate) max_iter: Option<u64>,
    /// Put the coefficients of every level, fixed effect plus deviation, into the JSON
    #[arg(long, requires = "json")]
    pub(crate) by_level: bool,
    /// Put fitted values and residuals of every row into the JSON
    #[arg(long, requires = "json")]
    pub(crate) residuals: bool,
    /// Write the JSON of the service's fit to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FamilyChoice {
    Binomial,
    Poisson,
    #[value(alias = "negative_binomial")]
    NegativeBinomial,
    Gaussian,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LinkChoice {
    Logit,
    Probit,
    Cloglog,
    Log,
    Identity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IntervalsChoice {
    /// From standard errors, of fixed effects
    Wald,
    /// By profile likelihood, of every parameter
    Profile,
    /// Percentiles of a parametric bootstrap, of every parameter
    Bootstrap,
    None,
}

#[derive(Debug, Args)]
pub(crate) struct PredictLmmArgs {
    #[command(flatten)]
    pub(crate) shared: PredictArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PredictGlmmArgs {
    #[command(flatten)]
    pub(crate) shared: PredictArgs,
    /// Scale of the predictions
    #[arg(long = "type", value_enum, default_value = "response")]
    pub(crate) scale: ScaleChoice,
}

#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    /// The fit: the JSON of `fit lmm --json` or `fit glmm --json`
    #[arg(long, value_name = "FILE")]
    pub(crate) model: PathBuf,
    /// Rows with the columns of the formula
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Without random effects: for the average level
    #[arg(long)]
    pub(crate) fixed_only: bool,
    /// Write the JSON of the service's prediction to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScaleChoice {
    Response,
    Link,
}
