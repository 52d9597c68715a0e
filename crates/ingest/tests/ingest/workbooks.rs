//! Workbooks of Excel and LibreOffice.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use seedtest_ingest::{
    Error, Options, Reader, TableOptions, Wanted, WorkbookFault, preview, read_table_file,
};

use crate::files::{File, read_path};

/// A workbook as a teacher makes it: a title, a header, dates and marks.
fn class(sheets: &[&str]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let dated = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (at, name) in sheets.iter().enumerate() {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        sheet.write(0, 0, "3학년 2반").unwrap();
        for (column, title) in ["학번", "문항", "정오", "응시일시"].iter().enumerate() {
            sheet.write(2, column as u16, *title).unwrap();
        }
        for row in 0..30 * (at as u32 + 1) {
            sheet.write(row + 3, 0, f64::from(20_250_001 + row / 3)).unwrap();
            sheet.write(row + 3, 1, format!("{}번", row % 3 + 1)).unwrap();
            sheet.write(row + 3, 2, if row % 2 == 0 { "O" } else { "X" }).unwrap();
            let time = ExcelDateTime::from_ymd(2025, 3, 3)
                .unwrap()
                .and_hms(9, (row % 60) as u8, 0)
                .unwrap();
            sheet.write_datetime_with_format(row + 3, 3, &time, &dated).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn a_sheet_is_a_log() {
    let options = Options { wanted: Wanted::Timed, ..Options::default() };
    let file = File::new("class.xlsx", class(&["Blatt", "Answers"]));
    let content = read_path(file.path(), &options);
    assert!(content.rejects.is_empty(), "{:?}", content.rejects.first());
    assert_eq!(content.answers.len(), 60, "the longer of two sheets");
    let first = &content.answers[1];
    assert_eq!((first.line, first.student.as_str(), first.item.as_str()), (5, "20250001", "2번"));
    assert_eq!((first.outcome, first.at), (Some(false), Some(1_740_992_460_000_000)));
    assert!(
        content.counts.notes.iter().any(|note| note.contains("\"Answers\"")),
        "{:?}",
        content.counts.notes
    );
    let named = Options { sheet: Some("1".into()), ..options };
    assert_eq!(read_path(file.path(), &named).answers.len(), 30);
    let missing = Options { sheet: Some("Answer".into()), ..Options::default() };
    let error = file.open_error(&missing);
    assert!(error.to_string().contains("no sheet \"Answer\" among: Blatt, Answers"), "{error}");
    assert!(error.is_usage());
}

#[test]
fn only_a_workbook_has_sheets() {
    let options = Options { sheet: Some("3반".into()), ..Options::default() };
    let file = File::new("log.csv", "student,item,correct\na,q1,1\nb,q1,0\n");
    let error = file.open_error(&options);
    assert!(
        error.to_string().ends_with("CSV has no sheets, and one was named: \"3반\""),
        "{error}"
    );
    assert!(error.is_usage() && error.hint().contains("--sheet"), "{}", error.hint());
    let table = TableOptions { sheet: Some("1".into()), ..TableOptions::default() };
    let error = read_table_file(file.path(), &table).unwrap_err();
    assert!(matches!(error, Error::NoSheets { .. }), "{error}");
}

#[test]
fn a_sheet_is_a_table() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, title) in ["student_id", "week", "score", "note"].iter().enumerate() {
        sheet.write(0, column as u16, *title).unwrap();
    }
    for row in 0..20_u32 {
        sheet.write(row + 1, 0, f64::from(row / 4)).unwrap();
        sheet.write(row + 1, 1, f64::from(row % 4)).unwrap();
        sheet.write(row + 1, 2, f64::from(row) / 20.0).unwrap();
        if row == 7 {
            sheet.write(row + 1, 3, "late").unwrap();
        }
    }
    let file = File::new("t.xlsx", workbook.save_to_buffer().unwrap());
    let found = read_table_file(file.path(), &TableOptions::default()).unwrap();
    assert_eq!(found.table.n_rows, 20);
    let numbers = |name: &str| match found.table.column(name) {
        Some(seedtest_ingest::TableColumn::Numeric(numbers)) => numbers.clone(),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(numbers("score")[19], 0.95);
    assert_eq!(numbers("week")[5], 1.0);
}

#[test]
fn a_workbook_that_cannot_be_read_says_why() {
    let whole = class(&["A"]);
    let fault = |name: &str, bytes: &[u8]| {
        let error = File::new(name, bytes).open_error(&Options::default());
        assert!(!error.hint().is_empty() && !error.to_string().contains('\n'), "{error}");
        match error {
            Error::Workbook { fault, .. } => *fault,
            other => panic!("{other}"),
        }
    };
    assert!(matches!(fault("a.xlsx", &whole[..whole.len() / 2]), WorkbookFault::Damaged { .. }));
    assert!(matches!(
        fault("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and no more"),
        WorkbookFault::Damaged { .. }
    ));
    let empty = Workbook::new().add_worksheet().name();
    let mut workbook = Workbook::new();
    workbook.add_worksheet();
    assert!(
        matches!(fault("a.xlsx", &workbook.save_to_buffer().unwrap()), WorkbookFault::Empty),
        "{empty}"
    );
    assert!(matches!(fault("a.xlsx", &bomb()), WorkbookFault::TooLarge));
}

/// A workbook with a part of a gigabyte of zeros.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("[Content_Types].xml", options).unwrap();
    archive.write_all(b"<Types/>").unwrap();
    archive.start_file("xl/sharedStrings.xml", options).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..600 {
        archive.write_all(&zeros).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_cell_far_out_costs_no_memory() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, title) in ["student", "item", "correct"].iter().enumerate() {
        sheet.write(0, column as u16, *title).unwrap();
    }
    sheet.write(1, 0, "amy").unwrap();
    sheet.write(1, 1, "q").unwrap();
    sheet.write(1, 2, 1).unwrap();
    sheet.write(1_048_575, 16_383, "far").unwrap();
    let file = File::new("far.xlsx", workbook.save_to_buffer().unwrap());
    let content = read_path(file.path(), &Options::default());
    assert_eq!(content.brief(), [(2, "amy", "q", Some(true))]);
    assert!(Reader::open(file.path(), &Options::default()).is_ok());
}

#[test]
fn a_preview_shows_cells_that_are_dates() {
    let found =
        preview(File::new("class.xlsx", class(&["A"])).path(), &Options::default()).unwrap();
    let dates = &found.columns[3];
    assert_eq!((dates.name.as_str(), dates.meaning.as_deref()), ("응시일시", Some("completed_at")));
    assert_eq!(dates.first, ["2025-03-03 09:00:00", "2025-03-03 09:01:00", "2025-03-03 09:02:00"]);
}
