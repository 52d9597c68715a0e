//! What the drivers report, sorted into the kinds a reader can act on.

/// What the driver of either engine said.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// From SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// From PostgreSQL.
    #[error("{}", said(.0))]
    Postgres(#[from] sqlx::Error),
}

/// What the server said, without the line of its source that said so.
fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}

/// The kinds of failure a reader can do something about, the same on both engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    Unreachable,
    TimedOut,
    BadAddress,
    Encryption,
    WrongPassword,
    NoSuchDatabase,
    CannotOpenFile,
    NotADatabase,
    Damaged,
    NoSuchTable,
    NotAllowed,
    ReadOnly,
    Busy,
    /// The server has no connection left.
    NoConnection,
    DiskFull,
    /// The system could not read or write the file of a database, and does not say why.
    DiskFailed,
    /// A text with a character that PostgreSQL does not store: NUL.
    UnstorableText,
    /// A row whose key another one has.
    KnownKey,
    Other,
}

impl Failure {
    /// Whether it passes without anybody changing anything here: the server is away or everything is taken.
    pub(crate) fn passes(self) -> bool {
        matches!(self, Self::Unreachable | Self::TimedOut | Self::Busy | Self::NoConnection)
    }
}

impl DriverError {
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::Sqlite(error) => sqlite_failure(error),
            Self::Postgres(error) => postgres_failure(error),
        }
    }
}

fn sqlite_failure(error: &rusqlite::Error) -> Failure {
    use rusqlite::ErrorCode as Code;
    match error.sqlite_error_code() {
        Some(Code::CannotOpen) => Failure::CannotOpenFile,
        Some(Code::NotADatabase) => Failure::NotADatabase,
        Some(Code::DatabaseCorrupt) => Failure::Damaged,
        Some(Code::ReadOnly) => Failure::ReadOnly,
        Some(Code::DatabaseBusy | Code::DatabaseLocked) => Failure::Busy,
        Some(Code::DiskFull) => Failure::DiskFull,
        Some(Code::SystemIoFailure) => Failure::DiskFailed,
        Some(Code::PermissionDenied) => Failure::NotAllowed,
        _ if error.to_string().contains("no such table") => Failure::NoSuchTable,
        _ => Failure::Other,
    }
}

fn postgres_failure(error: &sqlx::Error) -> Failure {
    match error {
        // What hangs up instead of answering, as a proxy does without its server, breaks the protocol.
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Failure::Unreachable,
        sqlx::Error::PoolTimedOut => Failure::TimedOut,
        sqlx::Error::Configuration(_) => Failure::BadAddress,
        sqlx::Error::Tls(_) => Failure::Encryption,
        sqlx::Error::Database(error) => sqlstate_failure(error.code().as_deref()),
        _ => Failure::Other,
    }
}

/// PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
fn sqlstate_failure(code: Option<&str>) -> Failure {
    match code {
        Some("28P01" | "28000") => Failure::WrongPassword,
        Some("3D000") => Failure::NoSuchDatabase,
        Some(code) if code.starts_with("08") || code.starts_with("57P") => Failure::Unreachable,
        Some("42P01" | "42703") => Failure::NoSuchTable,
        Some("42501") => Failure::NotAllowed,
        Some("25006") => Failure::ReadOnly,
        Some("55P03" | "40P01" | "40001") => Failure::Busy,
        Some("53300") => Failure::NoConnection,
        Some("53100") => Failure::DiskFull,
        Some("22021" | "22P05") => Failure::UnstorableText,
        Some("23505") => Failure::KnownKey,
        _ => Failure::Other,
    }
}
