//! The report on the models: what was fitted, how it ended, how calibrations hang together.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_report::{
    Anchor, FitFamily, FitRow, Lang, Linking, OperatorReport, SurvivalCurve, Warning,
};
use seedtest_store::{FitMeta, ItemParamsRow, SurvivalFitRow};
use serde_json::Value;

use super::class::item_rows;
use super::item_pages::{Calibrated, item_pages};
use super::material::Material;
use super::segment::class_segments;

/// The report on the models as they stood at the end of the week.
pub(super) fn operator_report(
    material: &Material,
    calibrated: &Calibrated,
    lang: Lang,
) -> OperatorReport {
    let items = item_rows(material, lang);
    let drawn = item_pages(material, calibrated, &items, lang);
    OperatorReport {
        week_start: material.week,
        generated_at: material.generated_at.clone(),
        fits: fits(material),
        linking: linking(material, lang),
        item_pages: drawn.plain,
        category_pages: drawn.categories,
        items,
        thetas: material.thetas.everyone.clone(),
        forecast: material.forecast.clone(),
        survival: survival_curve(material.survival_fit.as_ref()),
        segments: material.segment_run.as_ref().and_then(class_segments),
        warnings: stale(material.stale_models),
        provenance: material.provenance.clone(),
    }
}

fn stale(models: u32) -> Vec<Warning> {
    (models > 0).then_some(Warning::StaleFits { n: models }).into_iter().collect()
}

/// The constants of a calibration as they are stored, apart from those that only its service reads.
pub(super) fn linking_constants(calibration: Option<&FitMeta>) -> Vec<(String, String)> {
    let Some(fit) = calibration else { return Vec::new() };
    let Some(constants) = fit.model_spec["linking_constants"].as_object() else {
        return Vec::new();
    };
    if is_alone(fit) {
        return Vec::new();
    }
    // A covariance is small, and zero would be said of it.
    let decimals =
        |n: f64| if n != 0.0 && n.abs() < 1e-3 { format!("{n:.2e}") } else { format!("{n:.4}") };
    // A and slope, B and intercept are one number under two names.
    let is_shown = |key: &str| !key.starts_with('_') && !matches!(key, "slope" | "intercept");
    let written = |value: &Value| match value {
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        Value::Number(number) => number.as_f64().map(decimals),
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    };
    let mut rows: Vec<(String, String)> = constants
        .iter()
        .filter(|(key, _)| is_shown(key))
        .filter_map(|(key, value)| Some((key.clone(), written(value)?)))
        .collect();
    if !rows.is_empty() {
        rows.push(("run".into(), fit.run_id.clone()));
    }
    rows
}

/// The survival curve of average students, with what it rests on.
pub(super) fn survival_curve(fit: Option<&SurvivalFitRow>) -> Option<SurvivalCurve> {
    let fit = fit?;
    let points: Vec<(f64, f64)> = fit
        .survival_curve
        .as_array()?
        .iter()
        .filter_map(|point| {
            let days = point["t"].as_f64().or_else(|| point["time"].as_f64())?;
            let left = point["S"].as_f64().or_else(|| point["survival"].as_f64())?;
            Some((days, left.clamp(0.0, 1.0)))
        })
        .collect();
    Some(SurvivalCurve {
        points,
        horizon_days: u32::try_from(fit.event_threshold_days).ok()?,
        n: u32::try_from(fit.n).ok()?,
        n_events: u32::try_from(fit.n_events).ok()?,
        concordance: fit.concordance,
    })
}

/// The newest fit of each family that has one.
fn fits(material: &Material) -> Vec<FitRow> {
    let rows = [
        calibration_row(material),
        growth_row(material),
        progress_row(material),
        survival_row(material),
        forecast_row(material),
        segment_row(material),
    ];
    rows.into_iter().flatten().collect()
}

fn day_of(material: &Material, at: DateTime<Utc>) -> NaiveDate {
    material.log.time_zone().date_of(at.timestamp_micros())
}

/// Those of the figures that are known.
fn figures(named: &[(&str, Option<f64>)]) -> Vec<(String, f64)> {
    named.iter().filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?))).collect()
}

