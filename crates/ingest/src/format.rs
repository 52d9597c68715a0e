//! Which format a file has, by its first bytes.

use std::path::Path;

use crate::error::Error;
use crate::source::Source;

/// How the rows of a file are written. Compression by gzip is seen through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Cells separated by a delimiter, the first line naming the columns.
    Delimited {
        /// The byte between two cells.
        delimiter: u8,
    },
    /// One JSON object a line, each one answer.
    JsonLines,
    /// One JSON object a line, each the result of one exam sitting with its questions.
    ExamResults,
    /// Apache Parquet.
    Parquet,
}

/// A file that is open and whose format is known; nothing of it has been used up.
pub struct Opened {
    pub(crate) source: Source,
    format: Format,
}

impl Opened {
    /// Opens a file, a pipe, or standard input, whose path is `-`.
    ///
    /// # Errors
    /// When the file cannot be opened, is empty or holds nothing that is read here.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let source = Source::open(path)?;
        let format = Format::of(&source)?;
        Ok(Self { source, format })
    }

    /// The format, from the first bytes and the name.
    pub fn format(&self) -> Format {
        self.format
    }
}

impl Format {
    pub(crate) fn of(source: &Source) -> Result<Self, Error> {
        let head = source.head();
        let path = source.path();
        let unsupported = |found| Err(Error::UnsupportedFormat { path: path.to_owned(), found });
        if head.starts_with(b"PAR1") {
            if source.is_compressed() {
                return unsupported("a Parquet file inside a gzip stream");
            }
            return Ok(Self::Parquet);
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
            Some(b'{') => Ok(json_format(text)),
            Some(b'[') if named_json(path) || starts_array_of_objects(text) => {
                Err(Error::NotJsonLines { path: path.to_owned(), found: "one JSON array" })
            }
            _ => Ok(Self::Delimited { delimiter: delimiter(path, text) }),
        }
    }
}

/// First bytes of files that are sent by mistake.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"\x1f\x8b", "a file that was compressed twice"),
];

fn extension(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let bare = name.strip_suffix(".gz").unwrap_or(&name);
    bare.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default()
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

/// Exam documents carry their questions inside; rows of a response log do not.
fn json_format(text: &[u8]) -> Format {
    let object = first_line(text);
    if holds_key(object, b"\"result_json\"") || holds_key(object, b"\"questions\"") {
        Format::ExamResults
    } else {
        Format::JsonLines
    }
}

/// Whether `quoted_key` stands before a colon.
fn holds_key(text: &[u8], quoted_key: &[u8]) -> bool {
    let ends = text.windows(quoted_key.len()).enumerate();
    ends.filter(|(_, window)| *window == quoted_key)
        .any(|(start, _)| text[start + quoted_key.len()..].trim_ascii_start().starts_with(b":"))
}

/// Tab for `.tsv`; otherwise the most frequent candidate of the header line, the comma first.
fn delimiter(path: &Path, text: &[u8]) -> u8 {
    if matches!(extension(path).as_str(), "tsv" | "tab") {
        return b'\t';
    }
    let mut quoted = false;
    let mut counts = [(b',', 0usize), (b'\t', 0), (b';', 0), (b'|', 0)];
    for &byte in first_line(text) {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(d, _)| *d == byte && !quoted) {
            *count += 1;
        }
    }
    if extension(path) == "csv" && counts[0].1 > 0 {
        return b',';
    }
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    best.filter(|(_, count)| *count > 0).map_or(b',', |(delimiter, _)| *delimiter)
}
