//! Values of the configuration file in the place of the defaults of flags. A flag that is typed and a variable
//! that is set come before them, as before any default.

use clap::Command;
use clap::error::ErrorKind;

use super::Given;
use super::check::DATABASE_URL;
use super::known::{SECTIONS, TYPED_ONLY};
use crate::failure::Failure;

/// Puts the values of the file in the place of defaults. `bare` are the same commands without the variables of
/// their flags; each value was looked at alone.
///
/// # Errors
/// Values that do not go together.
pub(super) fn put_in(command: Command, bare: &Command, given: &Given) -> Result<Command, Failure> {
    check(bare, given)?;
    let command = of_section(command, "", given);
    let put = |command: Command, section: &str| {
        let prefix = format!("{section}.");
        command.mut_subcommand(section, |inner| of_section(inner, &prefix, given))
    };
    Ok(SECTIONS.into_iter().fold(command, put))
}

fn of_section(command: Command, section: &str, given: &Given) -> Command {
    command.mut_args(|arg| {
        let is_blank =
            |name: &std::ffi::OsStr| std::env::var(name).is_ok_and(|text| text.trim().is_empty());
        // A blank variable counts as not set.
        let is_blank = arg.get_env().is_some_and(is_blank);
        let arg = if is_blank { arg.env(None::<&'static str>) } else { arg };
        let Some(name) = arg.get_long().filter(|name| !TYPED_ONLY.contains(name)) else {
            return arg;
        };
        let is_secret = name == DATABASE_URL;
        let values = values(given, section, name);
        if values.is_empty() {
            return arg;
        }
        arg.default_values(values).hide_default_value(is_secret)
    })
}

/// What is given for a flag beside the command line and its own variable.
fn values(given: &Given, section: &str, flag: &str) -> Vec<String> {
    if let Some(secret) = given.secrets.get("DATABASE_URL").filter(|_| flag == DATABASE_URL) {
        return vec![secret.text().to_owned()];
    }
    given.file.get(&format!("{section}{flag}")).cloned().unwrap_or_default()
}

/// Whether the values of the file go together: as if somebody had typed them.
fn check(command: &Command, given: &Given) -> Result<(), Failure> {
    for section in SECTIONS {
        let mut typed = vec!["seedtest".to_owned()];
        typed.extend(flags(command, "", given));
        typed.push(section.to_owned());
        if let Some(command) = command.find_subcommand(section) {
            typed.extend(flags(command, &format!("{section}."), given));
        }
        if let Err(error) = command.clone().try_get_matches_from(typed) {
            return Err(refused(&error, given));
        }
    }
    Ok(())
}

/// The flags of a section as they would be typed.
fn flags(command: &Command, section: &str, given: &Given) -> Vec<String> {
    let mut typed = Vec::new();
    for arg in command.get_arguments() {
        let Some(name) = arg.get_long() else { continue };
        for value in given.file.get(&format!("{section}{name}")).into_iter().flatten() {
            let is_switch = matches!(arg.get_action(), clap::ArgAction::SetTrue);
            typed.push(if is_switch { format!("--{name}") } else { format!("--{name}={value}") });
        }
    }
    typed
}

fn refused(error: &clap::Error, given: &Given) -> Failure {
    let path = given.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let text = error.render().to_string();
    // What is wrong stands before the first empty line, how to call the command behind it.
    let told: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let reason = told.join(" ").trim_start_matches("error: ").to_owned();
    let hint = match error.kind() {
        ErrorKind::MissingRequiredArgument => "name the other one, too",
        _ => "correct it there; the names are those of the flags",
    };
    Failure::usage(format!("{path}: {reason}"), hint)
}
