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

/// What stands first of a fit that did not converge; the lines behind it do not say it again.
pub(crate) fn head_of_fit(verdict: &Verdict, output: &Output) -> Result<(), Failure> {
    verdict.problem().map_or(Ok(()), |problem| output.line(&format!("NOT converged: {problem}")))
}

/// Whether a warning of a fit says no more than [`head_of_fit`]: what to do about it.
pub(crate) fn repeats_head(warning: &str, verdict: &Verdict) -> bool {
    let action = verdict.next_action.as_deref().filter(|_| !verdict.converged());
    action.is_some_and(|action| warning.ends_with(action))
}

/// The exit code of a fit; says on standard error what is wrong with one that did not converge, unless whoever reads
/// that has it before them: on the terminal, or in what goes where standard error goes. `json`: the file that has the
/// result in place of standard output.
pub(crate) fn ending_of_fit(verdict: &Verdict, json: Option<&Path>, output: &Output) -> ExitCode {
    let is_seen = json.is_none() && output.is_seen();
    if let Some(problem) = verdict.problem().filter(|_| !is_seen) {
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
