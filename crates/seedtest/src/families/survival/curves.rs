//! `seedtest fit survival-curves`.

use std::process::ExitCode;

use seedtest_families::survival::{CurvesSpec, curves};
use seedtest_formula::Formula;
use seedtest_numerics::Silent;
use seedtest_survival::Bounds;
use seedtest_wire::{GroupCurveJson, SurvivalCurvesResponse, survival_columns};

use super::args::{BoundsChoice, FitSurvivalCurvesArgs};
use super::fit::chi_square;
use crate::commands::json_file::write_json;
use crate::failure::Failure;
use crate::families::column::{Wanted, own_name, read_for_formula};
use crate::families::typed::{SURVIVAL, typed};
use crate::output::Output;

pub(super) fn run(args: &FitSurvivalCurvesArgs, output: &Output) -> Result<ExitCode, Failure> {
    let spec = CurvesSpec {
        formula: args.formula.clone(),
        group: args.group.clone(),
        cause: args.cause.clone(),
        weights: args.weights.clone(),
        tau: args.tau,
        confidence: args.confidence,
        bounds: match args.bounds {
            BoundsChoice::LogLog => Bounds::LogLog,
            BoundsChoice::Log => Bounds::Log,
            BoundsChoice::Plain => Bounds::Plain,
        },
    };
    let table = read_for_formula(&args.data, &wanted(args), output)?;
    let response = curves(&table, &spec, &mut Silent).map_err(|error| typed(error, SURVIVAL))?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => print(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Columns that have to be numbers: times, ends, weights. Groups, the terms of a formula, may hold anything.
fn wanted(args: &FitSurvivalCurvesArgs) -> Wanted<'_> {
    let of_formula = args.formula.as_deref().and_then(|text| Formula::parse(text).ok());
    let usual = || {
        let names = [survival_columns::TIME, survival_columns::EVENT, survival_columns::ENTRY];
        names.into_iter().flatten().map(|name| (*name).to_owned()).collect()
    };
    let mut numbers: Vec<String> =
        of_formula.map_or_else(usual, |formula| formula.response_columns());
    numbers.extend([&args.weights, &args.cause].into_iter().flatten().cloned());
    Wanted { formula: Some(""), naming: Vec::new(), numbers, names_of: own_name }
}

fn print(response: &SurvivalCurvesResponse, output: &Output) -> Result<(), Failure> {
    let SurvivalCurvesResponse { model, n_obs, n_events, tau, .. } = response;
    output.line(&format!("{model}: {n_obs} rows, {n_events} events"))?;
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.paragraph(&format!(
        "{:<20} {:>8} {:>8} {:>10} {:>22} {:>22}",
        "group", "rows", "events", "median", "bounds", "mean up to the end"
    ))?;
    for group in &response.groups {
        output.line(&summary(group))?;
    }
    output.line(&format!("the mean ends at {tau}"))?;
    for group in response.groups.iter().filter(|group| !group.incidence.is_empty()) {
        let ends = group.incidence.iter().map(|cause| {
            let last = cause.probability.last().zip(cause.se.last());
            let text = last.map_or("unknown".into(), |(p, se)| format!("{p:.4} (se {se:.4})"));
            format!("cause {}: {text}", cause.cause)
        });
        let ends: Vec<String> = ends.collect();
        output.line(&format!("{:<20} {}", name(group), ends.join("  ")))?;
    }
    match response.log_rank.as_ref().and_then(|found| found.test) {
        Some(test) => {
            output.paragraph(&format!("log-rank: {}", chi_square(test.statistic, test.df, test.p)))
        }
        None => Ok(()),
    }
}

fn name(group: &GroupCurveJson) -> &str {
    group.group.as_deref().unwrap_or("all")
}

fn summary(group: &GroupCurveJson) -> String {
    let number = |value: Option<f64>| value.map_or("-".to_string(), |x| format!("{x:.2}"));
    let bounds = format!("{} to {}", number(group.median_lower), number(group.median_upper));
    let mean = group.restricted_mean.zip(group.restricted_mean_se);
    let mean = mean.map_or("-".to_string(), |(mean, se)| format!("{mean:.2} (se {se:.2})"));
    format!(
        "{:<20} {:>8} {:>8} {:>10} {bounds:>22} {mean:>22}",
        name(group),
        group.n,
        group.n_events,
        number(group.median)
    )
}
