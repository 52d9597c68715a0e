//! `seedtest fit growth`.

use std::path::Path;
use std::process::ExitCode;

use seedtest_families::Outcome;
use seedtest_families::growth::{
    DEFAULT_FORMULA, Spec, Stored, column_names, fit, naming_columns, number_columns, resume,
};
use seedtest_ingest::{Field, Table, same_name};
use seedtest_irt::Silent;
use seedtest_wire::{GrowthFitRequest, GrowthFitResponse, GrowthPriorJson, GrowthShareJson};

use super::args::FitGrowthArgs;
use super::deadline::Deadline;
use super::draws_file::{read_draws, write_draws};
use crate::commands::json_file::{parse_json, write_json};
use crate::commands::rows_read::last_line;
use crate::ending::{ending_of_fit, head_of_fit, no_fit, repeats_head};
use crate::failure::Failure;
use crate::families::column::{Wanted, read_for_formula};
use crate::families::digits::beside;
use crate::families::typed::{GROWTH, typed};
use crate::output::Output;

const SHOWN_STUDENTS: usize = 20;

/// Refuses a file whose columns have other names than those of the default formula, with the formula that it seems to
/// need.
fn require_usual_columns(table: &Table, path: &Path) -> Result<(), Failure> {
    let is_there = |name: &str| column_names(name).iter().any(|own| table.column(own).is_some());
    let Some(missing) = ["student_id", "week", "score"].into_iter().find(|name| !is_there(name))
    else {
        return Ok(());
    };
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let alias = |fields: &[Field]| {
        let ranked = names.iter().filter_map(|name| {
            let (field, rank) = Field::from_alias(name)?;
            fields.contains(&field).then_some((rank, *name))
        });
        ranked.min().map(|(_, name)| name)
    };
    let called = |known: &[&str]| {
        names.iter().copied().find(|name| known.iter().any(|of| same_name(of, name)))
    };
    let usual = |name: &str| column_names(name).into_iter().find(|own| table.column(own).is_some());
    let student = usual("student_id").or_else(|| alias(&[Field::Student]).map(str::to_owned));
    let week = usual("week")
        .or_else(|| {
            called(&["주", "주차", "week", "Woche", "semaine", "semana"]).map(str::to_owned)
        })
        .or_else(|| alias(&[Field::Day, Field::CompletedAt]).map(str::to_owned));
    let score = usual("score")
        .or_else(|| alias(&[Field::Correct]).map(str::to_owned))
        .or_else(|| called(&["값", "평균", "성적", "Wert", "valor", "valeur"]).map(str::to_owned));
    let [student, week, score] =
        [(student, "STUDENT"), (week, "WEEK"), (score, "SCORE")].map(|(name, place)| {
            let name = name.unwrap_or_else(|| place.to_owned());
            let is_plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if is_plain { name } else { format!("`{name}`") }
        });
    Err(Failure::usage(
        format!("{}: no column is called {missing} among: {}", path.display(), names.join(", ")),
        format!("name the columns: --formula '{score} ~ {week} + ({week}|{student})'"),
    ))
}

