//! Which format a file has, by its first bytes.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::grid::{
    self, Grid, JsonGrid, MemoryGrid, MemoryTable, ParquetGrid, Sample, TextGrid, WorkbookKind,
};
use crate::json_texts::{JsonShape, first_objects};
use crate::options::Options;
use crate::source::Source;
use crate::systems::System;
use crate::workbook_tables;

/// How the rows of a file are written. Compression by gzip is seen through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Cells separated by a delimiter, a line at the start naming the columns.
    Delimited {
        /// The byte between two cells.
        delimiter: u8,
    },
    /// Flat JSON objects, each one answer.
    Json(JsonShape),
    /// JSON objects, each the result of one exam sitting with its questions.
    ExamResults(JsonShape),
    /// JSON objects that tell of events, as a system writes them.
    Events {
        /// The system.
        system: System,
        /// Where the objects stand.
        shape: JsonShape,
    },
    /// Results of QTI 3, as XML.
    QtiResults,
    /// Apache Parquet.
    Parquet,
    /// A workbook of Excel or LibreOffice.
    Workbook(WorkbookKind),
}

/// A file that is open and whose format is known; nothing of it has been used up.
pub struct Opened {
    pub(crate) source: Source,
    format: Format,
}

/// A table with what names its columns and its first rows.
pub(crate) struct OpenTable {
    pub(crate) grid: Grid,
    pub(crate) headers: Vec<String>,
    pub(crate) sample: Sample,
    /// The sheets of a workbook, with their rows.
    pub(crate) sheets: Vec<(String, usize)>,
    pub(crate) notes: Vec<String>,
}

impl OpenTable {
    /// A table in memory.
    pub(crate) fn in_memory(table: Arc<dyn MemoryTable>) -> Self {
        let (grid, headers, sample) = MemoryGrid::open(table);
        let grid = Grid::Memory(grid);
        Self { grid, headers, sample, sheets: Vec::new(), notes: Vec::new() }
    }
}

impl Opened {
    /// Opens a file, a pipe, or standard input, whose path is `-`.
    ///
    /// # Errors
    /// When the file cannot be opened, is empty or holds nothing that is read here.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        Self::of(Source::open(path, options.encoding.as_deref())?, options)
    }

    /// The same of bytes in memory, which are called `path`.
    ///
    /// # Errors
    /// When they hold nothing that is read here.
    pub(crate) fn in_memory(path: &Path, bytes: Vec<u8>, options: &Options) -> Result<Self, Error> {
        Self::of(Source::in_memory(path, bytes, options.encoding.as_deref())?, options)
    }

    fn of(source: Source, options: &Options) -> Result<Self, Error> {
        let format = Format::of(&source, options)?;
        if let (Some(sheet), false) = (&options.sheet, matches!(format, Format::Workbook(_))) {
            let (path, sheet) = (source.path().to_owned(), sheet.clone());
            return Err(Error::NoSheets { path, found: format.name(), sheet });
        }
        Ok(Self { source, format })
    }

    /// The format, from the first bytes and the name.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The rows of a table and what names its columns.
    ///
    /// # Errors
    /// Where the file is no table, or cannot be read.
    pub(crate) fn table(self, options: &Options) -> Result<(Grid, Vec<String>), Error> {
        let mut tables = self.tables(options)?;
        let OpenTable { grid, headers, .. } = tables.swap_remove(0);
        Ok((grid, headers))
    }

    /// The tables in the file: one, or those of its sheets, the longest first.
    pub(crate) fn tables(self, options: &Options) -> Result<Vec<OpenTable>, Error> {
        let path = self.source.path().to_owned();
        let one = |grid, (headers, sample)| {
            vec![OpenTable { grid, headers, sample, sheets: Vec::new(), notes: Vec::new() }]
        };
        match self.format {
            Format::Delimited { delimiter } => {
                let (grid, headers, sample) = TextGrid::open(self.source, delimiter, options)?;
                Ok(one(Grid::Text(Box::new(grid)), (headers, sample)))
            }
            Format::Json(shape) => {
                let (grid, headers, sample) = JsonGrid::open(self.source, shape, options)?;
                Ok(one(Grid::Json(Box::new(grid)), (headers, sample)))
            }
            Format::Parquet => {
                let (grid, headers, sample) = ParquetGrid::open(self.source)?;
                Ok(one(Grid::Parquet(Box::new(grid)), (headers, sample)))
            }
            Format::Workbook(kind) => workbook_tables::open(self.source, kind, options),
            Format::ExamResults(_) | Format::Events { .. } | Format::QtiResults => {
                Err(Error::NotATable { path, found: self.format.name() })
            }
        }
    }
}

