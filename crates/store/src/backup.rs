//! Copies of the embedded database: made while others go on working, and put back in its place.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::catalog::migrations;
use crate::engine::session::Session;
use crate::engine::sqlite::blocking;
use crate::error::Error;
use crate::store::Store;

/// Where a copy says who made it.
const NOTE: &str = "backup";

/// A copy that was made or taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Bytes of the file.
    pub bytes: u64,
    /// Newest migration of its schema.
    pub schema: i64,
    /// What its maker noted, for people: version of the program and instant.
    pub note: Option<String>,
    /// Where the database went that was there before.
    pub replaced: Option<PathBuf>,
    /// Whether its bytes are those that were copied: a copy has its SHA-256 in a file beside it.
    pub is_sealed: bool,
}

impl Store {
    /// Copies the embedded database into one file that needs nothing beside it, in the state of one instant.
    /// Writers do not wait. The copy is checked before it gets its name; what is there is replaced only with
    /// `replace`. Its SHA-256 is written beside it, in a file with the ending `.sha256` that `sha256sum --check`
    /// reads.
    ///
    /// # Errors
    /// [`Error::Backup`] for a file that is there, a copy that is damaged, or a database on a server; those of
    /// the database.
    pub async fn back_up(
        &self,
        to: &Path,
        replace: bool,
        program: &str,
        now: DateTime<Utc>,
    ) -> Result<BackupReport, Error> {
        let mut connection = self.connection().await?;
        let Session::Sqlite(source) = connection.session() else {
            let hint = "a server has tools of its own: pg_dump --format=custom --file FILE URL";
            return Err(refused(to, "only the embedded database is copied", hint));
        };
        refuse_existing(to, replace)?;
        let at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let note = json!({"program_version": program, "at": at}).to_string();
        let part = part_of(to);
        let made = blocking(|| {
            let made = copy(source, &part, Some(&note))?;
            // Of a copy that was there: it would speak against this one.
            let _ = fs::remove_file(seal_of(to));
            let digest = digest_of(&part)?;
            put_in_place(&part, to)?;
            seal(to, &digest)?;
            Ok(BackupReport { is_sealed: true, ..made })
        });
        if made.is_err() {
            // What is left of the attempt is in nobody's way.
            let _ = fs::remove_file(&part);
        }
        made
    }
}

/// Puts a copy in the place of the embedded database at `to`. The copy is checked first, byte for byte where its
/// SHA-256 is beside it; a database that is there is moved aside, and only with `replace`.
///
/// # Errors
/// [`Error::Backup`] for a copy that is damaged, changed or none, a database that is there or in use;
/// [`Error::NewerDatabase`] for a copy of a newer program.
pub fn restore(from: &Path, to: &Path, replace: bool) -> Result<BackupReport, Error> {
    let source = open_copy(from)?;
    let is_sealed = is_as_it_was_made(from)?;
    let schema = schema_of(&source).ok_or_else(|| {
        let hint = "name a file that `seedtest backup` made";
        refused(from, "it holds no database of this program", hint)
    })?;
    let known = migrations().iter().map(|migration| migration.version).max().unwrap_or(0);
    if schema > known {
        return Err(Error::NewerDatabase { found: schema, known });
    }
    refuse_existing(to, replace)?;
    refuse_busy(to)?;
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)
            .map_err(|source| Error::CreateFolder { path: folder.to_owned(), source })?;
    }
    let part = part_of(to);
    let copied = copy(&source, &part, None).and_then(|made| {
        let replaced = move_aside(to)?;
        put_in_place(&part, to)?;
        Ok(BackupReport { replaced, is_sealed, ..made })
    });
    if copied.is_err() {
        let _ = fs::remove_file(&part);
    }
    copied
}

