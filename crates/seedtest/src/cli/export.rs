//! Flags of `seedtest export`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use crate::table_file::TableFormat;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest export kpis --output kpis.xlsx
  seedtest export answers --from 2025-03-01 --to 2025-03-31 > march.csv
  seedtest export abilities --class 3-2 --format parquet --output abilities.parquet")]
pub(crate) struct ExportArgs {
    /// Which table
    #[arg(value_enum)]
    pub(crate) table: ExportChoice,
    /// Kind of file [default: as --output ends, else csv]
    #[arg(long, value_enum)]
    pub(crate) format: Option<TableFormat>,
    /// Write to this file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// First day: of answers when they were given, of weeks their Monday, of abilities and items when they were
    /// estimated
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<NaiveDate>,
    /// Last day
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: Option<NaiveDate>,
    /// Only of this student
    #[arg(long, value_name = "ID")]
    pub(crate) student: Option<String>,
    /// Only of the students of this class, by its id or its name in the roster
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<String>,
    /// Pseudonyms of this tenant instead of the ids of students; SEEDTEST_PSEUDONYM_KEY has the key
    #[arg(long, value_name = "TENANT")]
    pub(crate) pseudonyms: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportChoice {
    /// KPIs by student and week
    Kpis,
    /// Abilities by student, time and version
    Abilities,
    /// Parameters by item, time and version
    Items,
    /// Answers that count
    Answers,
    /// Daily features by student and topic
    Features,
}
