//! Workbooks of Excel and LibreOffice: their sheets as rows of cells, in bounded memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{
    Data, DataRef, ExcelDateTime, Ods, Range, Reader, SheetType, SheetVisible, Xls, Xlsb, Xlsx,
};

use super::sheet::SheetCells;
use crate::time::date_and_time;

/// Most bytes that the parts of a workbook may unpack to.
const MOST_BYTES: u64 = 1 << 29;

/// Which program's format a workbook has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkbookKind {
    /// `.xlsx`, `.xlsm`
    Xlsx,
    /// `.xlsb`
    Xlsb,
    /// `.xls`
    Xls,
    /// `.ods`
    Ods,
}

/// Why a workbook cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookFault {
    /// It is encrypted.
    #[error("the workbook is protected by a password")]
    Password,
    /// Its parts unpack to more than is read.
    #[error("its parts unpack to more than {} MB", MOST_BYTES >> 20)]
    TooLarge,
    /// A sheet has more cells than are read.
    #[error("the sheet has more than {most} cells")]
    TooManyCells {
        /// Most cells that are read.
        most: usize,
    },
    /// It is damaged, or no workbook.
    #[error("it is damaged: {message}")]
    Damaged {
        /// What is wrong with it.
        message: String,
    },
    /// It has no sheet of that name or number.
    #[error("it has no sheet {wanted:?} among: {}", crate::reject::list_names(sheets))]
    NoSheet {
        /// The name or number.
        wanted: String,
        /// The sheets there are.
        sheets: Vec<String>,
    },
    /// It has no sheet with cells.
    #[error("no sheet has anything in it")]
    Empty,
}

impl WorkbookFault {
    /// What to do about it, in one line.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Password => {
                "take the password off in a spreadsheet program and save the workbook"
            }
            Self::TooLarge | Self::TooManyCells { .. } => "save the sheet as CSV",
            Self::Damaged { .. } => {
                "open it in a spreadsheet program and save it as .xlsx, or as CSV"
            }
            Self::NoSheet { .. } => {
                "name a sheet of the list, or its number: --sheet 1; all of the same columns: --sheet all"
            }
            Self::Empty => "write a row of column names and at least one row below it",
        }
    }
}

/// An open workbook.
pub(crate) enum Workbook {
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Xlsb(Box<Xlsb<BufReader<File>>>),
    Xls(Box<Xls<BufReader<File>>>),
    Ods(Box<Ods<BufReader<File>>>),
}

fn damaged(error: impl std::fmt::Display) -> WorkbookFault {
    let message = error.to_string();
    if message.to_lowercase().contains("password") {
        return WorkbookFault::Password;
    }
    WorkbookFault::Damaged { message }
}

/// Turns a panic of the decoder, which some damaged files cause, into an error.
fn contained<T>(decode: impl FnOnce() -> Result<T, WorkbookFault>) -> Result<T, WorkbookFault> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(damaged("the decoder cannot make sense of it")))
}

/// The kind of a file by its first bytes and its name; `None` where it is no workbook.
pub(crate) fn kind_of(head: &[u8], path: &Path) -> Option<WorkbookKind> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    if head.starts_with(b"\xd0\xcf\x11\xe0") {
        return Some(WorkbookKind::Xls);
    }
    if !head.starts_with(b"PK\x03\x04") {
        return None;
    }
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    if has(b"application/vnd.oasis.opendocument.spreadsheet") || extension.as_deref() == Some("ods")
    {
        Some(WorkbookKind::Ods)
    } else if extension.as_deref() == Some("xlsb") {
        Some(WorkbookKind::Xlsb)
    } else if has(b"[Content_Types].xml") || has(b"xl/") || has(b"_rels/.rels") {
        Some(WorkbookKind::Xlsx)
    } else {
        None
    }
}

