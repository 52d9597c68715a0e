//! A survival fit as the request for it, for a service at another address.

use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};
use seedtest_wire::{Rows, SurvivalFitRequest, SurvivalParams};
use serde_json::{Map, Value, json};

use super::spec::Spec;

/// The request that means a fit of these rows by their columns, and predictions of `newdata`. Penalties,
/// formulas and columns of strata, clusters, weights and offsets are not carried over.
pub fn request_of(rows: &Table, newdata: &Table, spec: &Spec) -> SurvivalFitRequest {
    SurvivalFitRequest {
        rows: objects(rows),
        newdata: Some(objects(newdata)),
        covariates: spec.covariates.clone(),
        params: Some(SurvivalParams {
            family: Some(spec.family.name().into()),
            event_threshold_days: Some(spec.event_threshold_days),
            ..SurvivalParams::default()
        }),
        horizon_days: Some(spec.horizon_days),
        event_threshold_days: Some(spec.event_threshold_days),
        keep_model: Some(true),
        ..SurvivalFitRequest::default()
    }
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
