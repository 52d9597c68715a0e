//! A file, a pipe or standard input as a stream of bytes, decompressed, with its first bytes at hand.
//!
//! What is no regular file gives its bytes once: it is opened once, and whoever has to move in it gets a
//! copy.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Encoding, UTF_8};
use flate2::read::MultiGzDecoder;

use crate::encoding::{self, Transcoded};
use crate::error::Error;
use crate::format::is_binary;

/// As much is looked at before the first row is read.
const HEAD_BYTES: usize = 1 << 20;
const COPY_BYTES: usize = 64 << 10;
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// How much of a file has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file (compressed, where it is) read so far.
    pub bytes_read: u64,
    /// Bytes of the file; 0 where it has no size, as a pipe.
    pub bytes_total: u64,
}

/// An opened file.
pub(crate) struct Source {
    path: PathBuf,
    /// First bytes after decompression; `input` gives them again.
    head: Vec<u8>,
    is_compressed: bool,
    encoding: &'static Encoding,
    /// Whether opening the path again gives the same bytes again.
    is_regular: bool,
    input: Input,
    meter: Meter,
}

/// What is left to read: the head once more, then the failure met while reading it, or the rest.
pub(crate) struct Input {
    head: Cursor<Vec<u8>>,
    failure: Option<io::Error>,
    rest: Box<dyn Read + Send>,
}

impl Source {
    /// Opens the file; `-` is standard input. Texts in another encoding than UTF-8 come as UTF-8: in the one
    /// that is given, else in the one that their first bytes speak for.
    pub(crate) fn open(path: &Path, encoding: Option<&str>) -> Result<Self, Error> {
        let given = encoding.map(|label| {
            encoding::by_label(label)
                .ok_or_else(|| Error::UnknownEncoding { label: label.to_owned() })
        });
        let source = Self::open_bytes(path)?;
        Ok(source.decoded(given.transpose()?))
    }

    /// The same of bytes in memory, which are called `path`.
    pub(crate) fn in_memory(
        path: &Path,
        bytes: Vec<u8>,
        encoding: Option<&str>,
    ) -> Result<Self, Error> {
        let given = encoding.map(|label| {
            encoding::by_label(label)
                .ok_or_else(|| Error::UnknownEncoding { label: label.to_owned() })
        });
        let source = Self::over(path, Cursor::new(bytes), None)?;
        Ok(source.decoded(given.transpose()?))
    }

    fn open_bytes(path: &Path) -> Result<Self, Error> {
        if path.as_os_str() == STANDARD_INPUT {
            return Self::over(path, io::stdin(), None);
        }
        let file = open_file(path)?;
        let metadata = file.metadata().map_err(|e| io_error(path, e))?;
        let length = metadata.is_file().then_some(metadata.len());
        Self::over(path, file, length)
    }

    fn decoded(mut self, given: Option<&'static Encoding>) -> Self {
        if is_binary(&self.head) {
            return self;
        }
        self.encoding = given.unwrap_or_else(|| encoding::detect(&self.head, self.head_is_all()));
        if self.encoding == UTF_8 {
            return self;
        }
        let mut text = Transcoded::new(self.input, self.encoding);
        let (head, failure) = read_head(&mut text);
        self.head.clone_from(&head);
        self.input = Input { head: Cursor::new(head), failure, rest: Box::new(text) };
        self
    }

