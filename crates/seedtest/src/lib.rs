//! The command line as a library, so that its reference can be written from the commands
//! themselves: reads what was typed, calls the pipeline, prints what came out.

mod cli;
mod commands;
mod ending;
mod environment;
mod failure;
mod families;
mod flag_names;
mod log_lines;
mod made;
mod output;
mod session;
mod settings;
mod table_file;
mod text_table;
mod value_faults;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::FromArgMatches;
use seedtest_fault::{escaped, escaped_lines};

pub use crate::environment::{Reads, VARIABLES, Variable};

use crate::cli::{Cli, Command, Global};
use crate::commands::job::PRUNE;
use crate::failure::Failure;
use crate::output::Output;

/// Every command with its flags, the jobs among them.
pub fn command() -> clap::Command {
    with_numbers_below_zero(commands::job::with_jobs(<Cli as clap::CommandFactory>::command()))
}

/// The command with numbers below zero as values of every flag: whether one may be is said of the value, not of a flag
/// that it looks like.
fn with_numbers_below_zero(command: clap::Command) -> clap::Command {
    let take = |arg: clap::Arg| {
        let takes = arg.get_action().takes_values() && !arg.is_positional();
        if takes { arg.allow_negative_numbers(true) } else { arg }
    };
    command.mut_args(take).mut_subcommands(with_numbers_below_zero)
}

/// Does what the arguments of this process ask for; what goes wrong is said on standard error.
pub fn run() -> ExitCode {
    keep_files_private();
    let arguments = arguments();
    let ended = with_settings(&arguments).and_then(|command| {
        match command.try_get_matches_from(&arguments) {
            Ok(matches) => dispatch(&matches),
            Err(error) => Ok(not_understood(error, &arguments)),
        }
    });
    ended.unwrap_or_else(|failure| failure.report())
}

/// What was typed. A file alone, as the desktop gives one that is dropped on the program, is one to `go` through.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let is_file = |argument: &OsString| {
        let is_command =
            command().get_subcommands().any(|of| Some(of.get_name()) == argument.to_str());
        !is_command && std::path::Path::new(argument).is_file()
    };
    if arguments.get(1).is_some_and(is_file) {
        arguments.insert(1, "go".into());
    }
    arguments
}

/// Help, or what is wrong with what was typed. The message quotes that, and a terminal would obey some of it.
fn not_understood(error: clap::Error, arguments: &[OsString]) -> ExitCode {
    let error = value_faults::in_words(flag_names::as_typed(error, &command(), arguments));
    let is_plain = |argument: std::ffi::OsString| {
        let text = argument.to_string_lossy();
        escaped(&text) == text
    };
    if !error.use_stderr() || std::env::args_os().all(is_plain) {
        error.exit();
    }
    let text = error.render().to_string();
    // Nobody can be told that the message cannot be written.
    let _ = std::io::stderr().write_all(escaped_lines(&text).as_bytes());
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(u8::MAX))
}

/// The commands with what the environment and the configuration file say. Help comes before a fault of theirs.
fn with_settings(arguments: &[OsString]) -> Result<clap::Command, Failure> {
    settings::configured(command(), arguments).inspect_err(|_| {
        if let Err(error) = command().try_get_matches_from(arguments)
            && !error.use_stderr()
        {
            error.exit()
        }
    })
}

/// Files and directories that this process makes hold personal data: they are their owner's alone (0600,
/// 0700), whatever makes them. What is there keeps its mode.
#[cfg(unix)]
fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Elsewhere new files have the rights of their directory.
#[cfg(not(unix))]
fn keep_files_private() {}

fn dispatch(matches: &clap::ArgMatches) -> Result<ExitCode, Failure> {
    let global = Global::from_arg_matches(matches).unwrap_or_else(|error| error.exit());
    let serving = matches.subcommand_name() == Some("serve");
    start_threads(&global, if serving { seedtest_server::let_others_first } else { || () })?;
    let output = Output::new(global.quiet);
    let runtime = session::runtime()?;
    let ended = runtime.block_on(work(matches, &global, &output));
    output.rest();
    // What still runs on other threads is not waited for: the time of grace is over.
    runtime.shutdown_background();
    ended
}