impl Workbook {
    pub(crate) fn open(mut file: File, kind: WorkbookKind) -> Result<Self, WorkbookFault> {
        if kind != WorkbookKind::Xls {
            file = refuse_bombs(file)?;
        }
        contained(move || {
            let file = BufReader::with_capacity(64 << 10, file);
            Ok(match kind {
                WorkbookKind::Xlsx => Self::Xlsx(Box::new(Xlsx::new(file).map_err(damaged)?)),
                WorkbookKind::Xlsb => Self::Xlsb(Box::new(Xlsb::new(file).map_err(damaged)?)),
                WorkbookKind::Xls => Self::Xls(Box::new(open_old(file)?)),
                WorkbookKind::Ods => Self::Ods(Box::new(Ods::new(file).map_err(damaged)?)),
            })
        })
    }

    /// Names of the sheets that are shown and hold cells.
    pub(crate) fn sheets(&self) -> Vec<String> {
        let sheets = match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Xlsb(book) => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        };
        let is_table = |sheet: &&calamine::Sheet| {
            sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
        };
        sheets.iter().filter(is_table).map(|sheet| sheet.name.clone()).collect()
    }

    /// Names of the sheets that are not shown.
    pub(crate) fn hidden(&self) -> Vec<String> {
        let sheets = match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Xlsb(book) => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        };
        let is_hidden = |sheet: &&calamine::Sheet| {
            sheet.typ == SheetType::WorkSheet && sheet.visible != SheetVisible::Visible
        };
        sheets.iter().filter(is_hidden).map(|sheet| sheet.name.clone()).collect()
    }

    /// The sheet a user means, by its name or by its number from 1; hidden ones, too.
    pub(crate) fn named(&self, wanted: &str) -> Result<String, WorkbookFault> {
        let names = match self {
            Self::Xlsx(book) => book.sheet_names(),
            Self::Xlsb(book) => book.sheet_names(),
            Self::Xls(book) => book.sheet_names(),
            Self::Ods(book) => book.sheet_names(),
        };
        let by_name = names.iter().find(|name| name.trim() == wanted.trim());
        let by_number =
            || wanted.trim().parse::<usize>().ok().and_then(|n| names.get(n.checked_sub(1)?));
        by_name.or_else(by_number).cloned().ok_or_else(|| WorkbookFault::NoSheet {
            wanted: wanted.to_owned(),
            sheets: names.clone(),
        })
    }

    /// The cells of a sheet.
    pub(crate) fn cells(&mut self, sheet: &str) -> Result<SheetCells, WorkbookFault> {
        contained(|| {
            let mut cells = SheetCells::default();
            match self {
                Self::Xlsx(book) => {
                    let mut has_empty = false;
                    let mut reader = book.worksheet_cells_reader(sheet).map_err(damaged)?;
                    while let Some(cell) = reader.next_cell().map_err(damaged)? {
                        let (row, column) = cell.get_position();
                        has_empty |= is_nothing(cell.get_value());
                        put_ref(&mut cells, row, column, cell.get_value())?;
                    }
                    drop(reader);
                    if has_empty {
                        put_formulas(book, sheet, &mut cells)?;
                    }
                }
                Self::Xlsb(book) => {
                    let mut reader = book.worksheet_cells_reader(sheet).map_err(damaged)?;
                    while let Some(cell) = reader.next_cell().map_err(damaged)? {
                        let (row, column) = cell.get_position();
                        put_ref(&mut cells, row, column, cell.get_value())?;
                    }
                }
                Self::Xls(book) => {
                    put_range(&mut cells, &book.worksheet_range(sheet).map_err(damaged)?)?;
                }
                Self::Ods(book) => {
                    put_range(&mut cells, &book.worksheet_range(sheet).map_err(damaged)?)?;
                }
            }
            cells.finish();
            Ok(cells)
        })
    }

    /// Regions that were merged into one cell: first and last row and column, from 0.
    pub(crate) fn merged(&mut self, sheet: &str) -> Vec<[u32; 4]> {
        let found = contained(|| match self {
            Self::Xlsx(book) => book.merge_cells_by_sheet_name(sheet).map_err(damaged),
            Self::Xls(book) => book.merge_cells_by_sheet_name(sheet).map_err(damaged),
            Self::Xlsb(_) | Self::Ods(_) => Ok(Vec::new()),
        });
        let region = |merged: calamine::Dimensions| {
            [merged.start.0, merged.start.1, merged.end.0, merged.end.1]
        };
        found.unwrap_or_default().into_iter().map(region).collect()
    }

    /// Puts the formulas that have no value beside them into the cells, as a program leaves them that does not
    /// compute. Those of `.xlsx` are among the cells already.
    pub(crate) fn put_bare_formulas(
        &mut self,
        sheet: &str,
        cells: &mut SheetCells,
    ) -> Result<(), WorkbookFault> {
        let formulas = contained(|| match self {
            Self::Xlsx(_) => Ok(Range::default()),
            Self::Xlsb(book) => book.worksheet_formula(sheet).map_err(damaged),
            Self::Xls(book) => book.worksheet_formula(sheet).map_err(damaged),
            Self::Ods(book) => book.worksheet_formula(sheet).map_err(damaged),
        });
        // Cells are read; that their formulas cannot be is no loss.
        let Ok(formulas) = formulas else { return Ok(()) };
        let (first_row, first_column) = formulas.start().unwrap_or_default();
        let mut bare = Vec::new();
        for (row, column, formula) in formulas.used_cells().filter(|(_, _, f)| !f.is_empty()) {
            let (row, column) = (first_row + row as u32, first_column + column as u32);
            if !cells.holds(row, column) {
                bare.push((row, column, formula));
            }
        }
        for (row, column, formula) in bare {
            cells.formula(row, column, formula)?;
        }
        cells.finish();
        Ok(())
    }
}

