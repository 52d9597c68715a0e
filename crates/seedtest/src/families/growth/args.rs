//! Flags of `seedtest fit growth` and `seedtest predict growth`.

use std::path::PathBuf;

use crate::table_file::TableArgs;
use clap::Args;
use seedtest_families::growth;
use seedtest_numerics::{DEFAULT_LEVEL, DEFAULT_SEED};

#[derive(Debug, Args)]
pub(crate) struct FitGrowthArgs {
    /// One row a student and week, as CSV, TSV or JSON Lines: student_id, week (number or date),
    /// score, and optionally n (answers behind the score) or se (its standard error)
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// score ~ week + (week|student), (week||student) or (1|student), with the names of the columns
    #[arg(long, default_value = growth::DEFAULT_FORMULA)]
    pub(crate) formula: String,
    /// gaussian, student, binomial or bernoulli [default: gaussian; binomial for cbind(right, wrong)]
    #[arg(long)]
    pub(crate) family: Option<String>,
    /// Priors of intercept, week, sd, sd_intercept, sd_week, sigma, cor:
    /// {"week":{"dist":"normal","mean":0,"sd":0.5},…} [default: on the scale of scores and weeks]
    #[arg(long, value_name = "JSON")]
    pub(crate) priors: Option<String>,
    /// Refuse rows with a missing value instead of leaving them out
    #[arg(long)]
    pub(crate) strict: bool,
    /// Chains
    #[arg(long, visible_alias = "n-chains", default_value_t = growth::CHAINS, value_name = "N")]
    pub(crate) chains: u64,
    /// Warm-up draws a chain
    #[arg(long, visible_alias = "n-warmup", default_value_t = growth::WARMUP, value_name = "N")]
    pub(crate) warmup: u64,
    /// Kept draws a chain
    #[arg(long, visible_alias = "n-samples", default_value_t = growth::DRAWS, value_name = "N")]
    pub(crate) samples: u64,
    /// Mean acceptance the sampler's step size aims at, 0.5 to below 1; higher is slower and diverges less
    #[arg(long, default_value_t = growth::TARGET_ACCEPT, value_name = "P", allow_negative_numbers = true)]
    pub(crate) target_accept: f64,
    /// Seed of the random numbers; the same seed gives the same draws on any number of threads
    #[arg(long, default_value_t = DEFAULT_SEED, value_name = "N")]
    pub(crate) seed: u64,
    /// Score to reach [default: 0 where scores lie on both sides of it, else none: no P]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) target: Option<f64>,
    /// Weeks after the last observed one at which it counts
    #[arg(long, default_value_t = growth::HORIZON_WEEKS, value_name = "X", allow_negative_numbers = true)]
    pub(crate) horizon_weeks: f64,
    /// Probability inside the intervals
    #[arg(long, default_value_t = DEFAULT_LEVEL, value_name = "P", allow_negative_numbers = true)]
    pub(crate) credible_interval: f64,
    /// Stop after this many seconds and return the draws so far
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) max_seconds: Option<f64>,
    /// Write all draws to this Parquet file, with what --resume needs
    #[arg(long, value_name = "FILE")]
    pub(crate) draws: Option<PathBuf>,
    /// Go on with the draws of this file, of the same --data, until there are --samples a chain;
    /// formula, family, priors, chains, warm-up, acceptance and seed are those of the file
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "formula", "family", "priors", "chains", "warmup", "target_accept", "seed"
        ]
    )]
    pub(crate) resume: Option<PathBuf>,
    /// Keep draws in the JSON, for `predict growth`
    #[arg(long)]
    pub(crate) keep_model: bool,
    /// Write the JSON of `POST /growth/fit` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PredictGrowthArgs {
    /// A fit: the JSON of `fit growth --keep-model --json FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Rows of students to predict with the fit
    #[arg(long, value_name = "FILE", requires = "model")]
    pub(crate) data: Option<PathBuf>,
    /// Mean of the score, with --sd
    #[arg(long, value_name = "X", requires = "sd", allow_negative_numbers = true)]
    pub(crate) mean: Option<f64>,
    /// Standard deviation of the score
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) sd: Option<f64>,
    /// Score of one student now
    #[arg(long, value_name = "X", conflicts_with = "mean", allow_negative_numbers = true)]
    pub(crate) current_score: Option<f64>,
    /// Its change a week [default: that of the population of the fit]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) trend: Option<f64>,
    /// Weeks until the goal counts [default: that of the fit]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) weeks_remaining: Option<f64>,
    /// Standard error of the score now
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) se: Option<f64>,
    /// Score to reach [default: that of the fit]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) target: Option<f64>,
    /// Weeks after the last row of --data at which it counts [default: that of the fit]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) horizon_weeks: Option<f64>,
    /// Probability inside the intervals
    #[arg(long, default_value_t = DEFAULT_LEVEL, value_name = "P", allow_negative_numbers = true)]
    pub(crate) credible_interval: f64,
    /// Write the JSON of `POST /growth/predict` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}
