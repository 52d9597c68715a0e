use std::path::PathBuf;

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
        source: sqlx::Error,
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
        source: sqlx::Error,
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
            Self::Open { source, .. } => return Some(open_hint(source)),
            Self::OldServer { .. } => "use postgresql 13 or newer",
            Self::NewerDatabase { .. } => "use the newest seedtest binary with this database",
            Self::Clashes(_) => {
                "nothing was changed; rename the old tables or convert the columns, then migrate again"
            }
            Self::Statement { source, .. } => return statement_hint(source),
            Self::StoredValue { .. } => "the row was written by another program; correct it there",
            Self::BadValue { .. } => "drop the row or send a value in range",
            Self::Transfer { .. } => "run the command again; the server may have been restarted",
        };
        Some(hint.to_owned())
    }

    /// The statement's beginning on one line, for messages.
    pub(crate) fn statement(sql: &str, source: sqlx::Error) -> Self {
        Self::Statement { statement: beginning(sql), source }
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

fn open_hint(source: &sqlx::Error) -> String {
    let hint = match source {
        sqlx::Error::Io(_) => "is the server running, and are host and port right",
        sqlx::Error::PoolTimedOut => "the server did not answer in time; is it reachable",
        sqlx::Error::Configuration(_) => "check the spelling of the database address",
        sqlx::Error::Tls(_) => "check sslmode and the certificate of the server",
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => "check user name and password",
            Some("3D000") => "create the database first, for example with createdb",
            Some("14") => "check that the folder exists and that this user may write there",
            Some("26") => "the file is not an sqlite database; choose another path",
            Some("8" | "1032" | "1288" | "1544") => {
                "the database is read-only; make file and folder writable or choose another path"
            }
            _ => "check the database address",
        },
        _ => "check the database address",
    };
    hint.to_owned()
}

fn statement_hint(source: &sqlx::Error) -> Option<String> {
    let sqlx::Error::Database(error) = source else { return None };
    let code = error.code();
    let hint = match code.as_deref() {
        Some("42P01" | "42703") => "run `seedtest migrate` first",
        Some("1") if error.message().starts_with("no such table") => "run `seedtest migrate` first",
        Some("42501") => "grant this user the right to read and write the tables",
        Some("8" | "264" | "520" | "776" | "1032" | "1288" | "1544" | "25006") => {
            "the database is read-only; make file and folder writable or choose another path"
        }
        Some("5" | "261" | "517" | "55P03" | "40P01") => {
            "another process is writing; wait for it to finish and run the command again"
        }
        Some("13" | "53100") => "the disk is full; free some space and run the command again",
        Some("11" | "26") => "the database file is damaged; restore it from a backup",
        _ => return None,
    };
    Some(hint.to_owned())
}
