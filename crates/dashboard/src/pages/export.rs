//! What a page shows, as a file: CSV, or a workbook.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{Workbook, XlsxError};

use crate::refusal::{PageResult, Refusal};
use crate::render::segment;

/// A table to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Export {
    /// Name of the file, without its ending.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    /// Each as long as `columns`.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// A text, which no program takes for a formula.
    Text(String),
    /// A number.
    Number(f64),
    /// Not known.
    Empty,
}

impl Cell {
    /// A number, where it is known.
    pub(crate) fn of(number: Option<f64>) -> Self {
        number.filter(|number| number.is_finite()).map_or(Self::Empty, Self::Number)
    }

    /// A text, where there is one.
    pub(crate) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }
}

impl Export {
    /// The file in the format that the path names.
    ///
    /// # Errors
    /// [`Refusal::not_found`] for another format.
    pub(crate) fn answer(&self, format: &str) -> PageResult {
        match format {
            "csv" => Ok(self.file("csv", "text/csv; charset=utf-8", self.csv().into_bytes())),
            "xlsx" => {
                let made = self.workbook().map_err(|error| Refusal::internal(&error))?;
                let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
                Ok(self.file("xlsx", media, made))
            }
            _ => Err(Refusal::not_found()),
        }
    }

    fn file(&self, ending: &str, media: &'static str, content: Vec<u8>) -> Response {
        let name = segment(&format!("{}.{ending}", self.name));
        let text = format!("attachment; filename=\"table.{ending}\"; filename*=UTF-8''{name}");
        let mut response = ([(header::CONTENT_TYPE, media)], content).into_response();
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }

    /// RFC 4180, with a mark at its beginning by which spreadsheets know UTF-8.
    fn csv(&self) -> String {
        let mut text = String::from("\u{feff}");
        let heads: Vec<String> = self.columns.iter().map(|head| quoted(head)).collect();
        text.push_str(&heads.join(","));
        text.push_str("\r\n");
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(written).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        text
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (at, head) in (0_u16..).zip(&self.columns) {
            sheet.write_string(0, at, head)?;
        }
        for (row, cells) in (1_u32..).zip(&self.rows) {
            for (at, cell) in (0_u16..).zip(cells) {
                match cell {
                    Cell::Text(text) => sheet.write_string(row, at, text)?,
                    Cell::Number(number) => sheet.write_number(row, at, *number)?,
                    Cell::Empty => continue,
                };
            }
        }
        workbook.save_to_buffer()
    }
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => quoted(text),
        Cell::Number(number) => number.to_string(),
        Cell::Empty => String::new(),
    }
}

/// A text in quotation marks where it needs them. One that begins as formulas do gets an apostrophe in front: a
/// spreadsheet would compute it.
fn quoted(text: &str) -> String {
    let begins_as_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if begins_as_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_formula_and_keeps_its_commas() {
        let export = Export {
            name: "x".into(),
            columns: vec!["name".into(), "n".into(), "share".into()],
            rows: vec![
                vec![Cell::Text("=1+1".into()), Cell::Number(3.0), Cell::Empty],
                vec![Cell::Text("a \"b\", c".into()), Cell::Number(0.25), Cell::of(Some(f64::NAN))],
            ],
        };
        let expected = "\u{feff}name,n,share\r\n'=1+1,3,\r\n\"a \"\"b\"\", c\",0.25,\r\n";
        assert_eq!(export.csv(), expected);
        assert!(export.workbook().unwrap().starts_with(b"PK"));
    }

    #[test]
    fn the_name_of_a_file_ends_no_header() {
        let export =
            Export { name: "3반\"\r\nx: y".into(), columns: Vec::new(), rows: Vec::new() };
        let answer = export.answer("csv").unwrap();
        let disposition = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(disposition.ends_with("filename*=UTF-8''3%EB%B0%98%22%0D%0Ax%3A%20y.csv"));
        assert!(export.answer("exe").is_err());
    }
}
