//! Why a table is not read as one item a column.

use super::look::Look;
use super::shape::Shape;
use super::{CellAt, Recognition};
use crate::error::{Error, OtherValues};
use crate::reject::shortened;
use crate::scoring::Tally;

impl Look<'_> {
    /// What a table is that is not wide; an error where it would be, but for what its cells hold.
    pub(super) fn refusal(
        &self,
        shapes: &[(usize, Shape)],
        has_student: bool,
        is_forced: bool,
    ) -> Result<Recognition, Error> {
        let looks_wide = is_forced || (has_student && shapes.len() > 1);
        if !looks_wide {
            return Ok(Recognition::No { obstacle: None });
        }
        let is_answer = |shape: &Shape| matches!(shape, Shape::Points(_) | Shape::Options);
        let answers: Vec<usize> =
            shapes.iter().filter(|(_, shape)| is_answer(shape)).map(|(index, _)| *index).collect();
        if answers.len() * 2 > shapes.len() && answers.len() > 1 {
            return Err(self.not_right_wrong(&answers));
        }
        Ok(Recognition::No { obstacle: self.obstacle(shapes) })
    }

    pub(super) fn not_right_wrong(&self, columns: &[usize]) -> Error {
        let mut tally = Tally::default();
        for &index in columns {
            self.cells(index).for_each(|cell| tally.see(cell));
        }
        let names: Vec<&str> = columns.iter().map(|index| &*self.headers[*index]).collect();
        let neither = tally.neither();
        let shapes: Vec<_> = columns.iter().map(|index| (*index, Shape::Options)).collect();
        let first = self.obstacle(&shapes);
        Error::NotRightWrong {
            path: self.path.to_owned(),
            column: match names.as_slice() {
                [first, .., last] if names.len() > 2 => format!("{first} … {last}"),
                _ => names.join(", "),
            },
            found: Box::new(OtherValues {
                line: first.as_ref().map_or(0, |cell| cell.line),
                value: first.map_or(String::new(), |cell| cell.value),
                kind: neither.kind,
                values: neither.values,
                unread: neither.unread,
                cells: neither.cells,
            }),
        }
    }

    /// The first cell among the candidates that is no outcome.
    fn obstacle(&self, shapes: &[(usize, Shape)]) -> Option<CellAt> {
        let mut tally = Tally::default();
        for &(index, _) in shapes {
            self.cells(index).for_each(|cell| tally.see(cell));
        }
        let odd = shapes.iter().filter_map(|&(index, _)| {
            let column = self.sample.column(index);
            let row = column
                .cells()
                .position(|cell| !self.options.missing.is_value(cell) && tally.is_odd(cell))?;
            Some((row, index, column.cells().nth(row)?.to_owned()))
        });
        let (row, index, value) = odd.min()?;
        Some(CellAt {
            line: self.sample.line(row),
            column: self.headers[index].clone(),
            value: shortened(&value),
        })
    }
}