impl Format {
    pub(crate) fn of(source: &Source, options: &Options) -> Result<Self, Error> {
        let head = source.head();
        let path = source.path();
        let unsupported = |found| Err(Error::UnsupportedFormat { path: path.to_owned(), found });
        if head.starts_with(b"PAR1") {
            if source.is_compressed() {
                return unsupported("a Parquet file inside a gzip stream");
            }
            return Ok(Self::Parquet);
        }
        if let Some(kind) = grid::workbook_kind(head, path) {
            if source.is_compressed() {
                return unsupported("a workbook inside a gzip stream");
            }
            return Ok(Self::Workbook(kind));
        }
        if let Some((_, found)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
            return unsupported(found);
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if first_line(text).contains(&0) {
            return unsupported("a binary file");
        }
        match text.first() {
            None if source.head_is_all() => Err(Error::Empty { path: path.to_owned() }),
            Some(b'{') => json_format(text, options, path),
            Some(b'[') if starts_array_of_objects(text) => json_format(text, options, path),
            Some(b'[') if named_json(path) => Err(Error::NotJsonLines {
                path: path.to_owned(),
                found: "a JSON array without objects",
            }),
            Some(b'<') => markup_format(text, path),
            _ => Ok(Self::Delimited { delimiter: grid::delimiter(text, usual_delimiter(path)) }),
        }
    }

    /// What to call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delimited { delimiter: b'\t' } => "tab-separated text",
            Self::Delimited { delimiter: b';' } => "text with semicolons",
            Self::Delimited { delimiter: b'|' } => "text with bars",
            Self::Delimited { .. } => "CSV",
            Self::Json(JsonShape::Lines) => "JSON Lines",
            Self::Json(_) => "JSON",
            Self::ExamResults(_) => "exam documents",
            Self::Events { system, .. } => system.title(),
            Self::QtiResults => System::QtiResults.title(),
            Self::Parquet => "Parquet",
            Self::Workbook(WorkbookKind::Ods) => "an OpenDocument spreadsheet",
            Self::Workbook(_) => "an Excel workbook",
        }
    }
}

/// First bytes of files that are sent by mistake.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x1f\x8b", "a file that was compressed twice"),
];

/// Whether a file is no text, by its first bytes.
pub(crate) fn is_binary(head: &[u8]) -> bool {
    const MORE: &[&[u8]] = &[b"PAR1", b"\xd0\xcf\x11\xe0"];
    FOREIGN.iter().map(|(magic, _)| *magic).chain(MORE.iter().copied()).any(|m| head.starts_with(m))
}

fn extension(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let bare = name.strip_suffix(".gz").unwrap_or(&name);
    bare.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default()
}

fn usual_delimiter(path: &Path) -> Option<u8> {
    match extension(path).as_str() {
        "tsv" | "tab" => Some(b'\t'),
        "csv" => Some(b','),
        _ => None,
    }
}

fn named_json(path: &Path) -> bool {
    matches!(extension(path).as_str(), "json" | "jsonl" | "ndjson")
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|&b| b == b'\n').next().unwrap_or_default()
}

