//! Every command and its flags as typed.

mod account;
mod alert;
mod backup;
mod bank;
mod cat;
mod corrections;
mod dataset;
mod drift;
mod duplicates;
mod equate;
mod events;
mod export;
mod go;
mod lake;
mod people;
mod platform;
mod read;
mod runs;
mod schedule;
mod serve;
mod student;
mod token;
mod typed_time;
mod values;

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};
use seedtest_ingest::parse_moment;
use seedtest_numerics::DEFAULT_SEED;
use seedtest_pipeline::{LogFormat, Since};

use crate::families::{FitArgs, PredictArgs};
use crate::table_file::TableArgs;
pub(crate) use account::{AccountAction, AccountArgs, Belongings, InvitationLink};
pub(crate) use alert::{AlertAction, AlertArgs};
pub(crate) use backup::{BackupArgs, RestoreArgs};
pub(crate) use bank::{BankAction, BankArgs};
pub(crate) use cat::{CatAction, CatArgs, CatSimulateArgs};
pub(crate) use corrections::{AnswerAction, AnswerArgs, ImportAction, WhichAnswer};
pub(crate) use dataset::{DatasetArgs, DatasetChurnArgs, DatasetKind};
pub(crate) use drift::DriftArg;
pub(crate) use duplicates::DuplicatesChoice;
pub(crate) use equate::{
    AnchorChoice, EquateArgs, EquateKind, EquateScoresArgs, EquateTrueScoreArgs,
};
pub(crate) use events::{EventsAction, EventsArgs};
pub(crate) use export::{ExportArgs, ExportChoice};
pub(crate) use go::GoArgs;
pub(crate) use lake::LakeArgs;
pub(crate) use people::{
    NamesAction, NamesArgs, RecipientsAction, RecipientsArgs, RosterAction, RosterArgs,
};
pub(crate) use platform::{
    ClassroomAction, ClassroomArgs, GoalAction, GoalArgs, SessionAction, SessionArgs,
};
pub(crate) use read::ReadArgs;
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
    /// Settings as TOML [default: seedtest.toml in the working directory, where it is there].
    #[arg(long, global = true, env = "SEEDTEST_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Directory of the embedded database and of everything written.
    #[arg(long, global = true, default_value = DATA_DIR, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// PostgreSQL instead of the embedded database: postgresql://user@host/name.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Schema of a PostgreSQL database that the tables are in, made by `migrate`; tables of the platform are
    /// found beside it, in `public`.
    #[arg(long, global = true, env = "SEEDTEST_SCHEMA", value_parser = values::schema, value_name = "NAME")]
    pub(crate) schema: Option<String>,
    /// Read answers from this table or view of the platform, without copying them.
    #[arg(long, global = true, env = "SEEDTEST_ATTEMPT_VIEW", value_parser = values::relation, value_name = "NAME")]
    pub(crate) attempt_view: Option<String>,
    /// As --attempt-view, from a query.
    #[arg(
        long,
        global = true,
        env = "SEEDTEST_QUERY",
        value_parser = values::query,
        value_name = "SQL",
        conflicts_with = "attempt_view"
    )]
    pub(crate) query: Option<String>,
    /// Where days, weeks and windows begin, as Asia/Seoul; what the database was counted in, else UTC.
    /// Times of imported files that name no offset are of this zone.
    #[arg(long, global = true, env = "SEEDTEST_TIMEZONE", value_parser = values::zone, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
    /// How log lines look.
    #[arg(long, global = true, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub(crate) log: LogChoice,
    /// Threads for the models; 0 = one per core. Results do not depend on it.
    #[arg(long, global = true, default_value_t = 0, value_parser = values::whole(0..=1024_usize), value_name = "N")]
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
    /// From a file to the class page: import, calibration, KPIs, growth, churn, reports
    Go(GoArgs),
    /// Read response logs and exam results into the database
    Import(ImportArgs),
    /// Give tables of the database out as CSV, Parquet or a workbook
    Export(ExportArgs),
    /// Read what Spark wrote into a lake: calibrations, abilities, KPIs
    Lake(LakeArgs),
    /// Void or correct an answer
    Answer(AnswerArgs),
    /// Bring the database schema up to date
    Migrate(MigrateArgs),
    /// Copy the embedded database into one file, while others work on it
    Backup(BackupArgs),
    /// Put a copy in the place of the embedded database
    Restore(RestoreArgs),
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
    /// Students at risk, failed jobs and drift that somebody has to look at: listed, acknowledged
    Alert(AlertArgs),
    /// Say where the days of the database begin, or count them anew elsewhere
    Timezone(TimezoneArgs),
    /// Read who is in which class, and the names of students
    Roster(RosterArgs),
    /// Read what topics and items are called, in Korean and English
    Names(NamesArgs),
    /// What students want to reach: set, listed, taken back
    Goal(GoalArgs),
    /// Classes of organisations, one by one
    Classroom(ClassroomArgs),
    /// When students sat where, one by one
    Session(SessionArgs),
    /// Who gets reports by mail: read in, listed, let go
    Recipients(RecipientsArgs),
    /// Write the weekly reports
    Report(ReportArgs),
    /// Give out or erase everything that is held of one student
    Student(StudentArgs),
    /// Answer requests over HTTP
    Serve(ServeArgs),
    /// Who may ask the service: tokens by name, with scopes and an end
    Token(TokenArgs),
    /// People who sign in to the pages: made, invited, listed, disabled
    Account(AccountArgs),
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
    /// The item bank: what items say, version by version, with their parameters
    Bank(BankArgs),
    /// Adaptive tests: what they are like with a bank, before students take them
    Cat(CatArgs),
    /// Print what makes a shell complete the commands
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest demo
  seedtest demo --students 1000 --weeks 8 --lang ko --dir school")]
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
    /// Serve its pages afterwards, to whoever is on this machine and without signing in
    #[arg(long)]
    pub(crate) serve: bool,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  seedtest import answers.xlsx
  seedtest import --preview quiz.csv
  seedtest import log.csv --map student=USER_ID,item=QUESTION --since last
  seedtest import undo import-20250320T120000-1a2b3c4d"
)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    pub(crate) action: Option<ImportAction>,
    /// CSV, TSV, JSON Lines (also as .gz), Parquet, .xlsx, .xls, .ods, exam_results documents as JSON Lines, or
    /// the files of the systems that --from names
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Leave out what is older than this time, as 2025-03-01 or 2025-03-01T00:00:00Z; `last`: than the newest row that
    /// was imported from a file of the same name
    #[arg(long, value_name = "TIME|last", value_parser = since)]
    pub(crate) since: Option<Since>,
    /// Import nothing when any row cannot be used
    #[arg(long)]
    pub(crate) strict: bool,
    /// Only show which column is what and why, the first answers as read, and what an import would leave out
    #[arg(long)]
    pub(crate) preview: bool,
    /// Store pseudonyms of this tenant instead of the ids of students; SEEDTEST_PSEUDONYM_KEY has the key
    #[arg(long, value_name = "TENANT")]
    pub(crate) pseudonyms: Option<String>,
}

