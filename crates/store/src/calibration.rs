use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::bulk::BulkInsert;
use crate::error::Error;
use crate::timestamp;
use crate::tx::Tx;
use crate::value::Value;

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

/// Parameters of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemParams {
    /// Text id of the item.
    pub item_id: String,
    /// Parameters by name, for example `{"a": 1.2, "b": -0.3}`.
    pub params: Json,
}

/// Ability of one student.
#[derive(Debug, Clone, PartialEq)]
pub struct UserAbility {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Ability on the θ scale.
    pub theta: f64,
    /// Standard error; `None` = not known.
    pub se: Option<f64>,
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
        let item_values: Vec<Value<'_>> = run.items.iter().flat_map(|i| item_row(run, i)).collect();
        BulkInsert {
            table: "mirt_item_params",
            columns: &["item_id", "model", "params", "version", "run_id", "fitted_at"],
            on_conflict: "ON CONFLICT (item_id, version, fitted_at) DO UPDATE SET \
                model = excluded.model, params = excluded.params, run_id = excluded.run_id",
        }
        .run(&mut session, &item_values)
        .await?;
        let ability_values: Vec<Value<'_>> =
            run.abilities.iter().flat_map(|a| ability_row(run, a)).collect();
        BulkInsert {
            table: "mirt_ability",
            columns: &["user_id", "theta", "se", "model", "version", "run_id", "fitted_at"],
            on_conflict: "ON CONFLICT (user_id, version, fitted_at) DO UPDATE SET \
                theta = excluded.theta, se = excluded.se, model = excluded.model, \
                run_id = excluded.run_id",
        }
        .run(&mut session, &ability_values)
        .await?;
        session
            .execute(
                "INSERT INTO mirt_fit_meta (run_id, model_spec, metrics, fitted_at) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (run_id) DO UPDATE SET \
                 model_spec = excluded.model_spec, metrics = excluded.metrics, \
                 fitted_at = excluded.fitted_at",
                &[
                    Value::text(&run.run_id),
                    Value::json(&run.model_spec),
                    Value::json(&run.metrics),
                    Value::time(run.fitted_at),
                ],
            )
            .await?;
        Ok(())
    }
}

fn item_row<'a>(run: &'a Calibration, item: &'a ItemParams) -> [Value<'a>; 6] {
    [
        Value::text(&item.item_id),
        Value::text(&run.model),
        Value::json(&item.params),
        Value::text(&run.version),
        Value::text(&run.run_id),
        Value::time(run.fitted_at),
    ]
}

fn ability_row<'a>(run: &'a Calibration, ability: &'a UserAbility) -> [Value<'a>; 7] {
    [
        Value::text(&ability.user_id),
        Value::Real(Some(ability.theta)),
        Value::Real(ability.se),
        Value::text(&run.model),
        Value::text(&run.version),
        Value::text(&run.run_id),
        Value::time(run.fitted_at),
    ]
}

fn check(run: &Calibration) -> Result<(), Error> {
    if !timestamp::is_storable(run.fitted_at) {
        let reason = "lies outside the years 1 to 9999".to_owned();
        return Err(Error::BadValue {
            table: "mirt_fit_meta",
            row: 0,
            column: "fitted_at",
            reason,
        });
    }
    check_distinct("mirt_item_params", "item_id", run.items.iter().map(|item| &*item.item_id))?;
    let users = run.abilities.iter().map(|ability| &*ability.user_id);
    check_distinct("mirt_ability", "user_id", users)?;
    for (row, ability) in run.abilities.iter().enumerate() {
        let numbers = [("theta", Some(ability.theta)), ("se", ability.se)];
        let bad = numbers.into_iter().find(|(_, number)| number.is_some_and(|n| !n.is_finite()));
        if let Some((column, Some(number))) = bad {
            let reason = format!("of {} is {number}", ability.user_id);
            return Err(Error::BadValue { table: "mirt_ability", row, column, reason });
        }
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
            return Err(Error::BadValue {
                table,
                row,
                column,
                reason: format!("{id} comes twice"),
            });
        }
    }
    Ok(())
}
