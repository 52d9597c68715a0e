//! Loading a log.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use seedtest_responses::ResponseLog;
use seedtest_store::{AttemptRow, Backend, ExamResult, LogFilter, LogSource};
use serde_json::json;

use crate::attempts::{at, attempt};
use crate::backends::{BACKENDS, Database, empty, migrated, on_both};

/// Everything a log holds, in the order it holds it.
fn contents(log: &ResponseLog) -> Vec<String> {
    (0..log.len())
        .map(|row| {
            let topic = log.topic(row).map(|code| &log.topics()[code as usize]);
            let session = log.session(row).map(|code| &log.sessions()[code as usize]);
            format!(
                "{:?} {:?} {topic:?} {session:?} {} {:?} {} {}",
                log.students()[log.student()[row] as usize],
                log.items()[log.item()[row] as usize],
                log.at()[row],
                log.outcome()[row],
                log.response_time_ms()[row],
                log.hints()[row],
            )
        })
        .collect()
}

async fn load(database: &Database, filter: &LogFilter) -> Vec<String> {
    let loaded = database.store.load_log(filter).await.unwrap();
    assert_eq!(loaded.source, LogSource::AttemptExt);
    contents(&loaded.log)
}

#[derive(Debug)]
struct Answer {
    user: String,
    item: String,
    topic: Option<String>,
    session: Option<String>,
    micros: i64,
    correct: Option<bool>,
    time: Option<u32>,
    hints: Option<u32>,
}

fn answer() -> impl Strategy<Value = Answer> {
    (
        "[a-c가-나]{1,2}",
        "[0-9q']{1,2}",
        prop::option::of("[xy']"),
        prop::option::of("[st]{0,2}"),
        -2_000_000_000_000_000_i64..2_000_000_000_000_000,
        any::<Option<bool>>(),
        prop::option::of(0_u32..100_000),
        prop::option::of(0_u32..300),
    )
        .prop_map(|(user, item, topic, session, micros, correct, time, hints)| Answer {
            user,
            item,
            topic,
            session,
            micros,
            correct,
            time,
            hints,
        })
}

fn row(answer: &Answer) -> AttemptRow<'_> {
    AttemptRow {
        topic_id: answer.topic.as_deref(),
        session_id: answer.session.as_deref(),
        subject_id: answer.topic.as_deref(),
        correct: answer.correct,
        response_time_ms: answer.time,
        used_hints: answer.hints,
        ..attempt(&answer.user, &answer.item, answer.micros)
    }
}

#[tokio::test]
async fn both_engines_load_the_same_log() {
    let mut runner = TestRunner::deterministic();
    let answers: Vec<Answer> =
        (0..3_000).map(|_| answer().new_tree(&mut runner).unwrap().current()).collect();
    let filters = [
        LogFilter::default(),
        LogFilter { from: Some(at(0)), ..LogFilter::default() },
        LogFilter { to: Some(at(0)), ..LogFilter::default() },
        LogFilter { topic_id: Some("x".into()), ..LogFilter::default() },
        LogFilter { topic_id: Some("'".into()), ..LogFilter::default() },
        LogFilter { subject_id: Some("y".into()), ..LogFilter::default() },
        LogFilter { newest: Some(100), ..LogFilter::default() },
    ];
    let mut loaded = Vec::new();
    for backend in BACKENDS {
        let database = migrated(backend).await;
        let mut tx = database.store.begin().await.unwrap();
        for batch in answers.chunks(700) {
            let rows: Vec<_> = batch.iter().map(row).collect();
            tx.write_attempts(&rows).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut logs = Vec::new();
        for filter in &filters {
            logs.push(load(&database, filter).await);
        }
        loaded.push(logs);
    }
    let [sqlite, postgres] = &loaded[..] else { panic!("two backends") };
    assert_eq!(sqlite, postgres);
    let sizes: Vec<usize> = sqlite.iter().map(Vec::len).collect();
    assert_eq!(sizes[0], 3_000);
    assert_eq!(sizes[1] + sizes[2], 3_000);
    assert_eq!(sizes[6], 100);
    assert!(sizes[3..6].iter().all(|&size| size > 300), "{sizes:?}");
}

#[tokio::test]
async fn the_window_is_half_open() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        let rows = [attempt("u", "1", 10), attempt("u", "2", 20), attempt("u", "3", 30)];
        tx.write_attempts(&rows).await.unwrap();
        tx.commit().await.unwrap();
        let window = LogFilter { from: Some(at(10)), to: Some(at(30)), ..LogFilter::default() };
        assert_eq!(load(&database, &window).await.len(), 2);
        let newest = LogFilter { newest: Some(1), ..LogFilter::default() };
        assert!(load(&database, &newest).await[0].contains("\"3\""));
    })
    .await;
}

fn exam(session: &str, user: Option<&str>) -> ExamResult {
    ExamResult {
        id: None,
        session_id: session.to_owned(),
        user_id: user.map(str::to_owned),
        org_id: None,
        exam_id: Some(9),
        status: "ready".to_owned(),
        result_json: json!({"questions": [
            {"question_id": 7, "is_correct": true, "topic": "t"},
            {"question_id": 8, "time_spent_sec": 1.5},
        ]}),
        created_at: at(0),
        updated_at: None,
    }
}

