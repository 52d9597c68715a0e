//! `seedtest predict lmm` and `seedtest predict glmm`.

use std::process::ExitCode;

use seedtest_families::mixed::{Scale, Stored, predict_table};
use seedtest_store::{ExportKind, ExportValue};
use seedtest_wire::{MixedFitResponse, MixedPredictResponse, MixedRemarkJson, json_fault};

use super::args::PredictArgs;
use crate::commands::json_file::{parse_json, read_text, write_json};
use crate::failure::Failure;
use crate::families::column::read_to_predict;
use crate::families::digits::beside;
use crate::families::typed::{MIXED, typed};
use crate::output::Output;
use crate::table_file::TableArgs;

const SHOWN_ROWS: usize = 20;

/// Which of the commands it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    Linear,
    Generalised,
}

pub(super) fn run(
    args: &PredictArgs,
    model: Model,
    scale: Scale,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let stored = read_model(args, model)?;
    let table = read_to_predict(&args.data, stored.naming_columns(), output)?;
    let response = predict_table(&stored, &table, !args.fixed_only, scale)
        .map_err(|error| typed(error, MIXED))?;
    write(&response, &args.table)?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => print(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes every row into the files that were asked for.
fn write(response: &MixedPredictResponse, files: &TableArgs) -> Result<(), Failure> {
    let columns = [
        ("row", ExportKind::Integer),
        ("prediction", ExportKind::Number),
        ("se", ExportKind::Number),
        ("remark", ExportKind::Text),
    ];
    let rows =
        response.predictions.iter().zip(&response.se).enumerate().map(|(row, (value, se))| {
            let remark = response.remarks.iter().find(|remark| remark.row == row);
            vec![
                ExportValue::Integer(Some(row as i64 + 1)),
                ExportValue::Number(*value),
                ExportValue::Number(*se),
                ExportValue::Text(remark.map(|remark| said(remark).trim().to_owned())),
            ]
        });
    files.write(&columns, &rows)
}

fn read_model(args: &PredictArgs, model: Model) -> Result<Stored, Failure> {
    let command = match model {
        Model::Linear => "lmm",
        Model::Generalised => "glmm",
    };
    let wrong = |problem: String| {
        let hint = format!("give the file of `seedtest fit {command} --json FILE`");
        Failure::new(format!("{} {problem}", args.model.display()), Some(hint))
    };
    let none = |error: String| wrong(format!("is no fit of a mixed model: {error}"));
    let response: MixedFitResponse = parse_json(&read_text(&args.model)?).map_err(none)?;
    let found = response.model.ok_or_else(|| wrong("holds no model".into()))?;
    let stored: Stored = serde_json::from_value(found).map_err(|error| none(json_fault(&error)))?;
    let is_linear = stored.family == "gaussian";
    if is_linear == (model == Model::Linear) {
        return Ok(stored);
    }
    let other = if is_linear { "lmm" } else { "glmm" };
    Err(Failure::usage(
        format!(
            "{}: a fit of the {} family, from which `predict {command}` does not predict",
            args.model.display(),
            stored.family
        ),
        format!("`seedtest predict {other}` does"),
    ))
}

fn print(response: &MixedPredictResponse, output: &Output) -> Result<(), Failure> {
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.line(&format!("{:>8} {:>14} {:>12}", "row", response.scale, "se"))?;
    let rows = response.predictions.iter().zip(&response.se).enumerate();
    let rows = rows.take(output.rows_shown(SHOWN_ROWS));
    for (row, (value, se)) in rows {
        let text = match se {
            Some(_) => beside(*value, *se),
            None => value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:.6}")),
        };
        let remark = response.remarks.iter().find(|remark| remark.row == row);
        let remark = remark.map_or_else(String::new, said);
        // Rows count from 1, as messages have them.
        let line = format!("{:>8} {text:>14} {:>12}{remark}", row + 1, beside(*se, *se));
        output.line(&line)?;
    }
    match response.n_predictions.checked_sub(output.rows_shown(SHOWN_ROWS)).filter(|&n| n > 0) {
        Some(more) => output.line(&format!("… {more} more; --csv FILE writes all")),
        None => Ok(()),
    }
}

fn said(remark: &MixedRemarkJson) -> String {
    if let Some(reason) = &remark.reason {
        return format!("  {reason}");
    }
    let level = |(group, level): (&str, &Option<String>)| match level {
        Some(level) => format!("new {group} {level}"),
        None => format!("no {group}"),
    };
    format!("  {}", remark.new_levels.iter().map(level).collect::<Vec<_>>().join(", "))
}
