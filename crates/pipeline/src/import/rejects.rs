//! The list of rows that cannot be used.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use seedtest_ingest::{Reject, RejectWriter};

use crate::error::Error;

/// The list of rows that could not be used. It is written beside the list of an earlier import and takes
/// its place with the first file that is imported whole; the rows of later files follow in it. What
/// stops the import then leaves the lists of the files that were imported.
pub(super) struct RejectsFile {
    path: PathBuf,
    partial: PathBuf,
    writer: Option<RejectWriter<BufWriter<File>>>,
    /// Whether the list of an earlier import is out of the way.
    published: bool,
}

impl RejectsFile {
    pub(super) fn new(path: &Path) -> Self {
        let partial = path.with_extension("csv.partial");
        Self { path: path.to_owned(), partial, writer: None, published: false }
    }

    pub(super) fn write(&mut self, file: &Path, rejects: &[Reject]) -> Result<(), Error> {
        if rejects.is_empty() {
            return Ok(());
        }
        let path = if self.published { &self.path } else { &self.partial };
        let failed = |error| Error::write(path.display().to_string())(error);
        let writer = if let Some(writer) = &mut self.writer {
            writer
        } else {
            let output = File::create(path).map_err(failed)?;
            let writer = RejectWriter::new(BufWriter::new(output)).map_err(failed)?;
            self.writer.insert(writer)
        };
        writer.write(&file.display().to_string(), rejects).map_err(failed)
    }

    /// Brings what was written so far to its place.
    pub(super) fn publish(&mut self) -> Result<(), Error> {
        let failed = Error::write(self.path.display().to_string());
        if let Some(writer) = &mut self.writer {
            writer.flush().map_err(failed)?;
        }
        if self.published {
            return Ok(());
        }
        if self.writer.is_some() {
            fs::rename(&self.partial, &self.path)
                .map_err(Error::write(self.path.display().to_string()))?;
        } else {
            remove_old(&self.path)?;
        }
        self.published = true;
        Ok(())
    }
}

fn remove_old(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::write(path.display().to_string())(error))
        }
        _ => Ok(()),
    }
}

impl Drop for RejectsFile {
    fn drop(&mut self) {
        if self.writer.take().is_some() && !self.published {
            // No file was imported, and the failure says why: the list of the last import stands.
            let _ = fs::remove_file(&self.partial);
        }
    }
}
