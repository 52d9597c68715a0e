//! Why a file cannot be read, and what to do about it.

use std::io;
use std::path::PathBuf;

use seedtest_fault::FaultKind;

use crate::column_map::nearest;
use crate::field::Field;
use crate::grid::{SHEET_COLUMN, WorkbookFault};
use crate::key::{BadKey, RowsDiffer};
use crate::options::DateFormat;
use crate::reject::{list_names, shortened};
use crate::scoring::NeitherKind;
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

/// What a column holds that should say right or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherValues {
    /// Line of the first such value, the header being line 1.
    pub line: u64,
    /// That value.
    pub value: String,
    /// What its values look like.
    pub kind: NeitherKind,
    /// Its values.
    pub values: Vec<String>,
    /// Cells that are neither right nor wrong.
    pub unread: u64,
    /// All cells with something in them.
    pub cells: u64,
}

/// An id that two students seem to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedId {
    /// The column of the id.
    pub column: String,
    /// The id.
    pub value: String,
    /// Lines of two rows with it, the first of the file being 1.
    pub lines: (u64, u64),
    /// A column in which the rows differ.
    pub differs: Option<String>,
    /// An item that the rows answer differently.
    pub item: Option<String>,
}

impl SharedId {
    fn what(&self) -> String {
        match (&self.differs, &self.item) {
            (Some(column), _) => format!("but differ in {}", shortened(column)),
            (None, Some(item)) => format!("and answer {} differently", shortened(item)),
            (None, None) => "and nothing tells whether they are one student's".to_owned(),
        }
    }

    fn hint(&self) -> String {
        let column = &self.column;
        if self.differs.as_deref() == Some(SHEET_COLUMN) {
            return format!(
                "two students: --id '{SHEET_COLUMN},{column}'; one student, with other items on each sheet: read one \
                 sheet after the other, --sheet NAME"
            );
        }
        if self.item.is_some() {
            return format!(
                "two students: add a column that tells them apart, as the class, and name both, --id 'CLASS,{column}'; one \
                 student who answered again: --id '{column}'"
            );
        }
        let join = match &self.differs {
            Some(differs) => format!("--id '{differs},{column}'"),
            None => {
                format!("add a column that tells them apart and name both, --id '{column},OTHER'")
            }
        };
        format!("two students: {join}; one student: --id '{column}'")
    }
}

/// Why a row is none of a table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RowFault {
    /// It is longer than any row.
    #[error("is longer than {limit} bytes")]
    TooLong {
        /// Longest row that is read, in bytes.
        limit: usize,
    },
    /// It has more or fewer cells than the header.
    #[error("has {found} cells, not {expected}")]
    Cells {
        /// Its cells.
        found: usize,
        /// Those of the header.
        expected: usize,
    },
    /// It is not UTF-8.
    #[error("is not UTF-8 text")]
    Encoding,
    /// It is no JSON object.
    #[error("is no JSON object: {message}")]
    NotAnObject {
        /// What the parser said.
        message: String,
    },
    /// It holds an array or an object where a cell should be.
    #[error(transparent)]
    Nested(BadValue),
}

/// A JSON value that fits no column. The field counts rows from 0, the message from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("row {}: `{column}` is {found}, not a number, a text or null", row + 1)]
pub struct BadValue {
    /// Row, from 0.
    pub row: usize,
    /// Key.
    pub column: String,
    /// What stands there.
    pub found: &'static str,
}

impl RowFault {
    fn hint(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "check that the file has line breaks and its quotes are closed",
            Self::Cells { .. } => {
                "every row has one cell for each column; quote cells that hold the delimiter"
            }
            Self::Encoding => "save the file as UTF-8",
            Self::NotAnObject { .. } => "write one JSON object a line",
            Self::Nested(_) => "write one flat object a line, or leave the key out",
        }
    }
}