async fn work(
    matches: &clap::ArgMatches,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    match matches.subcommand() {
        Some(("job", job)) => return commands::job::run(job, global, output).await,
        Some((PRUNE, flags)) => return commands::job::run_one(PRUNE, flags, global, output).await,
        _ => {}
    }
    let cli = Cli::from_arg_matches(matches).unwrap_or_else(|error| error.exit());
    if let Some((
        name @ ("fit" | "predict" | "dataset" | "link" | "equate" | "score" | "report"),
        _,
    )) = matches.subcommand()
    {
        output.busy(name);
    }
    match cli.command {
        Command::Demo(args) => commands::demo::run(&args, global, output).await,
        Command::Go(args) => Box::pin(commands::go::run(&args, global, output)).await,
        Command::Export(args) => commands::export::run(&args, global, output).await,
        Command::Lake(args) => Box::pin(commands::lake::run(&args, global, output)).await,
        Command::Answer(args) => commands::corrections::answer(&args, global, output).await,
        Command::Import(args) => Box::pin(commands::import::run(&args, global, output)).await,
        Command::Migrate(args) => commands::migrate::run(&args, global, output).await,
        Command::Backup(args) => commands::backup::backup(&args, global, output).await,
        Command::Restore(args) => commands::backup::restore(&args, global, output),
        Command::Doctor(args) => commands::doctor::run(&args, global, output).await,
        Command::Config(args) => commands::config::run(&args, matches, output),
        Command::Pipeline(args) => commands::pipeline::run(&args, global).await,
        Command::Schedule(args) => commands::schedule::run(&args, global).await,
        Command::Runs(args) => commands::runs::run(&args, global, output).await,
        Command::Events(args) => commands::events::run(&args, global, output).await,
        Command::Alert(args) => commands::alert::run(&args, global, output).await,
        Command::Timezone(args) => commands::timezone::run(&args, global, output).await,
        Command::Roster(args) => commands::people::roster(&args, global, output).await,
        Command::Names(args) => commands::people::names(&args, global, output).await,
        Command::Recipients(args) => commands::people::recipients(&args, global, output).await,
        Command::Goal(args) => commands::platform::goal(&args, global, output).await,
        Command::Classroom(args) => commands::platform::classroom(&args, global, output).await,
        Command::Session(args) => commands::platform::session(&args, global, output).await,
        Command::Report(args) => commands::report::run(&args, global, output).await,
        Command::Serve(args) => Box::pin(commands::serve::run(&args, global, output)).await,
        Command::Student(args) => commands::student::run(&args, global, output).await,
        Command::Token(args) => commands::token::run(&args, global, output).await,
        Command::Account(args) => commands::account::run(&args, global, output).await,
        Command::Fit(args) => args.run(output),
        Command::Predict(args) => args.run(output),
        Command::Dataset(args) => commands::dataset::run(&args, global, output).await,
        Command::Link(args) => commands::link::run(&args, output),
        Command::Equate(args) => commands::equate::run(&args.kind, output),
        Command::Score(args) => commands::score::run(&args, output),
        Command::Bank(args) => commands::bank::run(&args, global, output).await,
        Command::Cat(args) => commands::cat::run(&args, output),
        Command::Completions { shell } => completions(shell, output),
    }
}

fn completions(shell: clap_complete::Shell, output: &Output) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "seedtest", &mut script);
    output.raw(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// The threads that fit models, each of which begins with `first`.
fn start_threads(global: &Global, first: fn()) -> Result<(), Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(global.threads)
        .start_handler(move |_| first())
        .build_global()
        .map_err(|error| Failure::new(format!("cannot start the threads: {error}"), None))
}
