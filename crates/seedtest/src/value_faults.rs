//! What is wrong with the value of a flag, in words of the flag: parsers of the standard library speak of digits
//! in strings and of types.

use std::error::Error as _;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The fault with what is expected in the place of what the parser of the value says; any other one as it is.
pub(crate) fn in_words(error: Error) -> Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let source = error.source().map(ToString::to_string);
    let known = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue), source);
    let (Some(flag), Some(value), Some(source)) = known else { return error };
    let Some(expected) = expected(&source, &flag) else { return error };
    let message = format!(
        "invalid value '{value}' for '{flag}': {expected}\n\nFor more information, try '--help'.\n"
    );
    Error::raw(ErrorKind::ValueValidation, message)
}

/// What a parser that says this reads for a flag.
fn expected(source: &str, flag: &str) -> Option<String> {
    let is_time = flag.contains("TIME>") || flag.contains("INSTANT>");
    let words = match source {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "a whole number is expected"
        }
        "number too large to fit in target type" => "the number is too large",
        "number too small to fit in target type" => "the number is too far below 0",
        "invalid float literal" | "cannot parse float from empty string" => "a number is expected",
        "provided string was not `true` or `false`" => "true or false is expected",
        "input contains invalid characters"
        | "premature end of input"
        | "trailing input"
        | "input is out of range"
        | "input is not enough for unique date and time" => {
            if is_time {
                "a time as 2025-03-24T08:00:00Z is expected"
            } else {
                "a date as 2025-03-24 is expected"
            }
        }
        _ => return bounds(source),
    };
    Some(words.to_owned())
}

/// The bounds of whole numbers: `-3 is not in 0..=255`.
fn bounds(source: &str) -> Option<String> {
    let (_, range) = source.split_once(" is not in ")?;
    let (least, most) = range.split_once("..")?;
    let most = most.trim_start_matches('=');
    Some(match (least, most) {
        // The largest of a type says nothing to who counts.
        (least, "" | "4294967295" | "18446744073709551615" | "9223372036854775807") => {
            format!("a whole number of {least} or more is expected")
        }
        ("", most) => format!("a whole number of at most {most} is expected"),
        (least, most) => format!("a whole number from {least} to {most} is expected"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first line of what is said of a call.
    fn told(call: &str) -> String {
        let error = crate::command().try_get_matches_from(call.split(' ')).unwrap_err();
        let told = in_words(error).render().to_string();
        told.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_value_that_does_not_read_is_told_what_is_expected() {
        for (call, said) in [
            ("fit irt --data d.csv --guessing fifth", "a number is expected"),
            ("fit irt --data d.csv --max-iter many", "a whole number is expected"),
            ("fit irt --data d.csv --max-iter -3", "a whole number of 0 or more is expected"),
            ("report --all --week soon", "a date as 2025-03-24 is expected"),
            ("report --all --week 2025-13-01", "a date as 2025-03-24 is expected"),
            ("events put --at noon", "a time as 2025-03-24T08:00:00Z is expected"),
        ] {
            let told = told(&format!("seedtest {call}"));
            assert!(told.starts_with("error: invalid value '"), "{call}: {told}");
            assert!(told.ends_with(said), "{call}: {told}");
        }
        assert_eq!(
            bounds("300 is not in 1..=255").unwrap(),
            "a whole number from 1 to 255 is expected"
        );
    }

    /// What is said of every flag of a command and of those below it, with a value that fits few of them.
    fn each(command: &clap::Command, path: &str, value: &str, told: &mut Vec<(String, String)>) {
        let flags = command.get_arguments().filter(|arg| arg.get_action().takes_values());
        let own = flags.filter(|arg| path == "seedtest" || !arg.is_global_set());
        for name in own.filter_map(|arg| arg.get_long()) {
            let flag = format!("--{name}");
            // What comes behind ends the value, and the call if the value is one.
            let typed = path.split(' ').chain([&*flag, value, "--quiet", "--no-such-flag"]);
            let error = crate::command().try_get_matches_from(typed).unwrap_err();
            told.push((format!("{path} {flag} {value:?}"), in_words(error).render().to_string()));
        }
        for inner in command.get_subcommands() {
            each(inner, &format!("{path} {}", inner.get_name()), value, told);
        }
    }

    #[test]
    fn no_flag_speaks_of_how_its_value_is_read() {
        let mut told = Vec::new();
        for value in ["no·value", "", "-1"] {
            each(&crate::command(), "seedtest", value, &mut told);
        }
        assert!(told.len() > 1_000, "{}", told.len());
        for (call, said) in told {
            for word in [
                "digit",
                "literal",
                "integer",
                "in string",
                "premature",
                "trailing",
                "characters",
                "::",
                " is not in ",
            ] {
                assert!(!said.contains(word), "{call}: {said}");
            }
            assert!(said.contains("--help") || said.contains("possible values"), "{call}: {said}");
        }
    }

    #[test]
    fn a_number_below_zero_is_a_value() {
        let call = "seedtest fit irt --data d.csv --guessing -0.1";
        assert!(crate::command().try_get_matches_from(call.split(' ')).is_ok());
    }
}
