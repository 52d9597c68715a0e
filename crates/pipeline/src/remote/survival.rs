//! Survival fits at another address.

use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};
use seedtest_wire::{Rows, SurvivalFitRequest, SurvivalFitResponse, SurvivalParams};
use serde_json::{Map, Value, json};

use super::Service;
use crate::churn::ChurnSpec;
use crate::error::Error;
use crate::registry::JobLog;

/// Fits and predicts at another address: `POST /survival/fit`. `Err` in the result is the reason of a
/// service that had too little to fit.
pub(crate) async fn fit_survival_remotely(
    service: &Service,
    rows: &Table,
    newdata: &Table,
    spec: &ChurnSpec,
    log: &mut JobLog<'_>,
) -> Result<Result<SurvivalFitResponse, String>, Error> {
    let threshold = f64::from(spec.threshold_days);
    let names = newdata.columns.iter().map(|(name, _)| name.clone()).skip(1).collect();
    let request = SurvivalFitRequest {
        rows: objects(rows),
        newdata: Some(objects(newdata)),
        covariates: Some(names),
        params: Some(SurvivalParams {
            family: Some("cox".into()),
            event_threshold_days: Some(threshold),
            ..SurvivalParams::default()
        }),
        horizon_days: Some(threshold),
        event_threshold_days: Some(threshold),
        keep_model: Some(true),
        ..SurvivalFitRequest::default()
    };
    let answer = service.post("/survival/fit", &serde_json::to_value(request)?, log).await?;
    if answer.get("status").and_then(Value::as_str) == Some("noop") {
        let reason = answer.get("reason").and_then(Value::as_str).unwrap_or("no reason given");
        return Ok(Err(reason.to_owned()));
    }
    Ok(Ok(serde_json::from_value(answer)?))
}

/// The rows of a table as JSON objects.
fn objects(table: &Table) -> Rows {
    let value = |column: &TableColumn, row: usize| match column {
        TableColumn::Numeric(values) => json!(values[row]),
        TableColumn::Text { codes, .. } if codes[row] == MISSING_TEXT => Value::Null,
        TableColumn::Text { levels, codes } => json!(&*levels[codes[row] as usize]),
    };
    let object = |row: usize| {
        let cells = table.columns.iter().map(|(name, column)| (name.clone(), value(column, row)));
        cells.collect::<Map<String, Value>>()
    };
    (0..table.n_rows).map(object).collect()
}
