//! `seedtest link` of calibrations of items with several categories.

use std::path::Path;
use std::process::ExitCode;

use seedtest_families::irt::{CategoryFit, link_category_fits};
use seedtest_irt::LinkMethod;
use seedtest_wire::LinkCategoriesResponse;

use super::link::{not_linked, tests_drift};
use crate::cli::LinkArgs;
use crate::commands::json_file::{read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;
use crate::text_table::p_value;

pub(super) fn run(
    args: &LinkArgs,
    method: LinkMethod,
    output: &Output,
) -> Result<ExitCode, Failure> {
    if args.true_scores {
        let message = "--true-scores is not there for items with several categories";
        return Err(Failure::usage(message, "leave it out"));
    }
    let (new, old) = (read(&args.new)?, read(&args.old)?);
    let response = link_category_fits(&new, &old, (method, tests_drift(args)))
        .map_err(|error| not_linked(&error))?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => table(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<CategoryFit, Failure> {
    CategoryFit::of_json(&read_text(path)?).map_err(|what| {
        let hint = "give the JSON of `seedtest fit irt --json FILE`".to_string();
        Failure::new(format!("{}: {what}", path.display()), Some(hint))
    })
}

fn table(response: &LinkCategoriesResponse, output: &Output) -> Result<(), Failure> {
    let se = |value: Option<f64>| value.map_or("unknown".to_string(), |se| format!("{se:.4}"));
    let constants = &response.linking_constants;
    output.line(&format!("{} on {} common items", constants.method, constants.n_anchors))?;
    output.line(&format!("A {:>9.5}   se {}", constants.slope, se(constants.slope_se)))?;
    output.line(&format!("B {:>9.5}   se {}", constants.intercept, se(constants.intercept_se)))?;
    if constants.slope_se.is_none() {
        output
            .line("standard errors, and a test of drift, need calibrations with standard errors")?;
    }
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.paragraph(&format!(
        "{:<20} {:>12} {:>8} {:>4} {:>9}",
        "item", "distance", "Wald", "df", "p (Holm)"
    ))?;
    for anchor in &response.anchors {
        output.line(&format!(
            "{:<20} {:>10.2} % {:>8} {:>4} {:>9}{}",
            anchor.item_id,
            100.0 * anchor.distance,
            anchor.statistic.map_or("-".to_string(), |x| format!("{x:.2}")),
            anchor.df,
            anchor.p_adjusted.map_or("-".to_string(), p_value),
            if anchor.kept { "" } else { "  left out: drifts" },
        ))?;
    }
    Ok(())
}
