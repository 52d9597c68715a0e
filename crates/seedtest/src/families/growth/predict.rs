//! `seedtest predict growth`.

use std::path::Path;
use std::process::ExitCode;

use seedtest_families::growth::{Stored, naming_columns, predict, predict_table};
use seedtest_numerics::Interrupt;
use seedtest_store::{ExportKind, ExportValue};
use seedtest_wire::{GrowthFeaturesJson, GrowthPredictRequest, GrowthPredictResponse};

use super::args::PredictGrowthArgs;
use crate::commands::json_file::write_json;
use crate::failure::Failure;
use crate::families::column::read_to_predict;
use crate::families::digits::beside;
use crate::families::stored::stored_model;
use crate::families::typed::{GROWTH, typed};
use crate::output::Output;
use crate::table_file::TableArgs;

pub(super) fn run(args: &PredictGrowthArgs, output: &Output) -> Result<ExitCode, Failure> {
    let model = args.model.as_deref().map(stored).transpose()?;
    let request = GrowthPredictRequest {
        mean: args.mean,
        sd: args.sd,
        target_score: args.target,
        user_features: args.current_score.map(|current_score| GrowthFeaturesJson {
            current_score,
            trend: args.trend,
            weeks_remaining: args.weeks_remaining,
            se: args.se,
        }),
        horizon_weeks: args.horizon_weeks,
        credible_interval: Some(args.credible_interval),
        run_id: model.as_ref().map(|model| model.run_id.clone()),
        ..GrowthPredictRequest::default()
    };
    let response = match (&args.data, &model) {
        (Some(data), Some(model)) => {
            let table = read_to_predict(data, naming_columns(&model.formula)?, output)?;
            predict_table(&table, &request, model, &Interrupt::never())
        }
        _ => predict(&request, model.as_ref(), &Interrupt::never()),
    };
    let response = response.map_err(|error| typed(error, GROWTH))?;
    write(&response, &args.table)?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => show(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn stored(path: &Path) -> Result<Stored, Failure> {
    stored_model(path, "seedtest fit growth --keep-model --json FILE")
}

/// Writes every student into the files that were asked for.
fn write(response: &GrowthPredictResponse, files: &TableArgs) -> Result<(), Failure> {
    let columns = [
        ("user_id", ExportKind::Student),
        ("probability", ExportKind::Number),
        ("uncertainty", ExportKind::Number),
        ("lower", ExportKind::Number),
        ("upper", ExportKind::Number),
        ("mean_score", ExportKind::Number),
        ("sd_score", ExportKind::Number),
        ("reliable", ExportKind::Truth),
        ("reason", ExportKind::Text),
    ];
    let rows = response.predictions.iter().flatten().map(|(id, one)| {
        vec![
            ExportValue::Text(Some(id.clone())),
            ExportValue::Number(one.probability),
            ExportValue::Number(one.uncertainty),
            ExportValue::Number(one.lower),
            ExportValue::Number(one.upper),
            ExportValue::Number(one.mean_score),
            ExportValue::Number(one.sd_score),
            ExportValue::Truth(Some(one.reliable)),
            ExportValue::Text(one.reason.clone()),
        ]
    });
    files.write(&columns, &rows)
}

fn show(response: &GrowthPredictResponse, output: &Output) -> Result<(), Failure> {
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    let Some(predictions) = &response.predictions else {
        return output.line(&format!(
            "P(score ≥ {}) = {} ({} to {}), score {} ± {}",
            response.target_score,
            number(response.probability),
            number(response.lower),
            number(response.upper),
            beside(response.mean_score, response.sd_score),
            beside(response.sd_score, response.sd_score)
        ));
    };
    let when = match (&response.target_date, response.target_week) {
        (Some(date), _) => format!(" on {date}"),
        (None, Some(week)) => format!(" at week {week}"),
        (None, None) => String::new(),
    };
    output.line(&format!("P(score ≥ {}){when}", response.target_score))?;
    output.line(&format!("{:<20} {:>7} {:>7} {:>7}", "student", "P", "lower", "upper"))?;
    for (id, one) in predictions {
        let [p, lower, upper] = [one.probability, one.lower, one.upper].map(number);
        let reason = one.reason.as_ref().map_or(String::new(), |reason| format!("  {reason}"));
        output.line(&format!("{id:<20} {p:>7} {lower:>7} {upper:>7}{reason}"))?;
    }
    Ok(())
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_string(), |value| format!("{value:.3}"))
}
