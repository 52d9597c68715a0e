//! Copies of the embedded database.

use std::path::PathBuf;

use seedtest_store::{Backend, Error, Store, Target, restore, take_away};

use crate::attempts::attempt;
use crate::backends::{Database, migrated};

fn now() -> chrono::DateTime<chrono::Utc> {
    "2025-03-01T10:00:00Z".parse().unwrap()
}

async fn school(students: &[&str]) -> Database {
    let database = migrated(Backend::Sqlite).await;
    let mut tx = database.store.begin().await.unwrap();
    let rows: Vec<_> = students.iter().map(|student| attempt(student, "1", 0)).collect();
    tx.write_attempts(&rows).await.unwrap();
    tx.commit().await.unwrap();
    database
}

fn path(database: &Database) -> PathBuf {
    let Target::Sqlite { path } = &database.target else { unreachable!("a file") };
    path.clone()
}

async fn answers(target: &Target) -> u64 {
    let store = Store::open(target).await.unwrap();
    let rows = store.table_count("attempt_log").await.unwrap().unwrap();
    store.close().await;
    rows
}

#[tokio::test]
async fn a_database_is_taken_away_with_what_is_beside_it_unless_somebody_works_on_it() {
    let database = school(&["amy"]).await;
    let path = path(&database);
    let beside = path.with_file_name("other.db");
    std::fs::write(&beside, "x").unwrap();
    database.store.hold(now()).await.unwrap();
    let error = take_away(&path).unwrap_err();
    assert!(error.to_string().contains("another process works on"), "{error}");
    assert!(path.exists());
    database.store.clone().close().await;
    drop(database.store);
    take_away(&path).unwrap();
    let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    take_away(&path).unwrap();
}

#[tokio::test]
async fn a_copy_is_one_file_and_comes_back() {
    let database = school(&["amy", "bob"]).await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("monday.db");
    // Somebody is in the middle of writing.
    let mut writing = database.store.begin().await.unwrap();
    writing.write_attempts(&[attempt("eve", "1", 0)]).await.unwrap();
    let made = database.store.back_up(&copy, false, "1.2.3", now()).await.unwrap();
    writing.commit().await.unwrap();
    assert!(made.bytes > 0 && made.schema >= 12);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "the copy and its SHA-256: {left:?}");
    let seal = std::fs::read_to_string(folder.path().join("monday.db.sha256")).unwrap();
    assert!(seal.ends_with("  monday.db\n") && seal.len() == 64 + 12, "{seal}");
    database.store.clone().close().await;

    let error = restore(&copy, &path(&database), false).unwrap_err();
    assert!(error.to_string().contains("is there already"), "{error}");
    assert!(error.hint().unwrap().contains("--overwrite"), "{error}");
    let done = restore(&copy, &path(&database), true).unwrap();
    assert_eq!(answers(&database.target).await, 2, "without what was not committed");
    let note = done.note.unwrap();
    assert_eq!(note, "version 1.2.3 at 2025-03-01T10:00:00Z");
    assert!(done.is_sealed);
    let first = done.replaced.unwrap();
    // The second restore leaves alone what the first one moved aside.
    let second = restore(&copy, &path(&database), true).unwrap().replaced.unwrap();
    assert_ne!(first, second);
    assert_eq!(answers(&Target::Sqlite { path: first }).await, 3, "what was there is kept");
    assert_eq!(answers(&Target::Sqlite { path: second }).await, 2);
}

#[tokio::test]
async fn a_changed_byte_in_a_row_is_noticed() {
    let database = school(&["amy-of-the-first-row", "bob"]).await;
    let folder = tempfile::tempdir().unwrap();
    let (copy, place) = (folder.path().join("copy.db"), folder.path().join("seedtest.db"));
    database.store.back_up(&copy, false, "1", now()).await.unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    let at = bytes.windows(9).position(|part| part == b"amy-of-th").unwrap();
    bytes[at] = b'e';
    std::fs::write(&copy, &bytes).unwrap();
    let error = restore(&copy, &place, false).unwrap_err();
    assert!(error.to_string().contains("it was changed") && !place.exists(), "{error}");
    std::fs::remove_file(folder.path().join("copy.db.sha256")).unwrap();
    assert!(!restore(&copy, &place, false).unwrap().is_sealed);
}