/// Takes away an embedded database that was made for nothing, with what SQLite and its processes keep beside it; one on
/// which another process works stays.
///
/// # Errors
/// [`Error::Backup`] where it is in use, or a file cannot be taken away.
pub fn take_away(database: &Path) -> Result<(), Error> {
    refuse_busy(database)?;
    for file in locks_of(database) {
        let _ = fs::remove_file(file);
    }
    for path in ["-wal", "-shm", ""].map(|ending| with_ending(database, ending)) {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(io(&path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Copies a database, checks the copy and makes it durable.
fn copy(source: &Connection, to: &Path, note: Option<&str>) -> Result<BackupReport, Error> {
    let failed = |source: rusqlite::Error| Error::statement("copy the database", source);
    let _ = fs::remove_file(to);
    let mut target = Connection::open(to).map_err(failed)?;
    // All of it in one step: the state of one instant, which no writer makes begin anew.
    let step = Backup::new(source, &mut target).and_then(|backup| backup.step(-1));
    if step.map_err(failed)? != StepResult::Done {
        return Err(refused(to, "the database is locked", "try again in a moment"));
    }
    target.execute_batch("PRAGMA journal_mode = DELETE").map_err(failed)?;
    if let Some(note) = note {
        let sql = "INSERT INTO seedtest_settings (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        target.execute(sql, [NOTE, note]).map_err(failed)?;
    }
    check(&target, to)?;
    let schema = schema_of(&target).unwrap_or(0);
    let note = note_of(&target);
    target.close().map_err(|(_, source)| failed(source))?;
    let file = File::options().write(true).open(to).and_then(|file| {
        file.sync_all()?;
        file.metadata()
    });
    let bytes = file.map_err(|error| io(to, &error))?.len();
    Ok(BackupReport { bytes, schema, note, replaced: None, is_sealed: false })
}

/// Where the SHA-256 of a copy is.
fn seal_of(copy: &Path) -> PathBuf {
    with_ending(copy, ".sha256")
}

/// SQLite keeps no checksums of its rows: a changed byte in one of them shows nowhere else.
fn digest_of(path: &Path) -> Result<String, Error> {
    let read = || {
        let mut file = File::open(path)?;
        let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 20]);
        loop {
            let length = file.read(&mut piece)?;
            if length == 0 {
                return Ok(hash.finalize());
            }
            hash.update(&piece[..length]);
        }
    };
    let bytes = read().map_err(|error: std::io::Error| io(path, &error))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn seal(copy: &Path, digest: &str) -> Result<(), Error> {
    let name = copy.file_name().unwrap_or_default().to_string_lossy();
    let (seal, part) = (seal_of(copy), part_of(&seal_of(copy)));
    fs::write(&part, format!("{digest}  {name}\n")).map_err(|error| io(&part, &error))?;
    put_in_place(&part, &seal)
}

/// Whether the SHA-256 beside a copy is its own; `false` where there is none.
fn is_as_it_was_made(copy: &Path) -> Result<bool, Error> {
    let Ok(text) = fs::read_to_string(seal_of(copy)) else { return Ok(false) };
    let expected = text.split_whitespace().next().unwrap_or_default();
    if digest_of(copy)?.eq_ignore_ascii_case(expected) {
        return Ok(true);
    }
    let reason = format!("it was changed: {} names another SHA-256", seal_of(copy).display());
    Err(refused(copy, &reason, "use another copy; without that file it is taken as it is"))
}

/// What SQLite itself finds wrong with a database.
fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    let found: Result<String, _> =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(damaged(path, &found)),
        Err(error) => Err(damaged(path, &error.to_string())),
    }
}

fn open_copy(path: &Path) -> Result<Connection, Error> {
    if !path.is_file() {
        return Err(refused(
            path,
            "there is no such file",
            "name a file that `seedtest backup` made",
        ));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags);
    let connection = opened.map_err(|source| Error::Open {
        target: format!("sqlite:{}", path.display()),
        source: source.into(),
    })?;
    check(&connection, path)?;
    Ok(connection)
}

/// `None` for a database without our schema.
fn schema_of(connection: &Connection) -> Option<i64> {
    let sql = "SELECT max(version) FROM seedtest_migrations";
    connection.query_row(sql, [], |row| row.get(0)).ok().flatten()
}

fn note_of(connection: &Connection) -> Option<String> {
    let sql = "SELECT value FROM seedtest_settings WHERE name = $1";
    let note: String = connection.query_row(sql, [NOTE], |row| row.get(0)).ok()?;
    Some(told(&note).unwrap_or(note))
}

/// What a note says, as a sentence's end; `None` where it is not one of [`Store::back_up`].
fn told(note: &str) -> Option<String> {
    let note: serde_json::Value = serde_json::from_str(note).ok()?;
    let text = |key: &str| note.get(key).and_then(serde_json::Value::as_str);
    Some(format!("version {} at {}", text("program_version")?, text("at")?))
}

/// A database whose processes live cannot be taken away from under them.
fn refuse_busy(database: &Path) -> Result<(), Error> {
    let name = database.file_name().unwrap_or_default().to_string_lossy();
    for path in locks_of(database) {
        let held = File::options().write(true).open(path).map(|file| file.try_lock());
        if matches!(held, Ok(Err(fs::TryLockError::WouldBlock))) {
            let reason = format!("another process works on {name}");
            return Err(refused(database, &reason, "end the service and its jobs first"));
        }
    }
    Ok(())
}

/// The files whose locks say which processes and jobs work on a database.
fn locks_of(database: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else {
        return Vec::new();
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let begins = format!("{}.", name.to_string_lossy());
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_lock = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&begins) && name.ends_with(".lock")
    };
    entries.flatten().map(|entry| entry.path()).filter(is_lock).collect()
}

/// The database and what SQLite keeps beside it, under other names: nothing is lost by a mistake.
fn move_aside(database: &Path) -> Result<Option<PathBuf>, Error> {
    if !database.exists() {
        return Ok(None);
    }
    // What was moved aside before is nobody's to throw away.
    let first = with_ending(database, ".replaced");
    let later = (2..).map(|n| with_ending(database, &format!(".replaced-{n}")));
    let mut free = std::iter::once(first).chain(later).filter(|name| !name.exists());
    let Some(aside) = free.next() else { return Ok(None) };
    for ending in ["-wal", "-shm"] {
        let (old, new) = (with_ending(database, ending), with_ending(&aside, ending));
        let _ = fs::remove_file(&new);
        if old.exists() {
            fs::rename(&old, &new).map_err(|error| io(&old, &error))?;
        }
    }
    fs::rename(database, &aside).map_err(|error| io(database, &error))?;
    Ok(Some(aside))
}

/// Gives a finished copy its name, durably.
fn put_in_place(part: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(part, to).map_err(|error| io(to, &error))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Not every system lets a folder be synchronised.
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
    Ok(())
}

fn refuse_existing(to: &Path, replace: bool) -> Result<(), Error> {
    if to.is_dir() {
        return Err(Error::IsDirectory { path: to.to_owned() });
    }
    if to.exists() && !replace {
        return Err(refused(to, "is there already", "name another file, or say --overwrite"));
    }
    Ok(())
}

fn part_of(to: &Path) -> PathBuf {
    with_ending(to, &format!(".part-{}", std::process::id()))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn damaged(path: &Path, found: &str) -> Error {
    let line = found.lines().next().unwrap_or_default();
    refused(path, &format!("the database is damaged: {line}"), "use another copy")
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    refused(path, &error.to_string(), "check free space, and that this user may write there")
}

fn refused(path: &Path, reason: &str, hint: &'static str) -> Error {
    Error::Backup { path: path.to_owned(), reason: reason.to_owned(), hint }
}
