//! Why a job or an import failed.

use std::io;

/// Why a job or an import failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting does not read as what it must be.
    #[error("{name}: {value:?} is not {expected}")]
    BadSetting {
        /// Flag or environment variable.
        name: String,
        /// The text given.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// Two settings contradict each other or one lacks another.
    #[error("{0}")]
    Usage(String),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] seedtest_store::Error),
    /// An input file could not be read.
    #[error(transparent)]
    Ingest(#[from] seedtest_ingest::Error),
    /// A model could not be fitted or used.
    #[error(transparent)]
    Model(#[from] seedtest_families::Error),
    /// A model service at another address did not answer as it should.
    #[error("{url}: {reason}")]
    Service {
        /// What was called.
        url: String,
        /// What came back.
        reason: String,
    },
    /// A report could not be rendered.
    #[error(transparent)]
    Report(#[from] seedtest_report::Error),
    /// Output could not be written.
    #[error("cannot write {what}: {source}")]
    Write {
        /// File or stream.
        what: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A strict import met rows it cannot use; nothing was written.
    #[error("{rejected} of {rows} rows cannot be used; nothing was imported")]
    StrictRejects {
        /// Rows refused.
        rejected: u64,
        /// Rows read.
        rows: u64,
    },
    /// There is nothing to make a report of.
    #[error("{0}")]
    NothingToReport(String),
    /// Another process runs the job.
    #[error("{0} is already running")]
    AlreadyRunning(&'static str),
    /// The user or the system asked to stop; nothing was written.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// A result could not be put into JSON.
    #[error("cannot encode a result: {0}")]
    Encode(#[from] serde_json::Error),
}

impl From<seedtest_growth::Error> for Error {
    fn from(error: seedtest_growth::Error) -> Self {
        Self::Model(error.into())
    }
}

impl From<seedtest_irt::Error> for Error {
    fn from(error: seedtest_irt::Error) -> Self {
        Self::Model(error.into())
    }
}

impl From<seedtest_irt::LinkError> for Error {
    fn from(error: seedtest_irt::LinkError) -> Self {
        Self::Model(error.into())
    }
}

impl From<seedtest_irt::ScoreError> for Error {
    fn from(error: seedtest_irt::ScoreError) -> Self {
        Self::Model(error.into())
    }
}

impl Error {
    /// What to do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadSetting { .. } | Self::Usage(_) => {
                Some("see `seedtest job run NAME --help` for what each setting accepts".into())
            }
            Self::Store(error) => error.hint(),
            Self::Ingest(error) => Some(error.hint()),
            Self::Model(error) => error.hint(),
            Self::Service { .. } => {
                Some("check R_IRT_BASE_URL and the service, or unset it to calibrate here".into())
            }
            Self::Report(error) => Some(error.hint().to_string()),
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("the disk is full: free some space or choose another directory".into())
            }
            Self::Write { .. } => Some("check that the directory exists and can be written".into()),
            Self::StrictRejects { .. } => {
                Some("read the rejects file, mend the rows, or import without --strict".into())
            }
            Self::NothingToReport(_) => {
                Some("run `seedtest job run compute-daily-kpis` for that week first".into())
            }
            Self::AlreadyRunning(_) => Some("ask again when it has ended".into()),
            Self::Interrupted | Self::Encode(_) => None,
        }
    }

    /// Whether a setting is wrong, as opposed to the data.
    pub fn is_bad_setting(&self) -> bool {
        matches!(self, Self::BadSetting { .. } | Self::Usage(_))
    }

    /// 2 for a call that was wrong as typed, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::BadSetting { .. } | Self::Usage(_) => 2,
            Self::Ingest(error) if error.is_usage() => 2,
            Self::Model(error) if error.is_usage() => 2,
            _ => 1,
        }
    }

    pub(crate) fn write(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Write { what, source }
    }

    pub(crate) fn log(source: io::Error) -> Self {
        Self::Write { what: "standard output".into(), source }
    }
}
