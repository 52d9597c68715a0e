//! `seedtest fit irt`.

use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

use seedtest_families::irt::{Fitted, Spec, fit};
use seedtest_ingest::{ColumnMap, Field, LogFile, Options, read_log};
use seedtest_irt::{Model, Priors, Silent, StandardErrors};
use seedtest_responses::Duplicates;
use seedtest_wire::{AnchorJson, CalibrateResponse, QualityJson, Timings};

use super::args::{FitIrtArgs, SeChoice};
use crate::cli::DuplicatesChoice;
use crate::commands::json_file::{read_json, read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;

const SHOWN_ITEMS: usize = 20;

pub(super) fn run(args: &FitIrtArgs, output: &Output) -> Result<ExitCode, Failure> {
    let model = Model::from_str(&args.model)
        .map_err(|error| Failure::usage(error.to_string(), error.hint()))?;
    let started = Instant::now();
    let options = Options { map: column_map(args)?, ..Options::default() };
    let file = read_log(&args.data, &options)?;
    let read_seconds = started.elapsed().as_secs_f64();
    note_rejects(&file, output);

    let spec = Spec {
        model: model_spec(args, model)?,
        duplicates: duplicates(args.duplicates),
        anchors: anchors(args)?,
        linking: args.linking.parse()?,
        start: args.start.as_deref().map(read_json).transpose()?,
        quality: args.quality,
        covariance: keeps_covariance(args),
        ..Spec::default()
    };
    let started = Instant::now();
    let calibrated = fit(&file.log, &spec, &mut Silent)?;
    let timings = Timings { read_seconds, fit_seconds: started.elapsed().as_secs_f64() };
    let mut response = calibrated.response(&file.log, &spec, &calibrated.default_run_id());
    response.fit_meta.timings = Some(timings);
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => table(&response, &calibrated, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A linking has standard errors only if it can see those of the items.
fn keeps_covariance(args: &FitIrtArgs) -> bool {
    args.covariance || args.anchors.is_some()
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
    let keep_covariance = keeps_covariance(args);
    Ok(seedtest_irt::Spec { priors, standard_errors, keep_covariance, ..base })
}

fn read_priors(text: &str) -> Result<Priors, Failure> {
    if text.eq_ignore_ascii_case("weak") {
        return Ok(Priors::weak());
    }
    serde_json::from_str(text).map_err(|error| {
        Failure::usage(
            format!("--priors: {error}"),
            r#"write weak, or JSON: {"a":{"dist":"lognormal","mean":0,"sd":0.5},"d":{"dist":"normal","mean":0,"sd":2}}"#,
        )
    })
}

fn anchors(args: &FitIrtArgs) -> Result<Vec<AnchorJson>, Failure> {
    let Some(path) = &args.anchors else { return Ok(Vec::new()) };
    let text = read_text(path)?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(
            format!("{}: {error}", path.display()),
            Some(r#"write [{"item_id":"7","params":{"a":1.1,"b":0.2},"fixed":true}, …]"#.into()),
        )
    })
}

fn column_map(args: &FitIrtArgs) -> Result<ColumnMap, Failure> {
    let mut map = ColumnMap::default();
    let given = [
        (Field::Student, &args.student),
        (Field::Item, &args.item),
        (Field::Correct, &args.correct),
    ];
    for (field, column) in given {
        if let Some(column) = column {
            map.set(field, column)?;
        }
    }
    Ok(map)
}

pub(crate) fn duplicates(choice: DuplicatesChoice) -> Duplicates {
    match choice {
        DuplicatesChoice::First => Duplicates::First,
        DuplicatesChoice::Last => Duplicates::Last,
        DuplicatesChoice::All => Duplicates::All,
    }
}

fn note_rejects(file: &LogFile, output: &Output) {
    for (reason, count) in file.reject_counts.iter() {
        output.note(&format!("{count} rows not used: {reason} ({})", reason.hint()));
    }
    for reject in file.first_rejects.iter().take(3) {
        output.note(&format!("  line {}: {} {:?}", reject.line, reject.reason, reject.value));
    }
}

fn table(
    response: &CalibrateResponse,
    calibrated: &Fitted,
    output: &Output,
) -> Result<(), Failure> {
    let meta = &response.fit_meta;
    let metrics = &meta.metrics;
    output.line(&format!(
        "{}: {} answers of {} students to {} items",
        meta.model_spec.model, metrics.n, meta.n_users, meta.n_items
    ))?;
    output.line(&format!(
        "log-likelihood {:.4}   AIC {:.2}   BIC {:.2}   ability N({:.3}, {:.3}²)",
        metrics.loglik, metrics.aic, metrics.bic, metrics.latent_mean, metrics.latent_sd
    ))?;
    let verdict = &meta.verdict;
    let word = if metrics.converged { "converged" } else { "NOT converged" };
    output.line(&format!(
        "{word} after {} iterations, largest gradient {}",
        verdict.iterations,
        verdict.max_gradient.map_or("unknown".to_string(), |g| format!("{g:.1e}"))
    ))?;
    let answers = &calibrated.answers;
    if answers.dropped_duplicates + answers.dropped_unknown > 0 {
        output.line(&format!(
            "left out: {} repeated answers, {} of unknown correctness",
            answers.dropped_duplicates, answers.dropped_unknown
        ))?;
    }
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    items_table(response, output)?;
    response.quality.as_ref().map_or(Ok(()), |quality| quality_table(quality, output))
}

fn quality_table(quality: &QualityJson, output: &Output) -> Result<(), Failure> {
    let number = |value: Option<f64>| value.map_or("unknown".to_string(), |x| format!("{x:.3}"));
    let reliability = &quality.reliability;
    output.line(&format!(
        "\nreliability: empirical {}, marginal {:.3}, α {}, ω {:.3}",
        number(reliability.empirical),
        reliability.marginal,
        number(reliability.alpha),
        reliability.omega
    ))?;
    let flagged = quality.items.iter().filter(|item| !item.flags.is_empty());
    for item in flagged.take(SHOWN_ITEMS) {
        output.line(&format!("{}: {}", item.item_id, item.flags.join("; ")))?;
    }
    Ok(())
}

fn items_table(response: &CalibrateResponse, output: &Output) -> Result<(), Failure> {
    output.line(&format!("\n{:<20} {:>8} {:>8} {:>8} {:>8}", "item", "n", "a", "b", "c"))?;
    for item in response.item_params.iter().take(SHOWN_ITEMS) {
        let params = &item.params;
        output.line(&format!(
            "{:<20} {:>8} {:>8.3} {:>8.3} {:>8.3}",
            item.item_id, item.n, params.a, params.b, params.c
        ))?;
    }
    if let Some(more) = response.item_params.len().checked_sub(SHOWN_ITEMS).filter(|&n| n > 0) {
        output.line(&format!("… {more} more; --json OUT writes all items and abilities"))?;
    }
    Ok(())
}
