//! What is done with each row of a system's table beside matching its columns.

use crate::batch::Cells;
use crate::cell::Cell;
use crate::field::{Field, normalised};
use crate::grid::Grid;
use crate::missing::is_usual;
use crate::reject::RejectReason;

/// Rows that are answers: those whose cell says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filter {
    /// The column, in normalised spelling.
    pub(crate) column: &'static str,
    /// What its cell may hold, in normalised spelling; a row with another value tells of something else.
    pub(crate) kept: &'static [&'static str],
}

/// Words of an outcome that are neither right nor wrong by themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutcomeWords {
    /// A first step that asks for help counts as wrong, with a hint.
    pub(crate) hint: &'static [&'static str],
}

/// What is done with each row.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableRule {
    pub(super) item_part: Option<usize>,
    pub(super) filter: Option<(Filter, usize)>,
    pub(super) outcome_words: Option<OutcomeWords>,
    pub(super) max_points: Option<f64>,
    pub(super) student: Option<String>,
}

/// Why a row is left out, and the value at fault.
type Fault = (RejectReason, String);

impl TableRule {
    /// Columns that it reads.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        self.item_part.into_iter().chain(self.filter.map(|(_, column)| column))
    }

    /// Whether there is nothing to do.
    fn is_idle(&self) -> bool {
        self.item_part.is_none()
            && self.filter.is_none()
            && self.outcome_words.is_none()
            && self.max_points.is_none()
            && self.student.is_none()
    }

    /// Completes the cells of a row; `item` keeps a name that is made of two cells.
    pub(crate) fn apply<'r>(
        &'r self,
        grid: &'r Grid,
        cells: &mut Cells<'r>,
        item: &'r mut String,
    ) -> Result<(), Fault> {
        if self.is_idle() {
            return Ok(());
        }
        if let Some((filter, column)) = self.filter {
            let cell = grid.cell(column).unwrap_or_default().shown();
            let is_kept = filter.kept.contains(&normalised(&cell).as_str());
            if !is_kept {
                return Err((RejectReason::NotAnAnswer, cell));
            }
        }
        if let Some(student) = &self.student
            && cells.get(Field::Student) == Cell::Null
        {
            cells.set(Field::Student, Cell::Text(student));
        }
        if let Some(max) = self.max_points {
            cells.set(Field::MaxPoints, Cell::Float(max));
        }
        if let Some(words) = self.outcome_words {
            outcome(words, cells)?;
        }
        if let Some(column) = self.item_part {
            let fault = |reason| (reason, String::new());
            cells.get(Field::Item).append_id(item).map_err(fault)?;
            let mut part = String::new();
            grid.cell(column).and_then(|cell| cell.append_id(&mut part)).map_err(fault)?;
            if !item.is_empty() && !is_usual(&part) {
                item.push('/');
                item.push_str(&part);
            }
            cells.set(Field::Item, Cell::Text(item));
        }
        Ok(())
    }
}

/// A hint in place of an answer is a wrong answer; no outcome at all is no answer.
fn outcome(words: OutcomeWords, cells: &mut Cells<'_>) -> Result<(), Fault> {
    let Cell::Text(text) = cells.get(Field::Correct) else { return Ok(()) };
    let text = text.trim();
    if text.is_empty() || is_usual(text) {
        return Err((RejectReason::NotAnAnswer, String::new()));
    }
    if words.hint.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        cells.set(Field::Correct, Cell::Bool(false));
        if cells.get(Field::Hints).is_blank() {
            cells.set(Field::Hints, Cell::Integer(1));
        }
    }
    Ok(())
}