#[tokio::test]
async fn exams_and_imports_are_one_log_and_anonymous_rows_are_counted() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        tx.write_exam_results(&[exam("s1", Some("u")), exam("s2", None)]).await.unwrap();
        tx.write_attempts(&[attempt("u", "7", 5)]).await.unwrap();
        tx.commit().await.unwrap();
        let loaded = database.store.load_log(&LogFilter::default()).await.unwrap();
        assert_eq!(loaded.skipped.without_student, 2);
        assert_eq!(
            contents(&loaded.log),
            [
                "\"u\" \"7\" Some(\"t\") Some(\"s1\") 1700000000000000 Right 0 255",
                "\"u\" \"8\" None Some(\"s1\") 1700000000000000 Unknown 1500 255",
                "\"u\" \"7\" None None 1700000000000005 Right 0 255",
            ]
        );
        let span = database.store.log_span().await.unwrap().unwrap();
        assert_eq!((span.first, span.last, span.rows), (at(0), at(5), 3));
        let subject = LogFilter { subject_id: Some("9".into()), ..LogFilter::default() };
        assert_eq!(load(&database, &subject).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_log_without_rows_is_empty() {
    on_both(async |database| {
        let loaded = database.store.load_log(&LogFilter::default()).await.unwrap();
        assert!(loaded.log.is_empty());
        assert_eq!(loaded.source, LogSource::AttemptExt);
        assert_eq!(database.store.log_span().await.unwrap(), None);
    })
    .await;
}

const PLATFORM_ATTEMPT: &str = "
CREATE TABLE attempt (id bigint, student_id uuid, item_id bigint, correct boolean,
  response_time_ms integer, hint_used boolean, completed_at timestamptz, started_at timestamptz,
  attempt_no integer, session_id text, topic_id text);
INSERT INTO attempt VALUES
  (1, md5('user-123')::uuid, 7, true, 0, true, to_timestamp(1700000000), NULL, 1, 's', 't'),
  (2, md5('stranger')::uuid, 8, false, 1200, false, to_timestamp(1700000001), NULL, 1, 's', ''),
  (3, NULL, 8, false, 0, false, to_timestamp(1700000001), NULL, 1, 's', NULL),
  (4, md5('user-123')::uuid, NULL, false, 0, false, to_timestamp(1700000001), NULL, 1, 's', NULL),
  (5, md5('user-123')::uuid, 9, false, 0, false, NULL, NULL, 1, 's', NULL)";

#[tokio::test]
async fn a_platforms_own_attempts_are_read_and_its_students_named() {
    let database = empty(Backend::Postgres).await;
    database.execute(PLATFORM_ATTEMPT).await;
    database.store.migrate().await.unwrap();
    database.execute("INSERT INTO session (id, user_id) VALUES ('s', 'user-123')").await;
    let loaded = database.store.load_log(&LogFilter::default()).await.unwrap();
    assert_eq!(loaded.source, LogSource::PlatformAttempt);
    assert_eq!(loaded.skipped.without_student, 1);
    assert_eq!(loaded.skipped.without_item, 1);
    assert_eq!(loaded.skipped.without_time, 1);
    let stranger = seedtest_store::student_id("stranger");
    assert_eq!(
        contents(&loaded.log),
        [
            format!("\"{stranger}\" \"8\" None Some(\"s\") 1700000001000000 Wrong 1200 0"),
            "\"user-123\" \"7\" Some(\"t\") Some(\"s\") 1700000000000000 Right 0 1".to_owned(),
        ]
    );
    // As soon as there are answers of our own, they count.
    let mut tx = database.store.begin().await.unwrap();
    tx.write_attempts(&[attempt("u", "1", 0)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(load(&database, &LogFilter::default()).await.len(), 1);
}

#[tokio::test]
async fn the_table_responses_is_the_last_resort() {
    let database = migrated(Backend::Postgres).await;
    database
        .execute(
            "CREATE TABLE responses (user_id text, item_id text, is_correct boolean,
               responded_at timestamptz, PRIMARY KEY (user_id, item_id, responded_at));
             INSERT INTO responses VALUES ('u', 'q', true, to_timestamp(1700000000))",
        )
        .await;
    let loaded = database.store.load_log(&LogFilter::default()).await.unwrap();
    assert_eq!(loaded.source, LogSource::Responses);
    assert_eq!(contents(&loaded.log), ["\"u\" \"q\" None None 1700000000000000 Right 0 255"]);
    assert_eq!(database.store.log_span().await.unwrap().unwrap().rows, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_log_read_in_parts_is_the_same_log() {
    let database = migrated(Backend::Postgres).await;
    let mut tx = database.store.begin().await.unwrap();
    let (mut attempts, mut exams) = (Vec::new(), Vec::new());
    for n in 0..90_000 {
        let student = format!("u{}", n % 700);
        let item = (n * 7 % 1_000).to_string();
        attempts.push((student, item, n));
    }
    for n in 0..8_000 {
        exams.push(exam(&format!("s{n}"), (n % 50 > 0).then_some("u1")));
    }
    let attempts: Vec<_> =
        attempts.iter().map(|(student, item, n)| attempt(student, item, *n)).collect();
    tx.write_attempts(&attempts).await.unwrap();
    tx.write_exam_results(&exams).await.unwrap();
    tx.commit().await.unwrap();
    let in_parts = database.store.load_log(&LogFilter::default()).await.unwrap();
    let in_one = LogFilter { newest: Some(1_000_000), ..LogFilter::default() };
    let in_one = database.store.load_log(&in_one).await.unwrap();
    assert_eq!(in_parts.log.len(), 90_000 + 2 * 7_840);
    assert_eq!(in_parts.skipped.without_student, 2 * 160);
    assert_eq!(in_parts.skipped, in_one.skipped);
    assert!(contents(&in_parts.log) == contents(&in_one.log));
}
