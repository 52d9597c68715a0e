//! What is wrong with settings, all of it at once: where each value stands, what it is, what is accepted.

use seedtest_pipeline::Error;

use crate::failure::Failure;

/// One value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where it stands: `seedtest.toml:3: serve.bind`, a variable, or a flag.
    place: String,
    /// What is wrong with it, and what is accepted.
    reason: String,
    hint: Option<String>,
}

impl Fault {
    pub(super) fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into(), hint: None }
    }

    /// A value in the place of which `expected` would be accepted. One that may open something is not shown.
    pub(super) fn of_value(
        place: impl Into<String>,
        value: &str,
        is_secret: bool,
        expected: &str,
    ) -> Self {
        let shown = if is_secret { "its value".to_owned() } else { format!("{value:?}") };
        Self::new(place, format!("{shown} is not {expected}"))
    }

    #[must_use]
    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A fault that a job or a question found, where `line` knows the place of a value of the file.
    pub(super) fn of_job(error: &Error, place: impl Fn(&str) -> Option<String>) -> Self {
        let told = error.to_string();
        let placed = match error {
            Error::BadFileSetting { address, value, expected } => {
                place(address).map(|place| Self::of_value(place, value, false, expected))
            }
            _ => None,
        };
        let (place, reason) = told.split_once(": ").unwrap_or(("", &told));
        placed.unwrap_or_else(|| Self::new(place, reason))
    }

    /// All of it in a line.
    pub(super) fn told(&self) -> String {
        let Self { place, reason, .. } = self;
        if place.is_empty() { reason.clone() } else { format!("{place}: {reason}") }
    }
}

/// The failure that tells of all of them; `None` where there are none.
pub(super) fn failure(faults: &[Fault]) -> Option<Failure> {
    const HINT: &str =
        "`seedtest config show` lists every setting, docs/configuration.md explains them";
    // What was typed is explained beside what may be typed.
    const HELP: &str = "`--help` of the command says what each flag accepts";
    match faults {
        [] => None,
        [fault] => {
            let usual = if fault.place.starts_with("--") { HELP } else { HINT };
            let hint = fault.hint.clone().unwrap_or_else(|| usual.to_owned());
            Some(Failure::usage(fault.told(), hint))
        }
        faults => {
            let mut text = format!("{} settings cannot be used", faults.len());
            for fault in faults {
                let hint = fault.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
                text = format!("{text}\n  {}{hint}", fault.told());
            }
            Some(Failure::usage(text, HINT))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_may_open_something_is_not_shown() {
        let told = |is_secret| Fault::of_value("X", "s3cret", is_secret, "an address").told();
        assert_eq!(told(false), "X: \"s3cret\" is not an address");
        assert_eq!(told(true), "X: its value is not an address");
    }

    #[test]
    fn several_faults_are_one_failure() {
        assert!(failure(&[]).is_none());
        let both = [Fault::new("A", "is bad"), Fault::new("B", "is worse").with_hint("try C")];
        let told = format!("{:?}", failure(&both).unwrap());
        assert!(told.contains("2 settings") && told.contains("B: is worse (try C)"), "{told}");
    }
}
