//! What has been kept long enough goes; what still speaks, and what has not ended, stays.

use chrono::{DateTime, Utc};
use seedtest_store::{Kept, Tx};

use crate::backends::{Database, on_both};

/// Of every table with a keep time an old row that a later one replaced, and rows that stay: the newest of each
/// name, later ones, and what has not ended.
const ROWS: &str = "
INSERT INTO seedtest_runs (run_id, kind, name, actor, status, program_version, spec, started_at, finished_at) VALUES
  ('old', 'fit', 'irt', 'a', 'done', '1', '{}', '2025-01-01T00:00:00Z', '2025-01-01T00:01:00Z'),
  ('replaced', 'fit', 'lmm', 'a', 'done', '1', '{}', '2025-01-01T00:00:00Z', '2025-01-01T00:01:00Z'),
  ('newest', 'fit', 'lmm', 'a', 'done', '1', '{}', '2025-01-02T00:00:00Z', '2025-01-02T00:01:00Z'),
  ('accepted', 'fit', 'irt', 'a', 'queued', '1', '{}', '2025-01-01T00:00:00Z', NULL),
  ('begun', 'job', 'x', 'a', 'running', '1', '{}', '2025-01-01T00:00:00Z', NULL),
  ('late', 'fit', 'irt', 'a', 'done', '1', '{}', '2025-02-01T00:00:00Z', '2025-02-01T00:01:00Z');
INSERT INTO seedtest_run_requests (run_id, request) VALUES
  ('old', '{}'), ('newest', '{}'), ('accepted', '{}'), ('late', '{}');
INSERT INTO seedtest_run_results (run_id, finished_at, bytes, result) VALUES
  ('old', '2025-01-01T00:01:00Z', 2, '{}'), ('newest', '2025-01-02T00:01:00Z', 2, '{}'),
  ('late', '2025-02-01T00:01:00Z', 2, '{}');
INSERT INTO seedtest_run_models (run_id, name, started_at, model) VALUES
  ('replaced', 'lmm', '2025-01-01T00:00:00Z', '{}'), ('newest', 'lmm', '2025-01-02T00:00:00Z', '{}');
INSERT INTO seedtest_outbox (event_id, kind, payload, due_at, status, finished_at) VALUES
  ('done-old', 'x', '{}', '2025-01-01T00:00:00Z', 'done', '2025-01-01T00:00:00Z'),
  ('dead-old', 'x', '{}', '2025-01-01T00:00:00Z', 'dead', '2025-01-01T00:00:00Z'),
  ('waits', 'x', '{}', '2025-01-01T00:00:00Z', 'waiting', NULL),
  ('done-late', 'x', '{}', '2025-01-01T00:00:00Z', 'done', '2025-02-01T00:00:00Z');
INSERT INTO mirt_ability (user_id, theta, version, fitted_at) VALUES
  ('amy', 0.1, 'v1', '2025-01-01T00:00:00Z'), ('amy', 0.2, 'v1', '2025-01-02T00:00:00Z'),
  ('amy', 0.3, 'v2', '2025-01-01T00:00:00Z'), ('ben', 0.4, 'v1', '2025-01-01T00:00:00Z');
INSERT INTO prophet_fit_meta (run_id, metric, user_id, fitted_at) VALUES
  ('p1', 'I_t', 'amy', '2025-01-01T00:00:00Z'), ('p2', 'I_t', 'amy', '2025-01-02T00:00:00Z'),
  ('p3', 'I_t', NULL, '2025-01-01T00:00:00Z');
INSERT INTO growth_glmm_meta (run_id, model_spec, fitted_at) VALUES
  ('g1', '{}', '2025-01-01T00:00:00Z'), ('g2', '{}', '2025-01-02T00:00:00Z');
";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What of a kind goes that is older than the middle of January.
async fn gone(tx: &mut Tx, kept: Kept) -> Vec<(&'static str, u64)> {
    let gone = tx.prune(kept, at("2025-01-15T00:00:00Z")).await.unwrap();
    gone.into_iter().filter(|(_, rows)| *rows > 0).collect()
}

/// Values of a column, in order, with blanks between them.
async fn left(database: &Database, column: &str, table: &str) -> String {
    let rows = database.rows(&format!("SELECT {column} FROM {table} ORDER BY 1")).await;
    rows.into_iter().filter_map(|mut row| row.remove(0)).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_is_old_and_replaced_goes_and_the_rest_stays() {
    on_both(async |database| {
        database.execute(ROWS).await;
        let store = &database.store;
        for round in 0..2 {
            let mut tx = store.begin().await.unwrap();
            let first = |rows: Vec<(&'static str, u64)>| if round == 0 { rows } else { Vec::new() };
            assert_eq!(
                gone(&mut tx, Kept::Requests).await,
                first(vec![("seedtest_run_requests", 2), ("seedtest_run_models", 1)])
            );
            assert_eq!(
                gone(&mut tx, Kept::Runs).await,
                first(vec![
                    ("seedtest_run_results", 1),
                    ("seedtest_runs", 2),
                    ("seedtest_outbox", 1),
                ])
            );
            assert_eq!(gone(&mut tx, Kept::Events).await, first(vec![("seedtest_outbox", 1)]));
            assert_eq!(gone(&mut tx, Kept::Abilities).await, first(vec![("mirt_ability", 1)]));
            assert_eq!(
                gone(&mut tx, Kept::Fits).await,
                first(vec![("growth_glmm_meta", 1), ("prophet_fit_meta", 1)])
            );
            assert!(gone(&mut tx, Kept::Reports).await.is_empty());
            tx.commit().await.unwrap();
        }
        for (column, table, expected) in [
            ("run_id", "seedtest_runs", "accepted begun late newest"),
            ("run_id", "seedtest_run_requests", "accepted late"),
            ("run_id", "seedtest_run_results", "late newest"),
            ("run_id", "seedtest_run_models", "newest"),
            ("event_id", "seedtest_outbox", "done-late waits"),
            ("run_id", "prophet_fit_meta", "p2 p3"),
            ("run_id", "growth_glmm_meta", "g2"),
        ] {
            assert_eq!(left(&database, column, table).await, expected, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_undone_lets_go_of_nothing() {
    on_both(async |database| {
        database.execute(ROWS).await;
        let mut tx = database.store.begin().await.unwrap();
        for kept in Kept::ALL {
            gone(&mut tx, kept).await;
        }
        tx.rollback().await.unwrap();
        assert_eq!(
            left(&database, "run_id", "seedtest_runs").await,
            "accepted begun late newest old replaced"
        );
    })
    .await;
}
