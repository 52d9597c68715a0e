//! Options of a call, and the tables they are about.

use std::path::Path;
use std::sync::Arc;

use seedtest_families::Error;
use seedtest_fault::FaultKind;
use seedtest_ingest::{Table, TableOptions, table_in_memory};
use seedtest_wire::read_noting_unknown;
use serde::de::{Deserialize, DeserializeOwned};
use serde_json::Value;

use crate::fault::Fault;
use crate::frame::Frame;

/// What messages call a data frame.
pub(crate) const NAME: &str = "data";

/// Reads options as the request that means them. An option that nobody reads is a mistake.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    let (request, unknown) = read_noting_unknown(text).map_err(Error::Malformed)?;
    match unknown.first() {
        None => Ok(request),
        Some(name) => {
            let hint = "mend the name, or leave it out";
            Err(Fault::new(FaultKind::Setting, format!("{name} is no option"), hint))
        }
    }
}

/// The columns of a data frame, those that name something as texts, and what was found out about them.
pub(crate) fn table(frame: Frame, options: &TableOptions) -> Result<(Table, Vec<String>), Fault> {
    let file = table_in_memory(Path::new(NAME), Arc::new(frame), options)?;
    let odd = file.odd.iter().map(|cell| {
        format!(
            "row {}: column {} holds {:?} among numbers: each of its values counts as a category",
            cell.line, cell.column, cell.value
        )
    });
    let notes = file.notes.iter().cloned().chain(odd).collect();
    Ok((file.table, notes))
}

/// The same with these columns as texts.
pub(crate) fn table_with_names(
    frame: Frame,
    naming: Vec<String>,
) -> Result<(Table, Vec<String>), Fault> {
    table(frame, &TableOptions { naming, ..TableOptions::default() })
}

/// Calls the column `name` `wanted`; `option` is what named it.
pub(crate) fn rename(
    table: &mut Table,
    option: &str,
    name: &str,
    wanted: &str,
) -> Result<(), Fault> {
    require_column(table, option, name)?;
    table.rename(name, wanted);
    Ok(())
}

/// Refuses a name that no column has; `option` is what named it.
pub(crate) fn require_column(table: &Table, option: &str, name: &str) -> Result<(), Fault> {
    if table.column(name).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let message = format!("{option}: no column is called {name}");
    Err(Fault::new(FaultKind::Setting, message, &format!("columns: {}", names.join(", "))))
}

/// The stored model in the JSON of a fit, under this key.
pub(crate) fn stored<M: DeserializeOwned>(json: &str, key: &str) -> Result<M, Fault> {
    let wrong =
        |what: String| Fault::new(FaultKind::NoModel, what, "predict from a fit that was kept");
    let mut fit: Value = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
    let model = fit.get_mut(key).map_or(Value::Null, Value::take);
    if model.is_null() {
        return Err(wrong("the fit holds no model to predict from".into()));
    }
    serde_json::from_value(model)
        .map_err(|error| wrong(format!("the model of the fit is of another kind: {error}")))
}
