//! Rows that were not read, with their reason.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io;

/// Why a row was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// The student id is empty.
    MissingStudent,
    /// The item id is empty.
    MissingItem,
    /// The session id of an exam document is empty.
    MissingSession,
    /// An id is longer than 1 000 bytes.
    IdTooLong,
    /// The time is empty, and the caller needs one.
    MissingTime,
    /// The time is in none of the formats that are read.
    BadTime,
    /// The time lies outside the years 1990 to 2100.
    TimeOutOfRange,
    /// Correctness is neither right, wrong nor empty.
    BadCorrect,
    /// Points are no number from 0 to their maximum.
    BadPoints,
    /// The key has no such item.
    NoKey,
    /// A response time, hint count or score is no number of its range.
    BadNumber,
    /// The id of an exam document is no UUID.
    BadUuid,
    /// A cell is not valid UTF-8 or holds a NUL character.
    BadEncoding,
    /// The line is no JSON object.
    BadJson,
    /// The row has more cells than the header.
    TooManyFields,
    /// The row has fewer cells than the header.
    TooFewFields,
    /// A quoted cell is still open where the next rows start.
    UnclosedQuote,
    /// The line is longer than the limit.
    LineTooLong,
    /// Another answer of the same student, item and instant says otherwise.
    Contradiction,
    /// The time lies in the future.
    InTheFuture,
    /// The cell holds a formula whose value the file does not have.
    NoFormulaValue,
    /// The row holds sums, means or shares, and is no student's.
    SummaryRow,
    /// Two students of the table have one id.
    SharedId,
    /// The row tells of something else than an answer, such as a lecture that was watched.
    NotAnAnswer,
}

impl RejectReason {
    /// The reason as one word for files and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingStudent => "missing_student",
            Self::MissingItem => "missing_item",
            Self::MissingSession => "missing_session",
            Self::IdTooLong => "id_too_long",
            Self::MissingTime => "missing_time",
            Self::BadTime => "bad_time",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::BadCorrect => "bad_correct",
            Self::BadPoints => "bad_points",
            Self::NoKey => "no_key",
            Self::BadNumber => "bad_number",
            Self::BadUuid => "bad_uuid",
            Self::BadEncoding => "bad_encoding",
            Self::BadJson => "bad_json",
            Self::TooManyFields => "too_many_fields",
            Self::TooFewFields => "too_few_fields",
            Self::UnclosedQuote => "unclosed_quote",
            Self::LineTooLong => "line_too_long",
            Self::Contradiction => "contradiction",
            Self::InTheFuture => "in_the_future",
            Self::NoFormulaValue => "no_formula_value",
            Self::SummaryRow => "summary_row",
            Self::SharedId => "shared_id",
            Self::NotAnAnswer => "not_an_answer",
        }
    }

    /// What a row needs so that it is read.
    pub fn hint(self) -> &'static str {
        match self {
            Self::MissingStudent => "every row needs a student id",
            Self::MissingItem => "every row needs an item id",
            Self::MissingSession => "every exam document needs a session_id",
            Self::IdTooLong => "ids are at most 1000 bytes long",
            Self::MissingTime => "every row needs a time",
            Self::BadTime => {
                "the time is not written as the others of its column; --date-format says how they are"
            }
            Self::TimeOutOfRange => "years run from 1990 to 2100",
            Self::BadCorrect => {
                "correctness is 1 or 0, true or false, O or X, correct or incorrect, or empty if not known; --na △ \
                 leaves out answers with part of the points"
            }
            Self::BadPoints => "points are from 0 to their maximum",
            Self::NoKey => "give the right option of every item in the key",
            Self::BadNumber => "numbers are not negative and at most 2147483647",
            Self::BadUuid => "ids of exam documents are UUIDs; leave the id out to have one made",
            Self::BadEncoding => {
                "save the file as UTF-8, or say how it is written: --encoding cp949; a cell with a null character is \
                 damaged and has to be typed again"
            }
            Self::BadJson => "every line is one JSON object",
            Self::TooManyFields | Self::TooFewFields => {
                "every row has as many cells as the header; quote cells that hold the delimiter"
            }
            Self::UnclosedQuote => "close the quoted cell, and double the quotes inside it",
            Self::Contradiction => {
                "a student answers an item at an instant once: give retries their own times, or decide \
                 which of both is right"
            }
            Self::InTheFuture => {
                "an answer cannot come more than a day from now; check the year, and --date-format"
            }
            Self::NoFormulaValue => {
                "open the file in a spreadsheet program and save it, which computes formulas"
            }
            Self::SummaryRow => "sums and means below a table are left out",
            Self::SharedId => {
                "name the columns that together tell students apart: --id COLUMN,COLUMN"
            }
            Self::NotAnAnswer => "rows that tell of something else are left out",
            Self::LineTooLong => "break the file into one row a line",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A row that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line of the file, the header being line 1; row number for Parquet.
    pub line: u64,
    /// Why the row was not read.
    pub reason: RejectReason,
    /// The value at fault, cut to 80 characters.
    pub value: String,
}

