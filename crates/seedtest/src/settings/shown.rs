//! Every setting with its value and where the value comes from, for `seedtest config show`.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use seedtest_fault::without_credentials;
use seedtest_pipeline::{Configuration, JOBS, Origin, Setting, Settings};
use seedtest_store::Target;

use super::known::{SECTIONS, TYPED_ONLY, variable_address};
use super::{GIVEN, Given, check, defaults, secrets, variable};
use crate::environment::{VARIABLES, Variable};
use crate::failure::Failure;

/// One setting as anybody may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Where the configuration file has it.
    pub(crate) address: String,
    /// Its variables, the preferred name first.
    pub(crate) variables: Vec<String>,
    /// Its value; of a secret only that it is set.
    pub(crate) value: Option<String>,
    /// Where that comes from; empty where there is no value.
    pub(crate) origin: String,
}

/// Every setting; `typed` are the arguments of this process.
///
/// # Errors
/// A value that does not read as what it must be.
pub(crate) fn every_setting(typed: &ArgMatches) -> Result<Vec<Shown>, Failure> {
    let nothing = Given::default();
    let given = GIVEN.get().unwrap_or(&nothing);
    let bare = check::without_variables(crate::command());
    let command = defaults::put_in(crate::command(), &bare, given)?;
    let mut all = flags("", &command, typed, given);
    all.extend(of_variables("", given));
    for section in SECTIONS {
        let Some(found) = command.find_subcommand(section) else { continue };
        // What it would be if it were started now.
        let parsed = command.clone().try_get_matches_from(["seedtest", section]);
        let matches = parsed.ok().and_then(|matches| matches.subcommand_matches(section).cloned());
        if let Some(matches) = matches {
            all.extend(flags(&format!("{section}."), found, &matches, given));
        }
        if section == "serve" {
            all.extend(of_variables("serve", given));
            let settings = Configuration::settings(variable)?;
            all.extend(of_settings("serve.", Configuration::SETTINGS, &settings, given));
        }
    }
    for job in JOBS {
        let settings = Settings::resolve(job, |_| None, variable)?;
        all.extend(of_settings(&format!("jobs.{}.", job.name), job.settings, &settings, given));
    }
    Ok(all)
}

fn flags(section: &str, command: &Command, matches: &ArgMatches, given: &Given) -> Vec<Shown> {
    let shown = |arg: &Arg| {
        let name = arg.get_long().filter(|name| !TYPED_ONLY.contains(name))?;
        let address = format!("{section}{name}");
        let variables = arg.get_env().map(|name| name.to_string_lossy().into_owned());
        let id = arg.get_id().as_str();
        let raw = matches.try_get_raw(id).ok().flatten().into_iter().flatten();
        let values: Vec<String> = raw.map(|value| value.to_string_lossy().into_owned()).collect();
        let value = (!values.is_empty()).then(|| values.join(", "));
        let value = if address == "database-url" { value.map(|url| redacted(&url)) } else { value };
        let origin = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => "flag".to_owned(),
            Some(ValueSource::EnvVariable) => variables.clone().unwrap_or_default(),
            _ if value.is_none() => String::new(),
            _ if address == "database-url" && given.secrets.contains_key("DATABASE_URL") => {
                secrets::file_variable("DATABASE_URL")
            }
            _ if given.file.contains_key(&address) => file(given),
            _ => "default".to_owned(),
        };
        Some(Shown { address, variables: variables.into_iter().collect(), value, origin })
    };
    command.get_arguments().filter_map(shown).collect()
}

/// The address of a database without what opens it.
fn redacted(url: &str) -> String {
    Target::parse(url).map_or_else(|_| "(set)".to_owned(), |target| target.redacted())
}

/// The variables of the binary that no flag has; of several secrets each counts for itself.
fn of_variables(command: &str, given: &Given) -> Vec<Shown> {
    let is_here = |of: &&Variable| (of.command == "serve") == (command == "serve");
    let mut all = Vec::new();
    for of in VARIABLES.iter().filter(is_here) {
        let groups: Vec<&[&'static str]> =
            if of.secret { of.names.chunks(1).collect() } else { vec![of.names] };
        all.extend(groups.into_iter().map(|names| of_variable(of, names, given)));
    }
    all
}

fn of_variable(of: &Variable, names: &[&'static str], given: &Given) -> Shown {
    let found = of.each().find(|(name, _)| names.contains(name));
    let origin = found.as_ref().map(|(name, _)| {
        let in_file = variable_address(name, of.command);
        if variable(name).is_none() && given.file.contains_key(&in_file) {
            return file(given);
        }
        of_name(name, given)
    });
    let value = found.map(|(_, text)| match text {
        _ if of.secret => "(set)".to_owned(),
        // Some put a password into the address of a service.
        text if text.contains("://") => without_credentials(&text, false),
        text => text,
    });
    let default = (!of.default.is_empty()).then(|| of.default.to_owned());
    let fallback = if default.is_some() { "default".to_owned() } else { String::new() };
    Shown {
        address: variable_address(names[0], of.command),
        variables: names.iter().map(|name| (*name).to_owned()).collect(),
        value: value.or(default),
        origin: origin.unwrap_or(fallback),
    }
}

fn of_settings(
    section: &str,
    settings: &[Setting],
    resolved: &Settings,
    given: &Given,
) -> Vec<Shown> {
    let shown = |setting: &Setting| {
        let value = resolved.shown(setting);
        let origin = match resolved.origin(setting.key) {
            _ if value.is_none() => String::new(),
            Origin::Environment(name) => of_name(name, given),
            Origin::File(address) => format!("{} {address}", file(given)),
            other => other.to_string(),
        };
        Shown {
            address: format!("{section}{}", setting.key),
            variables: setting.env.iter().map(|name| (*name).to_owned()).collect(),
            value,
            origin,
        }
    };
    settings.iter().map(shown).collect()
}

/// A variable, or the variable that names the file with its value.
fn of_name(name: &str, given: &Given) -> String {
    match given.secrets.get(name) {
        Some(secret) => format!("{} {}", secrets::file_variable(name), secret.path().display()),
        None => name.to_owned(),
    }
}

fn file(given: &Given) -> String {
    given.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
}
