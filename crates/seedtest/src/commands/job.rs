//! `seedtest job`: flags and help of the jobs from the registry, and their runs.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use seedtest_pipeline::{
    JOBS, JobContext, JobEntry, JobLog, Kind, Setting, Settings, find_job, run_job,
};

use crate::cli::Global;
use crate::ending::{EXIT_CODES, INTERRUPTED, ending};
use crate::environment::DEBUG;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

/// The job that is a command of its own, too.
pub(crate) const PRUNE: &str = "prune";

/// Adds `job list`, `job run NAME` and, as the old CronJobs call it, `job NAME`; and `prune`.
pub(crate) fn with_jobs(command: Command) -> Command {
    let long = Arg::new("long").long("long").action(ArgAction::SetTrue);
    let list = Command::new("list")
        .about("Every job with its schedule, a line each")
        .arg(long.help("Also what each reads and writes, and its settings"));
    let run = Command::new("run")
        .about("Run one job now")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(JOBS.iter().map(job_command));
    let job = Command::new("job")
        .about("Run and list the jobs")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(list)
        .subcommand(Command::new("next").about("What runs next by itself, and when"))
        .subcommand(run)
        .subcommands(JOBS.iter().map(|entry| job_command(entry).hide(true)));
    // Operators look for it here.
    let prune = JOBS.iter().filter(|entry| entry.name == PRUNE);
    command.subcommand(job).subcommands(prune.map(|entry| job_command(entry).hide(true)))
}

fn job_command(entry: &JobEntry) -> Command {
    let others = entry.spellings().into_iter().filter(|name| name != entry.name);
    Command::new(entry.name)
        .about(entry.summary)
        // A job may have a setting called `version`.
        .disable_version_flag(true)
        .aliases(others)
        .args(entry.settings.iter().filter(|setting| setting.flag).map(flag))
        .after_help(environment_help(entry))
}

fn flag(setting: &'static Setting) -> Arg {
    let arg = Arg::new(setting.key).long(setting.key).help(help(setting));
    match setting.kind {
        Kind::Switch => arg
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("true|false"),
        Kind::Count => arg.value_name("N").allow_hyphen_values(true),
        Kind::Number => arg.value_name("X").allow_hyphen_values(true),
        Kind::Date => arg.value_name("YYYY-MM-DD"),
        Kind::Text | Kind::Secret | Kind::Address => arg.value_name("TEXT"),
        Kind::Choice(words) => arg.value_name(words.join("|")),
        Kind::Action(words) => {
            Arg::new(setting.key).help(help(setting)).value_name(words.join("|"))
        }
    }
}

fn help(setting: &Setting) -> String {
    let default = setting.default.map_or(String::new(), |value| format!(" [default: {value}]"));
    let env = match setting.env {
        [] => String::new(),
        names => format!(" [env: {}]", names.join(", ")),
    };
    format!("{}{default}{env}", setting.help)
}

fn environment_help(entry: &JobEntry) -> String {
    let only_env: Vec<String> = entry
        .settings
        .iter()
        .filter(|setting| !setting.flag)
        .map(|setting| format!("  {:<28} {}", setting.env.join(", "), help(setting)))
        .collect();
    let mut text =
        format!("Reads: {}\nWrites: {}", entry.reads.join(", "), entry.writes.join(", "));
    if !only_env.is_empty() {
        text.push_str("\n\nEnvironment only:\n");
        text.push_str(&only_env.join("\n"));
    }
    text.push_str("\n\n");
    text.push_str(EXIT_CODES);
    text
}

pub(crate) async fn run(
    matches: &ArgMatches,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    match matches.subcommand() {
        Some(("list", flags)) => list(flags.get_flag("long"), output),
        Some(("next", _)) => super::schedule::next(global, output).await,
        Some(("run", inner)) => match inner.subcommand() {
            Some((name, flags)) => run_one(name, flags, global, output).await,
            None => Err(unknown("")),
        },
        Some((name, flags)) => run_one(name, flags, global, output).await,
        None => Err(unknown("")),
    }
}

fn unknown(name: &str) -> Failure {
    let names: Vec<_> = JOBS.iter().map(|entry| entry.name).collect();
    Failure::usage(format!("no job is called {name:?}"), format!("jobs: {}", names.join(", ")))
}

pub(crate) async fn run_one(
    name: &str,
    flags: &ArgMatches,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let entry = find_job(name).ok_or_else(|| unknown(name))?;
    let typed = |key: &str| flags.try_get_one::<String>(key).ok().flatten().cloned();
    let settings = Settings::resolve(entry, typed, variable)?;
    let clock = session::clock()?;
    let store = session::open(global).await?;
    let debug = DEBUG.is_true();
    let steps = output.steps(entry.name);
    let mut lines = steps.lines(std::io::stdout());
    let mut watch = |done, of| steps.show(done, of);
    let mut log = JobLog::new(&mut lines, global.log.format(), clock, debug)
        .quiet(global.quiet)
        .watched(&mut watch);
    session::end_on_signal(&store, Duration::ZERO, INTERRUPTED)?;
    let outcome = session::with(store, async |store| {
        let context = JobContext {
            store,
            clock,
            settings: &settings,
            log: &mut log,
            actor: "command line",
            in_round: false,
        };
        Ok(run_job(entry, context).await?)
    })
    .await?;
    steps.finish();
    Ok(if outcome.failed { ExitCode::FAILURE } else { ending(!outcome.not_converged) })
}

fn list(long: bool, output: &Output) -> Result<ExitCode, Failure> {
    let name = JOBS.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    for entry in JOBS {
        let schedule = entry.schedule.unwrap_or("on demand");
        output.line(&format!("{:<name$}  {:<14}  {}", entry.name, schedule, entry.summary))?;
        if !long {
            continue;
        }
        output.line(&format!("{:<24} reads {}", "", entry.reads.join(", ")))?;
        output.line(&format!("{:<24} writes {}", "", entry.writes.join(", ")))?;
        for setting in entry.settings {
            let flag =
                if setting.flag { format!("--{}", setting.key) } else { String::from("(env)") };
            output.line(&format!("{:<24}   {flag:<20} {}", "", help(setting)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
