//! What to do about a file that cannot be read.

use super::Error;
use crate::column_map::nearest;
use crate::field::Field;
use crate::options::DateFormat;
use crate::systems::System;

impl Error {
    /// What to do about it, in one line.
    #[allow(clippy::too_many_lines)] // one arm a fault: parted, they would be looked for in two places
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
            Self::IdNotOnEverySheet { column, .. } => format!(
                "write {column} on every sheet, or read one sheet after the other: --sheet NAME; columns that every \
                 sheet has: --id COLUMN,COLUMN"
            ),
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
            Self::HeaderTooLong { .. } => {
                "check that the file has line breaks; a table of so many columns is better written with one answer a row: \
                 student,item,correct"
                    .into()
            }
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
            Self::NoSheets { .. } => "leave --sheet out, or name a workbook".into(),
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
