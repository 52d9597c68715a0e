//! The answers of a table, row by row.

use std::path::Path;
use std::sync::Arc;

use crate::batch::{Batch, Cells};
use crate::cell::Cell;
use crate::columns::Columns;
use crate::described::{self, DescribedColumn, describe};
use crate::error::Error;
use crate::field::Field;
use crate::grid::{Advance, Grid, Sample, TextGrid};
use crate::identity::without_zero_fraction;
use crate::key::{Key, KeyedLog};
use crate::options::Options;
use crate::reading::{Reading, TableFacts};
use crate::reject::RejectReason;
use crate::source::Progress;
use crate::student_key::{self, AnswerColumns, FillDown, Form, Who};
use crate::student_watch::StudentWatch;
use crate::summary_rows::{Labels, StatedRow};
use crate::systems::{Recipe, System, Table, TableRule, pisa_options, require_named};
use crate::wide::{CellAt, Look, Recognition, WideTable};

/// Reads the answers of a table.
pub(crate) struct TableRows {
    grid: Grid,
    /// That of other stretches of the same text, too.
    plan: Arc<Plan>,
    rows: u64,
    late: usize,
    watch: Option<StudentWatch>,
    /// The id of the row at hand, where it is of several columns or looked at twice.
    id: String,
    /// How the columns of the id are written.
    forms: Vec<Form>,
    /// Classes that stand on their first row alone.
    classes: FillDown,
    /// Blank rows behind the last row that was read.
    blank: u64,
}

