//! Databases of every schema version come to the newest one, with their rows. The files of tests/released are
//! what each version adds, printed once from the declarations by the version of each table and column, not
//! dumped from databases that old builds made. From now on they are never changed: a new version adds a file.

use std::fmt::Write as _;
use std::fs;

use seedtest_store::Backend;

use crate::backends::{BACKENDS, Database, TextRow, empty, migrated, texts};

/// Versions before the newest one.
const RELEASED: std::ops::RangeInclusive<u32> = 1..=19;

/// The version that brought the ledger.
const LEDGER: u32 = 2;

/// Rows of rows.sql by table.
const ROWS: [&str; 12] = [
    "question",
    "exam_results",
    "classroom",
    "attempt_log",
    "mirt_ability",
    "mirt_fit_meta",
    "student_topic_theta",
    "weekly_kpi",
    "survival_risk",
    "growth_glmm_meta",
    "survival_fit_meta",
    "drift_windows",
];

fn file(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/released/");
    fs::read_to_string(format!("{folder}{name}")).unwrap()
}

/// A database with the schema of that version, and rows.
async fn released(backend: Backend, version: u32) -> Database {
    let database = empty(backend).await;
    let mut script = String::new();
    for step in 1..=version {
        let _ = writeln!(script, "{}", file(&format!("{backend}/{step:02}.sql")));
    }
    let _ = writeln!(script, "{}{}", file(&format!("{backend}/views.sql")), file("rows.sql"));
    if version >= LEDGER {
        script.push_str(
            "INSERT INTO seedtest_runs (run_id, kind, name, actor, status, program_version, started_at) \
             VALUES ('old', 'job', 'mirt-calibrate', 'me', 'done', '0.1.0', '2024-01-01T00:00:00.000000Z')",
        );
    }
    database.execute(&script).await;
    database
}

/// Every column of every table with its type.
async fn columns(database: &Database, backend: Backend) -> Vec<TextRow> {
    let sql = match backend {
        Backend::Postgres => {
            "SELECT c.table_name::text, column_name::text, c.udt_name::text \
             FROM information_schema.columns c JOIN information_schema.tables t USING (table_name) \
             WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2"
        }
        Backend::Sqlite => {
            "SELECT m.name, p.name, p.type FROM sqlite_master m, pragma_table_xinfo(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
        }
    };
    database.rows(sql).await
}

/// How many answers each view of that release has.
async fn answers_of_views(database: &Database) -> Vec<TextRow> {
    let counts = ["attempt", "attempt_event", "attempt_ext"];
    let counts = counts.map(|view| format!("SELECT '{view}', CAST(count(*) AS TEXT) FROM {view}"));
    database.rows(&format!("{} ORDER BY 1", counts.join(" UNION ALL "))).await
}

/// Views of the releases before version 12, which had no comments: what is in them is as before, but for answers
/// that no longer count.
#[tokio::test]
async fn a_voided_answer_is_in_no_view_of_an_older_database() {
    for backend in BACKENDS {
        for version in [1, 11] {
            let what = format!("{backend}, version {version}");
            let database = released(backend, version).await;
            let rows = "SELECT CAST(student_id AS TEXT), CAST(item_id AS TEXT), \
                        CAST(correct AS TEXT), CAST(attempt_no AS TEXT) FROM attempt";
            let before = database.rows(rows).await;
            let report = database.store.migrate().await.unwrap();
            assert!(!report.adopted.contains(&"attempt".to_owned()), "{what}: {report:?}");
            assert_eq!(database.rows(rows).await, before, "{what}");
            let each = |n: &str| {
                ["attempt", "attempt_event", "attempt_ext"].map(|view| texts([view, n])).to_vec()
            };
            assert_eq!(answers_of_views(&database).await, each("1"), "{what}");
            let void = "UPDATE attempt_log SET voided_at = '2024-02-01T00:00:00.000000Z'";
            database.execute(void).await;
            assert_eq!(answers_of_views(&database).await, each("0"), "{what}");
        }
    }
}

/// A later release that migrated such a database left its view `attempt` as it was.
#[tokio::test]
async fn a_view_that_a_later_release_left_alone_is_renewed() {
    for backend in BACKENDS {
        let database = released(backend, 14).await;
        database.store.migrate().await.unwrap();
        let void = "UPDATE attempt_log SET voided_at = '2024-02-01T00:00:00.000000Z'";
        database.execute(void).await;
        let left = database.text("SELECT CAST(count(*) AS TEXT) FROM attempt").await;
        assert_eq!(left, "0", "{backend}");
    }
}

/// A view of the platform is not ours because it has the same name and columns.
#[tokio::test]
async fn a_view_of_the_platform_stays_as_it_is() {
    for backend in BACKENDS {
        let database = released(backend, 11).await;
        let columns = "id, student_id, item_id, correct, response_time_ms, hint_used, completed_at, \
                       started_at, attempt_no, session_id, topic_id";
        database
            .execute(&format!(
                "CREATE TABLE theirs AS SELECT * FROM attempt; DROP VIEW attempt;
                 CREATE VIEW attempt AS SELECT {columns} FROM theirs"
            ))
            .await;
        let report = database.store.migrate().await.unwrap();
        assert!(report.adopted.contains(&"attempt".to_owned()), "{backend}: {report:?}");
        database.execute("DELETE FROM theirs").await;
        let left = database.text("SELECT CAST(count(*) AS TEXT) FROM attempt").await;
        assert_eq!(left, "0", "{backend}");
    }
}

#[tokio::test]
async fn every_released_schema_comes_to_the_newest_with_its_rows() {
    for backend in BACKENDS {
        let fresh = columns(&migrated(backend).await, backend).await;
        for version in RELEASED {
            let what = format!("{backend}, version {version}");
            let database = released(backend, version).await;
            let report = database.store.migrate().await.unwrap_or_else(|e| panic!("{what}: {e}"));
            let first = report.applied.first().map(|migration| migration.version);
            assert_eq!(first, Some(i64::from(version) + 1), "{what}");
            assert_eq!(database.store.pending().await.unwrap(), [], "{what}");
            assert_eq!(columns(&database, backend).await, fresh, "{what}");
            for table in ROWS {
                let rows = database.store.table_count(table).await.unwrap();
                assert_eq!(rows, Some(1), "{what}: {table}");
            }
            let week = "2024-01-01".parse().unwrap();
            assert_eq!(database.store.weekly_kpi(week).await.unwrap()[0].kpis["P"], 0.5, "{what}");
            assert_eq!(database.store.latest_abilities().await.unwrap()[0].theta, 0.5, "{what}");
            if version >= LEDGER {
                assert!(database.store.run("old").await.unwrap().is_some(), "{what}");
            }
            let log = database.store.log_span().await.unwrap().unwrap();
            assert_eq!(log.rows, 1, "{what}");
            if backend == Backend::Sqlite {
                let intact = "SELECT integrity_check FROM pragma_integrity_check";
                assert_eq!(database.text(intact).await, "ok", "{what}");
            }
        }
    }
}
