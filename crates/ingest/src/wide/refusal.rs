//! Why a table is not read as one item a column.

use super::look::Look;
use super::shape::Shape;
use super::{CellAt, Recognition};
use crate::error::{Error, OtherValues};
use crate::reject::shortened;
use crate::scoring::{self, NeitherKind, Tally};

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
            return Err(self.not_right_wrong(&answers, None));
        }
        let holds_marks =
            |(index, shape): &&(usize, Shape)| *shape == Shape::Other && self.holds_marks(*index);
        let marks: Vec<usize> =
            shapes.iter().filter(holds_marks).map(|(index, _)| *index).collect();
        if marks.len() * 2 > shapes.len() && marks.len() > 1 {
            return Err(self.not_right_wrong(&marks, Some(NeitherKind::ItemPoints)));
        }
        Ok(Recognition::No { obstacle: self.obstacle(shapes) })
    }

    /// Whether the cells of a column may be points: nearly all are numbers from 0 to a thousand.
    fn holds_marks(&self, index: usize) -> bool {
        const MOST: f64 = 1_000.0;
        let (mut cells, mut marks) = (0, 0);
        for cell in self.cells(index) {
            cells += 1;
            marks += usize::from(scoring::number(cell).is_some_and(|n| (0.0..=MOST).contains(&n)));
        }
        cells > 0 && marks * 20 >= cells * 19
    }

    /// Columns that hold something else than right and wrong; `kind`: what, where their cells do not say it.
    pub(super) fn not_right_wrong(&self, columns: &[usize], kind: Option<NeitherKind>) -> Error {
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
                kind: kind.unwrap_or(neither.kind),
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
