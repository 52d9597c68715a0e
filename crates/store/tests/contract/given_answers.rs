//! Answers read from a platform's own table, view or query.

use chrono::DateTime;
use seedtest_responses::Outcome;
use seedtest_store::{AnswerSource, Backend, Error, LogFilter, LogSource, Store};

use crate::backends::{BACKENDS, Database, migrated};

/// A platform's table with names and types of its own.
const SERVER: &str = "
CREATE SCHEMA platform;
CREATE TABLE platform.\"Answers\" (id bigserial, student_id varchar(40), question_id integer, is_correct smallint,
  answered_at timestamp, response_time_ms numeric, hint_used boolean, exam_id integer, note jsonb);
INSERT INTO platform.\"Answers\" (student_id, question_id, is_correct, answered_at, response_time_ms, hint_used, exam_id)
VALUES ('amy', 7, 1, '2025-03-01 09:00', 1500.4, true, 3), ('amy', 8, 0, '2025-03-02 09:00', NULL, false, 3),
  ('bob', 7, 2, '2025-03-01 23:30', -5, NULL, NULL), (NULL, 7, 1, '2025-03-01 09:00', 1, true, 1),
  ('bob', NULL, 1, '2025-03-01 09:00', 1, true, 1), ('bob', 8, 1, NULL, 1, true, 1)";

const FILE: &str = "
CREATE TABLE Answers (id INTEGER PRIMARY KEY, student_id TEXT, question_id INTEGER, is_correct, answered_at TEXT,
  response_time_ms, hint_used, exam_id INTEGER);
INSERT INTO Answers (student_id, question_id, is_correct, answered_at, response_time_ms, hint_used, exam_id)
VALUES ('amy', 7, 1, '2025-03-01 09:00', 1500.4, 'true', 3), ('amy', 8, 'no', '2025-03-02T09:00:00Z', NULL, 0, 3),
  ('bob', 7, 2, '2025-03-02T00:30:00+01:00', -5, NULL, NULL), (NULL, 7, 1, '2025-03-01 09:00', 1, 1, 1),
  ('bob', NULL, 1, '2025-03-01 09:00', 1, 1, 1), ('bob', 8, 1, NULL, 1, 1, 1)";

async fn platform(backend: Backend) -> Database {
    let database = migrated(backend).await;
    database.execute(if backend == Backend::Postgres { SERVER } else { FILE }).await;
    database
}

fn relation(backend: Backend) -> AnswerSource {
    let name = if backend == Backend::Postgres { "platform.\"Answers\"" } else { "Answers" };
    AnswerSource::relation(name).unwrap()
}

/// Student, item, time, outcome, response time, hints of every answer.
async fn answers(store: &Store, filter: &LogFilter) -> Vec<String> {
    let loaded = store.load_log(filter).await.unwrap();
    assert_eq!(loaded.source, LogSource::Given);
    let log = &loaded.log;
    let text = |row: usize| {
        let at = DateTime::from_timestamp_micros(log.at()[row]).unwrap();
        format!(
            "{} {} {} {:?} {:?} {:?}",
            log.students()[log.student()[row] as usize],
            log.items()[log.item()[row] as usize],
            at.format("%Y-%m-%dT%H:%M"),
            log.outcome()[row],
            log.response_time_ms()[row],
            log.hints()[row],
        )
    };
    (0..log.len()).map(text).collect()
}

#[tokio::test]
async fn a_table_of_the_platform_is_read_as_it_is() {
    for backend in BACKENDS {
        let database = platform(backend).await;
        let store = database.store.clone().reading(relation(backend));
        let all = LogFilter::default();
        let loaded = store.load_log(&all).await.unwrap();
        assert_eq!(loaded.log.len(), 3, "{backend}");
        let skipped = loaded.skipped;
        let counts = (skipped.without_student, skipped.without_item, skipped.without_time);
        assert_eq!(counts, (1, 1, 1), "{backend}");
        let found = answers(&store, &all).await;
        let begins = |row: &str, text: &str| assert!(row.starts_with(text), "{backend}: {found:?}");
        begins(&found[0], &format!("amy 7 2025-03-01T09:00 {:?}", Outcome::Right));
        begins(&found[1], &format!("amy 8 2025-03-02T09:00 {:?}", Outcome::Wrong));
        begins(&found[2], &format!("bob 7 2025-03-01T23:30 {:?}", Outcome::Unknown));

        let amy = LogFilter { user_id: Some("amy".into()), ..LogFilter::default() };
        assert_eq!(answers(&store, &amy).await, found[..2], "{backend}");
        let exam = LogFilter { subject_id: Some("3".into()), ..LogFilter::default() };
        assert_eq!(answers(&store, &exam).await, found[..2], "{backend}");
        let noon = "2025-03-01T12:00:00Z".parse().unwrap();
        let later = LogFilter { from: Some(noon), ..LogFilter::default() };
        assert_eq!(answers(&store, &later).await, found[1..], "{backend}");
        let newest = LogFilter { newest: Some(1), ..LogFilter::default() };
        assert_eq!(answers(&store, &newest).await, found[1..2], "{backend}");

        let span = store.log_span().await.unwrap().unwrap();
        assert_eq!(span.first.to_rfc3339(), "2025-03-01T09:00:00+00:00", "{backend}");
        let students = store.students_with_answers().await.unwrap();
        assert_eq!(students.len(), 2, "{backend}");
        let columns = store.answer_columns().await.unwrap().unwrap();
        assert!(columns.columns.contains(&("user_id", Some("student_id".into()))), "{columns:?}");
        assert!(columns.columns.contains(&("topic_id", None)), "{columns:?}");
        assert_eq!(database.store.answer_columns().await.unwrap(), None);
    }
}

