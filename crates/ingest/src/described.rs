//! What stands in the columns of a table, and what they are read as.

use crate::columns::Columns;
use crate::field::Field;
use crate::glob::fits;
use crate::grid::Sample;
use crate::options::Options;
use crate::reject::{list_names, shortened};
use crate::student_key::names_student;
use crate::wide::WideTable;

/// A column of a table with what it is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedColumn {
    /// Its name.
    pub name: String,
    /// The field it holds, `item` for a column of answers to one item; `None` = not read.
    pub meaning: Option<String>,
    /// Why.
    pub why: String,
    /// Its first values, at most three.
    pub first: Vec<String>,
}

/// Values that are shown.
const SHOWN: usize = 3;

/// Describes the columns of a table.
pub(crate) fn describe(
    columns: &Columns,
    wide: Option<&WideTable>,
    sample: &Sample,
    options: &Options,
    by_system: bool,
) -> Vec<DescribedColumn> {
    let describe = |(index, name): (usize, &String)| {
        let (meaning, why) = told(index, name, columns, wide, options, by_system);
        let column = sample.column(index);
        let cells = (0..sample.n_rows()).map(|row| column.shown(row));
        let first = cells.filter(|cell| !cell.is_empty()).take(SHOWN).map(|cell| shortened(&cell));
        DescribedColumn { name: name.clone(), meaning, why, first: first.collect() }
    };
    columns.headers().iter().enumerate().map(describe).collect()
}

fn told(
    index: usize,
    name: &str,
    columns: &Columns,
    wide: Option<&WideTable>,
    options: &Options,
    by_system: bool,
) -> (Option<String>, String) {
    let parts = columns.student_parts();
    if parts.len() > 1 && parts.contains(&index) {
        let why =
            if options.id.is_empty() { "with others the student's id" } else { "as --id says" };
        return (Some(Field::Student.name().to_owned()), why.to_owned());
    }
    if let Some((field, _)) = columns.positions().find(|(_, at)| *at == index) {
        let why = if options.map.column(field).is_some() {
            "as --map says"
        } else if by_system {
            "as the system names it"
        } else if Field::from_alias(name).is_some_and(|(known, _)| known == field) {
            "by its name"
        } else {
            "it tells the rows apart"
        };
        return (Some(field.name().to_owned()), why.to_owned());
    }
    if let Some(wide) = wide {
        if let Some(how) = wide.how(index) {
            return (Some(Field::Item.name().to_owned()), how);
        }
        if let Some((_, why)) = wide.others().iter().find(|(other, _)| other == name) {
            return (None, (*why).to_owned());
        }
    }
    if options.ignored.iter().any(|ignored| fits(ignored, name)) {
        return (None, "as --ignore says".to_owned());
    }
    if names_student(name) {
        return (None, "other columns tell students apart".to_owned());
    }
    (None, "nothing is known by this name".to_owned())
}

/// One line of which column is what.
pub(crate) fn line(columns: &Columns, wide: Option<&WideTable>) -> Option<String> {
    let headers = columns.headers();
    let of_student: Vec<&str> =
        columns.student_parts().iter().map(|at| headers[*at].as_str()).collect();
    let mut told = Vec::new();
    if !of_student.is_empty() {
        let what = if of_student.len() > 1 { "columns" } else { "column" };
        told.push(format!("student: {what} {}", of_student.join(" + ")));
    } else if wide.is_some() {
        told.push("student: the number of the row".to_owned());
    }
    let others = columns.matched().filter(|(field, _)| *field != Field::Student);
    told.extend(others.map(|(field, name)| format!("{field}: column {name}")));
    let is_read = |index: &usize| {
        columns.positions().any(|(_, at)| at == *index) || columns.student_parts().contains(index)
    };
    // Those of a wide table that are no items are told with the reason.
    let is_told = |index: &usize| {
        wide.is_some_and(|wide| {
            wide.how(*index).is_some()
                || wide.item_columns().any(|column| column == *index)
                || wide.others().iter().any(|(name, _)| *name == headers[*index])
        })
    };
    let left: Vec<String> = (0..headers.len())
        .filter(|index| !is_told(index) && !is_read(index) && !headers[*index].is_empty())
        .map(|index| headers[index].clone())
        .collect();
    let mut line = told.join(", ");
    if !left.is_empty() {
        line.push_str("; not read: ");
        line.push_str(&list_names(&left));
    }
    (!line.is_empty()).then_some(line)
}
