//! Flags of `seedtest dataset KIND`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use seedtest_pipeline::{ChurnSpec, SESSION_GAP_MINUTES};

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

#[derive(Debug, Args)]
pub(crate) struct DatasetChurnArgs {
    /// Where to write it, as CSV; `-` = standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write pseudonyms of this tenant instead of ids; SEEDTEST_PSEUDONYM_KEY has the key
    #[arg(long, value_name = "TENANT")]
    pub(crate) pseudonyms: Option<String>,
    /// Landmarks of this many days
    #[arg(long, default_value_t = ChurnSpec::LOOKBACK_DAYS, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) lookback_days: u32,
    /// Days without activity that are the event
    #[arg(long, default_value_t = ChurnSpec::THRESHOLD_DAYS, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub(crate) event_threshold_days: u32,
    /// Minutes without an answer that end a session, where none is recorded
    #[arg(long, default_value_t = SESSION_GAP_MINUTES)]
    pub(crate) session_gap_minutes: u32,
    /// The day to stand on [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<NaiveDate>,
}
