//! Every command and its flags as typed.

mod dataset;
mod drift;
mod duplicates;
mod equate;
mod events;
mod people;
mod runs;
mod schedule;
mod serve;
mod student;
mod token;

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};
use seedtest_numerics::DEFAULT_SEED;
use seedtest_pipeline::LogFormat;

use crate::families::{FitArgs, PredictArgs};
pub(crate) use dataset::{DatasetArgs, DatasetChurnArgs, DatasetKind};
pub(crate) use drift::DriftArg;
pub(crate) use duplicates::DuplicatesChoice;
pub(crate) use equate::{
    AnchorChoice, EquateArgs, EquateKind, EquateScoresArgs, EquateTrueScoreArgs,
};
pub(crate) use events::{EventsAction, EventsArgs};
pub(crate) use people::{NamesAction, NamesArgs, RosterAction, RosterArgs};
pub(crate) use runs::{RunsAction, RunsArgs};
pub(crate) use schedule::{PlanArgs, ScheduleArgs};
pub(crate) use serve::ServeArgs;
pub(crate) use student::{StudentAction, StudentArgs};
pub(crate) use token::{TokenAction, TokenArgs};

/// Learning analytics in one binary: abilities, growth, KPIs and a weekly report from what
/// students answered.
#[derive(Debug, Parser)]
#[command(name = "seedtest", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where everything is, if nobody says otherwise.
pub(crate) const DATA_DIR: &str = "seedtest-data";

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Directory of the embedded database and of everything written.
    #[arg(long, global = true, default_value = DATA_DIR, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// PostgreSQL instead of the embedded database: postgresql://user@host/name.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Where days, weeks and windows begin, as Asia/Seoul; what the database was counted in, else UTC.
    /// Times of imported files that name no offset are of this zone.
    #[arg(long, global = true, env = "SEEDTEST_TIMEZONE", value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
    /// How log lines look.
    #[arg(long, global = true, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub(crate) log: LogChoice,
    /// Threads for the models; 0 = one per core. Results do not depend on it.
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
    /// No progress, only results and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogChoice {
    Text,
    Json,
}

impl LogChoice {
    pub(crate) fn format(self) -> LogFormat {
        match self {
            Self::Text => LogFormat::Text,
            Self::Json => LogFormat::Json,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A simulated school through the whole pipeline, with a report to open
    Demo(DemoArgs),
    /// Read response logs and exam results into the database
    Import(ImportArgs),
    /// Bring the database schema up to date
    Migrate(MigrateArgs),
    /// Check the installation and the database; exit code 1 when something does not work
    Doctor(DoctorArgs),
    /// Show the settings in force
    Config(ConfigArgs),
    /// Run the jobs of a night or of a Monday in their order, or compute a history
    Pipeline(PipelineArgs),
    /// Run the rounds and jobs at their times until told to stop
    Schedule(ScheduleArgs),
    /// What ran: list, show, and verify by repeating
    Runs(RunsArgs),
    /// What happened to students and waits to be dealt with
    Events(EventsArgs),
    /// Say where the days of the database begin, or count them anew elsewhere
    Timezone(TimezoneArgs),
    /// Read who is in which class, and the names of students
    Roster(RosterArgs),
    /// Read what topics and items are called, in Korean and English
    Names(NamesArgs),
    /// Write the weekly reports
    Report(ReportArgs),
    /// Give out or erase everything that is held of one student
    Student(StudentArgs),
    /// Answer requests over HTTP
    Serve(ServeArgs),
    /// Who may ask the service: tokens by name, with scopes and an end
    Token(TokenArgs),
    /// Fit one model to one file, without a database
    Fit(FitArgs),
    /// Predict from one stored fit, without a database
    Predict(PredictArgs),
    /// Write the data set of a model, for anyone to check
    Dataset(DatasetArgs),
    /// Put one calibration on the scale of another
    Link(LinkArgs),
    /// Turn scores of one form into scores of another
    Equate(EquateArgs),
    /// Abilities from stored item parameters
    Score(ScoreArgs),
    /// Print what makes a shell complete the commands
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Number of students
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(crate) students: u32,
    /// Number of weeks
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=520))]
    pub(crate) weeks: u32,
    /// Seed of the simulation; the same seed gives the same school and the same figures
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// Where to put the database and the report [default: --data-dir where it is given, else
    /// seedtest-demo]
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Language of the report
    #[arg(long, value_enum, default_value = "en")]
    pub(crate) lang: LangChoice,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// CSV, TSV, JSON Lines or Parquet (CSV, TSV and JSON Lines also as .gz), or exam_results
    /// documents as JSON Lines
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Which column holds what, where the header does not say: student=USER_ID,item=…
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    pub(crate) map: Option<String>,
    /// Import nothing when any row cannot be used
    #[arg(long)]
    pub(crate) strict: bool,
    /// Store pseudonyms of this tenant instead of the ids of students; SEEDTEST_PSEUDONYM_KEY has the key
    #[arg(long, value_name = "TENANT")]
    pub(crate) pseudonyms: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TimezoneArgs {
    /// The new zone, as Asia/Seoul: features and KPIs of all days are computed again in it
    #[arg(value_name = "ZONE")]
    pub(crate) zone: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Only say what is pending; exit code 1 when something is
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Only print the questions operators ask of a filled database, as SQL for `psql`
    #[arg(long, conflicts_with = "json")]
    pub(crate) sql: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) action: ConfigAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Every setting of every job with its value and where the value comes from
    Show,
}

