//! Every value that the file, the environment and the command line give, looked at before anything begins.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command};
use seedtest_pipeline::{Configuration, Error, JOBS, JobEntry, Settings};
use seedtest_store::Target;

use super::fault::Fault;
use super::known::{Known, Means, SECTIONS};
use super::{Given, variable};
use crate::commands::job::PRUNE;
use crate::environment::VARIABLES;
use crate::flag_names;

/// The flag with the address of the database, which is never shown.
pub(super) const DATABASE_URL: &str = "database-url";

/// Commands that touch no database: an address meant for others hurts none of them.
const WITHOUT_DATABASE: [&str; 8] =
    ["fit", "predict", "link", "score", "equate", "completions", "demo", "config"];

/// The commands without the variables of their flags.
pub(super) fn without_variables(command: Command) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let command = command.mut_args(|arg| arg.env(None::<&'static str>));
    names.iter().fold(command, |command, name| command.mut_subcommand(name, without_variables))
}

/// Asks flags about one value at a time.
pub(super) struct Probe {
    command: Command,
}

impl Probe {
    /// `command` are all commands, without the variables of their flags.
    pub(super) fn of(command: &Command) -> Self {
        let alone =
            |of: &Command, name: &'static str| Command::new(name).args(of.get_arguments().cloned());
        let section = |name: &'static str| Some(alone(command.find_subcommand(name)?, name));
        let sections: Vec<Command> = SECTIONS.into_iter().filter_map(section).collect();
        Self { command: alone(command, "seedtest").subcommands(sections) }
    }

    /// What a flag of a section (`""` = of every command) would accept in the place of a text; `None` where it
    /// accepts it.
    fn instead_of(&self, section: &str, flag: &str, text: &str) -> Option<Refusal> {
        if flag == DATABASE_URL {
            return Target::parse(text).err().map(|error| Refusal::Reason(error.to_string()));
        }
        let mut typed = vec!["seedtest".to_owned()];
        typed.extend((!section.is_empty()).then(|| section.to_owned()));
        typed.push(format!("--{flag}={text}"));
        Refusal::of(&self.command.clone().try_get_matches_from(typed).err()?)
    }
}

/// Why a value is not accepted.
enum Refusal {
    /// What would be.
    Expected(String),
    /// A sentence.
    Reason(String),
}

impl Refusal {
    /// `None` for what is wrong with something else than a value.
    fn of(error: &clap::Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::InvalidValue => {
                Some(Self::Expected(match error.get(ContextKind::ValidValue) {
                    Some(ContextValue::Strings(words)) if !words.is_empty() => words.join(", "),
                    _ => "a value".to_owned(),
                }))
            }
            ErrorKind::ValueValidation => {
                let told = error.source().map(ToString::to_string).unwrap_or_default();
                let is_noun = ["a ", "an "].iter().any(|article| told.starts_with(article));
                Some(if is_noun { Self::Expected(told) } else { Self::Reason(told) })
            }
            _ => None,
        }
    }

    fn fault(self, place: String, value: &str, is_secret: bool) -> Fault {
        match self {
            Self::Expected(expected) => Fault::of_value(place, value, is_secret, &expected),
            Self::Reason(reason) if is_secret || reason.contains(&format!("{value:?}")) => {
                Fault::new(place, reason)
            }
            Self::Reason(reason) => Fault::new(place, format!("{value:?}: {reason}")),
        }
    }
}