pub(super) fn run(args: &FitGrowthArgs, output: &Output) -> Result<ExitCode, Failure> {
    let in_flags = |error| typed(error, GROWTH);
    let spec = Spec::of(&request(args)?).map_err(in_flags)?;
    let saved = args.resume.as_deref().map(read_draws).transpose()?;
    let formula = saved.as_ref().map_or(&spec.formula, |saved| &saved.spec.formula);
    let wanted = Wanted {
        formula: Some(formula),
        naming: naming_columns(formula)?,
        numbers: number_columns(),
        names_of: column_names,
    };
    let table = read_for_formula(&args.data, &wanted, output)?;
    if formula == DEFAULT_FORMULA {
        require_usual_columns(&table, &args.data)?;
    }
    let mut silent = Silent;
    let mut watch = Deadline::new(&mut silent, spec.max_seconds);
    let answer = match &saved {
        None => fit(&table, &spec, &mut watch),
        Some(saved) => resume(&table, &spec, saved, &mut watch),
    };
    let fitted = match answer.map_err(in_flags)? {
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
    if let Some(path) = args.json.as_deref() {
        write_json(&response, path, output)?;
    } else {
        show(&response, output)?;
        last_line(&response.rows, output)?;
    }
    Ok(ending_of_fit(&response.verdict, args.json.as_deref(), output))
}

fn request(args: &FitGrowthArgs) -> Result<GrowthFitRequest, Failure> {
    let priors = args.priors.as_deref().map(parse_json).transpose().map_err(|error| {
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
        strict: Some(args.strict),
        seed: Some(args.seed),
        target_score: args.target,
        horizon_weeks: Some(args.horizon_weeks),
        credible_interval: Some(args.credible_interval),
        max_seconds: args.max_seconds,
        ..GrowthFitRequest::default()
    })
}

fn show(response: &GrowthFitResponse, output: &Output) -> Result<(), Failure> {
    let verdict = &response.verdict;
    head_of_fit(verdict, output)?;
    output.line(&format!(
        "{}  ({}, {} scores of {} students)",
        response.formula, response.family, response.n_obs, response.n_students
    ))?;
    let found = &response.diagnostics;
    output.line(&format!(
        "{}largest R̂ {}, smallest ESS bulk {} tail {}, {} divergent of {} × {} draws",
        if response.converged { "converged; " } else { "" },
        number(found.rhat.max, 3),
        number(found.ess_bulk.min, 0),
        number(found.ess_tail.min, 0),
        found.divergences,
        response.n_chains,
        response.n_samples
    ))?;
    if let Some(action) = verdict.next_action.as_ref().filter(|_| verdict.converged()) {
        output.line(&format!("next: {action}"))?;
    }
    for warning in response.warnings.iter().filter(|warning| !repeats_head(warning, verdict)) {
        output.line(&format!("warning: {warning}"))?;
    }
    parameters(response, output)?;
    students(response, output)
}

fn parameters(response: &GrowthFitResponse, output: &Output) -> Result<(), Failure> {
    output.paragraph(&format!(
        "{:<20} {:>10} {:>10} {:>10} {:>10} {:>7} {:>8} {:>8}   ({} % intervals)",
        "parameter",
        "mean",
        "sd",
        "lower",
        "upper",
        "R̂",
        "ESS bulk",
        "ESS tail",
        short(100.0 * response.credible_interval)
    ))?;
    for line in &response.parameters {
        output.line(&format!(
            "{:<20} {:>10} {:>10} {:>10} {:>10} {:>7} {:>8} {:>8}",
            line.parameter,
            beside(line.estimate, line.se),
            beside(line.se, line.se),
            beside(line.lower, line.se),
            beside(line.upper, line.se),
            number(line.rhat, 3),
            number(line.ess_bulk, 0),
            number(line.ess_tail, 0)
        ))?;
    }
    if let Some(r2) = &response.diagnostics.r2 {
        let share = |of: &GrowthShareJson| {
            let [mean, lower, upper] = [of.mean, of.lower, of.upper].map(|x| number(x, 3));
            format!("{mean} ({lower} to {upper})")
        };
        let (marginal, conditional) = (share(&r2.marginal), share(&r2.conditional));
        output.line(&format!("R2: marginal {marginal}, conditional {conditional}"))?;
    }
    if let Some(loo) = &response.diagnostics.loo {
        output.line(&format!(
            "leave-one-student-out: elpd {:.1} ± {}, p_loo {:.1}, LOOIC {:.1}, largest Pareto k {}, {} students \
             above 0.7",
            loo.elpd,
            number(loo.se, 1),
            loo.p_loo,
            loo.looic,
            number(loo.pareto_k_max, 2),
            loo.unreliable
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
    let score = &response.columns.score;
    let when = when(response);
    let has_target = response.target_score.is_some();
    output.paragraph(&match response.target_score {
        Some(target) => format!("P({score} ≥ {target}) {when}"),
        None => format!("{score} {when}; --target X gives the probability to reach X"),
    })?;
    let line = |id: &str, chance: [&str; 3], mean: &str, sd: &str| {
        let chance = chance.map(|text| format!(" {text:>7}")).concat();
        format!("{id:<20}{} {mean:>10} {sd:>10}", if has_target { &chance } else { "" })
    };
    output.line(&line("student", ["P", "lower", "upper"], "score", "sd"))?;
    for (id, one) in response.predictions.iter().take(output.rows_shown(SHOWN_STUDENTS)) {
        let chance = [one.probability, one.lower, one.upper].map(|value| number(value, 3));
        let chance = [&*chance[0], &*chance[1], &*chance[2]];
        let [mean, sd] = [one.mean_score, one.sd_score].map(|value| beside(value, one.sd_score));
        let reason = one.reason.as_ref().filter(|_| one.mean_score.is_none());
        let reason = reason.map_or(String::new(), |reason| format!("  {reason}"));
        output.line(&format!("{}{reason}", line(id, chance, &mean, &sd)))?;
    }
    let more = response.predictions.len().saturating_sub(output.rows_shown(SHOWN_STUDENTS));
    if more > 0 {
        output.line(&format!("… {more} more; --json OUT writes all students"))?;
    }
    Ok(())
}

/// When the goal counts: the week or the day, and how far it is from the last one of the rows.
fn when(response: &GrowthFitResponse) -> String {
    let week = &response.columns.week;
    let last = match response.horizon_weeks {
        0.0 => format!("the last {week} of the rows"),
        1.0 => format!("1 after the last {week} of the rows"),
        n => format!("{n} after the last {week} of the rows"),
    };
    match (&response.target_date, response.target_week) {
        (Some(date), _) => format!("on {date}, {last}"),
        (None, Some(at)) => format!("at {week} {at}, {last}"),
        (None, None) => last,
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "unknown".to_string(), |value| format!("{value:.decimals$}"))
}
