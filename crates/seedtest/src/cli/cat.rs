//! Flags of `seedtest cat`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use seedtest_numerics::DEFAULT_SEED;

use super::values;

#[derive(Debug, Args)]
pub(crate) struct CatArgs {
    #[command(subcommand)]
    pub(crate) action: CatAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatAction {
    /// Adaptive tests of simulated students: bias, errors, exposure and length by ability
    Simulate(CatSimulateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CatSimulateArgs {
    /// Items with parameters: the JSON of `fit irt`, or [{"item_id":"q1","a":1.2,"b":0.3,"area":"algebra"},…]; with
    /// several categories {"model":"GRM","a":…,"b":[…]}
    #[arg(long, value_name = "FILE")]
    pub(crate) bank: PathBuf,
    /// Number of students
    #[arg(long, default_value_t = 1_000, value_parser = values::whole(1..=1_000_000_u32), value_name = "N")]
    pub(crate) n: u32,
    /// Mean of their abilities
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, value_name = "THETA")]
    pub(crate) mean: f64,
    /// Standard deviation of their abilities; 0 = all are at the mean
    #[arg(long, default_value_t = 1.0, value_name = "SD")]
    pub(crate) sd: f64,
    /// maximum_information, kullback_leibler or minimum_expected_posterior_variance
    #[arg(long, default_value = "maximum_information", value_name = "RULE")]
    pub(crate) rule: String,
    /// How abilities are estimated: eap, map, ml or wle
    #[arg(long, default_value = "eap")]
    pub(crate) method: String,
    /// Mean of the ability before the first answer
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) prior_mean: f64,
    /// Standard deviation of the ability before the first answer
    #[arg(long, default_value_t = 1.0)]
    pub(crate) prior_sd: f64,
    /// Fewest items of a test
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) min_items: u32,
    /// Most items of a test
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub(crate) max_items: u32,
    /// A test ends when the standard error is at most this; 0 = it plays no part [default: 0.3, without --cut]
    #[arg(long, value_name = "SE")]
    pub(crate) se: Option<f64>,
    /// A test ends when it is clear on which side of this ability the student is
    #[arg(long, allow_negative_numbers = true, value_name = "THETA")]
    pub(crate) cut: Option<f64>,
    /// Posterior probability of a side from which on it is clear
    #[arg(long, default_value_t = 0.95, requires = "cut", value_name = "P")]
    pub(crate) level: f64,
    /// Draws from so many of the best items
    #[arg(long, value_name = "N", conflicts_with = "exposure_target")]
    pub(crate) randomesque: Option<u32>,
    /// Looks for exposure parameters (Sympson and Hetter) that keep every item below this share of the tests
    #[arg(long, value_name = "SHARE")]
    pub(crate) exposure_target: Option<f64>,
    /// Content areas: {"algebra":{"min":5,"max":10,"share":0.4},…}
    #[arg(long, value_name = "FILE")]
    pub(crate) areas: Option<PathBuf>,
    /// Seed; the same seed gives the same tests
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// Write everything, every item with its exposure, to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}
