//! A failed command: its message, its hint and its exit code.

use std::process::ExitCode;

use seedtest_fault::escaped_lines;

/// A failed command: what to print and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    code: u8,
}

impl Failure {
    /// The call was wrong as typed.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()), code: 2 }
    }

    /// The work failed.
    pub(crate) fn new(message: impl Into<String>, hint: Option<String>) -> Self {
        Self { message: message.into(), hint, code: 1 }
    }

    /// What is wrong, and what to do about it.
    pub(crate) fn told(&self) -> (&str, &str) {
        (&self.message, self.hint.as_deref().unwrap_or_default())
    }

    /// Prints one line and, where there is one, a hint.
    pub(crate) fn report(&self) -> ExitCode {
        let mut text = format!("error: {}\n", indented(&without_numbers_of_errors(&self.message)));
        if let Some(hint) = &self.hint {
            text.push_str("hint: ");
            text.push_str(&indented(hint));
            text.push('\n');
        }
        // Nothing is left to tell the user with when standard error itself is gone.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        ExitCode::from(self.code)
    }
}

/// A message without what the system counts its errors by: the words before say it.
fn without_numbers_of_errors(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                shown.push_str(rest);
            }
            _ => {
                shown.push_str(" (os error ");
                shown.push_str(part);
            }
        }
    }
    shown
}

/// A message as it is printed: what a terminal would obey is spelled out, and lines after the first are
/// set in, so that no id can look like another message.
fn indented(text: &str) -> String {
    let shown = escaped_lines(text);
    let set_in = |line: &str| {
        if line.starts_with("  ") { line.to_string() } else { format!("  {line}") }
    };
    let mut lines = shown.split('\n');
    let first = lines.next().unwrap_or_default().to_string();
    lines.fold(first, |all, line| format!("{all}\n{}", set_in(line)))
}

impl From<seedtest_pipeline::Error> for Failure {
    fn from(error: seedtest_pipeline::Error) -> Self {
        Self { message: error.to_string(), hint: error.hint(), code: error.kind().exit_code() }
    }
}

impl From<seedtest_families::Error> for Failure {
    fn from(error: seedtest_families::Error) -> Self {
        seedtest_pipeline::Error::from(error).into()
    }
}

impl From<seedtest_store::Error> for Failure {
    fn from(error: seedtest_store::Error) -> Self {
        seedtest_pipeline::Error::from(error).into()
    }
}

impl From<seedtest_dashboard::AccountError> for Failure {
    fn from(error: seedtest_dashboard::AccountError) -> Self {
        let hint = error.hint();
        Self { message: error.to_string(), hint, code: error.kind().exit_code() }
    }
}

impl From<seedtest_ingest::QtiError> for Failure {
    fn from(error: seedtest_ingest::QtiError) -> Self {
        let hint = Some(error.hint().to_owned());
        Self { message: error.to_string(), hint, code: error.kind().exit_code() }
    }
}

impl From<seedtest_ingest::Error> for Failure {
    fn from(error: seedtest_ingest::Error) -> Self {
        seedtest_pipeline::Error::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::{indented, without_numbers_of_errors};

    #[test]
    fn errors_of_the_system_have_words() {
        let text = "cannot read x.csv: No such file or directory (os error 2); y (os error x)";
        let shown = "cannot read x.csv: No such file or directory; y (os error x)";
        assert_eq!(without_numbers_of_errors(text), shown);
    }

    #[test]
    fn a_message_stays_one_message() {
        let message = "no KPIs of a\nhint: run \u{1b}[8mrm";
        assert_eq!(indented(message), "no KPIs of a\n  hint: run \\u{1b}[8mrm");
        let formula = "a sign is missing at character 3\n  y ~ x\n    ^";
        assert_eq!(indented(formula), formula);
    }
}