#[derive(Debug, Args)]
pub(crate) struct PipelineArgs {
    /// Which jobs
    #[arg(value_enum)]
    pub(crate) round: RoundChoice,
    /// Stand on this day, a past one at its end [default: now, or the day of the newest answer where
    /// that is more than 30 days ago]
    #[arg(long, visible_alias = "as-of", value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to"])]
    pub(crate) date: Option<NaiveDate>,
    /// First day of a history (required there)
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<NaiveDate>,
    /// Last day of a history [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    pub(crate) to: Option<NaiveDate>,
    /// Read and compute, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoundChoice {
    /// Abilities, features, KPIs
    Daily,
    /// The same, and last week's KPIs once more now that it is over
    Weekly,
    /// Features and KPIs of every day and week from --from to --to
    History,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("who").required(true).args(["student", "all"])))]
pub(crate) struct ReportArgs {
    /// One student
    #[arg(long, value_name = "ID")]
    pub(crate) student: Option<String>,
    /// Every student with KPIs in that week, and the class overview
    #[arg(long)]
    pub(crate) all: bool,
    /// Any day of the week [default: the newest week with KPIs]
    #[arg(long, value_name = "DATE")]
    pub(crate) week: Option<NaiveDate>,
    /// Language
    #[arg(long, value_enum, default_value = "ko")]
    pub(crate) lang: LangChoice,
    /// File formats
    #[arg(long, value_enum, default_value = "html")]
    pub(crate) format: FormatChoice,
    /// Directory of the files [default: DATA_DIR/reports/WEEK]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangChoice {
    Ko,
    En,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatChoice {
    Html,
}

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// Calibration whose results are moved: the JSON of `fit irt`
    #[arg(value_name = "NEW.json")]
    pub(crate) new: PathBuf,
    /// Calibration on the target scale
    #[arg(value_name = "OLD.json")]
    pub(crate) old: PathBuf,
    /// stocking-lord, haebara, mean-sigma or mean-mean
    #[arg(long, default_value = "stocking-lord")]
    pub(crate) method: String,
    /// Whether common items that drift are left out; `none` keeps all
    #[arg(long, value_enum, default_value = "test")]
    pub(crate) drift: DriftArg,
    /// The same as `--drift none`
    #[arg(long, conflicts_with = "drift")]
    pub(crate) keep_all: bool,
    /// Print the true-score equating table of all items of the two forms
    #[arg(long)]
    pub(crate) true_scores: bool,
    /// Write constants, drift of the anchors, and items and abilities on the old scale with their
    /// errors to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Item parameters: the JSON of `fit irt`, or {"ITEM":{"a":…,"b":…,"c":…},…}
    #[arg(long, value_name = "FILE")]
    pub(crate) params: PathBuf,
    /// Response log
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// eap, map, ml or wle
    #[arg(long, default_value = "eap")]
    pub(crate) method: String,
    /// Mean of the prior of the ability (eap and map) [default: that of the calibration in --params, of
    /// the student's group where it has groups, else 0]
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) prior_mean: Option<f64>,
    /// Standard deviation of the prior of the ability [default: likewise, else 1]
    #[arg(long)]
    pub(crate) prior_sd: Option<f64>,
    /// Column of the student's group, for a calibration with groups [default: the groups that the
    /// calibration knows its own students by]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Option<String>,
    /// Which columns hold what, where the header does not say: student=USER_ID,item=…
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    pub(crate) map: Option<String>,
    /// Which answer counts when a student answered an item more than once
    #[arg(long, value_enum, default_value = "first")]
    pub(crate) duplicates: DuplicatesChoice,
    /// Draw this many plausible values per student into the JSON
    #[arg(long, value_name = "N", requires = "json")]
    pub(crate) plausible_values: Option<u32>,
    /// Seed of the plausible values
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// Print the ability that belongs to each number of right answers, for students who answer
    /// every item of the parameters
    #[arg(long)]
    pub(crate) sum_scores: bool,
    /// Write the JSON of `POST /irt/score` to this file; `-` = standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,
}
