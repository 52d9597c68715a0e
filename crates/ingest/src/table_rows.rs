//! The answers of a table, row by row.

use std::path::Path;

use crate::batch::{Batch, Cells};
use crate::cell::Cell;
use crate::columns::Columns;
use crate::error::Error;
use crate::field::Field;
use crate::grid::{Advance, Grid, Sample};
use crate::key::Key;
use crate::options::Options;
use crate::reading::{Reading, TableFacts};
use crate::source::Progress;
use crate::systems::{Recipe, System, Table, TableRule, pisa_options, require_named};
use crate::wide::{CellAt, Recognition, WideTable};

/// Reads the answers of a table.
pub(crate) struct TableRows {
    grid: Grid,
    plan: Plan,
    rows: u64,
    late: usize,
}

/// What is done with each row.
pub(crate) struct Plan {
    columns: Columns,
    reading: Reading,
    layout: Layout,
    options: Options,
    /// The system that wrote the table.
    pub(crate) system: Option<System>,
}

enum Layout {
    /// One answer a row.
    Long { cells: Vec<(Field, usize)>, rule: TableRule },
    /// One student a row, one item a column.
    Wide(Box<WideTable>),
}

/// A table whose plan is to be made.
pub(crate) struct Planned<'a> {
    pub(crate) path: &'a Path,
    pub(crate) headers: Vec<String>,
    pub(crate) sample: &'a Sample,
    /// Whether semicolons part its cells.
    pub(crate) semicolons: bool,
}

impl Plan {
    /// Finds out which column is what, and what it is written in.
    pub(crate) fn of(table: Planned<'_>, options: &Options) -> Result<Self, Error> {
        let Planned { path, headers, sample, semicolons } = table;
        let key = options.key.as_deref().map(Key::read).transpose()?;
        let facts = TableFacts { path, semicolons, key: key.as_ref(), scoring: None };
        let system = Table::of(&headers, options);
        require_named(system.as_ref(), &headers, options, path)?;
        match system {
            Some(Table::Long(recipe)) => Self::by_recipe(headers, sample, options, facts, &recipe),
            Some(Table::Wide(System::Pisa)) => {
                let options = &pisa_options(&headers, options);
                let found = WideTable::recognise(path, &headers, sample, options, key.as_ref())?;
                match found {
                    Recognition::Wide(wide) => {
                        Self::wide(headers, sample, options, facts, *wide, Some(System::Pisa))
                    }
                    Recognition::No { .. } => Self::long(headers, sample, options, facts),
                }
            }
            Some(Table::Wide(system)) => {
                let wide = system.wide_table(&headers, options, path)?;
                Self::wide(headers, sample, options, facts, wide, Some(system))
            }
            None => {
                let found = WideTable::recognise(path, &headers, sample, options, key.as_ref())?;
                match found {
                    Recognition::Wide(wide) => {
                        Self::wide(headers, sample, options, facts, *wide, None)
                    }
                    Recognition::No { obstacle } => Self::long(headers, sample, options, facts)
                        .map_err(|error| not_wide(error, obstacle)),
                }
            }
        }
    }

    fn long(
        headers: Vec<String>,
        sample: &Sample,
        options: &Options,
        facts: TableFacts<'_>,
    ) -> Result<Self, Error> {
        let columns = Columns::find(headers, options, facts.path)?;
        columns.require(options, facts.path)?;
        let reading = Reading::of(&columns, sample, options, facts)?;
        let cells = columns.positions().collect();
        let layout = Layout::Long { cells, rule: TableRule::default() };
        Ok(Self { columns, reading, layout, options: options.clone(), system: None })
    }

    fn by_recipe(
        headers: Vec<String>,
        sample: &Sample,
        options: &Options,
        facts: TableFacts<'_>,
        recipe: &Recipe,
    ) -> Result<Self, Error> {
        let matched = recipe.columns(&headers, options, facts.path)?;
        let columns = Columns::of(headers, &matched, false);
        let rule = recipe.rule(columns.headers(), facts.path);
        let needs_key = columns.has(Field::Answer) && !columns.has(Field::Correct);
        if needs_key && facts.key.is_none() && !columns.has(Field::Key) {
            return Err(Error::NeedsKey { path: facts.path.to_owned(), system: recipe.system });
        }
        let options = &recipe.options(options);
        let facts = TableFacts { scoring: recipe.scoring(), ..facts };
        let mut reading = Reading::of(&columns, sample, options, facts)?;
        recipe.inform(&mut reading);
        let cells = columns.positions().collect();
        let system = Some(recipe.system);
        Ok(Self {
            columns,
            reading,
            layout: Layout::Long { cells, rule },
            options: options.clone(),
            system,
        })
    }

