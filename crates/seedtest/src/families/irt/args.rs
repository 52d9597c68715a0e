//! Flags of `fit irt`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::{DriftArg, DuplicatesChoice, LangChoice, ReadArgs};
use crate::table_file::TableArgs;

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags
pub(crate) struct FitIrtArgs {
    /// Response log as CSV, TSV, JSON Lines, Parquet, .xlsx or .ods; one column an item is fine too
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// rasch, 1pl, 2pl or 3pl; of scored answers grm, gpcm, pcm, rsm, nrm or auto-per-item (2pl with two
    /// categories, grm with more)
    #[arg(long, default_value = "2pl")]
    pub(crate) model: String,
    /// Models of single items with several categories: {"ITEM":"gpcm",…}
    #[arg(long, value_name = "FILE")]
    pub(crate) model_by_item: Option<PathBuf>,
    /// 2PL of so many dimensions (2 to 4) on which every item loads; they are turned to simple structure
    #[arg(long, value_name = "K", conflicts_with = "pattern")]
    pub(crate) dimensions: Option<usize>,
    /// How the dimensions are turned: to ones that may correlate, or to ones that do not
    #[arg(long, value_enum, default_value = "quartimin", requires = "dimensions")]
    pub(crate) rotation: RotationArg,
    /// 2PL of several dimensions with the loadings of this table: the item, then a column a dimension with 1 where the
    /// item loads on it
    #[arg(long, value_name = "FILE")]
    pub(crate) pattern: Option<PathBuf>,
    /// The dimensions of --pattern do not correlate
    #[arg(long, requires = "pattern")]
    pub(crate) uncorrelated: bool,
    /// Column of the student
    #[arg(long, value_name = "COLUMN")]
    pub(crate) student: Option<String>,
    /// Column of the item
    #[arg(long, value_name = "COLUMN")]
    pub(crate) item: Option<String>,
    /// Column of the correctness
    #[arg(long, value_name = "COLUMN")]
    pub(crate) correct: Option<String>,
    /// Column of the score or category (0, 1, 2, …), for models with several categories
    #[arg(long, value_name = "COLUMN", conflicts_with = "correct")]
    pub(crate) score: Option<String>,
    /// Column of the highest score of the item, for models with several categories; a score above it is refused
    #[arg(long, value_name = "COLUMN", conflicts_with = "max_scores")]
    pub(crate) max_score: Option<String>,
    /// Highest scores by item: {"ITEM":4,…}
    #[arg(long, value_name = "FILE")]
    pub(crate) max_scores: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Fail when any row or cell cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// Column of the student's group (grade, class): every group gets an ability distribution of its own,
    /// the items the same parameters in all
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Option<String>,
    /// The group with mean 0 and standard deviation 1 [default: the first, numbers by size]
    #[arg(long, value_name = "NAME")]
    pub(crate) reference_group: Option<String>,
    /// As --group, and compares every item between the groups: Mantel–Haenszel, logistic regression, likelihood
    /// ratio and Wald test with purified anchors, areas
    #[arg(long, value_name = "COLUMN", conflicts_with = "group")]
    pub(crate) dif: Option<String>,
    /// Which answer counts when a student answered an item more than once
    #[arg(long, value_enum, default_value = "first")]
    pub(crate) duplicates: DuplicatesChoice,
    /// Items with known parameters: [{"item_id":"7","params":{"a":1.1,"b":0.2},"fixed":true}, …]; with several
    /// categories {"model":"GRM","params":{"a":1.1,"b":[-0.4,0.2]},…}
    #[arg(long, value_name = "FILE")]
    pub(crate) anchors: Option<PathBuf>,
    /// How results get onto the scale of the fixed anchors: auto (they are held), fixed,
    /// stocking_lord, haebara, mean_sigma, mean_mean or none
    #[arg(long, default_value = "auto", value_name = "METHOD")]
    pub(crate) linking: String,
    /// Whether anchors that drift are left out of a linking, and named where they are held
    #[arg(long, value_enum, default_value = "test")]
    pub(crate) drift: DriftArg,
    /// Priors of the item parameters: `weak`, or JSON over a, b, d, c or logit_c
    #[arg(long, value_name = "JSON")]
    pub(crate) priors: Option<String>,
    /// Guessing probability of every item, held fixed (0.2 for five options); under any model
    #[arg(long, value_name = "C")]
    pub(crate) guessing: Option<f64>,
    /// Guessing probabilities by item, held fixed: {"ITEM":0.25,…}; other items have that of
    /// --guessing
    #[arg(long, value_name = "FILE")]
    pub(crate) guessing_by_item: Option<PathBuf>,
    /// Items with fewer answers are skipped
    #[arg(long, default_value_t = seedtest_irt::Spec::default().min_n, value_name = "N")]
    pub(crate) min_answers: u32,
    /// Most iterations
    #[arg(long, default_value_t = seedtest_irt::Spec::default().max_iter, value_name = "N")]
    pub(crate) max_iter: u32,
    /// Standard errors
    #[arg(long, value_enum, default_value = "observed")]
    pub(crate) se: SeChoice,
    /// A stored calibration to start from (JSON of `fit irt --covariance`); it changes the time,
    /// not the result
    #[arg(long, value_name = "FILE")]
    pub(crate) start: Option<PathBuf>,
    /// How well items, students and pairs fit: S-X², infit, outfit, Q3, lz*, reliabilities, dimensions
    #[arg(long)]
    pub(crate) quality: bool,
    /// M2 (of several categories C2) with RMSEA2, SRMSR, CFI and TLI, reliability, and the information of the test by
    /// ability
    #[arg(long)]
    pub(crate) fit_statistics: bool,
    /// Show the students in place of the items: θ of each with its standard error; `--csv` and `--parquet` write them
    #[arg(long)]
    pub(crate) abilities: bool,
    /// Keep the covariance of the estimates in the JSON, for `link` and `--start`
    #[arg(long)]
    pub(crate) covariance: bool,
    /// Write a page (HTML) with items, curves beside what students reached, a Wright map, information, flags with what to
    /// do, differences between groups, dimensions and a table of scores
    #[arg(long, value_name = "OUT.html")]
    pub(crate) report: Option<PathBuf>,
    /// Language of that page; warnings of the fit are in English
    #[arg(long, value_enum, default_value = "en", requires = "report")]
    pub(crate) lang: LangChoice,
    /// Write the JSON of `POST /irt/calibrate` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RotationArg {
    Quartimin,
    Varimax,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeChoice {
    None,
    Observed,
    Sandwich,
}
