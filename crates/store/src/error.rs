//! Why the store could not do what was asked, and what to do about it.

use std::path::PathBuf;

use chrono::NaiveDate;
use seedtest_fault::FaultKind;

use crate::engine::driver::{DriverError, Failure};
use crate::migrate::Clash;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database address starts with a scheme nobody knows.
    #[error("unknown database scheme `{scheme}`")]
    UnknownScheme {
        /// The text before the first colon; empty when there is none.
        scheme: String,
    },
    /// `sqlite:` without a path.
    #[error("the sqlite address names no file")]
    EmptyPath,
    /// `sqlite:` with more than a path.
    #[error("the sqlite address names more than a file")]
    MoreThanPath,
    /// A schema with a name that is none.
    #[error("{name:?} is no name of a schema")]
    BadSchema {
        /// The name.
        name: String,
    },
    /// A schema of an embedded database.
    #[error("an sqlite database has no schemas")]
    SchemaOfFile,
    /// Answers are to be read from a relation that is none, or lacks what it must have.
    #[error("answers cannot be read from {from}: {reason}")]
    BadAnswers {
        /// The table, the view, or the beginning of the query.
        from: String,
        /// What is wrong.
        reason: String,
    },
    /// A copy of a database cannot be made or taken back.
    #[error("{path}: {reason}")]
    Backup {
        /// The file it is about.
        path: PathBuf,
        /// What is wrong.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// The path of the database is a folder.
    #[error("{path} is a folder, not a database file")]
    IsDirectory {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of the database could not be made.
    #[error("cannot create the folder {path}: {source}")]
    CreateFolder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The lock file beside the database could not be opened or locked.
    #[error("cannot lock {path}: {source}")]
    LockFile {
        /// The lock file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// So many processes work on the database that there is no number left for this one.
    #[error("{most} processes work on this database already")]
    TooManyProcesses {
        /// Most of them.
        most: i64,
    },
    /// The database did not open or the server did not answer.
    #[error("cannot open {target}: {source}")]
    Open {
        /// The address without its password.
        target: String,
        /// What the driver said.
        source: DriverError,
    },
    /// The server is older than the SQL this binary speaks.
    #[error("the server is postgresql {found}, which is too old")]
    OldServer {
        /// Version text of the server.
        found: String,
    },
    /// The database was migrated by a newer binary.
    #[error("the database is at migration {found}, this binary knows only {known}")]
    NewerDatabase {
        /// Newest migration recorded in the database.
        found: i64,
        /// Newest migration of this binary.
        known: i64,
    },
    /// Tables that already exist do not fit; nothing was changed.
    #[error("{} existing columns or tables do not fit the schema: {}", .0.len(), list(.0))]
    Clashes(Vec<Clash>),
    /// A statement failed.
    #[error("the database refused `{statement}`: {source}")]
    Statement {
        /// Beginning of the statement.
        statement: String,
        /// What the driver said.
        source: DriverError,
    },
    /// A stored value is not what its column promises.
    #[error("column {column} of `{statement}` cannot be read: {reason}")]
    StoredValue {
        /// Beginning of the statement.
        statement: String,
        /// Name of the column, or its position in the statement, from 0.
        column: String,
        /// What is wrong.
        reason: String,
    },
    /// A row handed over for writing holds a value neither engine may store.
    #[error("{table} row {row}: {column} {fault}")]
    BadValue {
        /// Table the row was meant for.
        table: &'static str,
        /// Position of the row in the batch, from 0.
        row: usize,
        /// Column of the value.
        column: &'static str,
        /// What is wrong with it.
        fault: ValueFault,
    },
    /// A bulk transfer from PostgreSQL broke off or was not understood.
    #[error("the bulk transfer from postgresql broke: {fault}")]
    Transfer {
        /// What is wrong.
        fault: TransferFault,
    },
}

/// Why neither engine may store a value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ValueFault {
    /// A text that may not be empty is.
    #[error("is empty")]
    Empty,
    /// A text holds U+0000, which PostgreSQL does not store.
    #[error("holds a null character")]
    NullCharacter,
    /// A time outside the years that both engines hold.
    #[error("lies outside the years 1 to 9999")]
    Year,
    /// A whole number that does not fit 32 bits.
    #[error("is larger than 2147483647")]
    TooLarge,
    /// A number outside the range of its column.
    #[error("of {of} is {found}, not a number {range}")]
    Range {
        /// Whose number it is.
        of: String,
        /// The number.
        found: f64,
        /// What the column takes.
        range: &'static str,
    },
    /// Two rows of one call have the same key.
    #[error("{id} comes twice")]
    Repeated {
        /// The key.
        id: String,
    },
    /// A week that does not begin on a Monday.
    #[error("{day} is not a monday")]
    NotMonday {
        /// The day.
        day: NaiveDate,
    },
}

impl ValueFault {
    fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "give every row an id, or leave the row out",
            Self::NullCharacter => "leave out the character U+0000",
            Self::Year => "mend the time, or leave the row out",
            Self::TooLarge => "check the unit of the number, or send null",
            Self::Range { .. } => "send a number in range, or leave the row out",
            Self::Repeated { .. } => "send one row for each id",
            Self::NotMonday { .. } => "name a week by its monday",
        }
    }
}

/// What broke a bulk transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransferFault {
    /// It stopped before its end mark.
    #[error("the end mark is missing")]
    CutOff,
    /// A text is not UTF-8.
    #[error("a text is not utf-8")]
    Encoding,
    /// A field is wider or narrower than its type.
    #[error("a field has another width than its type")]
    Width,
}

