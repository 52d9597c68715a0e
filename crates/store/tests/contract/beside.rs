//! Beside tables and views of others in one PostgreSQL database: nothing of theirs is touched.

use seedtest_store::{AttemptRow, Backend, Error, LogFilter, Store, Target};
use serde_json::json;

use crate::adoption::PLATFORM;
use crate::backends::{Database, TextRow, empty};

/// Every relation of `public` with its columns, and the definitions of its views.
const PUBLIC: &str = "
SELECT c.relname::text, c.relkind::text, string_agg(a.attname || ' ' || a.atttypid::regtype, ', ' ORDER BY a.attnum),
  CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
GROUP BY c.oid, c.relname, c.relkind ORDER BY 1";

async fn public(database: &Database) -> Vec<TextRow> {
    database.rows(PUBLIC).await
}

async fn in_schema(database: &Database, name: &str) -> Store {
    let target = database.target.clone().in_schema(name).unwrap();
    Store::open(&target).await.unwrap()
}

async fn count(database: &Database, schema: &str) -> usize {
    let sql = format!(
        "SELECT CAST(count(*) AS text) FROM pg_class WHERE relkind IN ('r', 'v') \
         AND relnamespace = to_regnamespace('{schema}')"
    );
    database.text(&sql).await.parse().unwrap()
}

#[tokio::test]
async fn a_schema_of_ones_own_leaves_public_as_it_is() {
    let database = empty(Backend::Postgres).await;
    database.execute(PLATFORM).await;
    let before = public(&database).await;
    let store = in_schema(&database, "analytics").await;
    let report = store.migrate().await.unwrap();
    assert_eq!(public(&database).await, before);
    assert!(count(&database, "analytics").await > 40);
    // What an earlier release of the platform has under our names is not ours to change.
    assert!(report.created.contains(&"mirt_ability".to_owned()), "{report:?}");
    assert_eq!(report.adopted, ["question", "exam_results", "session", "interest_goal", "attempt"]);
    assert_eq!(store.pending().await.unwrap(), []);
    assert!(!database.store.pending().await.unwrap().is_empty(), "public has none of them");

    let log = store.load_log(&LogFilter::default()).await.unwrap().log;
    assert_eq!(&*log.students()[0], "user-123", "exams of the platform are read");
    assert!(store.latest_abilities().await.unwrap().is_empty(), "its own tables come first");
    let mut tx = store.begin().await.unwrap();
    tx.write_attempts(&[answer("amy")]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.table_count("attempt_log").await.unwrap(), Some(1));
    assert_eq!(public(&database).await, before);
}

fn answer(user_id: &str) -> AttemptRow<'_> {
    AttemptRow {
        user_id,
        item_id: "q1",
        topic_id: None,
        session_id: None,
        subject_id: None,
        completed_at: "2025-03-01T10:00:00Z".parse().unwrap(),
        correct: Some(true),
        response_time_ms: None,
        used_hints: None,
        source: None,
        points: None,
        max_points: None,
    }
}

#[tokio::test]
async fn two_schemas_are_two_databases() {
    let database = empty(Backend::Postgres).await;
    let stores = [in_schema(&database, "one").await, in_schema(&database, "two").await];
    for store in &stores {
        store.migrate().await.unwrap();
    }
    let mut tx = stores[0].begin().await.unwrap();
    tx.write_attempts(&[answer("amy")]).await.unwrap();
    tx.commit().await.unwrap();
    let rows = async |store: &Store| store.table_count("attempt_log").await.unwrap();
    assert_eq!([rows(&stores[0]).await, rows(&stores[1]).await], [Some(1), Some(0)]);
    assert_eq!(count(&database, "public").await, 0);
}