#[tokio::test]
async fn times_without_an_offset_are_of_the_place() {
    let database = platform(Backend::Postgres).await;
    let seoul = "Asia/Seoul".parse().unwrap();
    let store = database.store.clone().in_time_zone(seoul).reading(relation(Backend::Postgres));
    let span = store.log_span().await.unwrap().unwrap();
    assert_eq!(span.first.to_rfc3339(), "2025-03-01T00:00:00+00:00");
}

#[tokio::test]
async fn a_query_stands_for_a_view() {
    for backend in BACKENDS {
        let database = platform(backend).await;
        let table = if backend == Backend::Postgres { "platform.\"Answers\"" } else { "Answers" };
        let sql = format!(
            "SELECT upper(student_id) AS user_id, 'q' || question_id AS item_id, is_correct AS correct, \
             answered_at AS completed_at FROM {table} WHERE student_id IS NOT NULL -- of students"
        );
        let store = database.store.clone().reading(AnswerSource::query(&sql).unwrap());
        let found = answers(&store, &LogFilter::default()).await;
        assert!(found[0].starts_with("AMY q7 "), "{backend}: {found:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_named_with_what_is_there() {
    for backend in BACKENDS {
        let database = platform(backend).await;
        let of =
            |source: Result<AnswerSource, Error>| database.store.clone().reading(source.unwrap());
        let lacking = of(AnswerSource::query("SELECT 'a' AS user_id, 1 AS correct, 2 AS rest"));
        let error = lacking.load_log(&LogFilter::default()).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("item_id or question_id, completed_at or answered_at"), "{text}");
        assert!(text.contains("it has user_id, correct, rest"), "{text}");
        assert!(error.hint().unwrap().contains("docs/postgresql.md"), "{error}");
        let missing = of(AnswerSource::relation("no_such_table"));
        let error = missing.answer_columns().await.unwrap_err();
        assert!(matches!(error, Error::BadAnswers { .. }), "{error}");
        let broken = of(AnswerSource::query("SELECT FROM WHERE"));
        let error = broken.log_span().await.unwrap_err();
        assert!(matches!(error, Error::BadAnswers { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_column_of_another_type_is_named() {
    let database = migrated(Backend::Postgres).await;
    for (sql, named) in [
        (
            "SELECT 'a' user_id, 1 item_id, true correct, '2025-01-01' completed_at",
            "completed_at is TEXT",
        ),
        (
            "SELECT 'a' user_id, 1 item_id, now() correct, now() completed_at",
            "correct is TIMESTAMPTZ",
        ),
        (
            "SELECT 'a' user_id, 1 item_id, true correct, now() completed_at, 'x' response_time_ms",
            "response_time_ms is TEXT",
        ),
    ] {
        let store = database.store.clone().reading(AnswerSource::query(sql).unwrap());
        let error = store.answer_columns().await.unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[tokio::test]
async fn a_query_cannot_do_more_than_ask() {
    let database = platform(Backend::Postgres).await;
    for sql in [
        "SELECT 1) given; DROP TABLE attempt_log; SELECT (1",
        "WITH gone AS (DELETE FROM platform.\"Answers\" RETURNING *) SELECT student_id, question_id, \
         is_correct, answered_at FROM gone",
    ] {
        let store = database.store.clone().reading(AnswerSource::query(sql).unwrap());
        assert!(store.load_log(&LogFilter::default()).await.is_err(), "{sql}");
    }
    let rows = "SELECT CAST(count(*) AS text) FROM platform.\"Answers\"";
    assert_eq!(database.text(rows).await, "6");
    assert_eq!(database.store.table_count("attempt_log").await.unwrap(), Some(0));
}
