//! `fit irt --report`: the page of a calibration.

use std::path::Path;

use seedtest_families::irt::Shown;
use seedtest_report::{
    CalibratedItem, CalibrationReport, DifferingItem, GroupComparison, Lang, ObservedShare,
    Provenance, Renderer, wilson,
};
use seedtest_wire::{CalibrateResponse, CategoriesResponse, DifJson, MetricsJson, ParamsSe};

use crate::failure::Failure;
use crate::output::Output;

/// Writes the page of right and wrong answers.
pub(super) fn write_plain(
    response: &CalibrateResponse,
    shown: Shown,
    (data, page): (&Path, &Path),
    output: &Output,
) -> Result<(), Failure> {
    let meta = &response.fit_meta;
    let quality =
        |id: &str| response.quality.iter().flat_map(|of| &of.items).find(|item| item.item_id == id);
    let item = |item: &seedtest_wire::ItemParamsJson| {
        let se = item.se.unwrap_or(ParamsSe { a: None, b: None, c: None, cov_ab: None });
        let known = quality(&item.item_id);
        let flags = match known {
            Some(of) => of.flags.clone(),
            None => check_key(item.check_key),
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
        figures.extend(of.reliability.empirical.map(|r| ("Empirical reliability".into(), r)));
        figures.push(("Marginal reliability".into(), of.reliability.marginal));
    } else if let Some(of) = &response.fit_statistics {
        figures.extend(of.empirical_reliability.map(|r| ("Empirical reliability".into(), r)));
        figures.push(("Marginal reliability".into(), of.marginal_reliability));
    }
    if let Some(m2) = response.fit_statistics.as_ref().and_then(|of| of.m2.as_ref()) {
        figures.push(("RMSEA2".into(), m2.rmsea2));
        figures.push(("SRMSR".into(), m2.srmsr));
    }
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
        ..CalibrationReport::default()
    };
    write(report, shown, (data, page), output)
}

/// Writes the page of scores.
pub(super) fn write_categories(
    response: &CategoriesResponse,
    shown: Shown,
    (data, page): (&Path, &Path),
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
        let mut flags = known.map_or_else(|| check_key(item.check_key), |of| of.flags.clone());
        if item.out_of_order && known.is_none() {
            flags.push(
                "students with a higher score are less able; check the order of the categories"
                    .into(),
            );
        }
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
            flags,
            ..CalibratedItem::default()
        }
    };
    let mut figures = figures_of(&meta.metrics);
    if let Some(of) = &response.quality {
        figures.extend(of.empirical_reliability.map(|r| ("Empirical reliability".into(), r)));
        figures.push(("Marginal reliability".into(), of.marginal_reliability));
    }
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
        n_dimensions: dimensions.map(|of| of.n_dimensions as u32),
        eigenvalues: dimensions.map_or(Vec::new(), |of| {
            of.ranks.iter().map(|rank| (rank.eigenvalue, rank.limit)).collect()
        }),
        ..CalibrationReport::default()
    };
    write(report, shown, (data, page), output)
}

fn check_key(check: bool) -> Vec<String> {
    let text = "students who do well on the other items do worse on this one; check the key";
    check.then(|| text.to_owned()).into_iter().collect()
}

fn figures_of(metrics: &MetricsJson) -> Vec<(String, f64)> {
    vec![
        ("Log-likelihood".into(), metrics.loglik),
        ("AIC".into(), metrics.aic),
        ("BIC".into(), metrics.bic),
        ("Mean ability".into(), metrics.latent_mean),
        ("Its standard deviation".into(), metrics.latent_sd),
    ]
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
            text: item.text.clone()?,
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
    (data, page): (&Path, &Path),
    output: &Output,
) -> Result<(), Failure> {
    let name =
        data.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    report.subtitle = format!(
        "{} · {} items · {} students",
        report.provenance.model,
        report.items.len(),
        shown.thetas.len()
    );
    report.generated_at = format!("from {name}");
    report.heading = name;
    for (item, drawn) in report.items.iter_mut().zip(shown.items) {
        let observed = |&(theta, n, share): &(f64, u32, f64)| {
            // A share of scores varies no more than one of right answers with this mean.
            let (low, high) = wilson((share * f64::from(n)).round() as u32, n)?;
            let (low, high) = (low.min(share), high.max(share));
            Some(ObservedShare { theta, n, share, low, high })
        };
        item.observed = drawn.observed.iter().filter_map(observed).collect();
        (item.curve, item.information) = (drawn.curve, drawn.information);
    }
    (report.information, report.scores, report.thetas) =
        (shown.information, shown.scores, shown.thetas);
    let html = Renderer::new(Lang::En).and_then(|renderer| renderer.calibration(&report));
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
