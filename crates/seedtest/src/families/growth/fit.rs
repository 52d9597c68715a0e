//! `seedtest fit growth`.

use std::process::ExitCode;

use seedtest_families::Outcome;
use seedtest_families::growth::{Spec, Stored, fit, resume};
use seedtest_ingest::read_table;
use seedtest_irt::{Silent, Status};
use seedtest_wire::{GrowthFitRequest, GrowthFitResponse, GrowthPriorJson};

use super::args::FitGrowthArgs;
use super::deadline::Deadline;
use super::draws_file::{read_draws, write_draws};
use crate::commands::json_file::write_json;
use crate::ending::{ending_of_fit, no_fit};
use crate::failure::Failure;
use crate::output::Output;

const SHOWN_STUDENTS: usize = 20;

pub(super) fn run(args: &FitGrowthArgs, output: &Output) -> Result<ExitCode, Failure> {
    let spec = Spec::of(&request(args)?)?;
    let table = read_table(&args.data)?;
    let mut silent = Silent;
    let mut watch = Deadline::new(&mut silent, spec.max_seconds);
    let answer = match args.resume.as_deref() {
        None => fit(&table, &spec, &mut watch)?,
        Some(saved) => resume(&table, &spec, &read_draws(saved)?, &mut watch)?,
    };
    let fitted = match answer {
        Outcome::Fitted(fitted) => fitted,
        Outcome::TooLittle(noop) => {
            return no_fit(&noop, &noop.reason, args.json.as_deref(), output);
        }
    };
    if let Some(path) = args.draws.as_deref() {
        write_draws(&fitted, path)?;
    }
    let run_id = fitted.default_run_id();
    let mut response = fitted.response(&run_id);
    if args.keep_model {
        let stored = serde_json::to_value(Stored::of(&fitted, &run_id));
        response.stored_model = Some(stored.map_err(seedtest_families::Error::from)?);
    }
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => show(&response, output)?,
    }
    Ok(ending_of_fit(&response.verdict, output))
}

fn request(args: &FitGrowthArgs) -> Result<GrowthFitRequest, Failure> {
    let priors = args.priors.as_deref().map(serde_json::from_str).transpose().map_err(|error| {
        Failure::usage(
            format!("--priors: {error}"),
            r#"write JSON: {"week":{"dist":"normal","mean":0,"sd":0.5},"sd":{"dist":"cauchy","scale":1}}"#,
        )
    })?;
    Ok(GrowthFitRequest {
        formula: Some(args.formula.clone()),
        family: args.family.clone(),
        priors,
        n_chains: Some(args.chains),
        n_warmup: Some(args.warmup),
        n_samples: Some(args.samples),
        target_accept: Some(args.target_accept),
        seed: Some(args.seed),
        target_score: args.target,
        horizon_weeks: Some(args.horizon_weeks),
        credible_interval: Some(args.credible_interval),
        max_seconds: args.max_seconds,
        ..GrowthFitRequest::default()
    })
}

fn show(response: &GrowthFitResponse, output: &Output) -> Result<(), Failure> {
    output.line(&format!(
        "{}  ({}, {} scores of {} students)",
        response.formula, response.family, response.n_obs, response.n_students
    ))?;
    let found = &response.diagnostics;
    output.line(&format!(
        "{}; largest R̂ {}, smallest ESS bulk {} tail {}, {} divergent of {} × {} draws",
        if response.converged { "converged" } else { "NOT converged" },
        number(found.rhat.max, 3),
        number(found.ess_bulk.min, 0),
        number(found.ess_tail.min, 0),
        found.divergences,
        response.n_chains,
        response.n_samples
    ))?;
    if let Status::Unidentified { parameters } = &response.verdict.status {
        output.line(&format!("not told apart by the data: {}", parameters.join(", ")))?;
    }
    if let Some(action) = &response.verdict.next_action {
        output.line(&format!("next: {action}"))?;
    }
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    parameters(response, output)?;
    students(response, output)
}

fn parameters(response: &GrowthFitResponse, output: &Output) -> Result<(), Failure> {
    output.paragraph(&format!(
        "{:<20} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7}",
        "parameter", "mean", "sd", "lower", "upper", "R̂", "ESS"
    ))?;
    for line in &response.parameters {
        output.line(&format!(
            "{:<20} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7}",
            line.parameter,
            number(line.estimate, 4),
            number(line.se, 4),
            number(line.lower, 4),
            number(line.upper, 4),
            number(line.rhat, 3),
            number(line.ess_bulk, 0)
        ))?;
    }
    priors(response, output)
}

/// Which priors were used, and who chose them.
fn priors(response: &GrowthFitResponse, output: &Output) -> Result<(), Failure> {
    let of = |source: &str| -> Vec<String> {
        let all = response.priors.iter().filter(|(_, stated)| stated.source == source);
        all.map(|(name, stated)| format!("{name} {}", density(&stated.prior))).collect()
    };
    for (source, what) in
        [("default", "priors that follow the data"), ("request", "priors as given")]
    {
        let all = of(source);
        if !all.is_empty() {
            output.line(&format!("{what}: {}", all.join(", ")))?;
        }
    }
    Ok(())
}

/// A prior as it is written in books.
fn density(prior: &GrowthPriorJson) -> String {
    let numbers =
        [prior.df, prior.mean, prior.location, prior.sd, prior.scale, prior.rate, prior.eta];
    let numbers: Vec<String> = numbers.into_iter().flatten().map(short).collect();
    format!("{}({})", prior.dist, numbers.join(", "))
}

fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    let cut = text.trim_end_matches('0').trim_end_matches('.');
    if number != 0.0 && number.abs() < 1e-3 { format!("{number:.3e}") } else { cut.to_owned() }
}

fn students(response: &GrowthFitResponse, output: &Output) -> Result<(), Failure> {
    let (score, week) = (&response.columns.score, &response.columns.week);
    let when =
        format!("{} after the last {week} (in the unit of that column)", response.horizon_weeks);
    let has_target = response.target_score.is_some();
    output.paragraph(&match response.target_score {
        Some(target) => format!("P({score} ≥ {target}) {when}"),
        None => format!("{score} {when}; --target X gives the probability to reach X"),
    })?;
    let line = |id: &str, chance: [&str; 3], mean: &str, sd: &str| {
        let chance = chance.map(|text| format!(" {text:>7}")).concat();
        format!("{id:<20}{} {mean:>9} {sd:>9}", if has_target { &chance } else { "" })
    };
    output.line(&line("student", ["P", "lower", "upper"], "score", "sd"))?;
    for (id, one) in response.predictions.iter().take(SHOWN_STUDENTS) {
        let chance = [one.probability, one.lower, one.upper].map(|value| number(value, 3));
        let chance = [&*chance[0], &*chance[1], &*chance[2]];
        output.line(&line(id, chance, &number(one.mean_score, 3), &number(one.sd_score, 3)))?;
    }
    let more = response.predictions.len().saturating_sub(SHOWN_STUDENTS);
    if more > 0 {
        output.line(&format!("… {more} more; --json OUT writes all students"))?;
    }
    Ok(())
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "unknown".to_string(), |value| format!("{value:.decimals$}"))
}
