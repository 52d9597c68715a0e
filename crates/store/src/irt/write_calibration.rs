//! Writing the result of a calibration run: items, abilities and its record.

use std::collections::HashSet;

use super::ability::{self, MIRT_ABILITY};
use super::calibration::Calibration;
use super::fit_meta::{self, MIRT_FIT_META};
use super::item_params::{self, MIRT_ITEM_PARAMS};
use crate::engine::timestamp;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};

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
