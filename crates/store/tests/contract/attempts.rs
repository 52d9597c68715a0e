//! Writing answers.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use seedtest_responses::Outcome;
use seedtest_store::{AttemptRow, Error, LogFilter, Written, item_number, student_id};

use crate::backends::{on_both, texts};

pub(crate) fn at(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_700_000_000_000_000 + micros).unwrap()
}

pub(crate) fn attempt<'a>(user_id: &'a str, item_id: &'a str, micros: i64) -> AttemptRow<'a> {
    AttemptRow {
        user_id,
        item_id,
        topic_id: None,
        session_id: None,
        subject_id: None,
        completed_at: at(micros),
        correct: Some(true),
        response_time_ms: None,
        used_hints: None,
        source: None,
        points: None,
        max_points: None,
    }
}

#[tokio::test]
async fn the_same_answer_twice_is_one_row() {
    on_both(async |database| {
        let row = attempt("민지", "q-1", 123_456);
        let retag = AttemptRow { topic_id: Some("algebra"), ..row };
        let mut tx = database.store.begin().await.unwrap();
        let written = tx.write_attempts(&[row, retag, row]).await.unwrap();
        assert_eq!(written, Written { inserted: 2, duplicates: 1, conflicts: vec![] });
        tx.commit().await.unwrap();
        let mut tx = database.store.begin().await.unwrap();
        let corrected = AttemptRow { correct: Some(false), ..row };
        // It says otherwise than the stored one, and is no repetition of it.
        let written = tx.write_attempts(&[row, corrected]).await.unwrap();
        assert_eq!(written, Written { inserted: 0, duplicates: 1, conflicts: vec![1] });
        let unknown = AttemptRow { correct: None, ..row };
        let written = tx.write_attempts(&[unknown]).await.unwrap();
        assert_eq!(written, Written { inserted: 0, duplicates: 1, conflicts: vec![] });
        // Two of one batch: the first is kept.
        let new = attempt("민지", "q-2", 123_456);
        let other = AttemptRow { correct: Some(false), ..new };
        let written = tx.write_attempts(&[new, other, new]).await.unwrap();
        assert_eq!(written, Written { inserted: 1, duplicates: 1, conflicts: vec![1] });
        tx.rollback().await.unwrap();

        let log = database.store.load_log(&LogFilter::default()).await.unwrap().log;
        assert_eq!(log.len(), 2);
        assert_eq!(&*log.students()[0], "민지");
        assert_eq!(log.at()[0], 1_700_000_000_123_456);
        assert_eq!(log.outcome(), [Outcome::Right, Outcome::Right]);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        tx.write_attempts(&[attempt("u", "1", 0)]).await.unwrap();
        drop(tx);
        let mut tx = database.store.begin().await.unwrap();
        tx.write_attempts(&[attempt("u", "2", 0)]).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(database.store.log_span().await.unwrap(), None);
        // The identities went with the rows: a later import writes them again.
        let mut tx = database.store.begin().await.unwrap();
        tx.write_attempts(&[attempt("u", "q", 0)]).await.unwrap();
        tx.commit().await.unwrap();
        let students = "SELECT CAST(student_id AS text) FROM attempt";
        assert_eq!(database.text(students).await, seedtest_store::student_id("u").to_string());
    })
    .await;
}

#[tokio::test]
async fn more_rows_than_one_statement_takes() {
    on_both(async |database| {
        let items: Vec<String> = (0..1_234).map(|item| format!("item {item}")).collect();
        let rows: Vec<_> = items.iter().zip(0..).map(|(id, n)| attempt("u", id, n)).collect();
        let mut tx = database.store.begin().await.unwrap();
        let written = tx.write_attempts(&rows).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(written, Written { inserted: 1_234, duplicates: 0, conflicts: vec![] });
        let span = database.store.log_span().await.unwrap().unwrap();
        assert_eq!((span.first, span.last, span.rows), (at(0), at(1_233), 1_234));
        let numbered = "SELECT CAST(count(DISTINCT item_id) AS text) FROM attempt";
        assert_eq!(database.text(numbered).await, "1234");
    })
    .await;
}

