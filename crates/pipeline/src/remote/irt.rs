//! Calibration at another address.

use chrono::{DateTime, SecondsFormat};
use seedtest_families::irt;
use seedtest_responses::{Answers, ResponseLog};
use seedtest_wire::CalibrateResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Service;
use crate::error::Error;
use crate::registry::JobLog;

/// What the job stores of a calibration, wherever it was made. Everything but ids and numbers may
/// be missing: older services send less.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CalibrationRows {
    #[serde(default)]
    pub(crate) item_params: Vec<ItemRow>,
    #[serde(default)]
    pub(crate) abilities: Vec<AbilityRow>,
    #[serde(default)]
    pub(crate) fit_meta: Value,
    #[serde(default)]
    pub(crate) skipped: Value,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

/// One item.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ItemRow {
    pub(crate) item_id: String,
    pub(crate) params: Value,
    #[serde(default)]
    pub(crate) se: Value,
    #[serde(default)]
    pub(crate) n: Option<u32>,
}

/// One student.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AbilityRow {
    pub(crate) user_id: String,
    pub(crate) theta: f64,
    #[serde(default)]
    pub(crate) se: Option<f64>,
}

impl CalibrationRows {
    /// The rows of a calibration made in this process.
    pub(crate) fn of(response: &CalibrateResponse) -> Result<Self, Error> {
        Ok(serde_json::from_value(serde_json::to_value(response)?)?)
    }

    /// The map to the anchor scale as the service names it; null when it sent none.
    pub(crate) fn linking_constants(&self) -> &Value {
        let constants = &self.fit_meta["linking_constants"];
        if constants.is_null() {
            &self.fit_meta["model_spec"]["linking_constants"]
        } else {
            constants
        }
    }
}

/// Calibrates at another address: `POST /irt/calibrate`.
pub(crate) async fn calibrate_remotely(
    service: &Service,
    log: &ResponseLog,
    answers: &Answers,
    spec: &irt::Spec,
    job_log: &mut JobLog<'_>,
) -> Result<CalibrationRows, Error> {
    job_log.info("Calling R IRT service...");
    let observations: Vec<Value> = (0..answers.item.len())
        .map(|position| {
            let at = DateTime::from_timestamp_micros(log.at()[answers.row[position] as usize]);
            json!({
                "user_id": log.students()[answers.student[position] as usize],
                "item_id": log.items()[answers.item[position] as usize],
                "is_correct": answers.correct[position] == 1,
                "responded_at": at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            })
        })
        .collect();
    let mut body = json!({
        "observations": observations,
        "model": spec.model.model.name(),
        "anchors": spec.anchors,
        "max_iter": spec.model.max_iter,
        "priors": spec.model.priors,
    });
    if spec.linking.name() != "auto" {
        body["linking_method"] = json!(spec.linking.name());
    }
    let answer = service.post("/irt/calibrate", &body, job_log).await?;
    Ok(serde_json::from_value(answer)?)
}
