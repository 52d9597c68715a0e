//! `seedtest fit irt`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

use seedtest_families::irt::{DriftChoice, Fitted, Guessing, LinkingChoice, Shown, Spec, fit};
use seedtest_ingest::{Field, Options, Wanted, read_log};
use seedtest_irt::{Model, Priors, Silent, StandardErrors, reliability_of};
use seedtest_wire::{AnchorJson, CalibrateResponse, GroupJson, Timings};

use super::args::{FitIrtArgs, SeChoice};
use super::categories;
use super::dif::dif_table;
use super::dimensions;
use super::items_table::{items_table, write_items};
use super::page::write_plain;
use super::quality::{fit_statistics_table, quality_table};
use crate::cli::DriftArg;
use crate::commands::abilities_table::{Ability, of_calibration, show, write};
use crate::commands::json_file::{parse_json, read_json, read_text, write_json};
use crate::commands::rows_read::{line, note, require_all, require_some, rows_read};
use crate::ending::{ending_of_fit, head_of_fit, repeats_head};
use crate::failure::Failure;
use crate::output::Output;

pub(super) const SHOWN_ITEMS: usize = 20;

pub(super) fn run(args: &FitIrtArgs, output: &Output) -> Result<ExitCode, Failure> {
    if args.dimensions.is_some() || args.pattern.is_some() {
        return dimensions::run(args, output);
    }
    let Ok(model) = Model::from_str(&args.model) else { return categories::run(args, output) };
    if args.model_by_item.is_some() {
        return categories::run(args, output);
    }
    let given = [
        ("--score", args.score.is_some()),
        ("--max-score", args.max_score.is_some()),
        ("--max-scores", args.max_scores.is_some()),
    ];
    if let Some((flag, _)) = given.into_iter().find(|(_, given)| *given) {
        let hint = "use --model grm, gpcm, pcm, rsm, nrm or auto-per-item";
        return Err(Failure::usage(format!("{flag} is for models with several categories"), hint));
    }
    let started = Instant::now();
    let file = read_log(&args.data, &read_options(args)?)?;
    let read_seconds = started.elapsed().as_secs_f64();
    note(&file, output);
    require_all(&file, args.strict)?;
    require_some(&file, &args.data)?;

    let spec = Spec {
        model: model_spec(args, model)?,
        duplicates: args.duplicates.rule(),
        anchors: anchors(args)?,
        linking: linking(args)?,
        guessing: guessing(args)?,
        drift: drift(args.drift),
        reference_group: args.reference_group.clone(),
        start: args.start.as_deref().map(read_json).transpose()?,
        quality: args.quality || args.report.is_some(),
        dif: args.dif.is_some(),
        fit_statistics: args.fit_statistics,
        covariance: args.covariance || args.anchors.is_some(),
        ..Spec::default()
    };
    let started = Instant::now();
    let calibrated = fit(&file.log, &spec, &mut Silent)?;
    let timings = Timings { read_seconds, fit_seconds: started.elapsed().as_secs_f64() };
    let mut response = calibrated.response(&file.log, &spec, &calibrated.default_run_id());
    response.fit_meta.timings = Some(timings);
    response.rows = Some(rows_read(&file.counts, &file.log, &calibrated.answers, &[]));
    let abilities = args.abilities.then(|| of_calibration(&response.abilities, &response.unscored));
    match &abilities {
        Some(abilities) => write(abilities, &args.table)?,
        None => write_items(&response, &args.table)?,
    }
    if let Some(page) = args.report.as_deref() {
        let shown = Shown::of_plain(&calibrated, &file.log);
        write_plain(&response, shown, (&args.data, page, args.lang), output)?;
    }
    match (args.json.as_deref(), abilities) {
        (Some(path), _) => write_json(&response, path, output)?,
        (None, Some(abilities)) => {
            head(&response, &calibrated, output)?;
            show_abilities(&abilities, output)?;
        }
        (None, None) => {
            head(&response, &calibrated, output)?;
            table(&response, &calibrated, output)?;
            name_abilities(response.abilities.len() + response.unscored.len(), output)?;
        }
    }
    Ok(ending_of_fit(&response.fit_meta.verdict, args.json.as_deref(), output))
}

pub(super) fn linking(args: &FitIrtArgs) -> Result<LinkingChoice, Failure> {
    let read = args.linking.parse::<LinkingChoice>();
    Ok(read.map_err(|error| error.with_names(&[("linking", "--linking")]))?)
}

pub(super) fn drift(choice: DriftArg) -> DriftChoice {
    match choice {
        DriftArg::Test => DriftChoice::Test,
        DriftArg::None => DriftChoice::None,
    }
}

fn model_spec(args: &FitIrtArgs, model: Model) -> Result<seedtest_irt::Spec, Failure> {
    let base = seedtest_irt::Spec::new(model);
    let priors = match &args.priors {
        Some(text) => read_priors(text)?,
        None => base.priors,
    };
    let standard_errors = match args.se {
        SeChoice::None => StandardErrors::None,
        SeChoice::Observed => StandardErrors::Observed,
        SeChoice::Sandwich => StandardErrors::Sandwich,
    };
    Ok(seedtest_irt::Spec {
        priors,
        standard_errors,
        keep_covariance: args.covariance,
        min_n: args.min_answers,
        max_iter: args.max_iter,
        ..base
    })
}

pub(super) fn read_priors(text: &str) -> Result<Priors, Failure> {
    if text.eq_ignore_ascii_case("weak") {
        return Ok(Priors::weak());
    }
    parse_json(text).map_err(|error| {
        Failure::usage(
            format!("--priors: {error}"),
            r#"write weak, or JSON: {"a":{"dist":"lognormal","mean":0,"sd":0.5},"d":{"dist":"normal","mean":0,"sd":2}}"#,
        )
    })
}

