//! Columns of a file under the names that a model looks for.

use seedtest_ingest::Table;

use crate::failure::Failure;

/// Calls the column `name` of the table `wanted`; `flag` is what named it. Another column of that name
/// goes, since it would be taken for the one that was named.
pub(super) fn rename(
    table: &mut Table,
    flag: &str,
    name: &str,
    wanted: &str,
) -> Result<(), Failure> {
    let names: Vec<String> = table.columns.iter().map(|(name, _)| name.clone()).collect();
    if !names.iter().any(|known| known == name) {
        return Err(Failure::usage(
            format!("{flag}: no column is called {name}"),
            format!("columns: {}", names.join(", ")),
        ));
    }
    table.columns.retain(|(known, _)| known == name || known != wanted);
    for (known, _) in table.columns.iter_mut().filter(|(known, _)| known == name) {
        wanted.clone_into(known);
    }
    Ok(())
}
