//! `seedtest fit irt` of items with several categories.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use seedtest_families::irt::{
    AUTO_PER_ITEM, CategoriesSpec, ScoredColumns, ScoredLog, Shown, calibrate_categories,
    category_model,
};
use seedtest_ingest::read_table_file;
use seedtest_irt::polytomous::{ItemModel, Spec};
use seedtest_irt::{Priors, Silent, StandardErrors};
use seedtest_wire::{
    CategoriesQualityJson, CategoriesResponse, CategoryItemJson, RowsReadJson, Timings,
};

use super::args::{FitIrtArgs, SeChoice};
use super::dif::dif_table;
use super::fit::{
    SHOWN_ITEMS, anchors, drift, group_line, linking, name_abilities, read_priors, show_abilities,
};
use super::items_table::write_category_items;
use super::page::write_categories;
use super::quality::{dimensions_told, fit_statistics_table, local_dependence_told};
use crate::commands::abilities_table::{of_calibration, write};
use crate::commands::json_file::{parse_json, read_text, write_json};
use crate::commands::rows_read::{line, require_all_of};
use crate::ending::{ending_of_fit, head_of_fit, repeats_head};
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &FitIrtArgs, output: &Output) -> Result<ExitCode, Failure> {
    let model = model_of(&args.model)?;
    refuse_what_is_not_for_categories(args)?;
    let columns = ScoredColumns {
        student: args.read.student_columns(args.student.as_ref())?,
        item: args.item.clone(),
        score: args.score.clone().or_else(|| args.correct.clone()),
        group: args.dif.clone().or_else(|| args.group.clone()),
        maximum: args.max_score.clone(),
        max_scores: args
            .max_scores
            .as_deref()
            .map(read_max_scores)
            .transpose()?
            .unwrap_or_default(),
        possible: 0,
    };
    let started = Instant::now();
    let file = read_table_file(&args.data, &args.read.table_options(&columns.naming())?)?;
    file.notes.iter().for_each(|note| output.note(note));
    let duplicates = args.duplicates.rule();
    let reference = args.reference_group.as_deref();
    let students = columns.students(&file)?;
    let log = ScoredLog::of_table(&file, &columns, &students, (duplicates, reference))?;
    let rows = RowsReadJson { notes: file.notes, ..log.rows_read() };
    require_all_of(log.n_unreadable() as u64, rows.read, args.strict)?;
    let read_seconds = started.elapsed().as_secs_f64();
    let spec = CategoriesSpec {
        model: model_spec(args, model)?,
        models: models(args)?,
        duplicates,
        quality: args.quality || args.report.is_some(),
        fit_statistics: args.fit_statistics,
        dif: args.dif.is_some(),
        anchors: anchors(args)?,
        linking: linking(args)?,
        drift: drift(args.drift),
        start: args.start.as_deref().map(read_start).transpose()?,
        ..CategoriesSpec::default()
    };
    let started = Instant::now();
    let fitted = calibrate_categories(&log, &spec, &mut Silent)?;
    let mut response = fitted.named_response(&log, &spec)?;
    let fit_seconds = started.elapsed().as_secs_f64();
    response.rows = Some(rows);
    response.fit_meta.timings = Some(Timings { read_seconds, fit_seconds });
    if let Some(page) = args.report.as_deref() {
        let shown = Shown::of_categories(&fitted, &log);
        write_categories(&response, shown, (&args.data, page, args.lang), output)?;
    }
    let abilities = args.abilities.then(|| of_calibration(&response.abilities, &response.unscored));
    match &abilities {
        Some(abilities) => write(abilities, &args.table)?,
        None => write_category_items(&response, &args.table)?,
    }
    match (args.json.as_deref(), abilities) {
        (Some(path), _) => write_json(&response, path, output)?,
        (None, Some(abilities)) => {
            head(&response, output)?;
            show_abilities(&abilities, output)?;
        }
        (None, None) => {
            head(&response, output)?;
            table_of(&response, output)?;
            name_abilities(response.abilities.len() + response.unscored.len(), output)?;
        }
    }
    Ok(ending_of_fit(&response.fit_meta.verdict, args.json.as_deref(), output))
}

fn model_of(text: &str) -> Result<ItemModel, Failure> {
    let word = if text.trim().eq_ignore_ascii_case("1pl") { "rasch" } else { text };
    category_model(word).or_else(|| word.parse().ok()).ok_or_else(|| {
        Failure::usage(
            format!("unknown model `{text}`"),
            format!("use rasch, 1pl, 2pl, 3pl, grm, gpcm, pcm, rsm, nrm or {AUTO_PER_ITEM}"),
        )
    })
}

fn read_max_scores(path: &Path) -> Result<BTreeMap<String, u8>, Failure> {
    parse_json(&read_text(path)?).map_err(|error| {
        let hint = r#"write {"ITEM":4,…}"#.to_string();
        Failure::new(format!("{}: {error}", path.display()), Some(hint))
    })
}

/// A calibration of categories written by `fit irt --json`.
fn read_start(path: &Path) -> Result<CategoriesResponse, Failure> {
    parse_json(&read_text(path)?).map_err(|error| {
        let hint = "give the JSON of `seedtest fit irt --model grm --json FILE`, or that of another model of \
                    several categories";
        Failure::new(format!("{}: {error}", path.display()), Some(hint.into()))
    })
}

/// Nothing is left aside in silence.
fn refuse_what_is_not_for_categories(args: &FitIrtArgs) -> Result<(), Failure> {
    let own = [
        ("--covariance", args.covariance),
        ("--guessing", args.guessing.is_some()),
        ("--guessing-by-item", args.guessing_by_item.is_some()),
    ];
    let mut given = own.into_iter().chain(args.read.not_for_categories());
    match given.find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(Failure::usage(
            format!("{flag} is not there for models with several categories"),
            "leave it out, or use --model rasch, 1pl, 2pl or 3pl for right and wrong answers",
        )),
    }
}

