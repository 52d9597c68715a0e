//! Rows that were read together: answers, and the rows that were not read.

use std::collections::HashMap;

use seedtest_responses::TimeZone;

use crate::attempt::Attempt;
use crate::cell::Cell;
use crate::counts::UnknownCells;
use crate::field::Field;
use crate::identity::without_zero_fraction;
use crate::reading::{ItemAnswer, Points, Reading, When};
use crate::reject::{Reject, RejectReason, shortened};
use crate::retries::Retries;
use crate::time::Moment;

/// Some rows of a file. Text lives in one buffer that is reused from batch to batch.
#[derive(Debug, Default)]
pub struct Batch {
    text: String,
    rows: Vec<Row>,
    rejects: Vec<Reject>,
    unknown: UnknownCells,
    unanswered: u64,
    /// Students of rows without an answer, and their groups.
    silent: Vec<(Span, Span)>,
    partial: u64,
    /// Rows that were read of which it is known whether the answer was right.
    known: u64,
    /// Whether the instant of a row depends on the rows before it.
    needs_order: bool,
    /// Whether the rows have their instants.
    is_placed: bool,
    zones: Zones,
}

/// Time zones by the names that rows give.
#[derive(Debug, Default)]
struct Zones(HashMap<Box<str>, Option<TimeZone>>);

impl Zones {
    /// Names that are remembered.
    const MOST: usize = 1_000;

    /// The zone of a name; `None` where it is none.
    fn get(&mut self, name: &str) -> Option<&TimeZone> {
        if !self.0.contains_key(name) {
            if self.0.len() >= Self::MOST {
                self.0.clear();
            }
            self.0.insert(name.into(), name.parse().ok());
        }
        self.0.get(name)?.as_ref()
    }
}

#[derive(Debug, Clone, Copy)]
struct Row {
    line: u64,
    at: Option<i64>,
    /// What the source says, until the reader has put it into its time zone.
    moment: Option<Moment>,
    /// Whether the moment is that of all rows.
    is_untimed: bool,
    student: Span,
    item: Span,
    topic: Span,
    session: Span,
    subject: Span,
    group: Span,
    response_time_ms: Option<u32>,
    hints: Option<u32>,
    outcome: Option<bool>,
    points: Option<Points>,
}

/// A stretch of the text buffer; an empty one stands for "no value".
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    length: u32,
}

/// The cells of one row, one per field.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cells<'a>([Cell<'a>; Field::ALL.len()]);

impl<'a> Cells<'a> {
    pub(crate) fn get(&self, field: Field) -> Cell<'a> {
        self.0[field as usize]
    }

    pub(crate) fn set(&mut self, field: Field, cell: Cell<'a>) {
        self.0[field as usize] = cell;
    }
}

