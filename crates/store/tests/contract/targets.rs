//! Opening databases.

use std::io::{Seek, SeekFrom, Write};

use seedtest_store::{Backend, Error, Store, Target};

use crate::attempts::attempt;
use crate::backends::{empty, migrated};

fn sqlite(path: std::path::PathBuf) -> Target {
    Target::Sqlite { path }
}

#[tokio::test]
async fn a_folder_is_not_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(&sqlite(folder.path().to_owned())).await.unwrap_err();
    assert!(matches!(error, Error::IsDirectory { .. }));
    assert!(error.hint().unwrap().contains("seedtest.db"));
}

#[tokio::test]
async fn a_file_in_the_place_of_the_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "x").unwrap();
    let error = Store::open(&sqlite(file.join("seedtest.db"))).await.unwrap_err();
    assert!(matches!(&error, Error::CreateFolder { path, .. } if *path == file), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grades.db");
    std::fs::write(&file, "student,item,correct\n".repeat(100)).unwrap();
    let error = Store::open(&sqlite(file)).await.unwrap_err();
    assert!(matches!(error, Error::Open { .. }), "{error}");
    assert!(error.hint().unwrap().contains("not an sqlite database"), "{error}");
}

#[tokio::test]
async fn a_read_only_file_says_so() {
    let database = migrated(Backend::Sqlite).await;
    database.store.clone().close().await;
    let Target::Sqlite { path } = &database.target else { unreachable!("an sqlite target") };
    // A write version SQLite does not know makes a file read-only even for root (file format,
    // offset 18).
    let mut file = std::fs::File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(18)).unwrap();
    file.write_all(&[3]).unwrap();
    drop(file);
    let store = Store::open(&database.target).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let error = tx.write_attempts(&[attempt("u", "1", 0)]).await.unwrap_err();
    assert!(error.hint().unwrap().contains("read-only"), "{error}");
}

#[tokio::test]
async fn a_read_only_server_says_so() {
    let database = empty(Backend::Postgres).await;
    let name = database.text("SELECT current_database()::text").await;
    let setting = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    database.execute(&setting).await;
    let error = Store::open(&database.target).await.unwrap().migrate().await.unwrap_err();
    assert!(error.hint().unwrap().contains("read-only"), "{error}");
}

#[tokio::test]
async fn a_refused_connection_names_the_address_but_not_the_password() {
    // Port 1 needs no server to refuse.
    let target = Target::parse("postgresql://ann:secret@127.0.0.1:1/school").unwrap();
    let error = Store::open(&target).await.unwrap_err();
    let message = error.to_string();
    assert!(message.contains("postgresql://ann@127.0.0.1:1/school"), "{message}");
    assert!(!message.contains("secret"), "{message}");
    assert!(error.hint().unwrap().contains("is the server running"), "{:?}", error.hint());
}

#[tokio::test]
async fn a_missing_database_says_how_to_make_it() {
    let database = empty(Backend::Postgres).await;
    let Target::Postgres { url, .. } = &database.target else { unreachable!("a postgres target") };
    let (server, _) = url.rsplit_once('/').unwrap();
    let target = Target::parse(&format!("{server}/no_such_database")).unwrap();
    let error = Store::open(&target).await.unwrap_err();
    assert!(error.hint().unwrap().contains("createdb"), "{error}");
}

#[tokio::test]
async fn the_sqlalchemy_spelling_of_a_url_connects() {
    let database = empty(Backend::Postgres).await;
    let Target::Postgres { url, .. } = &database.target else { unreachable!("a postgres target") };
    let spelled = url.replace("postgresql:", "postgresql+psycopg2:");
    let store = Store::open(&Target::parse(&spelled).unwrap()).await.unwrap();
    assert_eq!(store.backend(), Backend::Postgres);
}

#[test]
fn the_store_can_be_used_from_any_task() {
    fn is_send<T: Send>(_: &T) {}
    async fn work(store: Store) -> Result<(), Error> {
        store.migrate().await?;
        store.load_log(&seedtest_store::LogFilter::default()).await?;
        let mut tx = store.begin().await?;
        tx.write_attempts(&[]).await?;
        tx.write_exam_results(&[]).await?;
        tx.merge_weekly_kpi(&[]).await?;
        tx.commit().await
    }
    let task = |store: Store| is_send(&work(store));
    let _ = task;
}
