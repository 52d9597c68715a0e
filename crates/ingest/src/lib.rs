//! Response logs and exam results from CSV, TSV, JSON Lines and Parquet files
//!
//! [`Reader`] turns a file into [`Batch`]es of [`Attempt`]s and of [`Reject`]s, in bounded memory;
//! [`read_log`] turns it into one [`ResponseLog`](seedtest_responses::ResponseLog). Columns are
//! found by their names ([`Field::from_alias`]) or named by the user ([`ColumnMap`]).
//!
//! What makes a whole file unreadable is an [`Error`]; what makes a row unreadable is a [`Reject`]
//! with its line, reason and value, and reading goes on.

mod attempt;
mod batch;
mod cell;
mod column_map;
mod columns;
mod delimited;
mod error;
mod exam_document;
mod exam_reader;
mod field;
mod format;
mod instant;
mod json_object;
mod json_rows;
mod lines;
mod options;
mod parquet_column;
mod parquet_rows;
mod people;
mod points;
mod reader;
mod record;
mod reject;
mod response_log;
mod retries;
mod source;
mod table;
mod wide;

pub use attempt::Attempt;
pub use batch::Batch;
pub use column_map::ColumnMap;
pub use columns::Columns;
pub use error::{BadValue, Error, RowFault};
pub use exam_document::ExamDocument;
pub use exam_reader::{ExamBatch, ExamReader};
pub use field::Field;
pub use format::{Format, Opened};
pub use instant::{Moment, parse as parse_moment};
pub use options::Options;
pub use people::{
    ClassRow, NameRow, NamedKind, PeopleError, RosterFile, SchoolRow, StudentIdColumn, StudentRow,
    read_names, read_roster,
};
pub use reader::Reader;
pub use reject::{Reject, RejectCounts, RejectReason, RejectWriter, filter_rejects};
pub use response_log::{LogFile, read_log};
pub use source::Progress;
pub use table::{MISSING_TEXT, Table, TableColumn, read_table, read_table_with_names};
