//! The answers of exam documents: PostgreSQL unfolds them in a view, SQLite at import. Both must
//! show the rows of the attempt contract (docs/contract/schema.md S3).

use chrono::{DateTime, Utc};
use seedtest_store::{Backend, ExamResult, ExamsWritten};
use serde_json::{Value as Json, json};

use crate::backends::{Database, TextRow, migrated, on_both, texts};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn document(session: &str, user: Option<&str>, result_json: Json) -> ExamResult {
    ExamResult {
        id: None,
        session_id: session.to_owned(),
        user_id: user.map(str::to_owned),
        org_id: Some(1),
        exam_id: Some(77),
        status: "ready".to_owned(),
        result_json,
        created_at: time("2024-03-04T05:06:07.000008Z"),
        updated_at: Some(time("2024-03-05T00:00:59.999999Z")),
    }
}

fn nasty_documents() -> Vec<ExamResult> {
    let question = |id: Json| json!({"question_id": id, "is_correct": true, "topic": "t"});
    let mut example = document(
        "contract",
        Some("user-123"),
        json!({"questions": [{"question_id": 101, "is_correct": true, "time_spent_sec": 12.3456,
            "used_hints": 1, "topic": "algebra"}]}),
    );
    example.id = Some("6f9619ff-8b86-4d01-b42d-00cf4fc964ff".parse().unwrap());
    let mut without_update =
        document("created", Some("u1"), json!({"questions": [{"question_id": "5"}]}));
    without_update.updated_at = None;
    vec![
        example,
        without_update,
        document("empty list", Some("u1"), json!({"questions": []})),
        document("no list", Some("u1"), json!({"score": 3})),
        document("object", Some("u1"), json!({"questions": {"question_id": 1}})),
        document("text", Some("u1"), json!({"questions": "none"})),
        document("array", Some("u1"), json!([{"question_id": 1}])),
        document("scalar", Some("u1"), json!("abandoned")),
        document("scalars", Some("u1"), json!({"questions": [null, 1, "x", [2], true]})),
        document(
            "ids",
            Some("u2"),
            json!({"questions": [
                question(json!(null)), question(json!("")), question(json!("Q-7")),
                question(json!(" 8 ")), question(json!("+9")), question(json!(-10)),
                question(json!(11.0)), question(json!("12.5")), question(json!("0013")),
                question(json!("9223372036854775807")), question(json!("9223372036854775808")),
                question(json!(true)), question(json!([14])), question(json!({"id": 15})),
                json!({"is_correct": true}),
            ]}),
        ),
        document(
            "correctness",
            Some("u3"),
            json!({"questions": [
                {"question_id": 1, "is_correct": false, "correct": true},
                {"question_id": 2, "correct": true},
                {"question_id": 3, "is_correct": null, "correct": "TRUE"},
                {"question_id": 4, "is_correct": "maybe", "correct": 0},
                {"question_id": 5, "is_correct": 1},
                {"question_id": 6, "is_correct": "no"},
                {"question_id": 7, "is_correct": 2},
                {"question_id": 8},
            ]}),
        ),
        document(
            "times",
            Some("u4"),
            json!({"questions": [
                {"question_id": 1, "time_spent_sec": 0},
                {"question_id": 2, "time_spent_sec": 0.0004},
                {"question_id": 3, "time_spent_sec": "1.0005"},
                {"question_id": 4, "time_spent_sec": 2.5},
                {"question_id": 5, "time_spent_sec": -3},
                {"question_id": 6, "time_spent_sec": "fast"},
                {"question_id": 7, "time_spent_sec": 1e2},
                {"question_id": 8, "time_spent_sec": 2_147_484},
                {"question_id": 9, "time_spent_sec": 1e300},
                {"question_id": 10, "time_spent_sec": "NaN"},
                {"question_id": 11, "time_spent_sec": " 7 "},
                {"question_id": 12, "time_spent_sec": [1]},
            ]}),
        ),
        document(
            "hints and topics",
            Some("u5"),
            json!({"questions": [
                {"question_id": 1, "used_hints": 0, "topic": ""},
                {"question_id": 2, "used_hints": "3", "topic": "기하"},
                {"question_id": 3, "used_hints": -1, "topic": 42},
                {"question_id": 4, "used_hints": 1.5, "topic": null},
                {"question_id": 5, "used_hints": 3_000_000_000_u64, "topic": ["a"]},
                {"question_id": 6, "used_hints": true, "topic": true},
            ]}),
        ),
        document("anonymous", None, json!({"questions": [question(json!(1))]})),
        document("dashes", Some(&"-".repeat(36)), json!({"questions": [question(json!(1))]})),
        document(
            "uuid",
            Some("6F9619FF-8B86-4D01-B42D-00CF4FC964FF"),
            json!({"questions": [question(json!(1))]}),
        ),
        document(
            "same question twice",
            Some("u6"),
            json!({"questions": [question(json!(3)), question(json!(3)), question(json!(4))]}),
        ),
        document("same question again", Some("u6"), json!({"questions": [question(json!(3))]})),
    ]
}

