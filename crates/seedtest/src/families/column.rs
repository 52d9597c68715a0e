//! Columns of a file under the names that a model looks for, and cells in them that are no numbers.

use std::path::Path;

use seedtest_formula::Formula;
use seedtest_ingest::{OddCell, Table, TableOptions, read_table_file};

use crate::failure::Failure;
use crate::output::Output;

/// Calls the column `name` of the table `wanted`; `flag` is what named it. Another column of that name
/// goes, since it would be taken for the one that was named.
pub(super) fn rename(
    table: &mut Table,
    flag: &str,
    name: &str,
    wanted: &str,
) -> Result<(), Failure> {
    known(table, flag, name)?;
    table.rename(name, wanted);
    Ok(())
}

/// Refuses a name that no column of the table has; `flag` is what named it.
pub(super) fn known(table: &Table, flag: &str, name: &str) -> Result<(), Failure> {
    if table.column(name).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    Err(Failure::usage(
        format!("{flag}: no column is called {name}"),
        format!("columns: {}", names.join(", ")),
    ))
}

/// What a model makes of the columns of a file.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'a> {
    /// The formula; without one every column but the naming ones counts as numbers.
    pub(super) formula: Option<&'a str>,
    /// Columns that only name something.
    pub(super) naming: Vec<String>,
    /// Columns of numbers besides those of the formula, such as weights.
    pub(super) numbers: Vec<String>,
    /// The names under which a column of the formula is looked for.
    pub(super) names_of: fn(&str) -> Vec<String>,
}

/// The table of a file; what was found out about it is said.
pub(super) fn read_noted(path: &Path, output: &Output) -> Result<Table, Failure> {
    let file = read_table_file(path, &TableOptions::default())?;
    note(path, &file.notes, output);
    Ok(file.table)
}

/// The table of a file of students; what names them stays text, so that `001` and `1` are two: `id`, or a column with
/// a usual name.
pub(super) fn read_students(
    path: &Path,
    id: Option<&String>,
    output: &Output,
) -> Result<Table, Failure> {
    let naming = id.into_iter().cloned().collect();
    let options = TableOptions { naming, students_are_named: true, ..TableOptions::default() };
    let file = read_table_file(path, &options)?;
    note(path, &file.notes, output);
    Ok(file.table)
}

fn note(path: &Path, notes: &[String], output: &Output) {
    for note in notes {
        output.note(&format!("{}: {note}", path.display()));
    }
}

/// The table of a file for a formula. A column of numbers that the formula uses as such is refused where a
/// few of its cells are texts (`3o`, `absent`): one such cell would make each of its values a category.
pub(super) fn read_for_formula(
    path: &Path,
    wanted: &Wanted<'_>,
    output: &Output,
) -> Result<Table, Failure> {
    let naming = wanted.naming.clone();
    let file = read_table_file(path, &TableOptions { naming, ..TableOptions::default() })?;
    note(path, &file.notes, output);
    match file.odd.iter().find(|cell| wanted.is_number(&cell.column)) {
        Some(cell) => Err(odd(path, cell)),
        None => Ok(file.table),
    }
}

/// The table of a file of rows to predict; the cells of `naming` columns name something. What is no number where the
/// fit had numbers is left for the model to name: such a row has no prediction, and the others have one.
pub(super) fn read_to_predict(
    path: &Path,
    naming: Vec<String>,
    output: &Output,
) -> Result<Table, Failure> {
    let file = read_table_file(path, &TableOptions { naming, ..TableOptions::default() })?;
    note(path, &file.notes, output);
    Ok(file.table)
}

impl Wanted<'_> {
    fn is_number(&self, column: &str) -> bool {
        if self.numbers.iter().any(|name| name == column) {
            return true;
        }
        let Some(text) = self.formula else {
            return self.naming.iter().all(|name| name != column);
        };
        // A formula that cannot be read is refused by the model, which says where.
        let Ok(formula) = Formula::parse(text) else { return false };
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let is_meant = |name: &String| {
            let names = (self.names_of)(name);
            names.iter().any(|own| own == column) && !plain.contains(&format!("factor({name})"))
        };
        formula.response_columns().iter().chain(&formula.predictor_columns()).any(is_meant)
    }
}

/// A column goes by its own name.
pub(super) fn own_name(name: &str) -> Vec<String> {
    vec![name.to_owned()]
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
