//! The names and classes that stand beside answers.

use std::path::Path;

use super::error::PeopleError;
use super::sheet::Sheet;
use super::{RosterFile, roster_table};
use crate::error::Error;
use crate::format::Opened;
use crate::options::{Options, Wanted};
use crate::reader;
use crate::table_rows::TableRows;

/// The column of the ids, which the answers have.
const ID: &str = "student_id";

/// Reads the students of a table of answers as a roster: with the ids that their answers get, whatever columns those
/// are of, and with the names and classes beside them. Rows that are no student's are left out.
///
/// # Errors
/// When the file is no table of answers, or gives a student two names.
pub fn read_class_list(path: &Path, options: &Options) -> Result<RosterFile, PeopleError> {
    let file = |error: Error| PeopleError::File { source: Box::new(error) };
    let options = Options { wanted: Wanted::Everything, ..options.clone() };
    let opened = Opened::open(path, &options).map_err(file)?;
    let (grid, plan) = reader::table(opened, &options, &mut Vec::new()).map_err(file)?;
    let names = plan.columns().headers().iter().cloned();
    let headers: Vec<String> = std::iter::once(ID.to_owned()).chain(names).collect();
    let mut table = TableRows::whole(grid, plan, path).map_err(file)?;
    let mut rows = Vec::new();
    while let Some((line, id, texts)) = table.next_student().map_err(file)? {
        rows.push((line, std::iter::once(id).chain(texts).collect()));
    }
    let name = path.display().to_string();
    if rows.is_empty() {
        return Err(PeopleError::Empty { table: name });
    }
    roster_table::read(&Sheet::of_rows(name, headers, rows), &|_| false)
}