#[tokio::test]
async fn a_bad_row_refuses_the_batch_and_is_named() {
    on_both(async |database| {
        let good = attempt("u", "1", 0);
        let year_20225: DateTime<Utc> = "+20225-01-01T00:00:00Z".parse().unwrap();
        let cases = [
            (AttemptRow { user_id: "", ..good }, "user_id"),
            (AttemptRow { item_id: "", ..good }, "item_id"),
            (AttemptRow { topic_id: Some("a\0b"), ..good }, "topic_id"),
            (AttemptRow { completed_at: year_20225, ..good }, "completed_at"),
            (AttemptRow { response_time_ms: Some(u32::MAX), ..good }, "response_time_ms"),
        ];
        for (bad, wanted) in cases {
            let mut tx = database.store.begin().await.unwrap();
            let error = tx.write_attempts(&[good, bad]).await.unwrap_err();
            assert!(
                matches!(error, Error::BadValue { row: 1, column, .. } if column == wanted),
                "{error}"
            );
            tx.commit().await.unwrap();
            assert_eq!(database.store.log_span().await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn an_imported_answer_in_the_contract_view() {
    on_both(async |database| {
        let row = AttemptRow {
            correct: None,
            response_time_ms: Some(1_500),
            used_hints: Some(2),
            session_id: Some("s1"),
            subject_id: Some("7"),
            ..attempt("user-123", "q-1", 0)
        };
        let second = AttemptRow { response_time_ms: Some(500), ..attempt("user-123", "q-1", 9) };
        let second = AttemptRow { session_id: Some("s1"), ..second };
        let mut tx = database.store.begin().await.unwrap();
        tx.write_attempts(&[second, row]).await.unwrap();
        tx.commit().await.unwrap();
        let sql = "SELECT CAST(student_id AS text), CAST(item_id AS text), \
             CASE WHEN correct THEN 'right' ELSE 'wrong' END, \
             COALESCE(CASE WHEN correct_raw THEN 'right' ELSE NULL END, 'unknown'), \
             CAST(response_time_ms AS text), CASE WHEN hint_used THEN 'yes' ELSE 'no' END, \
             CAST(attempt_no AS text), user_id_text, item_id_text, CAST(used_hints AS text), \
             CAST(session_duration_s AS text), subject_id \
             FROM attempt_ext ORDER BY attempt_no LIMIT 1";
        let mut row = database.rows(sql).await.swap_remove(0);
        let duration = row.remove(10).unwrap();
        assert!(matches!(duration.as_str(), "2" | "2.0"), "{duration}");
        let expected = texts([
            "bc17c97c-3d89-7d43-b7e0-7ca0266eafa8",
            // md5 of "q-1" starts 6fae656ff6535f6b.
            "8047481115706089323",
            "wrong",
            "unknown",
            "1500",
            "yes",
            "1",
            "user-123",
            "q-1",
            "2",
            "7",
        ]);
        assert_eq!(row, expected);
    })
    .await;
}

/// Ids that look like numbers or UUIDs, where the engines could disagree.
fn tricky_id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[+-]?[0-9]{1,21}",
        "[ \\t]?[+-]?0{0,12}[0-9]{1,3}(\\.0{0,2})?[ \\n]?",
        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[0-9a-f-]{36}",
        "([0-9a-f]{4}-?){8}",
        "[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[0-9eE.xX_+-]{1,6}",
        "[^\0]{1,12}",
    ]
}

#[tokio::test]
async fn any_id_has_the_same_identity_in_the_views_as_in_rust() {
    let mut runner = TestRunner::deterministic();
    let ids: Vec<String> =
        (0..800).map(|_| tricky_id().new_tree(&mut runner).unwrap().current()).collect();
    let rows: Vec<_> = ids.iter().zip(0..).map(|(id, n)| attempt(id, id, n)).collect();
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        tx.write_attempts(&rows).await.unwrap();
        tx.commit().await.unwrap();
        let sql = "SELECT user_id_text, CAST(student_id AS text), CAST(item_id AS text) \
             FROM attempt_ext ORDER BY completed_at";
        let found = database.rows(sql).await;
        assert_eq!(found.len(), ids.len());
        for (id, row) in ids.iter().zip(found) {
            let student = student_id(id).to_string();
            let expected = texts([id, &student, &item_number(id).to_string()]);
            assert_eq!(row, expected, "{}", database.store.backend());
        }
    })
    .await;
}
