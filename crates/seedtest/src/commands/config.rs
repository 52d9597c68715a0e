//! `seedtest config show`: the settings in force.

use std::process::ExitCode;

use clap::ArgMatches;

use crate::cli::{ConfigAction, ConfigArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::settings::{Shown, every_setting};

/// Every setting with its value, and where the value comes from where that is asked for; secrets are not
/// shown. `typed` are the arguments of this process.
pub(crate) fn run(
    args: &ConfigArgs,
    typed: &ArgMatches,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let ConfigAction::Show { filter, origin } = &args.action;
    let wanted = filter.as_deref().unwrap_or_default().to_ascii_lowercase();
    let all: Vec<Shown> =
        every_setting(typed)?.into_iter().filter(|shown| speaks_of(shown, &wanted)).collect();
    if all.is_empty() {
        let hint = "`seedtest config show` lists all of them";
        return Err(Failure::usage(format!("no setting speaks of {wanted:?}"), hint));
    }
    let width = |text: fn(&Shown) -> usize| all.iter().map(text).max().unwrap_or(0);
    let names = width(|shown| shown.address.len());
    let values = width(|shown| value(shown).chars().count()).min(40);
    for shown in &all {
        let line = format!("{:<names$}  {:<values$}", shown.address, value(shown));
        let line = if *origin { format!("{line}  {}", shown.origin) } else { line };
        output.line(line.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn value(shown: &Shown) -> &str {
    shown.value.as_deref().unwrap_or("(unset)")
}

/// Whether the address, the variables or the job's name has the words.
fn speaks_of(shown: &Shown, wanted: &str) -> bool {
    let mut names = std::iter::once(&shown.address).chain(&shown.variables);
    names.any(|name| name.to_ascii_lowercase().contains(wanted))
}
