//! Exit codes of what ran to its end.

use std::path::Path;
use std::process::ExitCode;

use seedtest_numerics::{Status, Verdict};
use serde::Serialize;

use crate::commands::json_file::write_json;
use crate::failure::Failure;
use crate::output::Output;

/// Exit code of a fit that ended without converging, or of a command `fit` that had too little to fit:
/// the result says what is wrong.
const NOT_CONVERGED: u8 = 3;

/// Exit code of work that was told to end before it had.
pub(crate) const INTERRUPTED: u8 = 1;

/// What the exit codes mean, for the help.
pub(crate) const EXIT_CODES: &str = "\
Exit code: 0 done, or a job with nothing to do, 1 failed, 2 wrong usage, 3 done but a model did not \
converge, or a `fit` had too little to fit";

/// The exit code of what ended well, with a converged model or without.
pub(crate) fn ending(converged: bool) -> ExitCode {
    if converged { ExitCode::SUCCESS } else { ExitCode::from(NOT_CONVERGED) }
}

/// The exit code of a fit; says on standard error what is wrong with one that did not converge, since
/// its result may go to a file.
pub(crate) fn ending_of_fit(verdict: &Verdict, output: &Output) -> ExitCode {
    if let Some(problem) = problem(verdict) {
        output.note(&format!("not converged: {problem}"));
    }
    ending(verdict.converged())
}

/// Says why there is no fit, where the fit would have gone and on standard error, and gives the exit code:
/// whoever asked for a fit has none.
pub(crate) fn no_fit(
    noop: &impl Serialize,
    reason: &str,
    json: Option<&Path>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    match json {
        Some(path) => write_json(noop, path, output)?,
        None => output.line(&format!("nothing was fitted: {reason}"))?,
    }
    output.note(&format!("no fit: {reason}"));
    Ok(ending(false))
}

/// What is wrong with a fit that did not converge, and what to do.
pub(crate) fn problem(verdict: &Verdict) -> Option<String> {
    let problem = problem_of(&verdict.status)?;
    let action = verdict.next_action.as_deref().map_or(String::new(), |text| format!("; {text}"));
    Some(format!("{problem}{action}"))
}

fn problem_of(status: &Status) -> Option<String> {
    match status {
        Status::Converged => None,
        Status::Singular { direction } => {
            let names: Vec<&str> = direction.iter().map(|of| of.parameter.as_str()).collect();
            Some(format!("there is no variance in {}", names.join(", ")))
        }
        Status::Unidentified { parameters } => {
            Some(format!("the data do not determine {}", first_of(parameters)))
        }
        Status::Truncated { reason } | Status::Failed { reason } => Some(reason.clone()),
    }
}

/// The first names, and how many more there are.
fn first_of(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = &names[..names.len().min(SHOWN)];
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_but_convergence_has_a_problem() {
        let reason = || "time".to_string();
        assert_eq!(problem_of(&Status::Converged), None);
        assert_eq!(problem_of(&Status::Truncated { reason: reason() }), Some(reason()));
        assert_eq!(problem_of(&Status::Failed { reason: reason() }), Some(reason()));
        let parameters = vec!["a".to_string(), "b".to_string()];
        let problem = problem_of(&Status::Unidentified { parameters });
        assert_eq!(problem.as_deref(), Some("the data do not determine a, b"));
        let parameters = (0..50).map(|i| format!("a[q{i}]")).collect();
        let problem = problem_of(&Status::Unidentified { parameters }).unwrap();
        assert!(problem.ends_with("a[q19] and 30 more"), "{problem}");
    }
}