/// Every column as text, spelled alike on both engines.
fn projection(backend: Backend, view: &str) -> String {
    let flag = |column: &str| {
        format!("CASE WHEN {column} IS NULL THEN NULL WHEN {column} THEN 'yes' ELSE 'no' END")
    };
    let time = |column: &str| match backend {
        Backend::Sqlite => column.to_owned(),
        Backend::Postgres => {
            format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
    };
    let text = |column: &str| format!("CAST({column} AS text)");
    let mut columns = vec![
        text("id"),
        text("student_id"),
        text("item_id"),
        flag("correct"),
        text("response_time_ms"),
        flag("hint_used"),
        time("completed_at"),
        time("started_at"),
        text("attempt_no"),
        "session_id".to_owned(),
        "topic_id".to_owned(),
    ];
    if view == "attempt_ext" {
        columns.extend([
            "user_id_text".to_owned(),
            "item_id_text".to_owned(),
            flag("correct_raw"),
            text("response_time_ms_raw"),
            text("used_hints"),
            text("CAST(round(session_duration_s * 1000) AS bigint)"),
            "subject_id".to_owned(),
        ]);
    }
    let columns = columns.join(", ");
    format!("SELECT {columns} FROM {view} v ORDER BY v.session_id, v.item_id, v.attempt_no")
}

async fn filled(backend: Backend) -> Database {
    let database = migrated(backend).await;
    let mut tx = database.store.begin().await.unwrap();
    let written = tx.write_exam_results(&nasty_documents()).await.unwrap();
    assert_eq!(written.written, nasty_documents().len() as u64, "{backend}");
    tx.commit().await.unwrap();
    database
}

#[tokio::test]
async fn both_engines_show_the_same_attempts() {
    let (sqlite, postgres) = (filled(Backend::Sqlite).await, filled(Backend::Postgres).await);
    for view in ["attempt", "attempt_ext"] {
        let expected = postgres.rows(&projection(Backend::Postgres, view)).await;
        let found = sqlite.rows(&projection(Backend::Sqlite, view)).await;
        assert!(expected.len() > 30, "{view}: {} rows", expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{view}");
        }
        assert_eq!(found.len(), expected.len(), "{view}");
    }
}

async fn session_rows(database: &Database, session: &str) -> Vec<TextRow> {
    let sql = projection(database.store.backend(), "attempt_ext");
    let rows = database.rows(&sql).await;
    rows.into_iter().filter(|row| row[9].as_deref() == Some(session)).collect()
}

#[tokio::test]
async fn the_rows_are_those_of_the_contract() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = filled(backend).await;
        let expected = texts([
            "-520847927551899872",
            "bc17c97c-3d89-7d43-b7e0-7ca0266eafa8",
            "101",
            "yes",
            "12346",
            "yes",
            "2024-03-05T00:00:59.999999Z",
            "2024-03-05T00:00:47.999999Z",
            "1",
            "contract",
            "algebra",
            "user-123",
            "101",
            "yes",
            "12346",
            "1",
            "12346",
            "77",
        ]);
        assert_eq!(session_rows(&database, "contract").await, [expected], "{backend}");

        let column = async |session: &str, column: usize| -> Vec<Option<String>> {
            let rows = session_rows(&database, session).await;
            rows.into_iter().map(|mut row| row.swap_remove(column)).collect()
        };
        let some = |text: &str| Some(text.to_owned());
        let items = ["-10", "8", "9", "11", "13", "9223372036854775807"];
        assert_eq!(column("ids", 2).await, items.map(some), "{backend}");
        let correct =
            [some("no"), some("yes"), some("yes"), some("no"), some("yes"), some("no"), None, None];
        assert_eq!(column("correctness", 13).await, correct, "{backend}");
        let times = [
            None,
            None,
            some("1001"),
            some("2500"),
            None,
            None,
            some("100000"),
            None,
            None,
            None,
            some("7000"),
            None,
        ];
        assert_eq!(column("times", 14).await, times, "{backend}");
        let hints = [some("0"), some("3"), None, None, None, None];
        assert_eq!(column("hints and topics", 15).await, hints, "{backend}");
        let topics = [None, some("기하"), some("42"), None, None, some("true")];
        assert_eq!(column("hints and topics", 10).await, topics, "{backend}");
        assert_eq!(column("anonymous", 1).await, [None], "{backend}");
        let started = "2024-03-04T05:06:07.000008Z";
        assert_eq!(column("created", 7).await, [some(started)], "{backend}");
        let numbers = [some("1"), some("2"), some("1")];
        assert_eq!(column("same question twice", 8).await, numbers, "{backend}");
    }
}