fn calibration_row(material: &Material) -> Option<FitRow> {
    let fit = material.calibration.as_ref()?;
    let status = fit.metrics["verdict"]["status"].as_str();
    Some(FitRow {
        family: FitFamily::Calibration,
        run_id: fit.run_id.clone(),
        model: fit.model_spec["model"].as_str().unwrap_or_default().to_owned(),
        fitted_on: day_of(material, fit.fitted_at),
        verdict: status.map(str::to_owned),
        is_sound: status
            .map(|status| status == "converged")
            .or_else(|| fit.metrics["converged"].as_bool()),
        n: fit.model_spec["n_users"].as_u64(),
        figures: figures(&[
            ("log-likelihood", fit.metrics["loglik"].as_f64()),
            ("items", fit.model_spec["n_items"].as_f64()),
        ]),
    })
}

fn growth_row(material: &Material) -> Option<FitRow> {
    let fit = material.growth_fit.as_ref()?;
    let verdict = fit.diagnostics["verdict"].as_str();
    Some(FitRow {
        family: FitFamily::Growth,
        run_id: fit.run_id.clone(),
        model: fit.settings["family"].as_str().unwrap_or_default().to_owned(),
        fitted_on: day_of(material, fit.fitted_at),
        verdict: verdict.map(str::to_owned),
        is_sound: verdict.map(|verdict| verdict == "converged"),
        n: fit.settings["n_obs"].as_u64(),
        figures: figures(&[
            ("R-hat", fit.diagnostics["rhat"]["max"].as_f64()),
            ("ESS", fit.diagnostics["ess_bulk"]["min"].as_f64()),
            ("divergences", fit.diagnostics["divergences"].as_f64()),
        ]),
    })
}

fn progress_row(material: &Material) -> Option<FitRow> {
    let fit = material.progress_fit.as_ref()?;
    let status = fit.metrics["verdict"]["status"].as_str();
    Some(FitRow {
        family: FitFamily::Progress,
        run_id: fit.run_id.clone(),
        model: fit.model_spec["family"].as_str().unwrap_or("LMM").to_owned(),
        fitted_on: day_of(material, fit.fitted_at),
        verdict: status.map(str::to_owned),
        is_sound: status.map(|status| status == "converged"),
        n: fit.metrics["n_obs"].as_u64().or_else(|| fit.model_spec["n_obs"].as_u64()),
        figures: figures(&[
            ("week", fit.fixed_effects.as_ref().and_then(|effects| effects["week"].as_f64())),
            ("se", fit.metrics["fixed_effects_se"]["week"].as_f64()),
        ]),
    })
}

fn survival_row(material: &Material) -> Option<FitRow> {
    let fit = material.survival_fit.as_ref()?;
    Some(FitRow {
        family: FitFamily::Survival,
        run_id: fit.run_id.clone(),
        model: fit.family.clone(),
        fitted_on: day_of(material, fit.fitted_at),
        // Only fits that converged are read.
        verdict: Some("converged".into()),
        is_sound: Some(true),
        n: u64::try_from(fit.n).ok(),
        figures: figures(&[
            ("events", Some(fit.n_events as f64)),
            ("concordance", fit.concordance),
        ]),
    })
}

fn forecast_row(material: &Material) -> Option<FitRow> {
    let row = material.forecast_row.as_ref()?;
    let status = forecast_status(&row.fit_meta);
    Some(FitRow {
        family: FitFamily::Forecast,
        run_id: row.run_id.clone(),
        model: row.fit_meta["model_used"].as_str().unwrap_or_default().to_owned(),
        fitted_on: day_of(material, row.fitted_at),
        verdict: status.map(str::to_owned),
        is_sound: status.map(|word| word == "converged"),
        n: row.fit_meta["insample"].as_array().map(|weeks| weeks.len() as u64),
        figures: figures(&[
            ("RMSE", row.fit_meta["model_meta"]["rmse"].as_f64()),
            ("MAE", row.fit_meta["model_meta"]["mae"].as_f64()),
        ]),
    })
}

