use seedtest_store::{Backend, Store, Target};

/// An open, empty database and what keeps it alive.
pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) target: Target,
    _folder: tempfile::TempDir,
}

pub(crate) async fn empty(backend: Backend) -> Database {
    let folder = tempfile::tempdir().unwrap();
    let target = match backend {
        Backend::Sqlite => Target::Sqlite { path: folder.path().join("seedtest.db") },
        Backend::Postgres => {
            Target::parse(&seedtest_testkit::postgres_database().unwrap()).unwrap()
        }
    };
    Database { store: Store::open(&target).await.unwrap(), target, _folder: folder }
}

pub(crate) async fn migrated(backend: Backend) -> Database {
    let database = empty(backend).await;
    database.store.migrate().await.unwrap();
    database
}

/// Runs the same test on both backends, each with a fresh migrated database.
pub(crate) async fn on_both(body: impl AsyncFn(Database)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        body(migrated(backend).await).await;
    }
}
