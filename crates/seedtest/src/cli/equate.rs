//! Flags of `seedtest equate KIND`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct EquateArgs {
    #[command(subcommand)]
    pub(crate) kind: EquateKind,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EquateKind {
    /// Observed scores of form X on form Y: equipercentile, mean and linear equating
    Scores(EquateScoresArgs),
    /// True scores of one calibrated form on another, both on one scale
    TrueScore(EquateTrueScoreArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EquateScoresArgs {
    /// Table with the scores on X; where it also has those on Y, the same students took both
    #[arg(value_name = "X.csv")]
    pub(crate) x_file: PathBuf,
    /// Table with the scores on Y, where other students took it
    #[arg(value_name = "Y.csv")]
    pub(crate) y_file: Option<PathBuf>,
    /// Column of the scores on X
    #[arg(long, default_value = "x", value_name = "COLUMN")]
    pub(crate) x: String,
    /// Column of the scores on Y
    #[arg(long, default_value = "y", value_name = "COLUMN")]
    pub(crate) y: String,
    /// Column, in both files, of the scores on an anchor: the files are of two populations
    #[arg(long, value_name = "COLUMN", requires = "y_file")]
    pub(crate) anchor: Option<String>,
    /// How the anchor is used
    #[arg(long, value_enum, default_value = "frequency-estimation", requires = "anchor")]
    pub(crate) method: AnchorChoice,
    /// Share of the first population in the one the table is for [default: in proportion to the
    /// numbers of students]
    #[arg(long, value_name = "SHARE", requires = "anchor")]
    pub(crate) weight: Option<f64>,
    /// Number of items of X [default: the highest score]
    #[arg(long, value_name = "N")]
    pub(crate) highest_x: Option<u32>,
    /// Number of items of Y [default: the highest score]
    #[arg(long, value_name = "N")]
    pub(crate) highest_y: Option<u32>,
    /// Number of items of the anchor [default: the highest score]
    #[arg(long, value_name = "N", requires = "anchor")]
    pub(crate) highest_anchor: Option<u32>,
    /// Smooth both distributions first, keeping this many moments (log-linear smoothing)
    #[arg(long, value_name = "DEGREE", conflicts_with = "anchor")]
    pub(crate) smooth: Option<usize>,
    /// Write the table as JSON to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnchorChoice {
    /// Distributions in one population, by the anchor
    FrequencyEstimation,
    /// X to the anchor in the first population, the anchor to Y in the second
    Chained,
}

#[derive(Debug, Args)]
pub(crate) struct EquateTrueScoreArgs {
    /// Calibration of the new form: the JSON of `fit irt`, or that of `link`
    #[arg(value_name = "NEW.json")]
    pub(crate) new: PathBuf,
    /// Calibration of the old form
    #[arg(value_name = "OLD.json")]
    pub(crate) old: PathBuf,
    /// Write the table as JSON to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}
