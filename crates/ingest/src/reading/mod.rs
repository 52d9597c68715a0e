//! What the columns of a log are written in, found before the first row is read.

mod found;
mod scores;
mod times;

use std::path::Path;

use found::Found;
pub(crate) use scores::ItemAnswer;
pub use scores::Points;
use times::Times;
pub(crate) use times::When;

use crate::batch::Cells;
use crate::cell::Cell;
use crate::columns::Columns;
use crate::error::Error;
use crate::field::Field;
use crate::grid::Sample;
use crate::identity::are_whole_floats;
use crate::key::Key;
use crate::missing::Missing;
use crate::number_format::NumberFormat;
use crate::options::Options;
use crate::reject::RejectReason;
use crate::right_wrong::says;
use crate::scoring::{self, Scoring};

/// How the cells of each field are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    pub(crate) missing: Missing,
    pub(crate) require_time: bool,
    times: Times,
    scoring: Option<Scoring>,
    right_at: f64,
    right_at_given: bool,
    /// Whether each cell of points has the most that there were, so that one without is a slip.
    needs_maximum: bool,
    key: Option<Key>,
    /// Fields whose ids are whole numbers written with a point.
    whole: [bool; Field::ALL.len()],
    numbers: [NumberFormat; Field::ALL.len()],
    /// What was found out and should be said.
    pub(crate) notes: Vec<String>,
}

impl Reading {
    /// The reading of rows whose cells have types, or say by themselves what they are.
    pub(crate) fn plain(options: &Options) -> Self {
        Self {
            missing: options.missing.clone(),
            require_time: options.require_time(),
            times: Times::plain(),
            scoring: Some(Scoring::RightWrong { ox: false }),
            right_at: options.right_at.unwrap_or(1.0),
            right_at_given: options.right_at.is_some(),
            ..Self::default()
        }
    }

    /// The same for rows that have points out of a maximum.
    pub(crate) fn scored(options: &Options) -> Self {
        Self { scoring: Some(Scoring::Points { max: None }), ..Self::plain(options) }
    }

    /// Finds out what the columns of a table with one answer a row are written in.
    pub(crate) fn of(
        columns: &Columns,
        sample: &Sample,
        options: &Options,
        table: TableFacts<'_>,
    ) -> Result<Self, Error> {
        let mut reading = Self {
            missing: options.missing.clone(),
            require_time: options.require_time(),
            right_at: options.right_at.unwrap_or(1.0),
            right_at_given: options.right_at.is_some(),
            key: table.key.cloned(),
            ..Self::default()
        };
        let found = |field| {
            let index = columns.index(field)?;
            let name = columns.headers()[index].as_str();
            Some(Found { path: table.path, name, column: sample.column(index), sample })
        };
        for field in [Field::Student, Field::Item, Field::Topic, Field::Session, Field::Subject] {
            if let Some(found) = found(field) {
                let cells = found.cells(&reading.missing);
                reading.whole[field as usize] = are_whole_floats(cells);
            }
        }
        for field in [
            Field::ResponseTimeMs,
            Field::ResponseTimeS,
            Field::Hints,
            Field::Correct,
            Field::MaxPoints,
        ] {
            if let Some(found) = found(field) {
                let cells = found.cells(&reading.missing);
                reading.numbers[field as usize] = NumberFormat::detect(cells, table.semicolons);
            }
        }
        reading.scoring = table.scoring;
        if table.scoring.is_none() {
            let has_answer = columns.has(Field::Answer);
            reading.find_scoring(found(Field::Correct), has_answer, columns, options)?;
        }
        reading.notes.extend(table.key.and_then(Key::note));
        reading.find_times(
            found(Field::CompletedAt).as_ref(),
            found(Field::Day).as_ref(),
            options,
        )?;
        Ok(reading)
    }

    /// A field whose column came when the first rows had been looked at already.
    pub(crate) fn take_late(&mut self, field: Field) {
        if field == Field::CompletedAt {
            self.times.take_late();
        }
    }

    pub(crate) fn note_codes(&mut self, column: &str, codes: &[f64]) {
        if codes.is_empty() {
            return;
        }
        for code in codes {
            self.missing.add_code(*code);
        }
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        self.notes.push(format!(
            "{column}: {} read as no answer (--na says otherwise)",
            codes.join(", ")
        ));
    }

    /// Whether no row has a time of its own.
    pub(crate) fn is_untimed(&self) -> bool {
        self.times.are_given()
    }

    /// Whether nothing stands in a cell of an item.
    pub(crate) fn is_blank(&self, cell: Cell<'_>) -> bool {
        match cell {
            Cell::Null => true,
            Cell::Text(text) => self.missing.is_value(text.trim()),
            Cell::Integer(number) => self.missing.is_code(number as f64),
            Cell::Float(number) => number.is_nan() || self.missing.is_code(number),
            Cell::Bool(_) | Cell::Time(_) => false,
        }
    }

    /// From how many points of a maximum on an answer is right.
    pub(crate) fn right_from(&self, max: f64) -> f64 {
        self.right_at * max
    }

    /// A number of a field; `None` where there is none.
    pub(crate) fn number(
        &self,
        cells: &Cells<'_>,
        field: Field,
    ) -> Result<Option<f64>, RejectReason> {
        match cells.get(field) {
            Cell::Text(text) => {
                let text = text.trim();
                if self.missing.is_value(text) {
                    return Ok(None);
                }
                let number = self.numbers[field as usize].parse(text);
                let points = || scoring::number(text).filter(|_| field == Field::MaxPoints);
                number
                    .or_else(|| says(text).map(|says| f64::from(u8::from(says))))
                    .or_else(points)
                    .map(Some)
                    .ok_or(RejectReason::BadNumber)
            }
            cell => Ok(cell.number()?.filter(|number| !self.missing.is_code(*number))),
        }
    }

    /// Whether the ids of a field are whole numbers written with a point.
    pub(crate) fn is_whole(&self, field: Field) -> bool {
        self.whole[field as usize]
    }
}

/// What is known of a table beside its cells.
#[derive(Clone, Copy)]
pub(crate) struct TableFacts<'a> {
    pub(crate) path: &'a Path,
    /// Whether semicolons part its cells, so that a comma may be decimal.
    pub(crate) semicolons: bool,
    pub(crate) key: Option<&'a Key>,
    /// What its correctness is written in, where the system that wrote it is known to.
    pub(crate) scoring: Option<Scoring>,
}