/// What is done with each row.
pub(crate) struct Plan {
    columns: Columns,
    reading: Reading,
    layout: Layout,
    options: Options,
    labels: Labels,
    /// Columns whose blank cells have the value above them.
    to_fill: Vec<usize>,
    described: Vec<DescribedColumn>,
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
        let labels = Labels::of(&table.headers, options);
        let whole = table.sample;
        let (sample, stated) = labels.part(whole);
        let missing = &options.missing;
        let to_fill = student_key::columns_to_fill(&table.headers, &sample, missing);
        let sample = sample.filled_down(&to_fill, |cell| missing.is_word(cell));
        let mut plan = Self::with(Planned { sample: &sample, ..table }, options, &stated)?;
        plan.to_fill = to_fill;
        let summaries = labels.note(whole, plan.columns.index(Field::Item));
        plan.labels = labels;
        plan.tell(&sample, summaries);
        Ok(plan)
    }

    /// Says which column is what.
    fn tell(&mut self, sample: &Sample, summaries: Option<String>) {
        let (columns, wide) = (&self.columns, self.wide_table());
        let described = describe(columns, wide, sample, &self.options, self.system.is_some());
        let line = described::line(columns, wide);
        let of_student = columns.student_key().note.clone();
        let notes = &mut self.reading.notes;
        notes.splice(0..0, line.into_iter().chain(of_student));
        notes.extend(summaries);
        let parts = columns.student_parts();
        let filled = self.to_fill.iter().filter(|at| parts.contains(at));
        notes.extend(filled.map(|at| {
            let name = &columns.headers()[*at];
            format!(
                "{name} stands on the first row of each block alone: the rows below have its value"
            )
        }));
        self.described = described;
    }

    fn with(table: Planned<'_>, options: &Options, stated: &[StatedRow]) -> Result<Self, Error> {
        let Planned { path, headers, sample, semicolons } = table;
        let mut key = options.key.as_deref().map(Key::read).transpose()?;
        for (column, item) in headers.iter().enumerate() {
            let Some(key) = &mut key else { break };
            let missing = &options.missing;
            key.settle(item, sample.column(column).cells().filter(|cell| !missing.is_value(cell)))?;
        }
        let facts = TableFacts { path, semicolons, key: key.as_ref(), scoring: None };
        let system = Table::of(&headers, options);
        require_named(system.as_ref(), &headers, options, path)?;
        match system {
            Some(Table::Long(recipe)) => Self::by_recipe(headers, sample, options, facts, &recipe),
            Some(Table::Wide(System::Pisa)) => {
                let options = &pisa_options(&headers, options);
                let key = key.as_ref();
                let look = Look { path, headers: &headers, sample, options, key, stated };
                match WideTable::recognise(&look)? {
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
                let key = key.as_ref();
                let look = Look { path, headers: &headers, sample, options, key, stated };
                match WideTable::recognise(&look)? {
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
        let mut columns = Columns::find(headers, options, facts.path)?;
        find_students(&mut columns, sample, options, facts.path, &[])?;
        columns.require(options, facts.path)?;
        let log = KeyedLog { path: facts.path, columns: &columns, sample, options };
        let key = facts.key.map(|key| log.settled(key)).transpose()?;
        let own = log.own_key()?;
        let facts = TableFacts { key: key.as_ref(), ..facts };
        let mut reading = Reading::of(&columns, sample, options, facts)?;
        reading.notes.extend(own.note());
        let cells = columns.positions().collect();
        let layout = Layout::Long { cells, rule: TableRule::default() };
        Ok(Self::made(columns, reading, layout, options, None))
    }

    fn by_recipe(
        headers: Vec<String>,
        sample: &Sample,
        options: &Options,
        facts: TableFacts<'_>,
        recipe: &Recipe,
    ) -> Result<Self, Error> {
        let matched = recipe.columns(&headers, options, facts.path)?;
        let mut columns = Columns::of(headers, &matched, false);
        if options.id.len() > 1 {
            find_students(&mut columns, sample, options, facts.path, &[])?;
        }
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
        let layout = Layout::Long { cells, rule };
        Ok(Self::made(columns, reading, layout, options, Some(recipe.system)))
    }

    fn wide(
        headers: Vec<String>,
        sample: &Sample,
        options: &Options,
        facts: TableFacts<'_>,
        mut wide: WideTable,
        system: Option<System>,
    ) -> Result<Self, Error> {
        wide.require_distinct_items(facts.path)?;
        let mut columns = Columns::of(headers, &wide.of_row, true);
        if system.is_none() || options.id.len() > 1 {
            let items: Vec<usize> = wide.item_columns().collect();
            find_students(&mut columns, sample, options, facts.path, &items)?;
            wide.set_student(columns.student_parts().first().copied());
            if columns.student_key().of_sheets {
                let names = (0..sample.n_sheets()).filter_map(|at| sample.sheet_name(at));
                let parts = columns.student_parts().iter();
                let who: Vec<&str> = parts.map(|at| columns.headers()[*at].as_str()).collect();
                wide.part_by_sheets(names.map(str::to_owned).collect(), &who);
            }
        }
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
        Ok(Self::made(columns, reading, layout, options, system))
    }

    fn made(
        columns: Columns,
        reading: Reading,
        layout: Layout,
        options: &Options,
        system: Option<System>,
    ) -> Self {
        let options = options.clone();
        let (labels, to_fill, described) = (Labels::default(), Vec::new(), Vec::new());
        Self { columns, reading, layout, options, labels, to_fill, described, system }
    }

    /// Whether no row has a time of its own.
    pub(crate) fn is_untimed(&self) -> bool {
        self.reading.is_untimed()
    }

    /// What stands in each column and what it is read as.
    pub(crate) fn described(&self) -> &[DescribedColumn] {
        &self.described
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
        let of_layout = match &self.layout {
            Layout::Wide(wide) => wide.wanted(),
            Layout::Long { cells, rule } => {
                cells.iter().map(|(_, column)| *column).chain(rule.columns()).collect()
            }
        };
        let key = self.columns.student_key();
        let mut wanted: Vec<usize> =
            of_layout.iter().chain(&key.parts).chain(&key.beside).copied().collect();
        wanted.extend(&self.to_fill);
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }
}

/// Finds the columns that together say who a student is. `items`: columns of answers.
fn find_students(
    columns: &mut Columns,
    sample: &Sample,
    options: &Options,
    path: &Path,
    items: &[usize],
) -> Result<(), Error> {
    let found = columns.index(Field::Student);
    let others = columns.positions().filter(|(field, _)| *field != Field::Student);
    let taken: Vec<usize> = others.map(|(_, at)| at).chain(items.iter().copied()).collect();
    let headers = columns.headers();
    let is_wide = columns.is_wide();
    let outcome = columns.index(Field::Correct).or(columns.index(Field::Answer));
    let occasion = [Field::CompletedAt, Field::Day, Field::Session];
    let occasion = occasion.into_iter().filter_map(|field| columns.index(field)).collect();
    let answers = columns.index(Field::Item).zip(outcome);
    let answers = answers.filter(|_| !is_wide);
    let answers = answers.map(|(item, outcome)| AnswerColumns { item, outcome, occasion });
    let who = Who { path, headers, sample, options, is_wide, taken: &taken, answers };
    let key = who.key(found)?;
    columns.set_student(key);
    Ok(())
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
    pub(crate) fn new(grid: Grid, plan: Plan, path: &Path) -> Result<Self, Error> {
        let wanted = plan.wanted();
        Self::selecting(&wanted, grid, plan, path)
    }

    /// The same with every column at hand.
    pub(crate) fn whole(grid: Grid, plan: Plan, path: &Path) -> Result<Self, Error> {
        let all: Vec<usize> = (0..plan.columns.headers().len()).collect();
        Self::selecting(&all, grid, plan, path)
    }

    fn selecting(wanted: &[usize], mut grid: Grid, plan: Plan, path: &Path) -> Result<Self, Error> {
        grid.select(wanted).map_err(|(index, column, found)| {
            let field = plan.columns.positions().find(|(_, at)| *at == index);
            let field = field.map_or(Field::Item, |(field, _)| field);
            Error::ColumnType { path: path.to_owned(), field, column, found }
        })?;
        let watch = StudentWatch::of(plan.columns.student_key());
        let headers = plan.columns.headers();
        let parts = plan.columns.student_parts();
        let forms = parts.iter().map(|at| Form::of(&headers[*at])).collect();
        let classes = FillDown::of(&plan.to_fill);
        let (id, rows, late, blank) = (String::new(), 0, 0, 0);
        let plan = Arc::new(plan);
        Ok(Self { grid, plan, rows, late, watch, id, forms, classes, blank })
    }

    /// The rows of a stretch of a text whose rows do not depend on each other.
    pub(crate) fn of_stretch(grid: TextGrid, plan: Arc<Plan>) -> Self {
        let headers = plan.columns.headers();
        let forms = plan.columns.student_parts().iter().map(|at| Form::of(&headers[*at])).collect();
        let (id, classes) = (String::new(), FillDown::default());
        let grid = Grid::Text(Box::new(grid));
        Self { grid, plan, rows: 0, late: 0, watch: None, id, forms, classes, blank: 0 }
    }

    /// The text and the plan, where no row depends on those before it; else the rows as they were.
    pub(crate) fn into_stretches(self) -> Result<(TextGrid, Arc<Plan>), Box<Self>> {
        let is_numbered =
            self.plan.wide_table().is_some() && self.plan.columns.student_parts().is_empty();
        if self.watch.is_some() || !self.plan.to_fill.is_empty() || is_numbered || self.rows > 0 {
            return Err(Box::new(self));
        }
        match self.grid {
            Grid::Text(grid) => Ok((*grid, self.plan)),
            grid => Err(Box::new(Self { grid, ..self })),
        }
    }

    /// The rows of a text that were read; 0 of another table.
    pub(crate) fn text_rows(&self) -> u64 {
        match &self.grid {
            Grid::Text(grid) => grid.rows(),
            _ => 0,
        }
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
                Advance::Rejected(found) => {
                    self.classes.forget();
                    batch.reject(found.line, found.reason, found.value);
                }
                Advance::Row => {
                    let before = batch.rejects().len();
                    self.push_row(batch);
                    if let Some(sheet) = self.grid.sheet() {
                        batch.name_sheet(before, sheet);
                    }
                }
            }
        }
        Ok(())
    }

    /// Moves to the next row of a student, and gives its line, the id, and the texts of all columns; `None` at the end
    /// of the table.
    ///
    /// # Errors
    /// When the table cannot be read on.
    pub(crate) fn next_student(&mut self) -> Result<Option<(u64, String, Vec<String>)>, Error> {
        loop {
            match self.grid.advance()? {
                Advance::End => return Ok(None),
                Advance::Rejected(_) => {
                    self.classes.forget();
                    continue;
                }
                Advance::Row => {}
            }
            let is_stated = self.plan.wide_table().is_some_and(|wide| wide.passes_over(&self.grid));
            let is_label = self.plan.labels.of_row(&self.grid).is_some() && self.has_no_item();
            if self.is_empty_row() || is_stated || is_label {
                continue;
            }
            self.classes.see(&self.grid, &self.plan.reading.missing);
            let Some(id) = self.find_student().ok().and_then(|()| self.student_id()) else {
                continue;
            };
            let text = |index: usize| {
                let above = self.classes.value(index).map(str::to_owned);
                above.unwrap_or_else(|| self.grid.shown(index).trim().to_owned())
            };
            let texts = (0..self.plan.columns.headers().len()).map(text).collect();
            return Ok(Some((self.grid.line(), id, texts)));
        }
    }

    /// The id of the row at hand, as its answers have it.
    fn student_id(&self) -> Option<String> {
        if !self.id.is_empty() {
            return Some(self.id.clone());
        }
        let [index] = self.plan.columns.student_parts() else { return None };
        let mut id = String::new();
        self.grid.cell(*index).ok()?.append_id(&mut id).ok()?;
        let reading = &self.plan.reading;
        let is_whole = reading.is_whole(Field::Student);
        let whole = without_zero_fraction(&id).filter(|_| is_whole).map(str::to_owned);
        let id = whole.unwrap_or(id);
        (!reading.missing.is_word(&id)).then_some(id)
    }

    fn push_row(&mut self, batch: &mut Batch) {
        self.take_late();
        let names_student = self.names_student();
        if !names_student && self.is_empty_row() {
            self.blank += 1;
            return;
        }
        let line = self.grid.line();
        if self.plan.wide_table().is_some_and(|wide| wide.passes_over(&self.grid)) {
            return;
        }
        if !names_student
            && let Some((_, word)) = self.plan.labels.of_row(&self.grid)
            && self.has_no_item()
        {
            return batch.reject(line, RejectReason::SummaryRow, word);
        }
        self.push_blank(batch);
        self.rows += 1;
        self.classes.see(&self.grid, &self.plan.reading.missing);
        if let Err((reason, value)) = self.find_student() {
            return batch.reject(line, reason, value);
        }
        let student = (!self.id.is_empty()).then_some(Cell::Text(&self.id));
        let reading = &self.plan.reading;
        match &self.plan.layout {
            Layout::Wide(wide) => {
                let numbered = self.plan.columns.student_parts().is_empty();
                let student = student.or(numbered.then_some(Cell::Integer(self.rows as i64)));
                wide.push_row(&self.grid, student, batch, reading);
            }
            Layout::Long { cells: plan, rule } => {
                let mut item = String::new();
                let mut cells = Cells::default();
                for &(field, index) in plan {
                    let above = self.classes.value(index).filter(|_| field == Field::Group);
                    let cell = above.map_or_else(|| self.grid.cell(index), |it| Ok(Cell::Text(it)));
                    match cell {
                        Ok(cell) => cells.set(field, cell),
                        Err(_) if field == Field::Student && student.is_some() => {}
                        Err(RejectReason::NoFormulaValue)
                            if field.is_optional(reading.require_time) =>
                        {
                            batch.note_unknown(field);
                        }
                        Err(reason) => return batch.reject(line, reason, self.shown(field, index)),
                    }
                }
                if let Some(student) = student {
                    cells.set(Field::Student, student);
                }
                match rule.apply(&self.grid, &mut cells, &mut item) {
                    Ok(()) => batch.push(line, &cells, reading),
                    Err((reason, value)) => batch.reject(line, reason, value),
                }
            }
        }
    }

    /// Whether the one cell that could say that the row is no student's has a digit, as nearly every id: it is neither
    /// blank nor one of the words that do.
    fn names_student(&self) -> bool {
        let Some(column) = self.plan.labels.only() else { return false };
        let is_student = self.plan.columns.index(Field::Student) == Some(column);
        let has_digit = |cell: Cell<'_>| match cell {
            Cell::Text(text) => text.bytes().any(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        is_student && self.grid.cell(column).is_ok_and(has_digit)
    }

    /// In a text whose rows are the students, a blank row before another one is a student who answered nothing, and the
    /// next one keeps the number of its own row.
    fn push_blank(&mut self, batch: &mut Batch) {
        let n = std::mem::take(&mut self.blank);
        let Some(wide) = self.plan.wide_table() else { return };
        if !self.plan.columns.student_parts().is_empty() || !matches!(self.grid, Grid::Text(_)) {
            return;
        }
        for _ in 0..n {
            self.rows += 1;
            let mut cells = Cells::default();
            cells.set(Field::Student, Cell::Integer(self.rows as i64));
            batch.add_unanswered(wide.items().len() as u64);
            batch.push_silent(&cells, &self.plan.reading);
        }
    }

    /// Whether the row at hand names no item, as one of sums does not.
    fn has_no_item(&self) -> bool {
        let item = self.plan.columns.index(Field::Item);
        item.is_none_or(|index| self.grid.cell(index).is_ok_and(|cell| cell.is_blank()))
    }

    /// Puts the student's id together where it is of several columns, and looks whether it is another student's.
    fn find_student(&mut self) -> Result<(), (RejectReason, String)> {
        self.id.clear();
        let parts = self.plan.columns.student_parts();
        if parts.len() > 1 {
            let mut texts = Vec::with_capacity(parts.len());
            for (&index, form) in parts.iter().zip(&self.forms) {
                let mut text = String::new();
                let cell = match self.classes.value(index) {
                    Some(class) => Ok(Cell::Text(class)),
                    None => self.grid.cell(index),
                };
                let read = cell.and_then(|cell| cell.append_id(&mut text));
                read.map_err(|reason| (reason, self.shown(Field::Student, index)))?;
                if self.plan.reading.missing.is_word(&text) {
                    let name = &self.plan.columns.headers()[index];
                    return Err((RejectReason::MissingStudent, format!("{name} is empty")));
                }
                form.put(&text, &mut texts);
            }
            student_key::join(&texts, &mut self.id);
        }
        let Some(watch) = &mut self.watch else { return Ok(()) };
        let mut alone = String::new();
        if self.id.is_empty()
            && let [index] = parts
        {
            // What cannot be read is rejected with the row.
            let _ = self.grid.cell(*index).and_then(|cell| cell.append_id(&mut alone));
        }
        let id = if self.id.is_empty() { &alone } else { &self.id };
        if !id.is_empty() && watch.is_other(id, &self.grid) {
            return Err((RejectReason::SharedId, id.clone()));
        }
        Ok(())
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
        let shown = self.grid.shown(index);
        if shown.is_empty() { field.name().to_owned() } else { shown }
    }

    /// Keys of JSON objects that the first ones did not have.
    fn take_late(&mut self) {
        let Grid::Json(grid) = &self.grid else { return };
        // Nobody else has the plan of a table that is no text.
        let Some(plan) = Arc::get_mut(&mut self.plan) else { return };
        let Plan { layout, columns, reading, options, .. } = plan;
        let Layout::Long { cells, .. } = layout else { return };
        let known = self.late;
        for (name, column) in grid.late_since(known) {
            self.late += 1;
            if let Some(field) = columns.take_late(name, column, options) {
                cells.push((field, column));
                reading.take_late(field);
            }
        }
    }
}
