//! The name of a flag in a fault: the one that was typed. A flag with two names is told by its first one
//! otherwise, which who typed the other one looks for in vain.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};

/// The fault with every flag by the name it was typed by. `command` are all commands, `typed` is what was typed,
/// the program first.
pub(crate) fn as_typed(
    mut error: clap::Error,
    command: &Command,
    typed: &[OsString],
) -> clap::Error {
    for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
        let renamed = match error.get(kind) {
            Some(ContextValue::String(flag)) => ContextValue::String(renamed(flag, command, typed)),
            Some(ContextValue::Strings(flags)) => ContextValue::Strings(
                flags.iter().map(|flag| renamed(flag, command, typed)).collect(),
            ),
            _ => continue,
        };
        error.insert(kind, renamed);
    }
    error
}

/// A flag with its value (`--date <YYYY-MM-DD>`) under the name that was typed.
fn renamed(flag: &str, command: &Command, typed: &[OsString]) -> String {
    let (name, value) = flag.split_at(flag.find([' ', '=', '[']).unwrap_or(flag.len()));
    let of_call = called(command, typed);
    let mut flags = of_call.get_arguments().filter(|arg| Some(name) == long(arg).as_deref());
    let other = flags.find_map(|arg| other_name(arg, typed));
    format!("{}{value}", other.as_deref().unwrap_or(name))
}

/// The innermost command that was called.
fn called<'a>(command: &'a Command, typed: &[OsString]) -> &'a Command {
    typed.iter().fold(command, |of, word| of.find_subcommand(word).unwrap_or(of))
}

/// The other name of a flag that was typed in the place of its first one.
fn other_name(arg: &Arg, typed: &[OsString]) -> Option<String> {
    let is_typed = |name: &String| {
        let with_value = format!("{name}=");
        typed
            .iter()
            .filter_map(|word| word.to_str())
            .any(|word| word == name || word.starts_with(&with_value))
    };
    if long(arg).as_ref().is_some_and(is_typed) {
        return None;
    }
    let others = arg.get_all_aliases().unwrap_or_default().into_iter();
    others.map(|name| format!("--{name}")).find(is_typed)
}

fn long(arg: &Arg) -> Option<String> {
    arg.get_long().map(|name| format!("--{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a call.
    fn told(call: &str) -> String {
        let typed: Vec<OsString> = call.split(' ').map(OsString::from).collect();
        let error = crate::command().try_get_matches_from(&typed).unwrap_err();
        as_typed(error, &crate::command(), &typed).render().to_string()
    }

    #[test]
    fn a_fault_names_the_flag_that_was_typed() {
        for (call, flag) in [
            ("seedtest pipeline daily --as-of soon", "'--as-of <YYYY-MM-DD>'"),
            ("seedtest pipeline daily --as-of=soon", "'--as-of <YYYY-MM-DD>'"),
            ("seedtest pipeline daily --date soon", "'--date <YYYY-MM-DD>'"),
            (
                "seedtest pipeline history --from 2025-03-01 --as-of 2025-03-24",
                "'--as-of <YYYY-MM-DD>'",
            ),
            ("seedtest fit growth --data s.csv --n-chains many", "'--n-chains <N>'"),
            ("seedtest fit growth --data s.csv --chains many", "'--chains <N>'"),
        ] {
            let told = told(call);
            let said = told.lines().next().unwrap_or_default();
            assert!(said.contains(flag), "{call}: {told}");
        }
    }

    #[test]
    fn every_other_name_of_a_flag_is_told_as_typed() {
        fn each(command: &Command, path: &str, met: &mut u32) {
            for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
                for name in arg.get_all_aliases().unwrap_or_default() {
                    let told = told(&format!("{path} --{name}"));
                    assert!(told.contains(&format!("--{name} ")), "{path} --{name}: {told}");
                    *met += 1;
                }
            }
            for inner in command.get_subcommands() {
                each(inner, &format!("{path} {}", inner.get_name()), met);
            }
        }
        let mut met = 0;
        each(&crate::command(), "seedtest", &mut met);
        assert!(met >= 4, "{met}");
    }
}
