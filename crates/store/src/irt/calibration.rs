//! The result of a calibration run.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::ability::UserAbility;
use super::item_params::ItemParams;

/// The result of one calibration run.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Id of the run, its key in `mirt_fit_meta`.
    pub run_id: String,
    /// When the run was made; part of the key of its item and ability rows.
    pub fitted_at: DateTime<Utc>,
    /// Name of the model, for example `2PL`.
    pub model: String,
    /// Version of the rows, for example `v1` (batch) or `online`.
    pub version: String,
    /// Parameters per item; ids must differ.
    pub items: Vec<ItemParams>,
    /// Ability per student; ids must differ.
    pub abilities: Vec<UserAbility>,
    /// What was fitted, with `linking_constants` where there are some.
    pub model_spec: Json,
    /// How well it fits.
    pub metrics: Json,
}
