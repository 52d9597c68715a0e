//! Response logs and exam results from every file that a school or a data set has
//!
//! [`Reader`] turns a file into [`Batch`]es of [`Attempt`]s and of [`Reject`]s, in bounded memory;
//! [`read_log`] turns it into one [`ResponseLog`](seedtest_responses::ResponseLog). Columns are
//! found by their names ([`Field::from_alias`]) or named by the user ([`ColumnMap`]); what they are written in
//! is found out from the first megabyte, and said ([`Reader::notes`]).
//!
//! What makes a whole file unreadable is an [`Error`]; what makes a row unreadable is a [`Reject`]
//! with its line, reason and value, and reading goes on. An optional cell that cannot be read counts as unknown
//! ([`UnknownCells`]).

mod attempt;
mod batch;
mod cell;
mod column_map;
mod columns;
mod counts;
mod described;
mod divided;
mod elements;
mod encoding;
mod error;
mod exam_document;
mod exam_reader;
mod field;
mod format;
mod glob;
mod grid;
mod identity;
mod json_texts;
mod key;
mod lines;
mod missing;
mod number_format;
mod options;
mod people;
mod points;
mod preview;
mod qti;
mod reader;
mod reading;
mod record;
mod reject;
mod response_log;
mod retries;
mod right_wrong;
mod scoring;
mod source;
mod student_key;
mod student_watch;
mod summary_rows;
mod systems;
mod table;
mod table_rows;
mod time;
mod wide;
mod workbook_tables;
mod xml;

pub use attempt::Attempt;
pub use batch::Batch;
pub use cell::Cell;
pub use column_map::ColumnMap;
pub use columns::Columns;
pub use counts::{RowCounts, UnknownCells, partial_note};
pub use described::DescribedColumn;
pub use error::{BadValue, Error, OtherValues, RowFault, SharedId};
pub use exam_document::ExamDocument;
pub use exam_reader::{ExamBatch, ExamReader};
pub use field::{Field, same_name};
pub use format::{Format, Opened};
pub use grid::{MemoryTable, WorkbookFault, WorkbookKind};
pub use identity::Lookalikes;
pub use json_texts::JsonShape;
pub use key::{BadKey, KeyFault, RowsDiffer};
pub use missing::Missing;
pub use options::{Blank, DateFormat, Options, Wanted, WideOptions};
pub use people::{
    ClassRow, NameRow, NamedKind, PeopleError, RecipientRow, RosterFile, SchoolRow,
    StudentIdColumn, StudentRow, read_class_list, read_names, read_recipients, read_roster,
};
pub use preview::{Preview, PreviewRow, preview};
pub use qti::{QtiError, QtiItem, QtiItems, QtiOption, qti_package, read_qti_items};
pub use reader::{Reader, WideColumns};
pub use reading::Points;
pub use reject::{Reject, RejectCounts, RejectReason, RejectWriter, filter_rejects};
pub use response_log::{LogFile, log_in_memory, read_log};
pub use scoring::{NeitherKind, missing_codes, points_of, says_outcome};
pub use source::Progress;
pub use student_key::{StudentsAsked, TableStudents, class_form, names_student, students_of_table};
pub use summary_rows::is_label;
pub use systems::{Sent, SentAnswer, SentFault, System, read_sent};
pub use table::{
    MISSING_TEXT, OddCell, Table, TableColumn, TableFile, TableOptions, read_table,
    read_table_file, read_table_with_names, table_in_memory,
};
pub use time::{
    AmbiguousTimes, DateOrder, Epoch, Moment, TimeUnit, WallFormat, WallTime, parse as parse_moment,
};
pub use wide::names_no_item;
