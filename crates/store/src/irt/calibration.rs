//! Writing the result of a calibration run: items, abilities and its record.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::ability::{self, MIRT_ABILITY, UserAbility};
use super::fit_meta::{self, MIRT_FIT_META};
use super::item_params::{self, ItemParams, MIRT_ITEM_PARAMS};
use crate::engine::timestamp;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};

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

impl Tx {
    /// Writes items, abilities and the record of a run. Rows of the same version and time are
    /// replaced, so writing a run twice leaves one; other runs stay as history.
    ///
    /// # Errors
    /// [`Error::BadValue`] for an item or student that comes twice, a θ or standard error that is
    /// not a finite number, or a time outside the years 1–9999; nothing is written then.
    pub async fn write_calibration(&mut self, run: &Calibration) -> Result<(), Error> {
        check(run)?;
        let mut session = self.session();
        let items: Vec<Value<'_>> =
            run.items.iter().flat_map(|item| item_params::calibrated(run, item)).collect();
        MIRT_ITEM_PARAMS.upsert().run(&mut session, &items).await?;
        let abilities: Vec<Value<'_>> =
            run.abilities.iter().flat_map(|of| ability::calibrated(run, of)).collect();
        MIRT_ABILITY.upsert().run(&mut session, &abilities).await?;
        MIRT_FIT_META.upsert().run_one(&mut session, &fit_meta::values(run)).await?;
        Ok(())
    }
}

fn check(run: &Calibration) -> Result<(), Error> {
    if !timestamp::is_storable(run.fitted_at) {
        let (table, column, fault) = (MIRT_FIT_META.name, "fitted_at", ValueFault::Year);
        return Err(Error::BadValue { table, row: 0, column, fault });
    }
    let items = run.items.iter().map(|item| &*item.item_id);
    check_distinct(MIRT_ITEM_PARAMS.name, "item_id", items)?;
    let users = run.abilities.iter().map(|ability| &*ability.user_id);
    check_distinct(MIRT_ABILITY.name, "user_id", users)?;
    for (row, of) in run.abilities.iter().enumerate() {
        ability::check(row, &of.user_id, of.theta, of.se)?;
    }
    Ok(())
}

fn check_distinct<'a>(
    table: &'static str,
    column: &'static str,
    ids: impl Iterator<Item = &'a str>,
) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for (row, id) in ids.enumerate() {
        if !seen.insert(id) {
            let fault = ValueFault::Repeated { id: id.to_owned() };
            return Err(Error::BadValue { table, row, column, fault });
        }
    }
    Ok(())
}
