//! Flags of `seedtest go`.

use std::path::PathBuf;

use clap::Args;
use seedtest_ingest::{Moment, parse_moment};

use super::{LangChoice, ReadArgs};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest go grades.xlsx
  seedtest go exam.xlsx --date 2025-06-20 --data-dir class-3-2
  seedtest go answers.csv --map student=학번,item=문항,correct=정오 --no-open")]
pub(crate) struct GoArgs {
    /// Answers as Excel, CSV, JSON Lines, Parquet, or a file of the systems that --from names
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// When the answers of a file without times were given [default: when the file was last changed]
    #[arg(long, value_name = "DATE", value_parser = moment, conflicts_with = "time_start")]
    pub(crate) date: Option<Moment>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Import nothing when any row cannot be used
    #[arg(long)]
    pub(crate) strict: bool,
    /// Language of the reports
    #[arg(long, value_enum, default_value = "ko")]
    pub(crate) lang: LangChoice,
    /// Do not open the class page in the browser
    #[arg(long)]
    pub(crate) no_open: bool,
}

fn moment(text: &str) -> Result<Moment, String> {
    parse_moment(text).map_err(|_| "no date, as 2025-03-01 or 2025-03-01T09:00:00Z".to_owned())
}
