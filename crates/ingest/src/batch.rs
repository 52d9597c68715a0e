//! Rows that were read together: answers, and the rows that were not read.

use seedtest_responses::TimeZone;

use crate::attempt::Attempt;
use crate::cell::Cell;
use crate::field::Field;
use crate::instant::Moment;
use crate::reject::{Reject, RejectReason};
use crate::retries::Retries;

/// Some rows of a file. Text lives in one buffer that is reused from batch to batch.
#[derive(Debug, Default)]
pub struct Batch {
    text: String,
    rows: Vec<Row>,
    rejects: Vec<Reject>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    line: u64,
    at: Option<i64>,
    /// What the source says, until the reader has put it into its time zone.
    moment: Option<Moment>,
    student: Span,
    item: Span,
    topic: Span,
    session: Span,
    subject: Span,
    group: Span,
    response_time_ms: Option<u32>,
    hints: Option<u32>,
    outcome: Option<bool>,
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
        })
    }

    /// Number of rows that were read.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row was read.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows of the same stretch of the file that were not read, in file order.
    pub fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// Gives every row its instant: that of `zone`, and of several answers on one day in their order.
    pub(crate) fn place(&mut self, zone: &TimeZone, retries: &mut Retries) {
        for position in 0..self.rows.len() {
            let row = self.rows[position];
            let Some(moment) = row.moment else { continue };
            let at = moment.in_zone(zone);
            let order = match moment {
                Moment::Day(day) => {
                    let ids = [row.student, row.item, row.topic];
                    retries.order(day, ids.map(|span| self.slice(span)), row.outcome)
                }
                Moment::Instant(_) | Moment::Local(_) => 0,
            };
            self.rows[position].at = Some(at + i64::from(order));
        }
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.rows.clear();
        self.rejects.clear();
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
    pub(crate) fn push(&mut self, line: u64, cells: &Cells<'_>, require_time: bool) {
        let text_before = self.text.len();
        match self.row(line, cells, require_time) {
            Ok(row) => self.rows.push(row),
            Err((reason, field)) => {
                self.text.truncate(text_before);
                self.reject(line, reason, cells.get(field).shown());
            }
        }
    }

    fn row(&mut self, line: u64, cells: &Cells<'_>, require_time: bool) -> Result<Row, Fault> {
        let moment = by(Field::CompletedAt, cells.get(Field::CompletedAt).moment())?;
        if require_time && moment.is_none() {
            return Err((RejectReason::MissingTime, Field::CompletedAt));
        }
        let outcome = by(Field::Correct, cells.get(Field::Correct).outcome())?;
        let hints = by(Field::Hints, cells.get(Field::Hints).count(1.0))?;
        let response_time_ms = response_time(cells)?;
        let student = self.id(Field::Student, cells)?;
        if student.length == 0 {
            return Err((RejectReason::MissingStudent, Field::Student));
        }
        let item = self.id(Field::Item, cells)?;
        if item.length == 0 {
            return Err((RejectReason::MissingItem, Field::Item));
        }
        let topic = self.tag(Field::Topic, cells)?;
        let session = self.tag(Field::Session, cells)?;
        let subject = self.tag(Field::Subject, cells)?;
        let group = self.tag(Field::Group, cells)?;
        Ok(Row {
            line,
            at: None,
            moment,
            student,
            item,
            topic,
            session,
            subject,
            group,
            response_time_ms,
            hints,
            outcome,
        })
    }

    fn id(&mut self, field: Field, cells: &Cells<'_>) -> Result<Span, Fault> {
        let start = self.text.len();
        by(field, cells.get(field).append_id(&mut self.text))?;
        Ok(Span { start: start as u32, length: (self.text.len() - start) as u32 })
    }

    /// An id that may be missing, also in the ways tools write "no value".
    fn tag(&mut self, field: Field, cells: &Cells<'_>) -> Result<Span, Fault> {
        if cells.get(field).is_blank() { Ok(Span::default()) } else { self.id(field, cells) }
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

/// Milliseconds, from the column of milliseconds or else of seconds; 0 means "not recorded".
fn response_time(cells: &Cells<'_>) -> Result<Option<u32>, Fault> {
    let in_ms = by(Field::ResponseTimeMs, cells.get(Field::ResponseTimeMs).count(1.0))?;
    let in_s = by(Field::ResponseTimeS, cells.get(Field::ResponseTimeS).count(1_000.0))?;
    Ok(in_ms.or(in_s).filter(|&ms| ms > 0))
}