/// What to do about times that count from a start which the file does not name.
fn start_hint(is_clock: bool, has_unit: bool) -> &'static str {
    match (is_clock, has_unit) {
        (true, _) => "say the day: --time-start YYYY-MM-DD, or its column: --map day=COLUMN",
        (false, true) => "say the start: --time-start YYYY-MM-DD",
        (false, false) => {
            "say the start and what they count: --time-start YYYY-MM-DD --date-format relative-ms (or relative-s)"
        }
    }
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

    /// What to do about it, in one line.
    pub fn hint(&self) -> String {
        match self {
            Self::NotFound { .. } => "check the path".into(),
            Self::Directory { .. } => "name the files inside it".into(),
            Self::Io { .. } => "check that the file may be read".into(),
            Self::Copy { .. } => {
                "make room in the folder of temporary files (TMPDIR), or write the data to a file first"
                    .into()
            }
            Self::Empty { .. } => "write a header line and at least one row".into(),
            Self::NoRows { .. } => "write at least one row under the header".into(),
            Self::DuplicateColumn { .. } | Self::DuplicateItem { .. } => "rename one of them".into(),
            Self::SharedId { shared, .. } => shared.hint(),
            Self::ItemsAsRows { .. } => {
                "turn the table so that each row is a student (paste special, transpose); if the rows are students: \
                 --id COLUMN"
                    .into()
            }
            Self::UnsupportedFormat { .. } => {
                "use CSV, TSV, JSON Lines (plain or .gz), .xlsx, .ods or Parquet; a page or an old workbook: open it \
                 in a spreadsheet program and save it as .xlsx"
                    .into()
            }
            Self::NotGzip { .. } => "rename the file without .gz".into(),
            Self::TruncatedGzip { .. } | Self::CorruptGzip { .. } => {
                "fetch the file again; gzip -t FILE tells whether it is whole".into()
            }
            Self::HeaderEncoding { .. } => {
                "save the file as UTF-8, or say how it is written: --encoding cp949".into()
            }
            Self::HeaderTooLong { .. } => "check that the file has line breaks".into(),
            Self::MissingColumn { field: Field::CompletedAt, .. } => {
                "say which column it is: --map completed_at=COLUMN; a file without times: --time-start \
                 YYYY-MM-DD puts its answers on that day"
                    .into()
            }
            Self::MissingColumn { field, .. } => {
                format!("say which column it is: --map {field}=COLUMN")
            }
            Self::AmbiguousColumns { field, first, .. } => {
                format!("say which one it is: --map '{field}=#{}' takes column {0}", first.0)
            }
            Self::UnknownColumn { column, headers, .. } => match nearest(headers, column) {
                Some(name) => format!("did you mean {name:?}? #N stands for column N"),
                None => "take a name from the list, or #N for column N".into(),
            },
            Self::BadMap { .. } => "write --map student=COLUMN,item=COLUMN".into(),
            Self::UnknownField { name } => {
                let names = Field::ALL.map(Field::name);
                let owned = names.map(str::to_owned);
                let meant = nearest(&owned, name);
                let meant = meant.map_or(String::new(), |name| format!("did you mean {name}? "));
                format!("{meant}fields are {}", names.join(", "))
            }
            Self::FieldMappedTwice { .. } => "name one column for each field".into(),
            Self::NotJsonLines { .. } => {
                "write one object a line: jq -c '.[]' FILE takes an array apart, jq -c . FILE puts \
                 an object on one line"
                    .into()
            }
            Self::Parquet { .. } => "write the file again with flat columns".into(),
            Self::NotATable { .. } => "use CSV, TSV or JSON Lines (plain or .gz)".into(),
            Self::NotWide { .. } => {
                "one item a column: name the items, --items 'q*', and what stands for no answer, --na LIST; \
                 one answer a row: --map item=COLUMN,correct=COLUMN"
                    .into()
            }
            Self::NotRightWrong { found, .. } => found.kind.hint().into(),
            Self::UnknownEncoding { .. } => "names are those of the web, as utf-8, cp949, windows-1252 or utf-16le".into(),
            Self::NoHeaderRow { .. } => "count rows from 1: --header-row N".into(),
            Self::Workbook { fault, .. } => fault.hint().into(),
            Self::AmbiguousDates { orders, .. } => {
                format!("say which it is: --date-format {}", orders.join(" or --date-format "))
            }
            Self::UnknownTimes { .. } => format!(
                "say how it is written: --date-format FORMAT, one of {}; or take another column: --map \
                 completed_at=COLUMN",
                DateFormat::NAMES
            ),
            Self::NoTimeStart { is_clock, has_unit, .. } => start_hint(*is_clock, *has_unit).into(),
            Self::BadMissing { .. } => "write words and numbers between commas: --na 9,-99,absent".into(),
            Self::NoKeyColumns { .. } => "head one column `item` and the other `key`".into(),
            Self::KeyConflict { .. } => "keep one row an item; several right options: A,C".into(),
            Self::BadKey { key, .. } => key.hint().into(),
            Self::RowsDiffer { rows, .. } => rows.hint().into(),
            Self::NeedsKey { .. } => {
                "give a table of items and right options: --key FILE (for EdNet its questions.csv)".into()
            }
            Self::NotFromSystem { .. } => {
                let names: Vec<&str> = System::ALL.into_iter().map(System::name).collect();
                format!("leave --from out to have the columns found, or take one of {}", names.join(", "))
            }
            Self::Xml { .. } => "export the results again".into(),
            Self::BadRow { fault, .. } => fault.hint().into(),
            Self::ColumnType { field, .. } => {
                format!("cast the column, or take another: --map {field}=COLUMN")
            }
        }
    }

    /// Whether the command line is at fault rather than the file.
    pub fn is_usage(&self) -> bool {
        self.kind() == FaultKind::Setting
    }
}
