//! Flags of `seedtest goal`, `seedtest classroom` and `seedtest session`: rows of tables of the platform.

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

use super::values::{number, whole};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest goal set --student s17 --topic fractions --score 85 --by 2025-06-30
  seedtest goal list --student s17")]
pub(crate) struct GoalArgs {
    #[command(subcommand)]
    pub(crate) action: GoalAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GoalAction {
    /// Set what a student wants to reach in a topic; a goal that is there is replaced
    Set {
        /// The student
        #[arg(long, value_name = "ID")]
        student: String,
        /// The topic
        #[arg(long, value_name = "ID")]
        topic: String,
        /// Score to reach, on the scale of the reported scores
        #[arg(long, required_unless_present = "level", value_parser = number(-1e6..=1e6), value_name = "X")]
        score: Option<f64>,
        /// Ability to reach, θ scale
        #[arg(long, value_parser = number(-999.999..=999.999), value_name = "X")]
        level: Option<f64>,
        /// By which day
        #[arg(long, value_name = "YYYY-MM-DD")]
        by: Option<NaiveDate>,
        /// How much it matters, 0 to 100 [default: as before, else 0]
        #[arg(long, value_parser = whole(0..=100_i64), value_name = "N")]
        priority: Option<i64>,
    },
    /// Goals as JSON, one a line
    List {
        /// Only those of this student
        #[arg(long, value_name = "ID")]
        student: Option<String>,
    },
    /// Take a goal back
    Remove {
        /// The student
        #[arg(long, value_name = "ID")]
        student: String,
        /// The topic
        #[arg(long, value_name = "ID")]
        topic: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest classroom add c7 --org 1 --name 7a --grade 7
  seedtest classroom list --org 1")]
pub(crate) struct ClassroomArgs {
    #[command(subcommand)]
    pub(crate) action: ClassroomAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClassroomAction {
    /// Add a class to an organisation; `seedtest roster import` reads whole schools
    Add {
        /// Its id
        id: String,
        /// Its organisation
        #[arg(long, value_name = "ID")]
        org: String,
        /// Its name, of which an organisation has one
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Its grade
        #[arg(long, value_parser = whole(0..=12_i32), value_name = "N")]
        grade: Option<i32>,
    },
    /// Classes as JSON, one a line
    List {
        /// Only those of this organisation
        #[arg(long, value_name = "ID")]
        org: Option<String>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest session add s-1 --student s17 --classroom c7 --org 1 --started 2025-03-10T09:00:00Z
  seedtest session list --student s17")]
pub(crate) struct SessionArgs {
    #[command(subcommand)]
    pub(crate) action: SessionAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionAction {
    /// Add a session of a student; one of that id that is there stays as it is
    Add {
        /// Its id
        id: String,
        /// The student
        #[arg(long, value_name = "ID")]
        student: String,
        /// Class it was in
        #[arg(long, value_name = "ID")]
        classroom: Option<String>,
        /// Exam
        #[arg(long, value_name = "ID")]
        exam: Option<String>,
        /// Organisation
        #[arg(long, value_name = "N")]
        org: Option<i32>,
        /// When it began [default: now]
        #[arg(long, value_name = "INSTANT")]
        started: Option<DateTime<Utc>>,
        /// When it ended
        #[arg(long, value_name = "INSTANT")]
        ended: Option<DateTime<Utc>>,
        /// State, as the platform calls it
        #[arg(long, default_value = "started", value_name = "WORD")]
        status: String,
    },
    /// Sessions as JSON, one a line
    List {
        /// Only those of this student
        #[arg(long, value_name = "ID")]
        student: Option<String>,
        /// Only those in this class
        #[arg(long, value_name = "ID")]
        classroom: Option<String>,
    },
}
