//! Why a file cannot be read, and what to do about it.

mod hint;
mod other_values;
mod row_fault;
mod shared_id;

use std::io;
use std::path::PathBuf;

pub use other_values::OtherValues;
pub use row_fault::{BadValue, RowFault};
use seedtest_fault::FaultKind;
pub use shared_id::SharedId;

use crate::field::Field;
use crate::grid::WorkbookFault;
use crate::key::{BadKey, RowsDiffer};
use crate::reject::{list_names, shortened};
use crate::systems::System;

/// Why a file cannot be read, or not to its end. A row that cannot be read is no error but a
/// [`Reject`](crate::Reject).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error("{}: no such file", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// The path is a directory.
    #[error("{}: is a directory, not a file", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The operating system refused to open or read the file.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The bytes of a pipe, which are needed twice, could not be put aside.
    #[error("{}: a pipe that has to be read twice could not be copied: {source}", path.display())]
    Copy {
        /// The pipe.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file holds nothing.
    #[error("{}: the file is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A table has its header and nothing else.
    #[error("{}: the file has a header and no row", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// Two columns of a table have one name.
    #[error("{}: two columns are named `{name}`", path.display())]
    DuplicateColumn {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The file holds something that is no response log in any format read here.
    #[error("{}: {found} cannot be read as a response log", path.display())]
    UnsupportedFormat {
        /// The file.
        path: PathBuf,
        /// What the content looks like.
        found: &'static str,
    },
    /// The name ends in `.gz`, the content is not compressed by gzip.
    #[error("{}: named .gz but not gzip-compressed", path.display())]
    NotGzip {
        /// The file.
        path: PathBuf,
    },
    /// The gzip stream ends too early.
    #[error("{}: the gzip stream is cut off after {rows} rows", path.display())]
    TruncatedGzip {
        /// The file.
        path: PathBuf,
        /// Rows read before the end.
        rows: u64,
    },
    /// The gzip stream is damaged.
    #[error("{}: the gzip stream is damaged after {rows} rows: {source}", path.display())]
    CorruptGzip {
        /// The file.
        path: PathBuf,
        /// Rows read before the damage.
        rows: u64,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The header line is not UTF-8.
    #[error("{}: the header is not UTF-8 text: {}", path.display(), shortened(header))]
    HeaderEncoding {
        /// The file.
        path: PathBuf,
        /// The header, what is not UTF-8 replaced.
        header: String,
    },
    /// The first line is longer than any header.
    #[error("{}: the first line is longer than {limit} bytes", path.display())]
    HeaderTooLong {
        /// The file.
        path: PathBuf,
        /// Longest line that is read, in bytes.
        limit: usize,
    },
    /// No column was found for a field that is needed.
    #[error("{}: no {field} column among: {}", path.display(), list_names(headers))]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The field without a column.
        field: Field,
        /// The columns there are.
        headers: Vec<String>,
    },
    /// Two columns mean the same field equally.
    #[error(
        "{}: columns {} ({}) and {} ({}) could both be the {field}",
        path.display(), first.0, shortened(&first.1), second.0, shortened(&second.1)
    )]
    AmbiguousColumns {
        /// The file.
        path: PathBuf,
        /// The field.
        field: Field,
        /// Number (from 1) and name of one column.
        first: (usize, String),
        /// Number (from 1) and name of the other.
        second: (usize, String),
    },
    /// Rows of two students, as far as can be told, have one id.
    #[error(
        "{}: lines {} and {} are both {} {:?}, {}", path.display(), shared.lines.0, shared.lines.1,
        shortened(&shared.column), shortened(&shared.value), shared.what()
    )]
    SharedId {
        /// The file.
        path: PathBuf,
        /// What they share.
        shared: Box<SharedId>,
    },
    /// Of sheets that are read together some lack the column of ids, and nothing else says who their students are.
    #[error(
        "{}: {} is not on every sheet, and nothing else says who the students of {} are", path.display(),
        shortened(column), list_names(sheets)
    )]
    IdNotOnEverySheet {
        /// The file.
        path: PathBuf,
        /// The column of ids.
        column: String,
        /// The sheets without it.
        sheets: Vec<String>,
    },
    /// A table whose rows are items and whose columns are students.
    #[error(
        "{}: column {} names the items, and each other column is a student's", path.display(),
        shortened(column)
    )]
    ItemsAsRows {
        /// The file.
        path: PathBuf,
        /// The column of items.
        column: String,
    },
    /// Two columns of a table with one item a column have the same name.
    #[error("{}: columns {first} and {second} are both named {item:?}", path.display())]
    DuplicateItem {
        /// The file.
        path: PathBuf,
        /// The name.
        item: String,
        /// Number of one column, from 1.
        first: usize,
        /// Number of the other.
        second: usize,
    },
    /// A column given by the user is not in the file.
    #[error("{}: no column {column:?} among: {}", path.display(), list_names(headers))]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// The column asked for.
        column: String,
        /// The columns there are.
        headers: Vec<String>,
    },
    /// A part of a column map is not `FIELD=COLUMN`.
    #[error("cannot read {part:?} as FIELD=COLUMN")]
    BadMap {
        /// The part.
        part: String,
    },
    /// A column map names a field there is not.
    #[error("unknown field {name:?}")]
    UnknownField {
        /// The name.
        name: String,
    },
    /// A column map gives one field two columns.
    #[error("the field {field} is mapped twice")]
    FieldMappedTwice {
        /// The field.
        field: Field,
    },
    /// A JSON file does not hold one object a line.
    #[error("{}: {found}, not one JSON object a line", path.display())]
    NotJsonLines {
        /// The file.
        path: PathBuf,
        /// What it holds instead.
        found: &'static str,
    },
    /// A Parquet file is damaged or uses a feature that is not read.
    #[error("{}: not a readable Parquet file after {rows} rows: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Rows read before the damage.
        rows: u64,
        /// What the decoder said.
        source: parquet::errors::ParquetError,
    },
    /// A Parquet column cannot hold the field it was matched to.
    #[error("{}: the {field} column {column:?} has type {found}", path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The field the column was matched to.
        field: Field,
        /// Name of the column.
        column: String,
        /// Its type.
        found: String,
    },
    /// The file holds something that is no table.
    #[error("{}: {found} cannot be read as a table", path.display())]
    NotATable {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: &'static str,
    },
    /// A sheet was named of a file that has none.
    #[error("{}: {found} has no sheets, and one was named: {sheet:?}", path.display())]
    NoSheets {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: &'static str,
        /// The sheet asked for.
        sheet: String,
    },
    /// No column holds items, and the columns are no items either.
    #[error(
        "{}: no item column among: {}; and not one item a column, for line {line}, column {}: \
         {value:?} is neither right nor wrong",
        path.display(), list_names(headers), shortened(column)
    )]
    NotWide {
        /// The file.
        path: PathBuf,
        /// The columns there are.
        headers: Vec<String>,
        /// Line of the first cell that is no outcome, the header being line 1.
        line: u64,
        /// Its column.
        column: String,
        /// Its value.
        value: String,
    },
    /// A column of correctness holds something else.
    #[error(
        "{}: line {}: {} is {:?}, neither right nor wrong, as are {} of {} cells; its values are {}: {}",
        path.display(), found.line, shortened(column), found.value, found.unread, found.cells,
        found.values.join(", "), found.kind.name()
    )]
    NotRightWrong {
        /// The file.
        path: PathBuf,
        /// Name of the column.
        column: String,
        /// What it holds.
        found: Box<OtherValues>,
    },
    /// An encoding that nobody knows.
    #[error("unknown encoding {label:?}")]
    UnknownEncoding {
        /// The name.
        label: String,
    },
    /// The row that should name the columns is not there.
    #[error("{}: no row {row} to name the columns", path.display())]
    NoHeaderRow {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: u64,
    },
    /// A workbook cannot be read.
    #[error("{}: {fault}", path.display())]
    Workbook {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Box<WorkbookFault>,
    },
    /// Dates that can be read in more than one order.
    #[error("{}: {} is {example:?} and the like: {}", path.display(), shortened(column), orders.join(" or "))]
    AmbiguousDates {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// One of its dates.
        example: String,
        /// The orders that read it.
        orders: Vec<&'static str>,
    },
    /// A column of times holds something else.
    #[error("{}: {} is {example:?} and the like, which is no time", path.display(), shortened(column))]
    UnknownTimes {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// One of its cells.
        example: String,
    },
    /// Times that count from a start which the file does not name.
    #[error(
        "{}: {} holds {}", path.display(), shortened(column),
        if *is_clock { "times of day, and no column their dates" }
        else { "numbers that count from a start which the file does not name" }
    )]
    NoTimeStart {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Whether the times are times of day.
        is_clock: bool,
        /// Whether it is known what the numbers count.
        has_unit: bool,
    },
    /// An entry of a list of missing values cannot be one.
    #[error("{:?} cannot stand for a missing value", shortened(entry))]
    BadMissing {
        /// The entry.
        entry: String,
    },
    /// A file of right options does not say which column is what.
    #[error("{}: no columns of items and right options among: {}", path.display(), list_names(headers))]
    NoKeyColumns {
        /// The file.
        path: PathBuf,
        /// The columns there are.
        headers: Vec<String>,
    },
    /// A file of right options gives an item two.
    #[error("{}: item {item:?} has the right options {:?} and {:?}", path.display(), options[0], options[1])]
    KeyConflict {
        /// The file.
        path: PathBuf,
        /// The item.
        item: String,
        /// Its options.
        options: [String; 2],
    },
    /// What should say which option of an item is right does not.
    #[error("{}: {key}", path.display())]
    BadKey {
        /// The file with the key.
        path: PathBuf,
        /// The cell.
        key: Box<BadKey>,
    },
    /// Two rows of right options, or of the points that can be had, do not say the same.
    #[error("{}: {rows}", path.display())]
    RowsDiffer {
        /// The file.
        path: PathBuf,
        /// The rows.
        rows: Box<RowsDiffer>,
    },
    /// A file of a system says which option was chosen, and not which was right.
    #[error("{}: {} says which option was chosen, not which was right", path.display(), system.title())]
    NeedsKey {
        /// The file.
        path: PathBuf,
        /// The system.
        system: System,
    },
    /// The file is not one of the system that the user named.
    #[error("{}: is not {}, for it lacks {missing}", path.display(), system.title())]
    NotFromSystem {
        /// The file.
        path: PathBuf,
        /// The system.
        system: System,
        /// What it lacks.
        missing: String,
    },
    /// An XML document is damaged.
    #[error("{}: not readable as XML after {rows} results: {message}", path.display())]
    Xml {
        /// The file.
        path: PathBuf,
        /// Results read before the damage.
        rows: u64,
        /// What the parser said.
        message: String,
    },
    /// A row of a table does not have the shape of the others.
    #[error("{}: line {line} {fault}", path.display())]
    BadRow {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        fault: RowFault,
    },
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::BadMap { .. }
            | Self::UnknownField { .. }
            | Self::FieldMappedTwice { .. }
            | Self::UnknownEncoding { .. }
            | Self::BadMissing { .. }
            | Self::NoHeaderRow { .. }
            | Self::NoSheets { .. }
            | Self::UnknownColumn { .. } => FaultKind::Setting,
            Self::Workbook { fault, .. } if matches!(**fault, WorkbookFault::NoSheet { .. }) => {
                FaultKind::Setting
            }
            Self::NotFound { .. }
            | Self::Directory { .. }
            | Self::Io { .. }
            | Self::Copy { .. } => FaultKind::Files,
            Self::Empty { .. }
            | Self::NoRows { .. }
            | Self::DuplicateColumn { .. }
            | Self::UnsupportedFormat { .. }
            | Self::NotGzip { .. }
            | Self::TruncatedGzip { .. }
            | Self::CorruptGzip { .. }
            | Self::HeaderEncoding { .. }
            | Self::HeaderTooLong { .. }
            | Self::MissingColumn { .. }
            | Self::AmbiguousColumns { .. }
            | Self::DuplicateItem { .. }
            | Self::SharedId { .. }
            | Self::IdNotOnEverySheet { .. }
            | Self::ItemsAsRows { .. }
            | Self::NotJsonLines { .. }
            | Self::Parquet { .. }
            | Self::ColumnType { .. }
            | Self::BadRow { .. }
            | Self::NotRightWrong { .. }
            | Self::Workbook { .. }
            | Self::AmbiguousDates { .. }
            | Self::UnknownTimes { .. }
            | Self::NoTimeStart { .. }
            | Self::NoKeyColumns { .. }
            | Self::KeyConflict { .. }
            | Self::BadKey { .. }
            | Self::RowsDiffer { .. }
            | Self::NeedsKey { .. }
            | Self::NotFromSystem { .. }
            | Self::Xml { .. }
            | Self::NotWide { .. }
            | Self::NotATable { .. } => FaultKind::Data,
        }
    }

    /// Whether the command line is at fault rather than the file.
    pub fn is_usage(&self) -> bool {
        self.kind() == FaultKind::Setting
    }
}
