//! What was said before anything was typed: the environment, files that hold a secret (`NAME_FILE`), and
//! `seedtest.toml`. A flag beats a variable, a variable beats the file, the file beats a default.

mod check;
mod defaults;
mod fault;
mod file;
mod known;
mod secrets;
mod shown;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use clap::FromArgMatches;

pub(crate) use known::variable_address;
pub(crate) use shown::{Shown, every_setting};

use crate::cli::ServeArgs;
use crate::failure::Failure;
use known::Known;

/// Everything beside the command line and the variables themselves.
#[derive(Debug, Default)]
struct Given {
    /// Secrets that files hold, by the variable each stands for.
    secrets: secrets::Secrets,
    /// Where the configuration file is, if there is one.
    path: Option<PathBuf>,
    /// Its values, by address.
    file: BTreeMap<String, Vec<String>>,
    /// The line of each.
    lines: BTreeMap<String, usize>,
}

impl Given {
    /// Where a value of the file stands, for messages.
    fn place(&self, address: &str) -> Option<String> {
        let line = self.lines.get(address)?;
        Some(format!("{}:{line}: {address}", self.path.as_ref()?.display()))
    }
}

/// Read once, when the process starts. Before that, as in tests, nothing is given.
static GIVEN: OnceLock<Given> = OnceLock::new();

/// The commands, with what the environment and the configuration file say in the place of their defaults. Every
/// value is looked at first: all of the file, the variables that what was typed reads, and what was typed.
///
/// # Errors
/// A file that cannot be read, or all that is wrong: unknown keys, values that do not fit, a secret that is
/// given twice.
pub(crate) fn configured(
    command: clap::Command,
    arguments: &[OsString],
) -> Result<clap::Command, Failure> {
    let known = Known::of(&command);
    let (secrets, mut faults) = secrets::read(&known.secrets);
    let path = file::path(arguments)?;
    let content = match &path {
        Some(path) => file::read(path, &known)?,
        None => file::Content::default(),
    };
    let mut of_file = content.faults;
    let (file, lines) = (content.values, content.lines);
    let given = GIVEN.get_or_init(|| Given { secrets, path, file, lines });

    let bare = check::without_variables(command.clone());
    let probe = check::Probe::of(&bare);
    of_file.extend(check::of_file(&probe, &known, given));
    // Tables give their keys in the order of the alphabet.
    of_file.sort_by_key(|(line, _)| *line);
    faults.extend(of_file.into_iter().map(|(_, fault)| fault));
    let (typed, matches) = check::typed(&bare, arguments);
    if let Some(matches) = &matches {
        faults.extend(check::of_environment(&probe, &command, given, matches));
    }
    // What alone is wrong with a call is said together with how to call.
    if !faults.is_empty() || typed.len() > 1 {
        faults.extend(typed);
    }
    match fault::failure(&check::each_once(faults)) {
        Some(failure) => Err(failure),
        None => defaults::put_in(command, &bare, given),
    }
}

/// What is wrong with the variables of the service and of the scheduler, whoever asks: each in a sentence.
pub(crate) fn service_faults() -> Vec<String> {
    let command = crate::command();
    let bare = check::without_variables(command.clone());
    let faults = check::of_services(&check::Probe::of(&bare), &command, &bare);
    check::each_once(faults).iter().map(fault::Fault::told).collect()
}

/// The flags that `serve` would have without any typed.
///
/// # Errors
/// Values that do not go together.
pub(crate) fn serve_args() -> Result<ServeArgs, Failure> {
    let command = crate::command();
    let bare = check::without_variables(command.clone());
    let command = match GIVEN.get() {
        Some(given) => defaults::put_in(command, &bare, given)?,
        None => command,
    };
    let refused = |error: clap::Error| {
        let told = error.to_string();
        let told = told.lines().next().unwrap_or_default().trim_start_matches("error: ");
        Failure::usage(told, "`seedtest config show` lists every setting")
    };
    let matches = command.try_get_matches_from(["seedtest", "serve"]).map_err(refused)?;
    let inner = matches.subcommand_matches("serve").unwrap_or(&matches);
    ServeArgs::from_arg_matches(inner).map_err(refused)
}

/// A variable of the environment, from its file where it has one (`NAME_FILE`); a name with a dot is an
/// address of the configuration file. Blank counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    if name.contains('.') {
        return in_file(name);
    }
    let set = std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    set.or_else(|| Some(GIVEN.get()?.secrets.get(name)?.text().to_owned()))
}

/// A value of the configuration file; blank counts as not said.
pub(crate) fn in_file(address: &str) -> Option<String> {
    let text = GIVEN.get()?.file.get(address)?.join(",");
    Some(text).filter(|text| !text.trim().is_empty())
}

/// Every variable with its value, and every value of the configuration file with its address. Variables that
/// are no text set nothing.
pub(crate) fn all() -> Vec<(String, String)> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let mut all: Vec<_> = std::env::vars_os().filter_map(text).collect();
    if let Some(given) = GIVEN.get() {
        let secrets = given.secrets.iter();
        all.extend(secrets.map(|(name, secret)| (name.clone(), secret.text().to_owned())));
        all.extend(given.file.iter().map(|(address, values)| (address.clone(), values.join(","))));
    }
    all
}

/// What the configuration file says of a flag.
pub(crate) fn of_file(address: &str) -> Vec<String> {
    GIVEN.get().and_then(|given| given.file.get(address).cloned()).unwrap_or_default()
}
