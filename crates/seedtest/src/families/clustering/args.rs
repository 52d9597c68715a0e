//! Flags of `seedtest fit cluster` and `seedtest predict cluster`.

use std::path::PathBuf;

use crate::table_file::TableArgs;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FitClusterArgs {
    /// One row a student, as CSV, TSV or JSON Lines: user_id and numeric features
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// kmeans, gaussian_mixture, hierarchical, dbscan or hdbscan
    #[arg(long, default_value = "kmeans", value_name = "METHOD")]
    pub(crate) method: String,
    /// Number of clusters, or auto: chosen by the data, which may have none
    #[arg(long, default_value = "auto", value_name = "K|auto")]
    pub(crate) k: String,
    /// Largest number that is tried
    #[arg(long, default_value_t = 8, value_name = "K")]
    pub(crate) max_k: u64,
    /// Features [default: every column of numbers that measures something: no ids, classes, days, row numbers]
    #[arg(long, value_delimiter = ',', value_name = "A,B,…")]
    pub(crate) features: Vec<String>,
    /// Column of the student [default: user_id, student_id, student, user, id, or 학번, name, 반 with 번호 and the like]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Measure distances in the units of the features
    #[arg(long)]
    pub(crate) no_standardize: bool,
    /// Covariances of a mixture: full, tied, diag, tied_diag, spherical [default: by BIC]
    #[arg(long, value_name = "SHAPE")]
    pub(crate) covariance: Option<String>,
    /// Distance of clusters of a hierarchy: ward, complete, average or single
    #[arg(long, default_value = "ward", value_name = "LINKAGE")]
    pub(crate) linkage: String,
    /// Reach of a row of dbscan
    #[arg(long, default_value_t = 0.5, value_name = "X")]
    pub(crate) eps: f64,
    /// Rows in reach that make a row dense
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) min_points: u64,
    /// Starts of kmeans and mixtures
    #[arg(long, default_value_t = 25, value_name = "N")]
    pub(crate) starts: u64,
    /// Most iterations of one start
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(crate) max_iter: u32,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub(crate) seed: u64,
    /// Write the JSON of `POST /cluster/fit` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PredictClusterArgs {
    /// A fit: the JSON of `fit cluster --json FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) model: PathBuf,
    /// Rows to assign
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Column of the student [default: user_id, student_id, student, user, id, or 학번, name, 반 with 번호 and the like]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Write the JSON of `POST /cluster/predict` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}
