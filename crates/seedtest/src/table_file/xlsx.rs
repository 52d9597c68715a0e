//! A workbook of Excel. Rows go to a temporary file, so that memory stays flat. Ids are text whatever they look
//! like; days are days, and instants text as in CSV, since a cell has no time zone.

use std::io::{self, Write};

use chrono::Datelike;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use seedtest_store::{ExportColumn, ExportValue};

use super::csv::as_text;
use super::{Fault, Sink};

/// Rows of a sheet, that of the names among them.
const MOST: u32 = 1_048_576;

pub(super) struct XlsxRows {
    workbook: Workbook,
    day: Format,
    next: u32,
    sink: Sink,
}

impl XlsxRows {
    pub(super) fn new(columns: &[ExportColumn], sink: Sink) -> Result<Self, Fault> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(fault)?;
        for (at, column) in columns.iter().enumerate() {
            sheet.write_string(0, at as u16, column.name).map_err(fault)?;
        }
        Ok(Self { workbook, day: Format::new().set_num_format("yyyy-mm-dd"), next: 1, sink })
    }

    pub(super) fn write(&mut self, row: &[ExportValue]) -> Result<(), Fault> {
        if self.next == MOST {
            let message = format!("a sheet has room for {} rows, and there are more", MOST - 1);
            let hint =
                "take --format csv or parquet, or fewer rows with --from and --to".to_owned();
            return Err(Fault::Table(message, hint));
        }
        let sheet = self.workbook.worksheet_from_index(0).map_err(fault)?;
        for (at, value) in row.iter().enumerate() {
            cell(sheet, (self.next, at as u16), value, &self.day)?;
        }
        self.next += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Fault> {
        let bytes = self.workbook.save_to_buffer().map_err(fault)?;
        self.sink.write_all(&bytes)?;
        Ok(self.sink.flush()?)
    }
}

fn cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &ExportValue,
    day: &Format,
) -> Result<(), Fault> {
    let written = match value {
        ExportValue::Integer(Some(number)) => sheet.write_number(row, column, *number as f64),
        ExportValue::Number(Some(number)) if number.is_finite() => {
            sheet.write_number(row, column, *number)
        }
        ExportValue::Truth(Some(truth)) => sheet.write_boolean(row, column, *truth),
        ExportValue::Date(Some(date)) => {
            let made = u16::try_from(date.year()).ok().and_then(|year| {
                ExcelDateTime::from_ymd(year, date.month() as u8, date.day() as u8).ok()
            });
            match made {
                Some(made) => sheet.write_datetime_with_format(row, column, made, day),
                None => sheet.write_string(row, column, date.to_string()),
            }
        }
        other => {
            let text = as_text(other);
            if text.is_empty() {
                return Ok(());
            }
            sheet.write_string(row, column, text)
        }
    };
    written.map(drop).map_err(fault)
}

fn fault(error: XlsxError) -> Fault {
    match error {
        XlsxError::IoError(error) => Fault::Io(error),
        XlsxError::MaxStringLengthExceeded => Fault::Table(
            "a text is longer than a cell can be".to_owned(),
            "take --format csv or parquet".to_owned(),
        ),
        other => Fault::Io(io::Error::other(other)),
    }
}
