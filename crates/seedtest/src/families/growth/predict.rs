//! `seedtest predict growth`.

use std::path::Path;
use std::process::ExitCode;

use seedtest_families::growth::{Stored, predict, predict_table};
use seedtest_ingest::read_table;
use seedtest_wire::{GrowthFeaturesJson, GrowthPredictRequest, GrowthPredictResponse};

use super::args::PredictGrowthArgs;
use crate::commands::json_file::write_json;
use crate::failure::Failure;
use crate::families::stored::stored_model;
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

fn stored(path: &Path) -> Result<Stored, Failure> {
    stored_model(path, "seedtest fit growth --keep-model --json FILE")
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