/// Why a row cannot be read, and the field at fault.
type Fault = (RejectReason, Field);

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rows that were read, in file order.
    pub fn attempts(&self) -> impl ExactSizeIterator<Item = Attempt<'_>> {
        self.rows.iter().map(|row| Attempt {
            line: row.line,
            student: self.slice(row.student),
            item: self.slice(row.item),
            topic: self.non_empty(row.topic),
            session: self.non_empty(row.session),
            subject: self.non_empty(row.subject),
            group: self.non_empty(row.group),
            at: row.at,
            outcome: row.outcome,
            response_time_ms: row.response_time_ms,
            hints: row.hints,
            points: row.points,
        })
    }

    /// Number of rows that were read.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Number of rows of which it is known whether the answer was right.
    pub(crate) fn n_outcomes(&self) -> u64 {
        self.known
    }

    /// Whether neither a row was read nor one rejected, nor a cell without an answer.
    pub(crate) fn is_nothing(&self) -> bool {
        self.rows.is_empty() && self.rejects.is_empty() && self.unanswered == 0
    }

    /// Whether no row was read.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows of the same stretch of the file that were not read, in file order.
    pub fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// Optional cells of the rows that were read which could not be.
    pub fn unknown(&self) -> &UnknownCells {
        &self.unknown
    }

    /// Cells of a table with one item a column in which nothing stands.
    pub fn unanswered(&self) -> u64 {
        self.unanswered
    }

    pub(crate) fn add_unanswered(&mut self, n: u64) {
        self.unanswered += n;
    }

    /// Students of rows of a table with one item a column that hold no answer, with their groups.
    pub fn silent_students(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.silent.iter().map(|&(student, group)| (self.slice(student), self.non_empty(group)))
    }

    /// Takes note of the student of a row without an answer, where it says who that is.
    pub(crate) fn push_silent(&mut self, cells: &Cells<'_>, reading: &Reading) {
        let text_before = self.text.len();
        match self.id(Field::Student, cells, reading) {
            Ok(student) if student.length > 0 => {
                let group = self.tag(Field::Group, cells, reading);
                self.silent.push((student, group));
            }
            _ => self.text.truncate(text_before),
        }
    }

    /// Answers with part of their points that count as wrong.
    pub fn partial(&self) -> u64 {
        self.partial
    }

    /// Takes note of an optional cell that cannot be read.
    pub(crate) fn note_unknown(&mut self, field: Field) {
        self.unknown.add(field);
    }

    /// Puts the name of the sheet before the values of the rejects from a position on.
    pub(crate) fn name_sheet(&mut self, from: usize, sheet: &str) {
        for reject in &mut self.rejects[from..] {
            reject.value = shortened(&format!("{sheet}: {}", reject.value));
        }
    }

    /// Gives every row its instant: that of `zone`, and of several answers on one day, or of rows without a time, in
    /// their order. Rows later than `latest` become rejects.
    pub(crate) fn place(&mut self, zone: &TimeZone, retries: &mut Retries, latest: Option<i64>) {
        if std::mem::replace(&mut self.is_placed, true) {
            return;
        }
        for position in 0..self.rows.len() {
            let row = self.rows[position];
            let Some(moment) = row.moment else { continue };
            let at = moment.in_zone(zone);
            let order = if row.is_untimed || matches!(moment, Moment::Day(_)) {
                let ids = [row.student, row.item, row.topic];
                retries.order(at, ids.map(|span| self.slice(span)), row.outcome)
            } else {
                0
            };
            self.rows[position].at = Some(at + i64::from(order));
        }
        if let Some(latest) = latest {
            self.reject_later(latest);
        }
    }

    fn reject_later(&mut self, latest: i64) {
        let is_late = |row: &Row| row.moment.is_some() && row.at.is_some_and(|at| at > latest);
        if !self.rows.iter().any(is_late) {
            return;
        }
        let late = self.rows.iter().filter(|row| is_late(row)).map(|row| Reject {
            line: row.line,
            reason: RejectReason::InTheFuture,
            value: row.moment.map_or_else(String::new, |moment| moment.to_string()),
        });
        self.rejects.extend(late);
        self.rejects.sort_by_key(|reject| reject.line);
        self.rows.retain(|row| !is_late(row));
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.rows.clear();
        self.rejects.clear();
        self.unknown.clear();
        self.unanswered = 0;
        self.silent.clear();
        self.partial = 0;
        self.known = 0;
        self.needs_order = false;
        self.is_placed = false;
    }

    fn add(&mut self, row: Row) {
        self.known += u64::from(row.outcome.is_some());
        self.needs_order |= row.is_untimed || matches!(row.moment, Some(Moment::Day(_)));
        self.rows.push(row);
    }

    /// Gives the rows their instants where those of other rows play no part.
    pub(crate) fn place_alone(&mut self, zone: &TimeZone, latest: Option<i64>) {
        if !self.needs_order {
            self.place(zone, &mut Retries::default(), latest);
        }
    }

    /// Whether the batch has reached its size: enough rows, or enough text that it should not grow.
    pub(crate) fn is_full(&self, rows: usize) -> bool {
        const MOST_TEXT: usize = 32 << 20;
        self.rows.len() + self.rejects.len() >= rows || self.text.len() >= MOST_TEXT
    }

    pub(crate) fn reject(&mut self, line: u64, reason: RejectReason, value: String) {
        self.rejects.push(Reject { line, reason, value });
    }

    /// Adds a row, or the reason why it cannot be read.
    pub(crate) fn push(&mut self, line: u64, cells: &Cells<'_>, reading: &Reading) {
        let text_before = self.text.len();
        match self.row(line, cells, None, reading) {
            Ok(row) => self.add(row),
            Err((reason, field)) => {
                self.text.truncate(text_before);
                self.reject(line, reason, cells.get(field).shown());
            }
        }
    }

    /// Adds the answer of a cell of a table with one item a column, or the reason why it cannot be read; one
    /// in which nothing stands is counted.
    pub(crate) fn push_item(
        &mut self,
        line: u64,
        cells: &Cells<'_>,
        answer: ItemAnswer<'_>,
        reading: &Reading,
    ) {
        let text_before = self.text.len();
        match self.row(line, cells, Some(answer), reading) {
            Ok(row) => self.add(row),
            Err((reason, field)) => {
                self.text.truncate(text_before);
                let value = match field {
                    Field::Correct => {
                        let item = cells.get(Field::Item).shown();
                        shortened(&format!("{item}={}", answer.cell.shown()))
                    }
                    _ => cells.get(field).shown(),
                };
                self.reject(line, reason, value);
            }
        }
    }

    fn row(
        &mut self,
        line: u64,
        cells: &Cells<'_>,
        answer: Option<ItemAnswer<'_>>,
        reading: &Reading,
    ) -> Result<Row, Fault> {
        let student = self.id(Field::Student, cells, reading)?;
        if student.length == 0 {
            return Err((RejectReason::MissingStudent, Field::Student));
        }
        let item = self.id(Field::Item, cells, reading)?;
        if item.length == 0 {
            return Err((RejectReason::MissingItem, Field::Item));
        }
        let when = self.when(cells, reading)?;
        let scored = match answer {
            Some(answer) => by(Field::Correct, reading.scored_item(answer))?,
            None => by(reading.scored_field(), reading.scored_cells(cells, self.slice(item)))?,
        };
        self.partial += u64::from(scored.is_partial());
        let hints = if cells.get(Field::Hints) == Cell::Null {
            None
        } else {
            let hints = reading.number(cells, Field::Hints).and_then(|n| count(n, 1.0));
            self.optional(Field::Hints, hints).flatten()
        };
        let response_time_ms = self.response_time(cells, reading);
        let topic = self.tag(Field::Topic, cells, reading);
        let session = self.tag(Field::Session, cells, reading);
        let subject = self.tag(Field::Subject, cells, reading);
        let group = self.tag(Field::Group, cells, reading);
        let (at, moment) = match when {
            When::Unknown => (None, None),
            When::At(moment) | When::Untimed(moment) => (None, Some(moment)),
            When::Order(place) => (Some(place), None),
        };
        Ok(Row {
            line,
            at,
            moment,
            is_untimed: matches!(when, When::Untimed(_)),
            student,
            item,
            topic,
            session,
            subject,
            group,
            response_time_ms,
            hints,
            outcome: scored.outcome,
            points: scored.points,
        })
    }

    /// The time of a row, which may be unknown where nobody needs it.
    fn when(&mut self, cells: &Cells<'_>, reading: &Reading) -> Result<When, Fault> {
        let zone = match cells.get(Field::TimeZone) {
            Cell::Text(name) if !name.trim().is_empty() => self.zones.get(name.trim()),
            _ => None,
        };
        let when = reading.when(cells, zone);
        if !reading.require_time {
            return Ok(self.optional(Field::CompletedAt, when).unwrap_or(When::Unknown));
        }
        match when {
            Ok(When::Unknown) => Err((RejectReason::MissingTime, Field::CompletedAt)),
            other => by(Field::CompletedAt, other),
        }
    }

    /// A value that may be missing: one that cannot be read is counted.
    fn optional<T>(&mut self, field: Field, value: Result<T, RejectReason>) -> Option<T> {
        value.inspect_err(|_| self.unknown.add(field)).ok()
    }

    /// Milliseconds, from the column of milliseconds or else of seconds; 0 means "not recorded".
    fn response_time(&mut self, cells: &Cells<'_>, reading: &Reading) -> Option<u32> {
        let mut read = |field, scale| {
            if cells.get(field) == Cell::Null {
                return None;
            }
            let value = reading.number(cells, field).and_then(|number| count(number, scale));
            self.optional(field, value).flatten()
        };
        let in_ms = read(Field::ResponseTimeMs, 1.0);
        let in_s = read(Field::ResponseTimeS, 1_000.0);
        in_ms.or(in_s).filter(|&ms| ms > 0)
    }

    /// An id; an empty one where it is missing.
    fn id(&mut self, field: Field, cells: &Cells<'_>, reading: &Reading) -> Result<Span, Fault> {
        let start = self.text.len();
        let cell = cells.get(field);
        match cell {
            Cell::Text(text) if reading.is_whole(field) => {
                let text = text.trim();
                by(
                    field,
                    Cell::Text(without_zero_fraction(text).unwrap_or(text))
                        .append_id(&mut self.text),
                )?;
            }
            _ => by(field, cell.append_id(&mut self.text))?,
        }
        if matches!(cell, Cell::Text(_)) && reading.missing.is_word(&self.text[start..]) {
            self.text.truncate(start);
        }
        Ok(Span { start: start as u32, length: (self.text.len() - start) as u32 })
    }

    /// An id that may be missing.
    #[inline]
    fn tag(&mut self, field: Field, cells: &Cells<'_>, reading: &Reading) -> Span {
        if cells.get(field) == Cell::Null {
            return Span::default();
        }
        let start = self.text.len();
        if let Ok(span) = self.id(field, cells, reading) {
            return span;
        }
        self.text.truncate(start);
        self.unknown.add(field);
        Span::default()
    }

    fn slice(&self, span: Span) -> &str {
        &self.text[span.start as usize..(span.start + span.length) as usize]
    }

    fn non_empty(&self, span: Span) -> Option<&str> {
        (span.length > 0).then(|| self.slice(span))
    }
}

fn by<T>(field: Field, value: Result<T, RejectReason>) -> Result<T, Fault> {
    value.map_err(|reason| (reason, field))
}

/// A count or duration, multiplied by `scale` and rounded. Databases hold it in 32 bits with a sign.
fn count(value: Option<f64>, scale: f64) -> Result<Option<u32>, RejectReason> {
    let Some(value) = value else { return Ok(None) };
    let scaled = (value * scale).round();
    if (0.0..=f64::from(i32::MAX)).contains(&scaled) {
        Ok(Some(scaled as u32))
    } else {
        Err(RejectReason::BadNumber)
    }
}
