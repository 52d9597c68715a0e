//! `fit irt --report`: the page of a calibration.

use std::path::Path;

use seedtest_families::irt::Shown;
use seedtest_irt::Flag;
use seedtest_irt::dif::Kind;
use seedtest_irt::dimensions::ParallelAnalysis;
use seedtest_report::{
    CalibratedItem, CalibrationFigure, CalibrationFlag, CalibrationReport, DifferingItem,
    GroupComparison, ObservedShare, Provenance, Renderer,
};
use seedtest_wire::{
    CalibrateResponse, CategoriesResponse, DifJson, FitStatisticsJson, MetricsJson, ParamsSe,
};

use crate::cli::LangChoice;
use crate::commands::report::lang as report_lang;
use crate::failure::Failure;
use crate::output::Output;

/// Writes the page of right and wrong answers.
pub(super) fn write_plain(
    response: &CalibrateResponse,
    shown: Shown,
    (data, page, lang): (&Path, &Path, LangChoice),
    output: &Output,
) -> Result<(), Failure> {
    let meta = &response.fit_meta;
    let quality =
        |id: &str| response.quality.iter().flat_map(|of| &of.items).find(|item| item.item_id == id);
    let item = |item: &seedtest_wire::ItemParamsJson| {
        let se = item.se.unwrap_or(ParamsSe { a: None, b: None, c: None, cov_ab: None });
        let known = quality(&item.item_id);
        // With quality every flag is drawn along, these among them.
        let flags = match known {
            Some(_) => Vec::new(),
            None if item.check_key => vec![CalibrationFlag::CheckKey],
            None => negative_slope(item.params.a).into_iter().collect(),
        };
        CalibratedItem {
            item: item.item_id.clone(),
            model: item.model.clone(),
            n: item.n,
            slopes: vec![(item.params.a, se.a)],
            difficulties: vec![(item.params.b, se.b)],
            guessing: item.params.c,
            item_rest: item.item_rest,
            infit: known.and_then(|of| of.infit),
            s_x2_p: known.and_then(|of| of.s_x2_p_adjusted),
            flags,
            ..CalibratedItem::default()
        }
    };
    let mut figures = figures_of(&meta.metrics);
    if let Some(of) = &response.quality {
        figures.extend(reliabilities(of.reliability.empirical, of.reliability.marginal));
    } else if let Some(of) = &response.fit_statistics {
        figures.extend(reliabilities(of.empirical_reliability, of.marginal_reliability));
    }
    figures.extend(fit_indices(response.fit_statistics.as_ref()));
    let dimensions = response.quality.as_ref().and_then(|of| of.dimensions.as_ref());
    let report = CalibrationReport {
        figures,
        warnings: response.warnings.clone(),
        dif: response.dif.iter().flatten().map(comparison).collect(),
        provenance: provenance(
            (&meta.run_id, &meta.model_spec.model),
            &meta.metrics,
            (meta.n_items, meta.n_users),
        ),
        items: response.item_params.iter().map(item).collect(),
        ..with_dimensions(dimensions)
    };
    write(report, shown, (data, page, lang), output)
}

/// Writes the page of scores.
pub(super) fn write_categories(
    response: &CategoriesResponse,
    shown: Shown,
    (data, page, lang): (&Path, &Path, LangChoice),
    output: &Output,
) -> Result<(), Failure> {
    let meta = &response.fit_meta;
    let quality =
        |id: &str| response.quality.iter().flat_map(|of| &of.items).find(|item| item.item_id == id);
    let item = |item: &seedtest_wire::CategoryItemJson| {
        let se = item.se.as_ref();
        let with = |values: &[f64], errors: Option<&Vec<f64>>| -> Vec<(f64, Option<f64>)> {
            let error = |k: usize| errors.and_then(|errors| errors.get(k).copied());
            values.iter().enumerate().map(|(k, value)| (*value, error(k))).collect()
        };
        let known = quality(&item.item_id);
        CalibratedItem {
            item: item.item_id.clone(),
            model: item.model.clone(),
            n: item.n,
            slopes: with(&item.params.a, se.map(|se| &se.a)),
            difficulties: with(&item.params.b, se.map(|se| &se.b)),
            guessing: item.params.c,
            item_rest: item.item_rest,
            infit: known.and_then(|of| of.infit),
            s_x2_p: known.and_then(|of| of.s_x2_p_adjusted),
            flags: check_key(item.check_key && known.is_none()),
            ..CalibratedItem::default()
        }
    };
    let mut figures = figures_of(&meta.metrics);
    if let Some(of) = &response.quality {
        figures.extend(reliabilities(of.empirical_reliability, of.marginal_reliability));
    }
    figures.extend(fit_indices(response.fit_statistics.as_ref()));
    let dimensions = response.quality.as_ref().and_then(|of| of.dimensions.as_ref());
    let report = CalibrationReport {
        figures,
        warnings: response.warnings.clone(),
        dif: response.dif.iter().flatten().map(comparison).collect(),
        provenance: provenance(
            (&meta.run_id, &meta.model),
            &meta.metrics,
            (meta.n_items, meta.n_users),
        ),
        items: response.item_params.iter().map(item).collect(),
        ..with_dimensions(dimensions)
    };
    write(report, shown, (data, page, lang), output)
}

