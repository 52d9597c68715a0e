use seedtest_store::Backend;

use crate::backends::empty;

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = empty(backend).await;
        assert_eq!(database.store.pending().await.unwrap().len(), 1, "{backend}");
        let first = database.store.migrate().await.unwrap();
        assert_eq!(first.applied.len(), 1);
        assert!(first.created.contains(&"attempt".to_owned()), "{backend}");
        assert_eq!(database.store.pending().await.unwrap(), []);
        assert_eq!(database.store.migrate().await.unwrap(), Default::default());
        let counts = database.store.table_counts().await.unwrap();
        assert!(counts.iter().all(|&(_, rows)| rows == 0), "{backend}: {counts:?}");
    }
}