    /// `length` = bytes of a regular file.
    fn over(
        path: &Path,
        bytes: impl Read + Send + 'static,
        length: Option<u64>,
    ) -> Result<Self, Error> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let mut counted = Counted { inner: bytes, bytes: Arc::clone(&bytes_read) };
        let mut magic = Vec::with_capacity(GZIP_MAGIC.len());
        (&mut counted)
            .take(GZIP_MAGIC.len() as u64)
            .read_to_end(&mut magic)
            .map_err(|e| io_error(path, e))?;
        let compressed = magic == GZIP_MAGIC;
        if magic.is_empty() {
            return Err(Error::Empty { path: path.to_owned() });
        }
        if !compressed && is_named_gzip(path) {
            return Err(Error::NotGzip { path: path.to_owned() });
        }
        let whole = Cursor::new(magic).chain(counted);
        let mut rest: Box<dyn Read + Send> =
            if compressed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
        let (head, failure) = read_head(&mut rest);
        if head.is_empty() {
            return Err(match failure {
                Some(failure) => stream_error(path, 0, failure),
                None => Error::Empty { path: path.to_owned() },
            });
        }
        let input = Input { head: Cursor::new(head.clone()), failure, rest };
        let meter = Meter { bytes_total: length.unwrap_or(0), bytes_read };
        let is_regular = length.is_some();
        Ok(Self {
            path: path.to_owned(),
            head,
            is_compressed: compressed,
            encoding: UTF_8,
            is_regular,
            input,
            meter,
        })
    }

    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Whether `head` is the whole content.
    pub(crate) fn head_is_all(&self) -> bool {
        self.head.len() < HEAD_BYTES
    }

    pub(crate) fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// The encoding of the text in the file.
    pub(crate) fn encoding(&self) -> &'static Encoding {
        self.encoding
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// The bytes of the file, from the first on.
    pub(crate) fn into_input(self) -> Input {
        self.input
    }

    /// The file, to move in it, at its first byte.
    pub(crate) fn into_file(self) -> Result<File, Error> {
        if self.is_regular { open_file(&self.path) } else { copy_of(self) }
    }
}

/// A file without a name that ends with the program, at its first byte.
fn copy_of(source: Source) -> Result<File, Error> {
    let Source { path, mut input, .. } = source;
    let failed = |error| Error::Copy { path: path.clone(), source: error };
    let mut copy = tempfile::tempfile().map_err(failed)?;
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let read = match input.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other.map_err(|error| stream_error(&path, 0, error))?,
        };
        if read == 0 {
            break;
        }
        io::Write::write_all(&mut copy, &buffer[..read]).map_err(failed)?;
    }
    copy.rewind().map_err(failed)?;
    Ok(copy)
}

impl Input {
    /// Nothing.
    pub(crate) fn empty() -> Self {
        Self { head: Cursor::new(Vec::new()), failure: None, rest: Box::new(io::empty()) }
    }

    /// Nothing but a failure.
    pub(crate) fn failing(failure: io::Error) -> Self {
        Self { failure: Some(failure), ..Self::empty() }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let replayed = self.head.read(buffer)?;
        if replayed > 0 || buffer.is_empty() {
            return Ok(replayed);
        }
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.rest.read(buffer),
        }
    }
}

/// Tells how far a file has been read while another part of the program reads it.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    bytes_total: u64,
    bytes_read: Arc<AtomicU64>,
}

impl Meter {
    pub(crate) fn progress(&self) -> Progress {
        Progress {
            bytes_read: self.bytes_read.load(Ordering::Relaxed),
            bytes_total: self.bytes_total,
        }
    }
}

struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

pub(crate) fn open_file(path: &Path) -> Result<File, Error> {
    let file = File::open(path).map_err(|e| io_error(path, e))?;
    let metadata = file.metadata().map_err(|e| io_error(path, e))?;
    if metadata.is_dir() {
        return Err(Error::Directory { path: path.to_owned() });
    }
    Ok(file)
}

/// The error of reading a stream of which `rows` rows have been used.
pub(crate) fn stream_error(path: &Path, rows: u64, source: io::Error) -> Error {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::UnexpectedEof => Error::TruncatedGzip { path, rows },
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Error::CorruptGzip { path, rows, source }
        }
        _ => Error::Io { path, source },
    }
}

fn io_error(path: &Path, source: io::Error) -> Error {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => Error::NotFound { path },
        io::ErrorKind::IsADirectory => Error::Directory { path },
        _ => Error::Io { path, source },
    }
}

fn is_named_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"))
}

/// Up to `HEAD_BYTES` bytes, and the failure that ended them early.
fn read_head(input: &mut impl Read) -> (Vec<u8>, Option<io::Error>) {
    let mut head = Vec::new();
    let failure = input.take(HEAD_BYTES as u64).read_to_end(&mut head).err();
    (head, failure)
}