/// What the values of the file may not be, whoever reads them, with the line of each.
pub(super) fn of_file(probe: &Probe, known: &Known, given: &Given) -> Vec<(usize, Fault)> {
    let mut faults: Vec<(usize, Fault)> = Vec::new();
    for (address, values) in &given.file {
        let (Some(means), Some(place)) = (known.addresses.get(address), given.place(address))
        else {
            continue;
        };
        let line = given.lines.get(address).copied().unwrap_or(0);
        let is_secret = known.secret_addresses.contains(address);
        match means {
            Means::Switch | Means::Setting => {}
            Means::Variable(of) => {
                let text = values.join(",");
                if let Some(expected) = of.reads.instead_of(&text, true) {
                    faults.push((line, Fault::of_value(place, &text, is_secret, &expected)));
                }
            }
            Means::Text { .. } | Means::Flag { .. } => {
                let (section, flag) = address.rsplit_once('.').unwrap_or(("", address));
                for value in values {
                    if let Some(refusal) = probe.instead_of(section, flag, value) {
                        faults.push((line, refusal.fault(place.clone(), value, is_secret)));
                    }
                }
            }
        }
    }
    let in_file = |name: &str| {
        let text = given.file.get(name)?.join(",");
        Some(text).filter(|text| !text.trim().is_empty())
    };
    let mut errors = Configuration::faults(in_file);
    errors.extend(JOBS.iter().flat_map(|job| Settings::misread(job, |_| None, in_file)));
    for error in errors {
        let line = match &error {
            Error::BadFileSetting { address, .. } => given.lines.get(address).copied(),
            _ => None,
        };
        faults.push((line.unwrap_or(0), Fault::of_job(&error, |address| given.place(address))));
    }
    faults
}

/// Whose variables are read by what was typed.
struct Scope<'m> {
    matches: &'m ArgMatches,
    name: &'m str,
}

impl<'m> Scope<'m> {
    fn of(matches: &'m ArgMatches) -> Self {
        Self { matches, name: matches.subcommand_name().unwrap_or_default() }
    }