#[tokio::test]
async fn the_locked_columns_have_their_types() {
    let database = migrated(Backend::Postgres).await;
    let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns \
         WHERE table_name = 'attempt' ORDER BY ordinal_position";
    let expected = [
        ["id", "bigint"],
        ["student_id", "uuid"],
        ["item_id", "bigint"],
        ["correct", "boolean"],
        ["response_time_ms", "integer"],
        ["hint_used", "boolean"],
        ["completed_at", "timestamp with time zone"],
        ["started_at", "timestamp with time zone"],
        ["attempt_no", "integer"],
        ["session_id", "text"],
        ["topic_id", "text"],
    ];
    assert_eq!(database.rows(sql).await, expected.map(texts));
}

#[tokio::test]
async fn a_newer_document_replaces_the_answers_of_its_session() {
    on_both(async |database| {
        let two = json!({"questions": [{"question_id": 1}, {"question_id": 2}]});
        let three = json!({"questions": [{"question_id": 3}]});
        let first = document("s", Some("u"), two);
        let mut newer = document("s", Some("u"), three);
        newer.updated_at = Some(time("2024-04-01T00:00:00Z"));

        let mut tx = database.store.begin().await.unwrap();
        // A batch may hold several states of a session; the newest one counts.
        let written = tx.write_exam_results(&[newer.clone(), first.clone()]).await.unwrap();
        let expected =
            ExamsWritten { written: 1, unchanged: 1, questions: 3, questions_without_number: 0 };
        assert_eq!(written, expected);
        // Neither the older state nor the same state again changes anything.
        for doc in [&first, &newer] {
            let again = tx.write_exam_results(std::slice::from_ref(doc)).await.unwrap();
            assert_eq!((again.written, again.unchanged), (0, 1));
        }
        tx.commit().await.unwrap();
        let items = "SELECT CAST(item_id AS text) FROM attempt ORDER BY item_id";
        assert_eq!(database.rows(items).await, [texts(["3"])]);

        newer.result_json = json!({"questions": [{"question_id": 4}, {"question_id": "x"}]});
        newer.updated_at = Some(time("2024-04-02T00:00:00Z"));
        let mut tx = database.store.begin().await.unwrap();
        let written = tx.write_exam_results(&[newer]).await.unwrap();
        assert_eq!((written.written, written.questions_without_number), (1, 1));
        tx.commit().await.unwrap();
        assert_eq!(database.rows(items).await, [texts(["4"])]);
    })
    .await;
}

#[tokio::test]
async fn documents_of_the_platform_may_lack_times() {
    // On a server the platform writes the documents itself, with whatever its columns allow.
    let database = crate::backends::empty(Backend::Postgres).await;
    database
        .execute(
            "CREATE TABLE exam_results (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
               session_id text UNIQUE NOT NULL, user_id text, org_id integer, exam_id integer,
               status text NOT NULL DEFAULT 'ready', result_json jsonb NOT NULL,
               created_at timestamptz, updated_at timestamptz);
             INSERT INTO exam_results (session_id, user_id, result_json, created_at) VALUES
               ('timeless', 'u', '{\"questions\": [{\"question_id\": 1}]}', NULL),
               ('dated', 'u', '{\"questions\": [{\"question_id\": 2}]}', '2024-01-01T00:00:00Z')",
        )
        .await;
    database.store.migrate().await.unwrap();
    let items = "SELECT item_id::text FROM attempt";
    assert_eq!(database.rows(items).await, [texts(["2"])]);
}