fn model_spec(args: &FitIrtArgs, model: ItemModel) -> Result<Spec, Failure> {
    let priors = match &args.priors {
        Some(text) => read_priors(text)?,
        None => Priors::none(),
    };
    let standard_errors = match args.se {
        SeChoice::None => StandardErrors::None,
        SeChoice::Observed => StandardErrors::Observed,
        SeChoice::Sandwich => StandardErrors::Sandwich,
    };
    let (min_n, max_iter) = (args.min_answers, args.max_iter);
    Ok(Spec { priors, standard_errors, min_n, max_iter, ..Spec::new(model) })
}

fn models(args: &FitIrtArgs) -> Result<Vec<(String, ItemModel)>, Failure> {
    let Some(path) = &args.model_by_item else { return Ok(Vec::new()) };
    let named = read_models(path)?;
    named.into_iter().map(|(item, model)| Ok((item, model_of(&model)?))).collect()
}

fn read_models(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    parse_json(&read_text(path)?).map_err(|error| {
        let hint = r#"write {"ITEM":"gpcm",…}"#.to_string();
        Failure::new(format!("{}: {error}", path.display()), Some(hint))
    })
}

/// What was fitted, and how well.
fn head(response: &CategoriesResponse, output: &Output) -> Result<(), Failure> {
    let meta = &response.fit_meta;
    let metrics = &meta.metrics;
    head_of_fit(&meta.verdict, output)?;
    output.line(&format!(
        "{}: {} answers of {} students to {} items",
        meta.model, metrics.n, meta.n_users, meta.n_items
    ))?;
    output.line(&format!(
        "log-likelihood {:.4}   AIC {:.2}   BIC {:.2}   ability N({:.3}, {:.3}²)",
        metrics.loglik, metrics.aic, metrics.bic, metrics.latent_mean, metrics.latent_sd
    ))?;
    for group in &response.groups {
        output.line(&group_line(group))?;
    }
    if let Some(rows) = &response.rows {
        output.line(&line(rows))?;
    }
    for warning in response.warnings.iter().filter(|of| !repeats_head(of, &meta.verdict)) {
        output.line(&format!("warning: {warning}"))?;
    }
    let linking = &meta.linking_constants;
    if linking.method != "none" {
        output.line(&format!(
            "on the scale of {} anchors: {}, A {:.4}, B {:.4}",
            linking.n_anchors, linking.method, linking.slope, linking.intercept
        ))?;
    }
    Ok(())
}

/// The items, and what was asked for beside them.
fn table_of(response: &CategoriesResponse, output: &Output) -> Result<(), Failure> {
    output
        .paragraph(&format!("{:<20} {:>6} {:>8} {:>9}  difficulties", "item", "model", "n", "a"))?;
    for item in response.item_params.iter().take(output.rows_shown(SHOWN_ITEMS)) {
        output.line(&item_line(item))?;
    }
    if let Some(more) =
        response.item_params.len().checked_sub(output.rows_shown(SHOWN_ITEMS)).filter(|&n| n > 0)
    {
        output.line(&format!("… {more} more; --json OUT writes all items and abilities"))?;
    }
    for scale in &response.rating_scales {
        let tau: Vec<String> = scale.thresholds.iter().map(|tau| format!("{tau:.3}")).collect();
        output.line(&format!(
            "rating scale of {} categories: thresholds {}",
            scale.categories,
            tau.join(", ")
        ))?;
    }
    if let Some(quality) = &response.quality {
        quality_table(quality, output)?;
    }
    for dif in response.dif.iter().flatten() {
        dif_table(dif, output)?;
    }
    response.fit_statistics.as_ref().map_or(Ok(()), |fit| fit_statistics_table(fit, "C2", output))
}

/// Slope and difficulties; of nominal categories the slopes, and the intercepts in place of difficulties.
fn item_line(item: &CategoryItemJson) -> String {
    let list = |numbers: &[f64]| {
        numbers.iter().map(|x| format!("{x:.3}")).collect::<Vec<String>>().join(", ")
    };
    let nominal = item.params.b.is_empty();
    let places = if nominal {
        format!("a {}; d {}", list(&item.params.a), list(&item.params.d))
    } else {
        list(&item.params.b)
    };
    let slope = item.params.a.first().filter(|_| !nominal);
    let slope = slope.map_or("-".to_string(), |a| format!("{a:.3}"));
    format!("{:<20} {:>6} {:>8} {slope:>9}  {places}", item.item_id, item.model, item.n)
}

fn quality_table(quality: &CategoriesQualityJson, output: &Output) -> Result<(), Failure> {
    let number = |x: Option<f64>| x.map_or("unknown".to_string(), |x| format!("{x:.3}"));
    output.paragraph(&format!(
        "reliability: empirical {}, marginal {:.3}",
        number(quality.empirical_reliability),
        quality.marginal_reliability
    ))?;
    let flagged = quality.items.iter().filter(|item| !item.flags.is_empty());
    for item in flagged.take(output.rows_shown(SHOWN_ITEMS)) {
        output.line(&format!("{}: {}", item.item_id, item.flags.join("; ")))?;
    }
    let found = quality.local_dependence.as_ref();
    local_dependence_told(found, quality.local_dependence_reason.as_deref(), output)?;
    let (found, reason) = (quality.dimensions.as_ref(), quality.dimensions_reason.as_deref());
    dimensions_told(found, reason, "polychoric", output)
}