fn starts_array_of_objects(text: &[u8]) -> bool {
    text.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
}

fn json_format(text: &[u8], options: &Options, path: &Path) -> Result<Format, Error> {
    let shape = if text.starts_with(b"[") {
        JsonShape::Array
    } else if serde_json::from_slice::<serde::de::IgnoredAny>(first_line(text)).is_ok() {
        JsonShape::Lines
    } else {
        multi_line_shape(text)
    };
    let objects = first_objects(text, shape);
    let first =
        objects.iter().find_map(|(_, text)| serde_json::from_str::<Map<String, Value>>(text).ok());
    // An object that is too long to be seen whole is told by its first keys.
    let start = &text[..text.len().min(1 << 12)];
    let has = |key: &str| match &first {
        Some(object) => object.contains_key(key),
        None => holds_key(start, format!("{key:?}").as_bytes()),
    };
    if let Some(system) = System::of_object(&has, first.as_ref(), options.from) {
        return Ok(Format::Events { system, shape });
    }
    if let Some(system) = options.from.filter(|system| system.is_events()) {
        return Err(Error::NotFromSystem {
            path: path.to_owned(),
            system,
            missing: "its keys".into(),
        });
    }
    if has("result_json") || has("questions") {
        return Ok(Format::ExamResults(shape));
    }
    Ok(Format::Json(shape))
}

/// Objects over several lines: one behind the other, or wrapped in one that does not end soon.
fn multi_line_shape(text: &[u8]) -> JsonShape {
    let wraps = [&b"\"statements\""[..], b"\"data\""].iter().any(|key| {
        let at = text.windows(key.len()).position(|window| window == *key);
        at.is_some_and(|at| {
            let behind = text[at + key.len()..].trim_ascii_start();
            let array = behind.strip_prefix(b":").map(<[u8]>::trim_ascii_start);
            array.is_some_and(starts_array_of_objects)
        })
    });
    let is_whole = !first_objects(text, JsonShape::Stream).is_empty();
    // A line that is no object is one of several that are: the others are read.
    let is_lines = text.split(|b| *b == b'\n').skip(1).take(20).any(|line| {
        line.trim_ascii().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(line.trim_ascii()).is_ok()
    });
    if wraps && !is_whole {
        JsonShape::Wrapped
    } else if is_lines && !wraps {
        JsonShape::Lines
    } else {
        JsonShape::Stream
    }
}

/// Whether `quoted_key` stands before a colon.
fn holds_key(text: &[u8], quoted_key: &[u8]) -> bool {
    let ends = text.windows(quoted_key.len()).enumerate();
    ends.filter(|(_, window)| *window == quoted_key)
        .any(|(start, _)| text[start + quoted_key.len()..].trim_ascii_start().starts_with(b":"))
}

fn markup_format(text: &[u8], path: &Path) -> Result<Format, Error> {
    let start = String::from_utf8_lossy(&text[..text.len().min(4 << 10)]).to_lowercase();
    if start.contains("<assessmentresult") {
        return Ok(Format::QtiResults);
    }
    let is_page =
        ["<html", "<table", "<!doctype html", "<meta"].iter().any(|tag| start.contains(tag));
    let found = match extension(path).as_str() {
        "xls" | "xlsx" if is_page => "an HTML page that is named like a workbook",
        _ if is_page => "an HTML page",
        _ if start.contains("excel.sheet")
            || start.contains("urn:schemas-microsoft-com:office:spreadsheet") =>
        {
            "a spreadsheet in Excel's old XML"
        }
        // A header may begin with this sign.
        _ if !start.contains("<?xml") && !start.starts_with("<!") && !start.contains("</") => {
            return Ok(Format::Delimited {
                delimiter: grid::delimiter(text, usual_delimiter(path)),
            });
        }
        _ => "XML",
    };
    Err(Error::UnsupportedFormat { path: path.to_owned(), found })
}