/// Whether nothing stands in a cell, which may be the value of a formula that nobody computed.
fn is_nothing(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Empty => true,
        DataRef::String(text) => text.is_empty(),
        DataRef::SharedString(text) => text.is_empty(),
        _ => false,
    }
}

/// Puts the formulas without a value into the cells.
fn put_formulas(
    book: &mut Xlsx<BufReader<File>>,
    sheet: &str,
    cells: &mut SheetCells,
) -> Result<(), WorkbookFault> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(damaged)?;
    while let Some(cell) = reader.next_cell_with_formula().map_err(damaged)? {
        if let (Some(formula), true) = (&cell.formula, is_nothing(&cell.value)) {
            cells.formula(cell.pos.0, cell.pos.1, formula)?;
        }
    }
    Ok(())
}

/// An old workbook; an encrypted new one has the same first bytes.
fn open_old(mut file: BufReader<File>) -> Result<Xls<BufReader<File>>, WorkbookFault> {
    let again = file.get_ref().try_clone().map_err(damaged)?;
    file.rewind().map_err(damaged)?;
    Xls::new(file).map_err(|error| {
        let newer = Xlsx::new(BufReader::new(again)).map(|_| ()).map_err(damaged);
        match newer {
            Err(WorkbookFault::Password) => WorkbookFault::Password,
            _ => damaged(error),
        }
    })
}

/// Unpacks every part of a zip once, without keeping it, to see how large it becomes: what an archive says of
/// itself may be a lie.
fn refuse_bombs(file: File) -> Result<File, WorkbookFault> {
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    let mut total = 0;
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).map_err(damaged)?;
        let room = MOST_BYTES - total;
        let read = io::copy(&mut (&mut part).take(room + 1), &mut io::sink());
        total += read.map_err(damaged)?;
        if total > MOST_BYTES {
            return Err(WorkbookFault::TooLarge);
        }
    }
    let mut file = archive.into_inner();
    file.rewind().map_err(damaged)?;
    Ok(file)
}

