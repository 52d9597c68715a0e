//! Exit codes of what ran to its end.

use std::path::Path;
use std::process::ExitCode;

use seedtest_numerics::Verdict;
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
    if let Some(problem) = verdict.problem() {
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