fn since(text: &str) -> Result<Since, String> {
    if text.eq_ignore_ascii_case("last") {
        return Ok(Since::Last);
    }
    let moment = parse_moment(text.trim()).map(Since::Moment);
    moment.map_err(|_| "neither a time, as 2025-03-01 or 2025-03-01T00:00:00Z, nor last".to_owned())
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
    /// Only print the questions operators ask of a filled database, as SQL for `psql`, or for `sqlite3` where
    /// the database is the embedded one
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
    /// Every setting with its value: flags, variables, the service, the scheduler, jobs
    Show {
        /// Only those whose key or variable has this text
        #[arg(value_name = "FILTER")]
        filter: Option<String>,
        /// Also where each value comes from
        #[arg(long)]
        origin: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest pipeline daily
  seedtest pipeline weekly --date 2025-03-24
  seedtest pipeline history --from 2025-03-01 --to 2025-06-30")]
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
    /// Segments, what was kept long enough, counts
    Monthly,
    /// Features and KPIs of every day and week from --from to --to
    History,
}

#[derive(Debug, Args)]
#[command(
    group(clap::ArgGroup::new("who").required(true).args(["student", "all"])),
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  seedtest report --all
  seedtest report --student s17 --lang en --format html,pdf
  seedtest report preview --customise school.toml"
)]
pub(crate) struct ReportArgs {
    #[command(subcommand)]
    pub(crate) action: Option<ReportAction>,
    /// One student
    #[arg(long, value_name = "ID")]
    pub(crate) student: Option<String>,
    /// Every student with KPIs in that week, and the class overview
    #[arg(long)]
    pub(crate) all: bool,
    /// Any day of the week or month [default: the newest week with answers and KPIs]
    #[arg(long, value_name = "DATE")]
    pub(crate) week: Option<NaiveDate>,
    /// Of a week, or of a month: its whole weeks, for students only
    #[arg(long, value_enum, default_value = "weekly")]
    pub(crate) period: PeriodChoice,
    /// Language
    #[arg(long, value_enum, default_value = "ko")]
    pub(crate) lang: LangChoice,
    /// TOML file with name, logo, colours, sections, texts and templates of the school
    #[arg(long, env = "REPORT_CUSTOMISE", value_name = "FILE")]
    pub(crate) customise: Option<PathBuf>,
    /// File formats, with commas between them
    #[arg(long, value_enum, default_value = "html", value_delimiter = ',')]
    pub(crate) format: Vec<FormatChoice>,
    /// Directory of the files [default: DATA_DIR/reports/WEEK]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportAction {
    /// Show reports in a browser, made again whenever the customising file, its logo or its templates change
    Preview(PreviewArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PreviewArgs {
    /// Only the report of this student [default: everybody's, and the class overview]
    #[arg(long, value_name = "ID")]
    pub(crate) student: Option<String>,
    /// Any day of the week or month [default: the newest week with answers and KPIs]
    #[arg(long, value_name = "DATE")]
    pub(crate) week: Option<NaiveDate>,
    /// Of a week, or of a month
    #[arg(long, value_enum, default_value = "weekly")]
    pub(crate) period: PeriodChoice,
    /// Language
    #[arg(long, value_enum, default_value = "ko")]
    pub(crate) lang: LangChoice,
    /// TOML file with name, logo, colours, sections, texts and templates of the school
    #[arg(long, env = "REPORT_CUSTOMISE", value_name = "FILE")]
    pub(crate) customise: Option<PathBuf>,
    /// Port on this machine; 0 = any that is free
    #[arg(long, default_value_t = 8765, value_name = "PORT")]
    pub(crate) port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeriodChoice {
    Weekly,
    Monthly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangChoice {
    Ko,
    En,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatChoice {
    Html,
    Pdf,
}

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// Calibration whose results are moved: the JSON of `fit irt`
    #[arg(value_name = "NEW.json")]
    pub(crate) new: PathBuf,
    /// Calibration on the target scale
    #[arg(value_name = "OLD.json")]
    pub(crate) old: PathBuf,
    /// Further calibrations: all get onto the scale of OLD, over the links between them whose errors add up to least
    #[arg(value_name = "MORE.json")]
    pub(crate) more: Vec<PathBuf>,
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
#[command(after_help = "\
Examples:
  seedtest score --params items.json --data answers.csv
  seedtest score --params items.json --data answers.csv --method wle --csv abilities.csv")]
pub(crate) struct ScoreArgs {
    /// Item parameters: the JSON of `fit irt`, or {"ITEM":{"a":…,"b":…,"c":…},…}; with several categories
    /// {"ITEM":{"model":"GRM","a":…,"b":[…]},…}
    #[arg(long, value_name = "FILE")]
    pub(crate) params: PathBuf,
    /// Response log
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Column of the student, where items have several categories
    #[arg(long, value_name = "COLUMN")]
    pub(crate) student: Option<String>,
    /// Column of the item, where items have several categories
    #[arg(long, value_name = "COLUMN")]
    pub(crate) item: Option<String>,
    /// Column of the score, where items have several categories
    #[arg(long, value_name = "COLUMN")]
    pub(crate) score: Option<String>,
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
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Fail when any row or cell cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
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
    #[command(flatten)]
    pub(crate) table: TableArgs,
}
