//! `seedtest predict lmm` and `seedtest predict glmm`.

use std::process::ExitCode;

use seedtest_families::mixed::{Scale, Stored, predict_table};
use seedtest_ingest::read_table_with_names;
use seedtest_wire::{MixedFitResponse, MixedPredictResponse};

use super::args::PredictArgs;
use crate::commands::json_file::{read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;

const SHOWN_ROWS: usize = 20;

pub(super) fn run(args: &PredictArgs, scale: Scale, output: &Output) -> Result<ExitCode, Failure> {
    let model = read_model(args)?;
    let naming = model.naming_columns();
    let naming: Vec<&str> = naming.iter().map(String::as_str).collect();
    let table = read_table_with_names(&args.data, &naming)?;
    let response = predict_table(&model, &table, !args.fixed_only, scale)?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => print(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read_model(args: &PredictArgs) -> Result<Stored, Failure> {
    let wrong = |problem: String| {
        let hint =
            "give the file of `seedtest fit lmm --json FILE` or `seedtest fit glmm --json FILE`";
        Failure::new(format!("{}: {problem}", args.model.display()), Some(hint.into()))
    };
    let response: MixedFitResponse =
        serde_json::from_str(&read_text(&args.model)?).map_err(|error| wrong(error.to_string()))?;
    let model = response.model.ok_or_else(|| wrong("holds no model".into()))?;
    serde_json::from_value(model).map_err(|error| wrong(error.to_string()))
}

fn print(response: &MixedPredictResponse, output: &Output) -> Result<(), Failure> {
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.line(&format!("{:>8} {:>14} {:>12}", "row", response.scale, "se"))?;
    for (row, (value, se)) in
        response.predictions.iter().zip(&response.se).enumerate().take(SHOWN_ROWS)
    {
        let se = se.map_or_else(|| "-".to_owned(), |se| format!("{se:.6}"));
        output.line(&format!("{row:>8} {value:>14.6} {se:>12}"))?;
    }
    match response.n_predictions.checked_sub(SHOWN_ROWS).filter(|&n| n > 0) {
        Some(more) => output.line(&format!("… {more} more; --json OUT writes all")),
        None => Ok(()),
    }
}