    fn inner(&self) -> Option<&'m ArgMatches> {
        self.matches.subcommand().map(|(_, inner)| inner)
    }

    fn serves(&self) -> bool {
        matches!(self.name, "serve" | "config")
    }

    fn schedules(&self) -> bool {
        let beside = || self.inner().is_some_and(|serve| serve.get_flag("with_scheduler"));
        match self.name {
            "schedule" | "config" => true,
            "serve" => beside(),
            "job" => self.inner().and_then(ArgMatches::subcommand_name) == Some("next"),
            _ => false,
        }
    }

    fn reads_sections(&self, section: &str) -> bool {
        match section {
            "serve" => self.serves(),
            "schedule" => self.schedules(),
            _ => !WITHOUT_DATABASE.contains(&self.name) || self.name == "config",
        }
    }

    /// The jobs that may run, with the flags that were typed for one of them.
    fn jobs(&self) -> Vec<(&'static JobEntry, Option<&'m ArgMatches>)> {
        match self.name {
            "job" | PRUNE => self.one_job().into_iter().collect(),
            "pipeline" => {
                let round = self.inner().and_then(|inner| inner.get_raw("round"));
                let round = round.and_then(|mut raw| raw.next()).and_then(|text| text.to_str());
                let is_in = |job: &&JobEntry| {
                    job.rounds.iter().any(|place| Some(place.round.name()) == round)
                };
                JOBS.iter().filter(is_in).map(|job| (job, None)).collect()
            }
            "schedule" | "serve" | "config" if self.schedules() => {
                let is_planned = |job: &&JobEntry| {
                    self.name == "config" || job.schedule.is_some() || !job.rounds.is_empty()
                };
                JOBS.iter().filter(is_planned).map(|job| (job, None)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn one_job(&self) -> Option<(&'static JobEntry, Option<&'m ArgMatches>)> {
        let own = self.matches.subcommand()?;
        let (name, inner) = if own.0 == PRUNE { own } else { own.1.subcommand()? };
        let (name, flags) = if name == "run" { inner.subcommand()? } else { (name, inner) };
        Some((seedtest_pipeline::find_job(name)?, Some(flags)))
    }
}

/// What the variables may not be that what was typed reads, and the flags of a job.
pub(super) fn of_environment(
    probe: &Probe,
    command: &Command,
    given: &Given,
    matches: &ArgMatches,
) -> Vec<Fault> {
    let scope = Scope::of(matches);
    let mut faults = of_variables(probe, command, &scope);
    let mut errors = if scope.serves() { Configuration::faults(variable) } else { Vec::new() };
    for (job, flags) in scope.jobs() {
        let typed = |key: &str| flags?.try_get_one::<String>(key).ok().flatten().cloned();
        errors.extend(Settings::faults(job, typed, variable));
    }
    faults.extend(errors.iter().map(|error| Fault::of_job(error, |address| given.place(address))));
    faults
}

/// What the variables may not be that the service and the scheduler read, beside the settings of jobs and of
/// questions. `bare` are the commands without the variables of their flags.
pub(super) fn of_services(probe: &Probe, command: &Command, bare: &Command) -> Vec<Fault> {
    let all = bare.clone().try_get_matches_from(["seedtest", "config", "show"]);
    all.map_or_else(|_| Vec::new(), |all| of_variables(probe, command, &Scope::of(&all)))
}

fn of_variables(probe: &Probe, command: &Command, scope: &Scope<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let sections = SECTIONS.iter().filter_map(|name| Some((*name, command.find_subcommand(name)?)));
    for (section, of) in std::iter::once(("", command)).chain(sections) {
        if scope.reads_sections(section) {
            faults.extend(
                of.get_arguments().filter_map(|arg| of_flag(probe, section, arg, scope.matches)),
            );
        }
    }
    for of in VARIABLES {
        if of.command.is_empty() || (of.command == "serve" && scope.serves()) {
            faults.extend(of.each().filter_map(|(name, text)| {
                let expected = of.reads.instead_of(&text, false)?;
                Some(Fault::of_value(name, &text, of.secret, &expected))
            }));
        }
    }
    faults
}

/// The variable of a flag, unless the flag was typed.
fn of_flag(probe: &Probe, section: &str, arg: &Arg, matches: &ArgMatches) -> Option<Fault> {
    use clap::parser::ValueSource::CommandLine;
    let name = arg.get_env()?.to_str()?;
    let inner =
        if section.is_empty() { Some(matches) } else { matches.subcommand_matches(section) };
    let source = |matches: &ArgMatches| {
        matches.try_contains_id(arg.get_id().as_str()).is_ok()
            && matches.value_source(arg.get_id().as_str()) == Some(CommandLine)
    };
    if inner.is_some_and(source) {
        return None;
    }
    let text = variable(name)?;
    let flag = arg.get_long()?;
    let refusal = probe.instead_of(section, flag, &text)?;
    Some(refusal.fault(name.to_owned(), &text, flag == DATABASE_URL))
}

/// What typed values may not be, and what is left when those are taken away; `None` where that is no call of any
/// command. `command` are all commands, without the variables of their flags.
pub(super) fn typed(command: &Command, arguments: &[OsString]) -> (Vec<Fault>, Option<ArgMatches>) {
    let mut left = arguments.to_vec();
    let mut faults = Vec::new();
    loop {
        let error = match command.clone().try_get_matches_from(&left) {
            Ok(matches) => return (faults, Some(matches)),
            Err(error) => flag_names::as_typed(error, command, &left),
        };
        let text = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.clone()),
            _ => None,
        };
        let found = Refusal::of(&error)
            .zip(text(ContextKind::InvalidArg))
            .zip(text(ContextKind::InvalidValue));
        let Some(((refusal, argument), value)) = found else { return (faults, None) };
        let flag = argument.split_whitespace().next().unwrap_or_default().to_owned();
        let is_secret = flag.trim_start_matches('-') == DATABASE_URL;
        faults.push(refusal.fault(flag.clone(), &value, is_secret));
        if !take_away(&mut left, &flag, &value) {
            return (faults, None);
        }
    }
}

/// Takes a flag and its value away; whether they were there.
fn take_away(arguments: &mut Vec<OsString>, flag: &str, value: &str) -> bool {
    let joined = OsString::from(format!("{flag}={value}"));
    if let Some(at) = arguments.iter().position(|argument| *argument == joined) {
        arguments.remove(at);
        return true;
    }
    let pair = |both: &[OsString]| both[0] == *flag && both[1] == *value;
    let Some(at) = arguments.windows(2).position(pair) else { return false };
    arguments.drain(at..at + 2);
    true
}

/// Each fault once, in their order.
pub(super) fn each_once(faults: Vec<Fault>) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    faults.into_iter().filter(|fault| seen.insert(fault.told())).collect()
}
