//! Tables that are in memory already, such as a data frame of another program.

use std::sync::Arc;

use super::sample::Sample;
use super::{Advance, push_sample};
use crate::cell::Cell;

/// A table in memory: named columns of equal length, whose cells are looked at where they lie.
pub trait MemoryTable: Send + Sync {
    /// Names of the columns.
    fn names(&self) -> &[String];

    /// Number of rows.
    fn n_rows(&self) -> usize;

    /// The cell of a column at a row, both counted from 0; [`Cell::Null`] in a column that cannot be read.
    fn cell(&self, column: usize, row: usize) -> Cell<'_>;

    /// What a column holds whose cells are no single values, such as `lists`; `None` where they are.
    fn unreadable(&self, column: usize) -> Option<String>;
}

/// Reads the rows of a table in memory one after the other.
pub(crate) struct MemoryGrid {
    table: Arc<dyn MemoryTable>,
    /// The row at hand, from 1.
    at: usize,
}

impl MemoryGrid {
    /// The grid of a table, the names of its columns and its first rows.
    pub(crate) fn open(table: Arc<dyn MemoryTable>) -> (Self, Vec<String>, Sample) {
        let headers = table.names().to_vec();
        let sample = sample_of(&*table);
        (Self { table, at: 0 }, headers, sample)
    }

    /// Looks whether these columns can be read.
    ///
    /// # Errors
    /// The number, name and type of a column that holds no single values.
    pub(crate) fn select(&self, wanted: &[usize]) -> Result<(), (usize, String, String)> {
        let refused = wanted.iter().find_map(|&index| {
            let found = self.table.unreadable(index)?;
            Some((index, self.table.names()[index].clone(), found))
        });
        refused.map_or(Ok(()), Err)
    }

    pub(crate) fn advance(&mut self) -> Advance {
        if self.at == self.table.n_rows() {
            return Advance::End;
        }
        self.at += 1;
        Advance::Row
    }

    pub(crate) fn line(&self) -> u64 {
        self.at as u64
    }

    pub(crate) fn cell(&self, index: usize) -> Cell<'_> {
        match self.at.checked_sub(1) {
            Some(row) if index < self.table.names().len() => self.table.cell(index, row),
            _ => Cell::Null,
        }
    }
}

/// The first rows.
fn sample_of(table: &dyn MemoryTable) -> Sample {
    const MOST_CELLS: usize = 200_000;
    let n_columns = table.names().len();
    let mut sample = Sample::new(n_columns);
    let most_rows = (MOST_CELLS / n_columns.max(1)).clamp(50, 4_096);
    for row in 0..table.n_rows().min(most_rows) {
        if sample.is_full() {
            break;
        }
        sample.start_row(row as u64 + 1);
        for column in 0..n_columns {
            push_sample(&mut sample, column, Ok(table.cell(column, row)));
        }
    }
    sample
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::options::Options;
    use crate::table::{TableColumn, TableOptions, table_in_memory};
    use crate::time::Moment;
    use crate::{Error, log_in_memory};

    /// Rows of cells; a column called `lists` cannot be read.
    struct Rows {
        names: Vec<String>,
        cells: Vec<Vec<Cell<'static>>>,
    }

    impl MemoryTable for Rows {
        fn names(&self) -> &[String] {
            &self.names
        }

        fn n_rows(&self) -> usize {
            self.cells.len()
        }

        fn cell(&self, column: usize, row: usize) -> Cell<'_> {
            self.cells[row][column]
        }

        fn unreadable(&self, column: usize) -> Option<String> {
            (self.names[column] == "lists").then(|| "lists".to_owned())
        }
    }

    fn rows(names: &[&str], cells: Vec<Vec<Cell<'static>>>) -> Arc<dyn MemoryTable> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Arc::new(Rows { names, cells })
    }

    #[test]
    fn typed_cells_are_read_as_those_of_a_file() {
        let answer = |student, item, right| vec![student, Cell::Text(item), right];
        let cells = vec![
            answer(Cell::Integer(7), "q1", Cell::Bool(true)),
            answer(Cell::Float(7.0), " q2 ", Cell::Float(0.0)),
            answer(Cell::Null, "q1", Cell::Integer(1)),
            answer(Cell::Text("8"), "q1", Cell::Null),
        ];
        let table = rows(&["student", "item", "correct"], cells);
        let file = log_in_memory(Path::new("data"), table, &Options::default()).unwrap();
        let ids: Vec<&str> = file.log.students().iter().map(|id| &**id).collect();
        assert_eq!(ids, ["7", "8"]);
        assert_eq!(file.log.items().len(), 2);
        let outcomes: Vec<_> = file.log.outcome().iter().map(|of| of.correct()).collect();
        assert_eq!(outcomes, [Some(true), Some(false), None]);
        assert_eq!((file.counts.read, file.counts.rejected.total()), (4, 1));
    }

    #[test]
    fn a_column_that_holds_no_single_values_is_named_where_it_is_needed() {
        let row = || vec![Cell::Text("s"), Cell::Text("q"), Cell::Null];
        let mut options = Options::default();
        options.map.set(crate::Field::Correct, "lists").unwrap();
        let table = rows(&["student", "item", "lists"], vec![row(), row()]);
        let error = log_in_memory(Path::new("data"), table, &options).unwrap_err();
        assert!(matches!(&error, Error::ColumnType { column, .. } if column == "lists"), "{error}");
    }

    #[test]
    fn columns_of_a_table_have_the_types_of_their_cells() {
        let cells = (0..3).map(|k| {
            let day = Cell::Time(Moment::Day(20_148 + k));
            vec![Cell::Integer(k), Cell::Float(0.5), Cell::Text("a"), day, Cell::Null]
        });
        let names = ["id", "x", "text", "day", "lists"];
        let table = rows(&names, cells.collect());
        let options = TableOptions { naming: vec!["id".into()], ..TableOptions::default() };
        let file = table_in_memory(Path::new("data"), table, &options).unwrap();
        assert_eq!(file.notes, ["lists: holds lists and is left out"]);
        assert_eq!(file.table.column("x"), Some(&TableColumn::Numeric(vec![0.5; 3])));
        let levels = |name: &str| match file.table.column(name) {
            Some(TableColumn::Text { levels, .. }) => {
                levels.iter().map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(levels("id"), ["0", "1", "2"]);
        assert_eq!(levels("day"), ["2025-03-01", "2025-03-02", "2025-03-03"]);
        assert_eq!(file.table.n_rows, 3);
        let empty = rows(&names, Vec::new());
        assert!(table_in_memory(Path::new("data"), empty, &options).is_err());
    }
}
