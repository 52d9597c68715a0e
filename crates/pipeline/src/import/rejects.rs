//! The list of rows that cannot be used.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use seedtest_ingest::{Reject, RejectWriter};

use crate::error::Error;

/// The list of rows that could not be used. It replaces the list of an earlier import when it is
/// complete; an import without such rows removes the old list.
pub(super) struct RejectsFile {
    path: PathBuf,
    partial: PathBuf,
    writer: Option<RejectWriter<BufWriter<File>>>,
}

impl RejectsFile {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), partial: path.with_extension("csv.partial"), writer: None }
    }

    pub(super) fn write(&mut self, file: &Path, rejects: &[Reject]) -> Result<(), Error> {
        if rejects.is_empty() {
            return Ok(());
        }
        let partial = &self.partial;
        let failed = |error| Error::write(partial.display().to_string())(error);
        let writer = if let Some(writer) = &mut self.writer {
            writer
        } else {
            let output = File::create(partial).map_err(failed)?;
            let writer = RejectWriter::new(BufWriter::new(output)).map_err(failed)?;
            self.writer.insert(writer)
        };
        writer.write(&file.display().to_string(), rejects).map_err(failed)
    }

    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let Some(writer) = self.writer.take() else {
            return remove_old(&self.path);
        };
        let failed = Error::write(self.path.display().to_string());
        writer.finish().and_then(|()| fs::rename(&self.partial, &self.path)).map_err(failed)
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
        if self.writer.take().is_some() {
            // The import failed and says why; its half-written list must not stay behind.
            let _ = fs::remove_file(&self.partial);
        }
    }
}
