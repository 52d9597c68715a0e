//! `seedtest predict MODEL` and `seedtest dataset KIND`.

use clap::{Args, Subcommand};

use super::{DatasetChurnArgs, PredictGrowthArgs, PredictSurvivalArgs};

#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    #[command(subcommand)]
    pub(crate) model: PredictModel,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PredictModel {
    /// Probability to reach a goal, from a stored growth fit or one mean and standard deviation
    Growth(PredictGrowthArgs),
    /// Survival curves, risks and ranks from a stored survival fit
    Survival(PredictSurvivalArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DatasetArgs {
    #[command(subcommand)]
    pub(crate) kind: DatasetKind,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetKind {
    /// Weekly landmarks of every student with the time to the next long silence
    Churn(DatasetChurnArgs),
}