    fn wide(
        headers: Vec<String>,
        sample: &Sample,
        options: &Options,
        facts: TableFacts<'_>,
        wide: WideTable,
        system: Option<System>,
    ) -> Result<Self, Error> {
        wide.require_distinct_items(facts.path)?;
        let columns = Columns::of(headers, &wide.of_row, true);
        if options.require_time() {
            let has_time = columns.has(Field::CompletedAt) || columns.has(Field::Day);
            if !has_time && options.time_start.is_none() {
                return Err(Error::MissingColumn {
                    path: facts.path.to_owned(),
                    field: Field::CompletedAt,
                    headers: columns.headers().to_vec(),
                });
            }
        }
        let mut reading = Reading::of(&columns, sample, options, facts)?;
        wide.inform(&mut reading);
        let layout = Layout::Wide(Box::new(wide));
        Ok(Self { columns, reading, layout, options: options.clone(), system })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// What was found out and should be said.
    pub(crate) fn notes(&self) -> &[String] {
        &self.reading.notes
    }

    /// The table, where it has one item a column.
    pub(crate) fn wide_table(&self) -> Option<&WideTable> {
        match &self.layout {
            Layout::Wide(wide) => Some(wide),
            Layout::Long { .. } => None,
        }
    }

    fn wanted(&self) -> Vec<usize> {
        match &self.layout {
            Layout::Wide(wide) => wide.wanted(),
            Layout::Long { cells, rule } => {
                cells.iter().map(|(_, column)| *column).chain(rule.columns()).collect()
            }
        }
    }
}

/// Why a table without a column of items is not one item a column either.
fn not_wide(error: Error, obstacle: Option<CellAt>) -> Error {
    match (error, obstacle) {
        (Error::MissingColumn { path, field: Field::Item, headers }, Some(cell)) => {
            let CellAt { line, column, value } = cell;
            Error::NotWide { path, headers, line, column, value }
        }
        (error, _) => error,
    }
}

impl TableRows {
    pub(crate) fn new(mut grid: Grid, plan: Plan, path: &Path) -> Result<Self, Error> {
        let wanted = plan.wanted();
        grid.select(&wanted).map_err(|(index, column, found)| {
            let field = plan.columns.positions().find(|(_, at)| *at == index);
            let field = field.map_or(Field::Item, |(field, _)| field);
            Error::ColumnType { path: path.to_owned(), field, column, found }
        })?;
        Ok(Self { grid, plan, rows: 0, late: 0 })
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) fn progress(&self) -> Option<Progress> {
        self.grid.progress()
    }

    /// Adds rows to `batch` until it holds `rows` of them or the table ends.
    pub(crate) fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<(), Error> {
        while !batch.is_full(rows) {
            match self.grid.advance()? {
                Advance::End => break,
                Advance::Rejected(found) => batch.reject(found.line, found.reason, found.value),
                Advance::Row => self.push_row(batch),
            }
        }
        Ok(())
    }

    fn push_row(&mut self, batch: &mut Batch) {
        self.take_late();
        if self.is_empty_row() {
            return;
        }
        self.rows += 1;
        let line = self.grid.line();
        let reading = &self.plan.reading;
        match &self.plan.layout {
            Layout::Wide(wide) => wide.push_row(&self.grid, self.rows, batch, reading),
            Layout::Long { cells: plan, rule } => {
                let mut item = String::new();
                let mut cells = Cells::default();
                for &(field, index) in plan {
                    match self.grid.cell(index) {
                        Ok(cell) => cells.set(field, cell),
                        Err(reason) => return batch.reject(line, reason, self.shown(field, index)),
                    }
                }
                match rule.apply(&self.grid, &mut cells, &mut item) {
                    Ok(()) => batch.push(line, &cells, reading),
                    Err((reason, value)) => batch.reject(line, reason, value),
                }
            }
        }
    }

    /// Whether nothing stands in the row, as spreadsheets leave rows below a table.
    fn is_empty_row(&self) -> bool {
        let student = self.plan.columns.index(Field::Student);
        let has_student = student.is_some_and(|index| match self.grid.cell(index) {
            Ok(Cell::Null) => false,
            Ok(Cell::Text(text)) => !text.trim().is_empty(),
            _ => true,
        });
        !has_student && self.grid.is_blank()
    }

    /// A cell that cannot be read, for a message: its bytes, or the name of its field.
    fn shown(&self, field: Field, index: usize) -> String {
        match &self.grid {
            Grid::Text(grid) => grid.shown(index),
            _ => field.name().to_owned(),
        }
    }

    /// Keys of JSON objects that the first ones did not have.
    fn take_late(&mut self) {
        let Grid::Json(grid) = &self.grid else { return };
        let Layout::Long { cells, .. } = &mut self.plan.layout else { return };
        let known = self.late;
        for (name, column) in grid.late_since(known) {
            self.late += 1;
            if let Some(field) = self.plan.columns.take_late(name, column, &self.plan.options) {
                cells.push((field, column));
                self.plan.reading.take_late(field);
            }
        }
    }
}
