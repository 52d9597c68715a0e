use std::path::PathBuf;

use crate::driver::{DriverError, Failure};
use crate::migrate::Clash;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
        /// Position of the column, from 0.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// A row handed over for writing holds a value neither engine may store.
    #[error("{table} row {row}: {column} {reason}")]
    BadValue {
        /// Table the row was meant for.
        table: &'static str,
        /// Position of the row in the batch, from 0.
        row: usize,
        /// Column of the value.
        column: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A bulk transfer from PostgreSQL broke off or was not understood.
    #[error("the bulk transfer from postgresql broke: {reason}")]
    Transfer {
        /// What is wrong.
        reason: String,
    },
}

impl Error {
    /// Whether a text was refused because of a character that PostgreSQL does not store: NUL.
    pub fn is_unstorable_text(&self) -> bool {
        matches!(self, Self::Statement { source, .. } if source.failure() == Failure::UnstorableText)
    }

    /// What the reader of the message can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownScheme { .. } => {
                "use postgresql://user:password@host/database or sqlite:path/to/file.db"
            }
            Self::EmptyPath => "write sqlite:path/to/file.db",
            Self::IsDirectory { .. } => "name a file inside the folder, for example seedtest.db",
            Self::CreateFolder { .. } | Self::LockFile { .. } => {
                "check that the folder exists and that this user may write there"
            }
            Self::Open { source, .. } => {
                failure_hint(source.failure()).unwrap_or("check the database address")
            }
            Self::OldServer { .. } => "use postgresql 13 or newer",
            Self::NewerDatabase { .. } => "use the newest seedtest binary with this database",
            Self::Clashes(_) => {
                "nothing was changed; rename the old tables or convert the columns, then migrate again"
            }
            Self::Statement { source, .. } => failure_hint(source.failure())?,
            Self::StoredValue { .. } => "the row was written by another program; correct it there",
            Self::BadValue { .. } => "drop the row or send a value in range",
            Self::Transfer { .. } => "run the command again; the server may have been restarted",
        };
        Some(hint.to_owned())
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
        Failure::DiskFull => "the disk is full; free some space and run the command again",
        Failure::UnstorableText => "leave out the character U+0000",
        Failure::Other => return None,
    };
    Some(hint)
}