#[tokio::test]
async fn nothing_is_replaced_by_accident() {
    let database = school(&["amy"]).await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::write(&copy, "precious").unwrap();
    let error = database.store.back_up(&copy, false, "1", now()).await.unwrap_err();
    assert!(matches!(error, Error::Backup { .. }), "{error}");
    assert_eq!(std::fs::read(&copy).unwrap(), b"precious");
    database.store.back_up(&copy, true, "1", now()).await.unwrap();
    let fresh = folder.path().join("new/place/seedtest.db");
    restore(&copy, &fresh, false).unwrap();
    assert_eq!(answers(&Target::Sqlite { path: fresh }).await, 1);
}

#[tokio::test]
async fn a_copy_that_is_damaged_newer_or_none_is_refused() {
    let database = school(&["amy"]).await;
    let folder = tempfile::tempdir().unwrap();
    let (copy, place) = (folder.path().join("copy.db"), folder.path().join("seedtest.db"));
    database.store.back_up(&copy, false, "1", now()).await.unwrap();
    let refused = |what: &str| {
        let error = restore(&copy, &place, false).unwrap_err();
        assert!(!place.exists(), "{what}: {error}");
        error
    };
    let good = std::fs::read(&copy).unwrap();
    let mut bytes = good.clone();
    // The first page of a table or an index behind that of the schema.
    for byte in &mut bytes[3 * 4096..6 * 4096] {
        *byte = 0x5a;
    }
    std::fs::write(&copy, &bytes).unwrap();
    assert!(refused("damaged").to_string().contains("damaged"));
    std::fs::write(&copy, "student,item\n".repeat(500)).unwrap();
    refused("a table");
    std::fs::write(&copy, &good).unwrap();
    std::fs::remove_file(folder.path().join("copy.db.sha256")).unwrap();
    let newer = rusqlite::Connection::open(&copy).unwrap();
    newer.execute_batch("INSERT INTO seedtest_migrations VALUES (999, 'x', 'y')").unwrap();
    drop(newer);
    assert!(matches!(refused("newer"), Error::NewerDatabase { found: 999, .. }));
    let other = rusqlite::Connection::open(&copy).unwrap();
    other.execute_batch("DROP TABLE seedtest_migrations").unwrap();
    drop(other);
    assert!(refused("another database").to_string().contains("no database of this program"));
    std::fs::remove_file(&copy).unwrap();
    assert!(refused("absent").to_string().contains("no such file"));
}

#[tokio::test]
async fn a_database_that_is_worked_on_is_not_taken_away() {
    let database = school(&["amy"]).await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    database.store.back_up(&copy, false, "1", now()).await.unwrap();
    let lock = database.store.try_job_lock("mirt-calibrate").await.unwrap();
    let error = restore(&copy, &path(&database), true).unwrap_err();
    assert!(error.to_string().contains("another process works on"), "{error}");
    drop(lock);
    restore(&copy, &path(&database), true).unwrap();
    // Who waits for work has no lock of a job.
    let waiting = Store::open(&database.target).await.unwrap();
    waiting.hold(now()).await.unwrap();
    let error = restore(&copy, &path(&database), true).unwrap_err();
    assert!(error.to_string().contains("another process works on"), "{error}");
    waiting.close().await;
    restore(&copy, &path(&database), true).unwrap();
}

#[tokio::test]
async fn a_server_has_tools_of_its_own() {
    let database = migrated(Backend::Postgres).await;
    let folder = tempfile::tempdir().unwrap();
    let copied = database.store.back_up(&folder.path().join("a"), false, "1", now()).await;
    assert!(copied.unwrap_err().hint().unwrap().contains("pg_dump"));
}
