//! Why a job, an import or a question failed, and what to do about it.

use std::io;
use std::path::PathBuf;

use chrono::NaiveDate;
use seedtest_fault::FaultKind;
use seedtest_kpi::NotFinite;
use seedtest_responses::{TimeZone, UnknownTimeZone};

/// Why a job or an import failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A flag does not read as what it must be.
    #[error("--{key}: {value:?} is not {expected}")]
    BadSetting {
        /// The job.
        job: &'static str,
        /// The flag, without dashes.
        key: &'static str,
        /// The text given.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// An environment variable does not read as what it must be.
    #[error("{name}: {value:?} is not {expected}")]
    BadEnvironment {
        /// The variable.
        name: &'static str,
        /// Its text.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// A value of the configuration file does not read as what it must be.
    #[error("the configuration file: {address}: {value:?} is not {expected}")]
    BadFileSetting {
        /// Where it stands, as `jobs.mirt-calibrate.model`.
        address: String,
        /// Its text.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// A job cannot run without this setting.
    #[error("{job} needs --{key}")]
    MissingSetting {
        /// The job.
        job: &'static str,
        /// The flag, without dashes.
        key: &'static str,
    },
    /// Settings of a job contradict each other or its data.
    #[error("{reason}")]
    Contradiction {
        /// The job.
        job: &'static str,
        /// What does not go together.
        reason: String,
    },
    /// What lies in a lake cannot be used.
    #[error("{reason}")]
    Lake {
        /// What is wrong with it.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// A day that has not come yet.
    #[error("{date} lies in the future (today is {today})")]
    InTheFuture {
        /// The day asked for.
        date: NaiveDate,
        /// Today in the time zone of the database.
        today: NaiveDate,
    },
    /// A goal for a day that the answers are past.
    #[error("the goal is to be reached by {day}, and there are answers up to {last}")]
    GoalBefore {
        /// The day of the goal.
        day: NaiveDate,
        /// Day of the newest answer.
        last: NaiveDate,
    },
    /// Rows are stored that were counted in another time zone.
    #[error("the days of this database are counted in {stored}, not in {asked}")]
    OtherTimeZone {
        /// The zone of what is stored.
        stored: TimeZone,
        /// The zone asked for.
        asked: TimeZone,
    },
    /// The stored time zone is none that this program knows.
    #[error("the database names its time zone: {0}")]
    UnknownTimeZone(UnknownTimeZone),
    /// An event that cannot be put into the outbox.
    #[error("{reason}")]
    BadEvent {
        /// What is wrong with it.
        reason: String,
    },
    /// No run of the ledger has that id.
    #[error("no run is called {run_id:?}")]
    UnknownRun {
        /// The id.
        run_id: String,
    },
    /// A line of the ledger does not say as of when its run stood.
    #[error("the stored run names no instant")]
    NoInstant,
    /// The directory holds something that no demo made.
    #[error("{} is not empty and was not made by the demo; choose another --dir", dir.display())]
    NotOfADemo {
        /// The directory.
        dir: PathBuf,
    },
    /// A file whose path cannot be written as an address.
    #[error("{} has no address", path.display())]
    NoAddress {
        /// The file.
        path: PathBuf,
    },
    /// Something stored for a student is infinite or no number.
    #[error("{user_id}: {error}")]
    NotFinite {
        /// The student.
        user_id: String,
        /// The KPI it would become.
        error: NotFinite,
    },
    /// The database refused.
    #[error(transparent)]
    Store(#[from] seedtest_store::Error),
    /// A correction was not made.
    #[error(transparent)]
    Correction(#[from] crate::corrections::CorrectionError),
    /// An input file could not be read.
    #[error(transparent)]
    Ingest(Box<seedtest_ingest::Error>),
    /// A roster or a table of names cannot be used.
    #[error(transparent)]
    People(#[from] seedtest_ingest::PeopleError),
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
        /// Environment variable that holds the address.
        variable: Option<&'static str>,
    },
    /// A report could not be rendered.
    #[error(transparent)]
    Report(#[from] seedtest_report::Error),
    /// Reports have no place to go to. The words are those of the contract (docs/contract/jobs.md J13).
    #[error("S3_BUCKET environment variable required")]
    NoDestination,
    /// A letter cannot link to a file of this machine.
    #[error("{url} opens on this machine only")]
    Unlinked {
        /// The address.
        url: String,
    },
    /// A published object is not the one that was entered.
    #[error("{place} has another {key} than was published")]
    OtherObject {
        /// The place.
        place: String,
        /// The key.
        key: String,
    },
    /// A report could not be published.
    #[error(transparent)]
    Publish(#[from] seedtest_publish::Error),
    /// A letter could not be sent.
    #[error(transparent)]
    Mail(#[from] seedtest_publish::MailError),
    /// Another system could not be told.
    #[error(transparent)]
    Webhook(#[from] seedtest_publish::WebhookError),
    /// The customising file of the school cannot be used.
    #[error(transparent)]
    Customise(#[from] crate::reports::CustomiseError),
    /// PDF was asked of a program that was built without it.
    #[error("this program was built without PDF")]
    NoPdf,
    /// A report could not be set on paper.
    #[cfg(feature = "pdf")]
    #[error(transparent)]
    Pdf(#[from] seedtest_pdf::PdfError),
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
    /// Pseudonyms without a key or a tenant.
    #[error("pseudonyms need a tenant and a key of 32 bytes or more")]
    NoPseudonymKey,
    /// Nothing is held of a student.
    #[error("nothing is held of the student {user_id:?}")]
    UnknownStudent {
        /// The id asked for.
        user_id: String,
    },
    /// There is nothing to make a report of.
    #[error("{0}")]
    NothingToReport(String),
    /// Another process runs the job.
    #[error("{0} is already running")]
    AlreadyRunning(&'static str),
    /// A run that waited was cancelled, or another process has it.
    #[error("the run {run_id:?} does not wait any more")]
    Withdrawn {
        /// Its id.
        run_id: String,
    },
    /// The user or the system asked to stop; nothing was written.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// A result could not be put into JSON.
    #[error("cannot encode a result: {0}")]
    Encode(#[from] serde_json::Error),
}

impl From<seedtest_ingest::Error> for Error {
    fn from(error: seedtest_ingest::Error) -> Self {
        Self::Ingest(Box::new(error))
    }
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
            Self::BadSetting { job, .. }
            | Self::MissingSetting { job, .. }
            | Self::Contradiction { job, .. } => {
                Some(format!("see `seedtest job run {job} --help` for what each setting accepts"))
            }
            Self::BadEnvironment { name, .. } => {
                Some(format!("set {name} to that, or unset it; `seedtest config show` lists all"))
            }
            Self::BadFileSetting { .. } => {
                Some("correct it there; `seedtest config show` lists all".into())
            }
            Self::Lake { hint, .. } => Some((*hint).to_owned()),
            Self::InTheFuture { today, .. } => Some(format!("choose a day up to {today}")),
            Self::GoalBefore { last, .. } => Some(format!("choose a day from {last} on")),
            Self::OtherTimeZone { stored, asked } => Some(format!(
                "run `seedtest timezone {asked}`, which computes features and KPIs again in {asked}; or \
                 keep {stored}: leave out --timezone and SEEDTEST_TIMEZONE"
            )),
            Self::UnknownTimeZone(_) => {
                Some("use the program that wrote the database, or newer".into())
            }
            Self::BadEvent { .. } => {
                Some("an event has a student and an instant that is over".into())
            }
            Self::NoPseudonymKey => Some(
                "set SEEDTEST_PSEUDONYM_KEY, as `openssl rand -hex 32` makes one, and keep it apart from \
                 the data"
                    .into(),
            ),
            Self::UnknownStudent { .. } => {
                Some("ids are compared as they are, capitals and blanks included".into())
            }
            Self::UnknownRun { .. } => Some("`seedtest runs list` shows the runs there are".into()),
            Self::NoAddress { .. } => {
                Some("give the reports a directory with an absolute path".into())
            }
            Self::NotFinite { .. } => {
                Some("look for an infinite ability or standard error of this student".into())
            }
            Self::Store(error) => error.hint(),
            Self::Correction(error) => Some(error.hint().to_owned()),
            Self::Ingest(error) => Some(error.hint()),
            Self::People(error) => Some(error.hint().into()),
            Self::Model(error) => error.hint(),
            Self::Service { variable: Some(name), .. } => {
                Some(format!("check {name} and the service, or unset it to compute here"))
            }
            Self::Service { variable: None, .. } => Some("check the service".into()),
            Self::Report(error) => Some(error.hint().to_string()),
            Self::NoDestination => Some(
                "set S3_BUCKET, or give --to s3://BUCKET, gs://BUCKET, az://CONTAINER or a directory".into(),
            ),
            Self::Unlinked { .. } => Some(
                "send the report itself with --content attachment, or publish it to a bucket".into(),
            ),
            Self::OtherObject { .. } => Some(
                "publish it again: `seedtest job run generate-weekly-report --force`".into(),
            ),
            Self::Publish(error) => Some(error.hint()),
            Self::Mail(error) => Some(error.hint().into()),
            Self::Webhook(error) => Some(error.hint().into()),
            Self::Customise(error) => Some(error.hint()),
            Self::NoPdf => Some(
                "the released programs and the image have PDF; a build of your own gets it by \
                 `cargo build --release --features pdf`. Without it, take --format html and print the page"
                    .into(),
            ),
            #[cfg(feature = "pdf")]
            Self::Pdf(error) => Some(error.hint().to_string()),
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
            Self::NoInstant
            | Self::NotOfADemo { .. }
            | Self::Withdrawn { .. }
            | Self::Interrupted
            | Self::Encode(_) => None,
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::BadSetting { .. }
            | Self::MissingSetting { .. }
            | Self::Contradiction { .. }
            | Self::InTheFuture { .. }
            | Self::GoalBefore { .. }
            | Self::OtherTimeZone { .. }
            | Self::NoPseudonymKey
            | Self::BadEvent { .. } => FaultKind::Setting,
            Self::BadEnvironment { .. }
            | Self::BadFileSetting { .. }
            | Self::NoInstant
            | Self::NotOfADemo { .. }
            | Self::UnknownTimeZone(_)
            | Self::NoAddress { .. } => FaultKind::SetUp,
            Self::Store(error) => error.kind(),
            Self::Correction(error) => error.kind(),
            Self::Ingest(error) => error.kind(),
            Self::People(error) => error.kind(),
            Self::Model(error) => error.kind(),
            Self::Report(error) => error.kind(),
            Self::NoPdf | Self::NoDestination => FaultKind::Setting,
            Self::Unlinked { .. } => FaultKind::Setting,
            Self::OtherObject { .. } => FaultKind::Conflict,
            Self::Publish(error) => error.kind(),
            Self::Mail(error) => error.kind(),
            Self::Webhook(error) => error.kind(),
            Self::Customise(error) => error.kind(),
            #[cfg(feature = "pdf")]
            Self::Pdf(error) => error.kind(),
            Self::StrictRejects { .. } | Self::NotFinite { .. } | Self::Lake { .. } => {
                FaultKind::Data
            }
            Self::NothingToReport(_) | Self::UnknownRun { .. } | Self::UnknownStudent { .. } => {
                FaultKind::NotFound
            }
            Self::AlreadyRunning(_) => FaultKind::Conflict,
            Self::Interrupted | Self::Withdrawn { .. } => FaultKind::Cancelled,
            Self::Service { .. } => FaultKind::Upstream,
            Self::Write { .. } => FaultKind::Files,
            Self::Encode(_) => FaultKind::Internal,
        }
    }

    pub(crate) fn write(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Write { what, source }
    }
}
