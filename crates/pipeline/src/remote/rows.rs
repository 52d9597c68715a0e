//! A calibration as jobs store it.

use seedtest_wire::{CalibrateResponse, GroupJson};
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

/// What the job stores of a calibration, wherever it was made. Everything but ids and numbers may
/// be missing: older services send less.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CalibrationRows {
    #[serde(default)]
    pub(crate) item_params: Vec<ItemRow>,
    #[serde(default)]
    pub(crate) abilities: Vec<AbilityRow>,
    /// Ability distribution of every group, where there are groups.
    #[serde(default)]
    pub(crate) groups: Vec<GroupJson>,
    #[serde(default)]
    pub(crate) fit_meta: Value,
    #[serde(default)]
    pub(crate) skipped: Value,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    /// Comparisons of the groups item by item, where they were asked for; else null.
    #[serde(default)]
    pub(crate) dif: Value,
}

/// One item.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ItemRow {
    pub(crate) item_id: String,
    pub(crate) params: Value,
    #[serde(default)]
    pub(crate) se: Value,
    #[serde(default)]
    pub(crate) check_key: bool,
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
