//! `seedtest predict growth`.

use std::path::Path;
use std::process::ExitCode;

use seedtest_families::growth::{Stored, predict, predict_table};
use seedtest_ingest::read_table;
use seedtest_wire::{GrowthFeaturesJson, GrowthPredictRequest, GrowthPredictResponse};
use serde_json::Value;

use super::args::PredictGrowthArgs;
use crate::commands::json_file::{read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;

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
        (Some(data), Some(model)) => predict_table(&read_table(data)?, &request, model)?,
        _ => predict(&request, model.as_ref())?,
    };
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => show(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The model in the JSON of `fit growth --keep-model`.
fn stored(path: &Path) -> Result<Stored, Failure> {
    let wrong = |error: String| {
        let hint = "give the JSON of `seedtest fit growth --keep-model --json FILE`";
        Failure::new(format!("{}: {error}", path.display()), Some(hint.into()))
    };
    let mut fit: Value =
        serde_json::from_str(&read_text(path)?).map_err(|error| wrong(error.to_string()))?;
    let model = fit["stored_model"].take();
    if model.is_null() {
        return Err(wrong("no stored_model in it".into()));
    }
    serde_json::from_value(model).map_err(|error| wrong(error.to_string()))
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
            number(response.mean_score),
            number(response.sd_score)
        ));
    };
    output.line(&format!("P(score ≥ {})", response.target_score))?;
    output.line(&format!("{:<20} {:>7} {:>7} {:>7}", "student", "P", "lower", "upper"))?;
    for (id, one) in predictions {
        let [p, lower, upper] = [one.probability, one.lower, one.upper].map(number);
        output.line(&format!("{id:<20} {p:>7} {lower:>7} {upper:>7}"))?;
    }
    Ok(())
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_string(), |value| format!("{value:.3}"))
}