/// `value` cut to 80 characters, control characters shown as `�`.
pub(crate) fn shortened(value: &str) -> String {
    const SHOWN: usize = 80;
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut text: String = value.chars().take(SHOWN).map(printable).collect();
    if value.chars().nth(SHOWN).is_some() {
        text.pop();
        text.push('…');
    }
    text
}

/// Header names as one line of a message, cut where it would no longer be read.
pub(crate) fn list_names(names: &[String]) -> String {
    const SHOWN: usize = 30;
    let mut line = String::new();
    for (i, name) in names.iter().take(SHOWN).enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        let _ = write!(line, "{separator}{}", shortened(name));
    }
    if names.len() > SHOWN {
        let _ = write!(line, ", … ({} more)", names.len() - SHOWN);
    }
    line
}

/// [`shortened`] for bytes that may not be UTF-8.
pub(crate) fn shortened_bytes(value: &[u8]) -> String {
    const ENOUGH_FOR_80_CHARACTERS: usize = 4 * 81;
    shortened(&String::from_utf8_lossy(&value[..value.len().min(ENOUGH_FOR_80_CHARACTERS)]))
}

/// How many rows were not read, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RejectCounts {
    counts: BTreeMap<RejectReason, u64>,
}

impl RejectCounts {
    /// Counts `rejects`.
    pub fn add(&mut self, rejects: &[Reject]) {
        for reject in rejects {
            *self.counts.entry(reject.reason).or_default() += 1;
        }
    }

    /// Adds the counts of another file.
    pub fn merge(&mut self, other: &Self) {
        for (reason, count) in other.iter() {
            *self.counts.entry(reason).or_default() += count;
        }
    }

    /// Number of rows not read.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Reasons that occurred with their counts, in the order of [`RejectReason`].
    pub fn iter(&self) -> impl Iterator<Item = (RejectReason, u64)> {
        self.counts.iter().map(|(reason, count)| (*reason, *count))
    }
}

/// Writes rejected rows as CSV: `file,line,reason,value`.
#[derive(Debug)]
pub struct RejectWriter<W: io::Write> {
    csv: csv::Writer<W>,
}

/// Copies a list of rejects without those whose value is refused by `keep`; gives those left out as they
/// stand, file, line, reason and value.
///
/// # Errors
/// When the list is no CSV, or cannot be read or written.
pub fn filter_rejects(
    list: impl io::Read,
    output: impl io::Write,
    keep: impl Fn(&str) -> bool,
) -> io::Result<Vec<Vec<String>>> {
    let mut left_out = Vec::new();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(list);
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(reader.headers()?)?;
    for record in reader.records() {
        let record = record?;
        if record.iter().next_back().is_none_or(&keep) {
            writer.write_record(&record)?;
        } else {
            left_out.push(record.iter().map(str::to_string).collect());
        }
    }
    writer.flush()?;
    Ok(left_out)
}

impl<W: io::Write> RejectWriter<W> {
    /// Starts the CSV with its header.
    pub fn new(output: W) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(output);
        csv.write_record(["file", "line", "reason", "value"])?;
        Ok(Self { csv })
    }

    /// Writes the rejects of one file.
    pub fn write(&mut self, file: &str, rejects: &[Reject]) -> io::Result<()> {
        for reject in rejects {
            let line = reject.line.to_string();
            self.csv.write_record([file, &line, reject.reason.code(), &reject.value])?;
        }
        Ok(())
    }

    /// Writes out what is buffered; dropping the writer would hide a full disk.
    pub fn flush(&mut self) -> io::Result<()> {
        self.csv.flush()
    }
}