/// How the fit of the published numbers ended: the stored verdict is that of Prophet's model, which says nothing of
/// a simpler one.
fn forecast_status(fit_meta: &Value) -> Option<&str> {
    if fit_meta["model_used"] == "prophet" {
        return fit_meta["verdict"]["status"].as_str();
    }
    fit_meta["converged"]
        .as_bool()
        .map(|converged| if converged { "converged" } else { "truncated" })
}

fn segment_row(material: &Material) -> Option<FitRow> {
    let run = material.segment_run.as_ref()?;
    let status = run.metrics["verdict"]["status"].as_str();
    Some(FitRow {
        family: FitFamily::Segments,
        run_id: run.run_id.clone(),
        model: run.method.clone(),
        fitted_on: day_of(material, run.fitted_at),
        verdict: status.map(str::to_owned),
        is_sound: status.map(|status| status == "converged"),
        n: run.metrics["n_users"].as_u64(),
        figures: figures(&[
            ("segments", Some(run.n_clusters as f64)),
            ("silhouette", run.metrics["silhouette"].as_f64()),
        ]),
    })
}

/// How the newest calibration hangs together with the one before it.
fn linking(material: &Material, lang: Lang) -> Option<Linking> {
    let fit = material.calibration.as_ref()?;
    let constants = linking_constants(Some(fit));
    let drift = &fit.metrics["drift"];
    let map = drift["slope"].as_f64().zip(drift["intercept"].as_f64());
    if constants.is_empty() && map.is_none() {
        return None;
    }
    let drifted: BTreeSet<&str> = drift["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["item_id"].as_str())
        .collect();
    let before: HashMap<&str, &ItemParamsRow> =
        material.items_before.iter().map(|row| (&*row.item_id, row)).collect();
    let difficulty = |row: &ItemParamsRow| row.params.get("b").and_then(Value::as_f64);
    let mut anchors: Vec<Anchor> = Vec::new();
    if let Some((slope, intercept)) = map {
        for row in material.items.values() {
            let then = before.get(&*row.item_id).and_then(|then| difficulty(then));
            let Some((before, now)) = then.zip(difficulty(row)) else { continue };
            anchors.push(Anchor {
                item: material.people.item(&row.item_id, lang),
                before,
                now: slope * now + intercept,
                drifted: drifted.contains(&*row.item_id),
            });
        }
    }
    anchors.sort_by(|a, b| a.item.cmp(&b.item));
    // What was done to the calibration; the map of the drift is what was left to do after it.
    let done = applied(fit).or(map);
    Some(Linking {
        constants,
        slope: done.map(|map| map.0),
        intercept: done.map(|map| map.1),
        anchors,
    })
}

/// Whether a calibration, such as the first, was put on nobody's scale: its constants are those of no change.
fn is_alone(fit: &FitMeta) -> bool {
    fit.model_spec["linking_constants"]["method"] == "none"
}

/// The slope and intercept that put a calibration on its scale.
fn applied(fit: &FitMeta) -> Option<(f64, f64)> {
    if is_alone(fit) {
        return None;
    }
    let constants = &fit.model_spec["linking_constants"];
    let number = |names: [&str; 2]| names.iter().find_map(|name| constants[*name].as_f64());
    number(["slope", "A"]).zip(number(["intercept", "B"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration(constants: &Value) -> FitMeta {
        FitMeta {
            run_id: "fit-1".into(),
            fitted_at: DateTime::UNIX_EPOCH,
            model_spec: serde_json::json!({"linking_constants": constants}),
            metrics: Value::Null,
        }
    }

    #[test]
    fn a_calibration_on_its_own_scale_has_no_constants() {
        let first = calibration(&serde_json::json!({"A": 1.0, "B": 0.0, "method": "none"}));
        assert!(linking_constants(Some(&first)).is_empty() && applied(&first).is_none());
        let linked = calibration(&serde_json::json!({"A": 1.02, "B": -0.03, "method": "haebara"}));
        assert_eq!(linking_constants(Some(&linked)).len(), 4, "A, B, the method and the run");
        assert_eq!(applied(&linked), Some((1.02, -0.03)));
    }
}
