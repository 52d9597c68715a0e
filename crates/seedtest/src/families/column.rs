//! Columns of a file under the names that a model looks for, and cells in them that are no numbers.

use std::path::Path;

use seedtest_formula::Formula;
use seedtest_ingest::{OddCell, Table, TableOptions, read_table_file};

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

/// The table of a file for a formula. A column of numbers that the formula uses as such is refused where a
/// few of its cells are texts (`3o`, `absent`): one such cell would make each of its values a category.
/// `naming` are columns that only name something.
pub(super) fn read_for_formula(
    path: &Path,
    naming: Vec<String>,
    formula: &str,
) -> Result<Table, Failure> {
    let file = read_table_file(path, &TableOptions { naming, ..TableOptions::default() })?;
    // A formula that cannot be read is refused by the model, which says where.
    let Ok(parsed) = Formula::parse(formula) else { return Ok(file.table) };
    match file.odd.iter().find(|cell| counts_as_number(&parsed, formula, &cell.column)) {
        Some(cell) => Err(odd(path, cell)),
        None => Ok(file.table),
    }
}

fn counts_as_number(formula: &Formula, text: &str, column: &str) -> bool {
    let is = |names: Vec<String>| names.iter().any(|name| name == column);
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (is(formula.response_columns()) || is(formula.predictor_columns()))
        && !text.contains(&format!("factor({column})"))
}

fn odd(path: &Path, cell: &OddCell) -> Failure {
    let OddCell { line, column, value, odd, numbers } = cell;
    Failure::usage(
        format!(
            "{}: line {line}: column {column} holds {value:?}, which is no number; {odd} of its {} cells are \
             none",
            path.display(),
            odd + numbers
        ),
        format!(
            "correct the cell, or leave it empty where nothing is known; a column of categories: factor({column})"
        ),
    )
}