fn check_key(check: bool) -> Vec<CalibrationFlag> {
    check.then_some(CalibrationFlag::CheckKey).into_iter().collect()
}

fn negative_slope(a: f64) -> Option<CalibrationFlag> {
    (a < 0.0).then_some(CalibrationFlag::NegativeDiscrimination(a))
}

fn flag_of(flag: &Flag) -> CalibrationFlag {
    match *flag {
        Flag::NegativeDiscrimination { a } => CalibrationFlag::NegativeDiscrimination(a),
        Flag::NegativeItemRest { r } => CalibrationFlag::NegativeItemRest(r),
        Flag::LowDiscrimination { a } => CalibrationFlag::LowDiscrimination(a),
        Flag::LowItemRest { r } => CalibrationFlag::LowItemRest(r),
        Flag::TooEasy { p } => CalibrationFlag::TooEasy(p),
        Flag::TooHard { p } => CalibrationFlag::TooHard(p),
        Flag::Noisy { infit } => CalibrationFlag::Noisy(infit),
        Flag::CurveMisfit { p_adjusted } => CalibrationFlag::CurveMisfit(p_adjusted),
        Flag::OutOfOrder { score } => CalibrationFlag::OutOfOrder(score),
        Flag::RareCategory { score, n } => CalibrationFlag::RareCategory(score, n),
    }
}

fn figures_of(metrics: &MetricsJson) -> Vec<(CalibrationFigure, f64)> {
    vec![
        (CalibrationFigure::LogLikelihood, metrics.loglik),
        (CalibrationFigure::Aic, metrics.aic),
        (CalibrationFigure::Bic, metrics.bic),
        (CalibrationFigure::Mean, metrics.latent_mean),
        (CalibrationFigure::Sd, metrics.latent_sd),
    ]
}

fn reliabilities(empirical: Option<f64>, marginal: f64) -> Vec<(CalibrationFigure, f64)> {
    let empirical = empirical.map(|r| (CalibrationFigure::Empirical, r));
    empirical.into_iter().chain([(CalibrationFigure::Marginal, marginal)]).collect()
}

fn fit_indices(fit: Option<&FitStatisticsJson>) -> Vec<(CalibrationFigure, f64)> {
    let Some(m2) = fit.and_then(|fit| fit.m2.as_ref()) else { return Vec::new() };
    vec![(CalibrationFigure::Rmsea2, m2.rmsea2), (CalibrationFigure::Srmsr, m2.srmsr)]
}

/// A page with the eigenvalues, and nothing else yet.
fn with_dimensions(dimensions: Option<&ParallelAnalysis>) -> CalibrationReport {
    CalibrationReport {
        n_dimensions: dimensions.map(|of| of.n_dimensions as u32),
        eigenvalues: dimensions.map_or(Vec::new(), |of| {
            of.ranks.iter().map(|rank| (rank.eigenvalue, rank.limit)).collect()
        }),
        ..CalibrationReport::default()
    }
}

fn provenance(
    (run_id, model): (&str, &str),
    metrics: &MetricsJson,
    (n_items, n_users): (usize, usize),
) -> Provenance {
    Provenance {
        run_id: run_id.to_owned(),
        model: model.to_owned(),
        log_likelihood: Some(metrics.loglik),
        n_items: Some(n_items as u32),
        n_students: Some(n_users as u32),
        converged: Some(metrics.converged),
        fitted_at: None,
        answers: Some(metrics.n.to_string()),
    }
}

fn comparison(of: &DifJson) -> GroupComparison {
    let differing = of.items.iter().filter_map(|item| {
        Some(DifferingItem {
            item: item.item_id.clone(),
            class: item.mantel_haenszel.map(|found| format!("{:?}", found.class)),
            p: item.p_adjusted,
            difference: item.model.as_ref().map(|model| model.expected_difference),
            is_uniform: item.found? == Kind::Uniform,
        })
    });
    GroupComparison {
        reference: of.reference.clone(),
        focal: of.focal.clone(),
        n_items: of.items.len() as u32,
        items: differing.collect(),
    }
}

/// Puts what is drawn beside the numbers, and writes the page.
fn write(
    mut report: CalibrationReport,
    shown: Shown,
    (data, page, lang): (&Path, &Path, LangChoice),
    output: &Output,
) -> Result<(), Failure> {
    let name =
        data.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    report.heading.clone_from(&name);
    report.file = name;
    for (item, drawn) in report.items.iter_mut().zip(shown.items) {
        let observed = |&(theta, n, share): &(f64, u32, f64)| ObservedShare::of(theta, n, share);
        item.flags.extend(drawn.flags.iter().map(flag_of));
        item.observed = drawn.observed.iter().filter_map(observed).collect();
        (item.curve, item.information) = (drawn.curve, drawn.information);
    }
    (report.information, report.scores, report.thetas) =
        (shown.information, shown.scores, shown.thetas);
    let html = Renderer::new(report_lang(lang)).and_then(|renderer| renderer.calibration(&report));
    let html = html.map_err(|error| Failure::new(error.to_string(), None))?;
    std::fs::write(page, html).map_err(|error| {
        Failure::new(
            format!("cannot write {}: {error}", page.display()),
            Some("check that the directory exists and the disk is not full".into()),
        )
    })?;
    output.note(&format!("wrote {}", page.display()));
    Ok(())
}