#[tokio::test]
async fn a_schema_that_is_there_needs_no_right_to_make_one() {
    let database = empty(Backend::Postgres).await;
    let name = database.text("SELECT current_database()::text").await;
    database
        .execute(&format!(
            "CREATE ROLE analyst_{name} LOGIN; REVOKE CREATE ON DATABASE {name} FROM PUBLIC; \
             CREATE SCHEMA analytics AUTHORIZATION analyst_{name}"
        ))
        .await;
    let Target::Postgres { url, .. } = &database.target else { unreachable!("a server") };
    let url = url.replace("seedtest@", &format!("analyst_{name}@"));
    let target = Target::parse(&url).unwrap().in_schema("analytics").unwrap();
    let store = Store::open(&target).await.unwrap();
    store.migrate().await.unwrap();
    assert!(count(&database, "analytics").await > 40);
}

/// Tables and views that only share their names with those of a learning platform.
const STRANGERS: &str = "
CREATE TABLE question (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), body text NOT NULL);
INSERT INTO question (body) VALUES ('Where is the station?');
CREATE VIEW attempt_ext AS SELECT 1 AS one;
CREATE VIEW attempt_event AS SELECT 2 AS two;
CREATE VIEW anomalies AS SELECT 3 AS three;
CREATE TABLE report_artifact (four integer);
CREATE VIEW ability_estimates AS SELECT 'u'::text AS user_id, 5.0::double precision AS theta";

#[tokio::test]
async fn strangers_of_the_same_names_block_nothing_and_stay() {
    let database = empty(Backend::Postgres).await;
    database.execute(STRANGERS).await;
    let before = public(&database).await;
    let report = database.store.migrate().await.unwrap();
    let after = public(&database).await;
    for stranger in &before {
        assert!(after.contains(stranger), "{stranger:?} was changed");
    }
    assert!(report.created.contains(&"seedtest_question".to_owned()), "{report:?}");
    assert!(report.created.contains(&"seedtest_answer".to_owned()), "{report:?}");
    for kept in ["attempt_ext", "ability_estimates", "anomalies", "report_artifact"] {
        assert!(report.adopted.contains(&kept.to_owned()), "{kept} in {report:?}");
    }
    assert_eq!(database.store.pending().await.unwrap(), []);

    // The bank in its place works.
    database.execute("INSERT INTO seedtest_question (id, content) VALUES (7, '')").await;
    assert!(database.store.question_ids().await.unwrap().contains("7"));
    let mut tx = database.store.begin().await.unwrap();
    assert!(tx.write_question_irt("7", &json!({"a": 1, "b": 0})).await.unwrap());
    tx.commit().await.unwrap();
    let items = database.store.question_items().await.unwrap();
    assert_eq!(items[0].irt, Some(json!({"a": 1, "b": 0})));

    // A later migration changes nothing of this.
    database.execute("DELETE FROM seedtest_migrations WHERE version = 12").await;
    database.store.migrate().await.unwrap();
    assert_eq!(public(&database).await, after);
}

#[tokio::test]
async fn strangers_beside_a_schema_are_no_matter() {
    let database = empty(Backend::Postgres).await;
    database
        .execute(
            "CREATE TABLE session (sid text PRIMARY KEY, sess json NOT NULL);
             CREATE TABLE exam_results (id integer);
             CREATE VIEW attempt AS SELECT 1 AS one;
             CREATE VIEW seedtest_answer AS SELECT 1 AS one",
        )
        .await;
    let error = database.store.migrate().await.unwrap_err();
    assert!(error.hint().unwrap().contains("--schema NAME"), "{error}");
    let before = public(&database).await;
    let store = in_schema(&database, "analytics").await;
    let report = store.migrate().await.unwrap();
    assert_eq!(public(&database).await, before);
    assert!(report.adopted.is_empty(), "{report:?}");
    for made in ["session", "exam_results", "attempt", "seedtest_answer"] {
        assert!(report.created.contains(&made.to_owned()), "{made} in {report:?}");
    }
}

#[tokio::test]
async fn a_view_that_is_read_must_offer_what_is_read() {
    let database = empty(Backend::Postgres).await;
    database.execute("CREATE VIEW interest_goal_report AS SELECT 1 AS one").await;
    let error = database.store.migrate().await.unwrap_err();
    let Error::Clashes(clashes) = &error else { panic!("{error}") };
    assert!(clashes.iter().all(|clash| clash.table == "interest_goal_report"), "{error}");
}
