//! `seedtest predict survival`.

use std::process::ExitCode;

use seedtest_families::survival::{Stored, predict_table};
use seedtest_ingest::read_table;
use seedtest_numerics::Silent;
use seedtest_wire::{SurvivalPredictRequest, SurvivalPredictResponse};

use super::args::PredictSurvivalArgs;
use crate::commands::json_file::write_json;
use crate::failure::Failure;
use crate::families::stored::stored_model;
use crate::output::Output;

const SHOWN_STUDENTS: usize = 20;

pub(super) fn run(args: &PredictSurvivalArgs, output: &Output) -> Result<ExitCode, Failure> {
    let model: Stored = stored_model(&args.model, "seedtest fit survival --json FILE")?;
    let request = SurvivalPredictRequest {
        time_points: Some(args.times.clone()),
        horizon_days: args.horizon,
        ..SurvivalPredictRequest::default()
    };
    let response = predict_table(&model, &read_table(&args.data)?, &request, &mut Silent)?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => print(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print(response: &SurvivalPredictResponse, output: &Output) -> Result<(), Failure> {
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.line(&format!("{:>5} {:<20} {:>8}  survival", "rank", "student", "risk"))?;
    let ranked = response.risk_rankings.iter().map(|place| {
        let rank = place.rank.to_string();
        (rank, format!("{:.4}", place.risk_score), place.row)
    });
    let unknown = response.predictions.iter().enumerate().filter(|(_, p)| p.risk_score.is_none());
    let unknown = unknown.map(|(row, _)| ("-".to_owned(), "unknown".to_owned(), row));
    for (rank, risk, row) in ranked.chain(unknown).take(SHOWN_STUDENTS) {
        let student = &response.predictions[row].user_id;
        let point = |(time, survival): &(f64, Option<f64>)| {
            let survival = survival.map_or("unknown".into(), |s| format!("{s:.3}"));
            format!("{time}: {survival}")
        };
        let curve = response.curve(row).map_or(&[][..], |curve| curve.points());
        let points: Vec<String> = match &response.predictions[row].reason {
            Some(reason) => vec![reason.clone()],
            None => curve.iter().map(point).collect(),
        };
        output.line(&format!("{rank:>5} {student:<20} {risk:>8}  {}", points.join("  ")))?;
    }
    match response.predictions.len().checked_sub(SHOWN_STUDENTS).filter(|&n| n > 0) {
        Some(more) => output.line(&format!("… {more} more; --json OUT writes all")),
        None => Ok(()),
    }
}