fn put_ref(
    cells: &mut SheetCells,
    row: u32,
    column: u32,
    value: &DataRef<'_>,
) -> Result<(), WorkbookFault> {
    match value {
        DataRef::Int(number) => cells.number(row, column, *number as f64),
        DataRef::Float(number) => cells.number(row, column, *number),
        DataRef::String(text) | DataRef::DateTimeIso(text) => cells.text(row, column, text),
        DataRef::SharedString(text) => cells.text(row, column, text),
        DataRef::Bool(truth) => cells.truth(row, column, *truth),
        DataRef::DateTime(time) => put_time(cells, row, column, time),
        DataRef::DurationIso(text) => cells.text(row, column, &clock_of(text)),
        DataRef::Error(error) => cells.text(row, column, &error.to_string()),
        DataRef::Empty => Ok(()),
    }
}

fn put_range(cells: &mut SheetCells, range: &Range<Data>) -> Result<(), WorkbookFault> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let (row, column) = (first_row + row as u32, first_column + column as u32);
        match value {
            Data::Int(number) => cells.number(row, column, *number as f64),
            Data::Float(number) => cells.number(row, column, *number),
            Data::String(text) | Data::DateTimeIso(text) => cells.text(row, column, text),
            Data::Bool(truth) => cells.truth(row, column, *truth),
            Data::DateTime(time) => put_time(cells, row, column, time),
            Data::DurationIso(text) => cells.text(row, column, &clock_of(text)),
            Data::Error(error) => cells.text(row, column, &error.to_string()),
            Data::Empty => Ok(()),
        }?;
    }
    Ok(())
}

/// A date, a date with a time, or a time of day.
fn put_time(
    cells: &mut SheetCells,
    row: u32,
    column: u32,
    time: &ExcelDateTime,
) -> Result<(), WorkbookFault> {
    let serial = time.as_f64();
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    if (0.0..1.0).contains(&serial) || time.is_duration() {
        let text = format!("{hour:02}:{minute:02}:{second:02}.{milli:03}");
        return cells.text(row, column, &text);
    }
    let clock = (serial.fract() != 0.0).then_some([hour, minute, second].map(i64::from));
    match date_and_time(
        [i64::from(year), i64::from(month), i64::from(day)],
        clock,
        i64::from(milli),
    ) {
        Some(moment) => cells.time(row, column, moment),
        None => cells.number(row, column, serial),
    }
}

/// `PT9H15M0S` as `09:15:00`, which is how OpenDocument keeps a time of day; another text as it is.
fn clock_of(text: &str) -> String {
    let parts = || {
        let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        let seconds: f64 = rest.strip_suffix('S')?.replace(',', ".").parse().ok()?;
        Some((hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?, seconds))
    };
    parts().map_or_else(
        || text.to_owned(),
        |(hours, minutes, seconds)| format!("{hours:02}:{minutes:02}:{:02}", seconds.trunc()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_written_as_people_do() {
        assert_eq!(clock_of("PT09H05M30.000000000S"), "09:05:30");
        assert_eq!(clock_of("PT14H00M00S"), "14:00:00");
        assert_eq!(clock_of("P1D"), "P1D");
    }

    #[test]
    fn a_workbook_is_known_by_its_first_bytes() {
        let kind = |head: &[u8], name: &str| kind_of(head, Path::new(name));
        assert_eq!(kind(b"PK\x03\x04....[Content_Types].xml", "a.xlsx"), Some(WorkbookKind::Xlsx));
        assert_eq!(kind(b"PK\x03\x04....[Content_Types].xml", "a"), Some(WorkbookKind::Xlsx));
        let ods = b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet";
        assert_eq!(kind(ods, "a.bin"), Some(WorkbookKind::Ods));
        assert_eq!(kind(b"\xd0\xcf\x11\xe0", "a.xls"), Some(WorkbookKind::Xls));
        assert_eq!(kind(b"PK\x03\x04users.csv", "roster.zip"), None);
        assert_eq!(kind(b"a,b\n", "a.xlsx"), None);
    }
}
