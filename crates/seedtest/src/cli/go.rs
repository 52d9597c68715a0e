//! Flags of `seedtest go`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;
use seedtest_ingest::{Moment, parse_moment};

use super::{LangChoice, ReadArgs};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest go grades.xlsx
  seedtest go exam.xlsx --date 2025-06-20 --data-dir class-3-2
  seedtest go term.xlsx --target 80 --goal-date 2025-12-19
  seedtest go answers.csv --map student=학번,item=문항,correct=정오 --no-open")]
pub(crate) struct GoArgs {
    /// Answers as Excel, CSV, JSON Lines, Parquet, or a file of the systems that --from names
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// When the answers of a file without times were given [default: when the file was last changed]
    #[arg(long, value_name = "DATE", value_parser = moment, conflicts_with = "time_start")]
    pub(crate) date: Option<Moment>,
    /// The goal of everybody: share of right answers of a week in per cent, as 80 (or 0.8)
    #[arg(long, value_name = "SCORE", value_parser = share)]
    pub(crate) target: Option<f64>,
    /// The day by which the goal is to be reached [default: the newest week of the answers]
    #[arg(long, value_name = "DATE", requires = "target")]
    pub(crate) goal_date: Option<NaiveDate>,
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

/// A share of right answers, in 0..1.
fn share(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim_end();
    let number: f64 = number.parse().map_err(|_| no_share())?;
    match number {
        share if share > 0.0 && share <= 1.0 && !text.contains('%') => Ok(share),
        percent if percent > 0.0 && percent <= 100.0 => Ok(percent / 100.0),
        _ => Err(no_share()),
    }
}

fn no_share() -> String {
    "no share of right answers: above 0 and 100 at most, as 80".to_owned()
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_goal_is_a_share_of_right_answers() {
        for (text, expected) in [
            ("80", 0.8),
            ("80%", 0.8),
            ("0.8", 0.8),
            ("72.5 %", 0.725),
            ("100", 1.0),
            ("1", 1.0),
            ("1%", 0.01),
        ] {
            assert_eq!(share(text), Ok(expected), "{text}");
        }
        for text in ["0", "-5", "120", "high", "NaN", "inf", ""] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
