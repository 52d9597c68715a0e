//! `seedtest predict prophet`.

use std::process::ExitCode;

use seedtest_families::prophet::{Prediction, predict_stored};
use seedtest_ingest::read_table;
use seedtest_numerics::Silent;
use seedtest_wire::ProphetPredictRequest;

use super::args::PredictProphetArgs;
use super::fit::{points, write_points};
use crate::commands::json_file::write_json;
use crate::failure::Failure;
use crate::families::stored::stored_model;
use crate::output::Output;

pub(super) fn run(args: &PredictProphetArgs, output: &Output) -> Result<ExitCode, Failure> {
    let model: seedtest_families::prophet::Stored =
        stored_model(&args.model, "seedtest fit prophet --json FILE")?;
    let future = args.future.as_deref().map(read_table).transpose()?;
    let request = ProphetPredictRequest {
        periods: args.periods,
        freq: args.freq.clone(),
        ..ProphetPredictRequest::default()
    };
    let found = predict_stored(&model, &request, future.as_ref(), &mut Silent)?;
    if let Prediction::Predicted(response) = &found {
        write_points(&response.forecast, &args.table)?;
    }
    match (args.json.as_deref(), &found) {
        (Some(path), _) => write_json(&found, path, output)?,
        (None, Prediction::TooLittle(noop)) => {
            output.line(&format!("nothing was forecast: {}", noop.reason))?;
        }
        (None, Prediction::Predicted(response)) => {
            output.line(&response.why)?;
            for warning in &response.warnings {
                output.line(&format!("warning: {warning}"))?;
            }
            points(&response.forecast, model.spec.plan.prophet.interval_width, output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