impl TransferFault {
    fn hint(self) -> &'static str {
        match self {
            Self::CutOff => "run the command again; the server may have been restarted",
            Self::Encoding => "create the database with the encoding UTF8",
            Self::Width => "a column has another type than the schema; run `seedtest migrate`",
        }
    }
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Statement { source, .. } if source.failure() == Failure::UnstorableText => {
                FaultKind::Setting
            }
            Self::Open { source, .. } | Self::Statement { source, .. }
                if source.failure().passes() =>
            {
                FaultKind::Away
            }
            Self::UnknownScheme { .. }
            | Self::EmptyPath
            | Self::MoreThanPath
            | Self::BadSchema { .. }
            | Self::SchemaOfFile
            | Self::BadAnswers { .. }
            | Self::Backup { .. }
            | Self::IsDirectory { .. }
            | Self::CreateFolder { .. }
            | Self::LockFile { .. }
            | Self::TooManyProcesses { .. }
            | Self::Open { .. }
            | Self::OldServer { .. }
            | Self::NewerDatabase { .. }
            | Self::Clashes(_)
            | Self::Statement { .. }
            | Self::StoredValue { .. }
            | Self::BadValue { .. }
            | Self::Transfer { .. } => FaultKind::Storage,
        }
    }

    /// Whether a text was refused because of a character that PostgreSQL does not store: NUL.
    pub fn is_unstorable_text(&self) -> bool {
        matches!(self, Self::Statement { source, .. } if source.failure() == Failure::UnstorableText)
    }

    /// Whether a row was refused because another one has its key.
    pub(crate) fn is_known_key(&self) -> bool {
        matches!(self, Self::Statement { source, .. } if source.failure() == Failure::KnownKey)
    }

    /// What the reader of the message can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownScheme { .. } => {
                "use postgresql://user:password@host/database or sqlite:path/to/file.db"
            }
            Self::EmptyPath => "write sqlite:path/to/file.db",
            Self::MoreThanPath => {
                "write sqlite:path/to/file.db: a file has no user, no password and no parameters after `?`"
            }
            Self::BadSchema { .. } => {
                "small letters, digits and underscores, at most 63, as analytics; not pg_…"
            }
            Self::SchemaOfFile => {
                "leave out --schema and SEEDTEST_SCHEMA: the file holds nothing but these tables"
            }
            Self::BadAnswers { .. } => {
                "docs/postgresql.md has the columns that --attempt-view and --query must offer"
            }
            Self::Backup { hint, .. } => hint,
            Self::IsDirectory { .. } => "name a file inside the folder, for example seedtest.db",
            Self::CreateFolder { .. } | Self::LockFile { .. } => {
                "check that the folder exists and that this user may write there"
            }
            Self::Open { source, .. } => {
                failure_hint(source.failure()).unwrap_or("check the database address")
            }
            Self::TooManyProcesses { .. } => "wait until some of them have ended",
            Self::OldServer { .. } => "use postgresql 13 or newer",
            Self::NewerDatabase { .. } => "use the newest seedtest binary with this database",
            Self::Clashes(_) => {
                "nothing was changed; give this engine a schema of its own with --schema NAME, or rename the old \
                 tables or convert the columns, then migrate again"
            }
            Self::Statement { source, .. } => failure_hint(source.failure())?,
            Self::StoredValue { .. } => "the row was written by another program; correct it there",
            Self::BadValue { fault, .. } => fault.hint(),
            Self::Transfer { fault } => fault.hint(),
        };
        Some(hint.to_owned())
    }

    /// The same error, with the name of the column where a stored value could not be read.
    pub(crate) fn of_column(self, name: &str) -> Self {
        match self {
            Self::StoredValue { statement, reason, .. } => {
                Self::StoredValue { statement, column: name.to_owned(), reason }
            }
            other => other,
        }
    }

    /// The statement's beginning on one line, for messages.
    pub(crate) fn statement(sql: &str, source: impl Into<DriverError>) -> Self {
        Self::Statement { statement: beginning(sql), source: source.into() }
    }
}

/// The first words of a statement on one line.
pub(crate) fn beginning(sql: &str) -> String {
    const LONGEST: usize = 80;
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn list(clashes: &[Clash]) -> String {
    clashes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn failure_hint(failure: Failure) -> Option<&'static str> {
    let hint = match failure {
        Failure::Unreachable => "is the server running, and are host and port right",
        Failure::TimedOut => "the server did not answer in time; is it reachable",
        Failure::BadAddress => "check the spelling of the database address",
        Failure::Encryption => "check sslmode and the certificate of the server",
        Failure::WrongPassword => "check user name and password",
        Failure::NoSuchDatabase => "create the database first, for example with createdb",
        Failure::CannotOpenFile => {
            "check that the folder exists and that this user may write there"
        }
        Failure::NotADatabase => "the file is not an sqlite database; choose another path",
        Failure::Damaged => "the database file is damaged; restore it from a backup",
        Failure::NoSuchTable => "run `seedtest migrate` first",
        Failure::NotAllowed => "grant this user the right to read and write the tables",
        Failure::ReadOnly => {
            "the database is read-only; make file and folder writable or choose another path"
        }
        Failure::Busy => {
            "another process is writing; wait for it to finish and run the command again"
        }
        Failure::NoConnection => {
            "the server has no connection left; close some, or raise its max_connections"
        }
        Failure::DiskFull => "the disk is full; free some space and run the command again",
        Failure::DiskFailed => {
            "look at the disk: is it full (`df -h`), is it still there, does the system report errors of it"
        }
        Failure::UnstorableText => "leave out the character U+0000",
        Failure::KnownKey | Failure::Other => return None,
    };
    Some(hint)
}
