//! Files to read, and what was read from them.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use seedtest_ingest::{
    Attempt, Batch, Error, Options, Reader, Reject, RejectReason, RowCounts, WideOptions,
};
use tempfile::TempDir;

/// A file that is deleted when it goes out of scope.
pub(crate) struct File {
    dir: TempDir,
    path: PathBuf,
}

impl File {
    pub(crate) fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        Self { dir, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn open_error(&self, options: &Options) -> Error {
        match Reader::open(&self.path, options) {
            Ok(_) => panic!("{} should not open", self.path.display()),
            Err(error) => error,
        }
    }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An [`Attempt`] that owns its text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Answer {
    pub(crate) line: u64,
    pub(crate) student: String,
    pub(crate) item: String,
    pub(crate) topic: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) at: Option<i64>,
    pub(crate) outcome: Option<bool>,
    pub(crate) response_time_ms: Option<u32>,
    pub(crate) hints: Option<u32>,
    pub(crate) points: Option<(f64, Option<f64>)>,
}

impl From<Attempt<'_>> for Answer {
    fn from(attempt: Attempt<'_>) -> Self {
        Self {
            line: attempt.line,
            student: attempt.student.to_owned(),
            item: attempt.item.to_owned(),
            topic: attempt.topic.map(str::to_owned),
            session: attempt.session.map(str::to_owned),
            subject: attempt.subject.map(str::to_owned),
            at: attempt.at,
            outcome: attempt.outcome,
            response_time_ms: attempt.response_time_ms,
            hints: attempt.hints,
            points: attempt.points.map(|points| (points.got, points.max)),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) answers: Vec<Answer>,
    pub(crate) rejects: Vec<Reject>,
    /// What ended the reading before the end of the file.
    pub(crate) failure: Option<Error>,
    pub(crate) counts: RowCounts,
}

impl Content {
    /// Line, student, item and outcome of every answer.
    pub(crate) fn brief(&self) -> Vec<(u64, &str, &str, Option<bool>)> {
        self.answers
            .iter()
            .map(|a| (a.line, a.student.as_str(), a.item.as_str(), a.outcome))
            .collect()
    }

    pub(crate) fn reasons(&self) -> Vec<(u64, RejectReason)> {
        self.rejects.iter().map(|r| (r.line, r.reason)).collect()
    }
}

/// Everything in a file that opens.
pub(crate) fn read_path(path: &Path, options: &Options) -> Content {
    let mut reader = Reader::open(path, options).unwrap();
    let mut batch = Batch::new();
    let mut content = Content::default();
    content.counts.notes = reader.notes().to_vec();
    loop {
        match reader.next_batch(&mut batch) {
            Ok(true) => {}
            Ok(false) => return content,
            Err(error) => {
                content.failure = Some(error);
                return content;
            }
        }
        content.counts.add(&batch);
        content.answers.extend(batch.attempts().map(Answer::from));
        content.rejects.extend_from_slice(batch.rejects());
    }
}

/// Everything in a file of this name and content.
pub(crate) fn read(name: &str, content: impl AsRef<[u8]>) -> Content {
    read_path(File::new(name, content).path(), &Options::default())
}

/// Items by name, as `--items` takes them.
pub(crate) fn wide_items(names: &str) -> WideOptions {
    WideOptions { items: names.split(',').map(str::to_owned).collect(), ..WideOptions::default() }
}
