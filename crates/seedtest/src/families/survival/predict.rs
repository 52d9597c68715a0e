//! `seedtest predict survival`.

use std::process::ExitCode;

use seedtest_families::survival::{Stored, naming_columns, predict_table};
use seedtest_numerics::Silent;
use seedtest_store::{ExportKind, ExportValue};
use seedtest_wire::{SurvivalPredictRequest, SurvivalPredictResponse};

use super::args::PredictSurvivalArgs;
use crate::commands::json_file::write_json;
use crate::failure::Failure;
use crate::families::column::read_to_predict;
use crate::families::digits::ratio;
use crate::families::stored::stored_model;
use crate::families::typed::{SURVIVAL, typed};
use crate::output::Output;
use crate::table_file::TableArgs;

const SHOWN_STUDENTS: usize = 20;

pub(super) fn run(args: &PredictSurvivalArgs, output: &Output) -> Result<ExitCode, Failure> {
    let model: Stored = stored_model(&args.model, "seedtest fit survival --json FILE")?;
    let request = SurvivalPredictRequest {
        time_points: Some(args.times.clone()),
        horizon_days: args.horizon,
        ..SurvivalPredictRequest::default()
    };
    // What the event of new rows is does not matter.
    let terms =
        model.formula.split_once('~').map_or_else(String::new, |(_, right)| format!("~{right}"));
    let table = read_to_predict(&args.data, naming_columns(Some(&terms), &[]), output)?;
    let response = predict_table(&model, &table, &request, &mut Silent)
        .map_err(|error| typed(error, SURVIVAL))?;
    write(&response, &args.table)?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => print(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes every row into the files that were asked for, in the order of the data.
fn write(response: &SurvivalPredictResponse, files: &TableArgs) -> Result<(), Failure> {
    let columns = [
        ("user_id", ExportKind::Student),
        ("risk_score", ExportKind::Number),
        ("hazard_ratio", ExportKind::Number),
        ("rank_percentile", ExportKind::Number),
        ("gap_days", ExportKind::Number),
        ("reason", ExportKind::Text),
    ];
    let rows = response.predictions.iter().map(|one| {
        vec![
            ExportValue::Text(Some(one.user_id.to_string())),
            ExportValue::Number(one.risk_score),
            ExportValue::Number(one.hazard_ratio),
            ExportValue::Number(one.rank_percentile),
            ExportValue::Number(one.gap_days),
            ExportValue::Text(one.reason.clone()),
        ]
    });
    files.write(&columns, &rows)
}

fn print(response: &SurvivalPredictResponse, output: &Output) -> Result<(), Failure> {
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.line(&format!("{:>5} {:<20} {:>8}  survival", "rank", "student", "risk"))?;
    let ranked = response.risk_rankings.iter().map(|place| {
        let rank = place.rank.to_string();
        (rank, ratio(place.risk_score), place.row)
    });
    let unknown = response.predictions.iter().enumerate().filter(|(_, p)| p.risk_score.is_none());
    let unknown = unknown.map(|(row, _)| ("-".to_owned(), "unknown".to_owned(), row));
    for (rank, risk, row) in ranked.chain(unknown).take(output.rows_shown(SHOWN_STUDENTS)) {
        let student = &response.predictions[row].user_id;
        let point = |(time, survival): &(f64, Option<f64>)| {
            let survival = survival.map_or("unknown".into(), |s| format!("{s:.3}"));
            format!("{time}: {survival}")
        };
        let curve = response.curve(row).map_or(&[][..], |curve| curve.points());
        let mut points: Vec<String> = response.predictions[row].reason.iter().cloned().collect();
        // Earlier times may be known where the horizon is not.
        if points.is_empty() || curve.iter().any(|(_, survival)| survival.is_some()) {
            points.extend(curve.iter().map(point));
        }
        output.line(&format!("{rank:>5} {student:<20} {risk:>8}  {}", points.join("  ")))?;
    }
    let shown = output.rows_shown(SHOWN_STUDENTS);
    match response.predictions.len().checked_sub(shown).filter(|&n| n > 0) {
        Some(more) => output.line(&format!("… {more} more; --csv FILE writes all")),
        None => Ok(()),
    }
}