fn guessing(args: &FitIrtArgs) -> Result<Option<Guessing>, Failure> {
    let by_item = match &args.guessing_by_item {
        Some(path) => read_guessing(path)?,
        None => BTreeMap::new(),
    };
    let given = args.guessing.iter().map(|c| ("--guessing", c));
    let of_items = by_item.iter().map(|(item, c)| (item.as_str(), c));
    if let Some((name, c)) = given.chain(of_items).find(|(_, c)| !(0.0..1.0).contains(*c)) {
        let hint = "a guessing probability is at least 0 and below 1, such as 0.2 for five options";
        return Err(Failure::usage(format!("{name}: {c} is no guessing probability"), hint));
    }
    let any = args.guessing.is_some() || args.guessing_by_item.is_some();
    Ok(any.then_some(Guessing { common: args.guessing, by_item }))
}

fn read_guessing(path: &Path) -> Result<BTreeMap<String, f64>, Failure> {
    parse_json(&read_text(path)?).map_err(|error| {
        let hint = r#"write {"ITEM":0.25,…}"#.to_string();
        Failure::new(format!("{}: {error}", path.display()), Some(hint))
    })
}

pub(super) fn anchors(args: &FitIrtArgs) -> Result<Vec<AnchorJson>, Failure> {
    let Some(path) = &args.anchors else { return Ok(Vec::new()) };
    let text = read_text(path)?;
    parse_json(&text).map_err(|error| {
        Failure::new(
            format!("{}: {error}", path.display()),
            Some(r#"write [{"item_id":"7","params":{"a":1.1,"b":0.2},"fixed":true}, …]"#.into()),
        )
    })
}

pub(super) fn read_options(args: &FitIrtArgs) -> Result<Options, Failure> {
    let mut options = args.read.options(Wanted::Answers)?;
    let given = [
        (Field::Student, &args.student),
        (Field::Item, &args.item),
        (Field::Correct, &args.correct),
        (Field::Group, if args.dif.is_some() { &args.dif } else { &args.group }),
    ];
    for (field, column) in given {
        if let Some(column) = column {
            options.map.set(field, column)?;
        }
    }
    Ok(options)
}

/// The students in place of the items.
pub(super) fn show_abilities(abilities: &[Ability<'_>], output: &Output) -> Result<(), Failure> {
    output.paragraph("abilities")?;
    show(abilities, output)
}

/// How to see the students.
pub(super) fn name_abilities(students: usize, output: &Output) -> Result<(), Failure> {
    output.paragraph(&format!("θ of each of the {students} students: --abilities"))
}

/// What was fitted, and how well.
fn head(response: &CalibrateResponse, calibrated: &Fitted, output: &Output) -> Result<(), Failure> {
    let meta = &response.fit_meta;
    let metrics = &meta.metrics;
    head_of_fit(&meta.verdict, output)?;
    output.line(&format!(
        "{}{}: {} answers of {} students to {} items",
        meta.model_spec.model,
        if calibrated.fit.spec.guessing.is_some() { " with fixed guessing c" } else { "" },
        metrics.n,
        meta.n_users,
        meta.n_items
    ))?;
    output.line(&format!(
        "log-likelihood {:.4}   AIC {:.2}   BIC {:.2}   ability N({:.3}, {:.3}²)",
        metrics.loglik, metrics.aic, metrics.bic, metrics.latent_mean, metrics.latent_sd
    ))?;
    for group in &response.groups {
        output.line(&group_line(group))?;
    }
    let verdict = &meta.verdict;
    let word = if metrics.converged { "converged" } else { "stopped" };
    output.line(&format!(
        "{word} after {} iterations, largest gradient {}",
        verdict.iterations,
        verdict.max_gradient.map_or("unknown".to_string(), |g| format!("{g:.1e}"))
    ))?;
    if let Some(rows) = response.rows.as_ref().filter(|rows| rows.read > rows.used) {
        output.line(&line(rows))?;
    }
    let mut others = response.warnings.iter().filter(|warning| !repeats_head(warning, verdict));
    others.try_for_each(|warning| output.line(&format!("warning: {warning}")))
}

/// The items, and what was asked for beside them.
fn table(
    response: &CalibrateResponse,
    calibrated: &Fitted,
    output: &Output,
) -> Result<(), Failure> {
    items_table(response, output)?;
    if response.quality.is_none() && response.fit_statistics.is_none() {
        let reliability = reliability_of(&calibrated.fit);
        let empirical =
            reliability.empirical.map_or_else(|| "unknown".to_owned(), |x| format!("{x:.3}"));
        output.paragraph(&format!(
            "reliability: empirical {empirical}, marginal {:.3} (--fit-statistics: information by ability)",
            reliability.marginal
        ))?;
    }
    if let Some(quality) = &response.quality {
        quality_table(quality, output)?;
    }
    for dif in response.dif.iter().flatten() {
        dif_table(dif, output)?;
    }
    response.fit_statistics.as_ref().map_or(Ok(()), |fit| fit_statistics_table(fit, "M2", output))
}

pub(super) fn group_line(group: &GroupJson) -> String {
    // Only the reference holds the scale; another group without an error is one the data say nothing of.
    let none = if group.reference { " (fixed)" } else { " (not determined)" };
    let error = |se: Option<f64>| se.map_or(none.to_string(), |se| format!(" ± {se:.3}"));
    format!(
        "group {}: {} students, mean {:.3}{}, sd {:.3}{}{}",
        group.group,
        group.n,
        group.mean,
        error(group.mean_se),
        group.sd,
        error(group.sd_se),
        if group.reference { ", reference" } else { "" }
    )
}
