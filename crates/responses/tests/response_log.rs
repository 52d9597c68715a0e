//! The log is the same whatever order its rows arrive in, and merges what is one answer.

use proptest::prelude::*;
use seedtest_responses::{
    Answers, Duplicates, LogRow, Outcome, ResponseLog, ResponseLogBuilder, UNKNOWN_HINTS,
};

fn row<'a>(student: &'a str, item: &'a str, topic: &'a str, at: i64, right: bool) -> LogRow<'a> {
    LogRow {
        student,
        item,
        topic: Some(topic),
        at: Some(at),
        outcome: Some(right).into(),
        ..LogRow::default()
    }
}

fn log_of(rows: &[LogRow<'_>]) -> ResponseLog {
    let mut builder = ResponseLogBuilder::new();
    for row in rows {
        builder.push(row);
    }
    builder.finish()
}

#[test]
fn rows_are_grouped_by_student_and_sorted_by_time() {
    let log = log_of(&[
        row("zoe", "q2", "algebra", 30, true),
        row("amy", "q9", "algebra", 20, false),
        row("zoe", "q1", "algebra", 10, true),
    ]);
    assert_eq!(log.students(), ["amy".into(), "zoe".into()]);
    assert_eq!(log.rows_of(0), 0..1);
    assert_eq!(log.rows_of(1), 1..3);
    assert_eq!(log.at(), [20, 10, 30]);
    assert_eq!(log.student_code("zoe"), Some(1));
    assert_eq!(log.student_code("bob"), None);
}

#[test]
fn an_answer_tagged_twice_counts_once_and_is_no_duplicate() {
    let log =
        log_of(&[row("amy", "q1", "algebra", 5, true), row("amy", "q1", "geometry", 5, true)]);
    assert!(!log.is_retag(0));
    assert!(log.is_retag(1));
    let expected = Answers {
        student: vec![0],
        item: vec![0],
        correct: vec![1],
        row: vec![0],
        ..Answers::default()
    };
    for policy in [Duplicates::First, Duplicates::Last, Duplicates::All] {
        assert_eq!(log.answers(policy), expected);
    }
}

#[test]
fn duplicates_follow_the_policy_and_are_counted() {
    let log = log_of(&[row("amy", "q1", "t", 5, false), row("amy", "q1", "t", 9, true)]);
    let first = log.answers(Duplicates::First);
    assert_eq!((first.correct, first.dropped_duplicates), (vec![0], 1));
    let last = log.answers(Duplicates::Last);
    assert_eq!((last.correct, last.dropped_duplicates), (vec![1], 1));
    let all = log.answers(Duplicates::All);
    assert_eq!((all.correct, all.dropped_duplicates), (vec![0, 1], 0));
}

#[test]
fn an_unknown_outcome_is_dropped_and_counted_not_scored_zero() {
    let mut unknown = row("amy", "q1", "t", 5, true);
    unknown.outcome = Outcome::Unknown;
    let answers = log_of(&[unknown]).answers(Duplicates::First);
    assert_eq!(answers.dropped_unknown, 1);
    assert!(answers.item.is_empty());
}

#[test]
fn hint_counts_saturate_below_the_unknown_mark() {
    let many = LogRow { hints: Some(9_999), ..row("amy", "q1", "t", 1, true) };
    let unknown = LogRow { hints: None, ..row("amy", "q2", "t", 2, true) };
    let log = log_of(&[many, unknown]);
    assert_eq!(log.hints(), [UNKNOWN_HINTS - 1, UNKNOWN_HINTS]);
}

#[test]
fn without_times_the_order_of_arrival_stands() {
    let untimed = |item, right| LogRow { at: None, ..row("amy", item, "t", 0, right) };
    let log = log_of(&[untimed("q2", false), untimed("q2", true)]);
    assert_eq!(log.answers(Duplicates::First).correct, vec![0]);
}

proptest! {
    #[test]
    fn arrival_order_does_not_matter(
        rows in prop::collection::vec((0u8..5, 0u8..6, 0u8..3, 0i64..20, any::<bool>()), 0..60),
        rotation in 0usize..60,
    ) {
        let names: Vec<_> = rows
            .iter()
            .map(|(s, i, t, ..)| (format!("s{s}"), format!("i{i}"), format!("t{t}")))
            .collect();
        let mut log_rows: Vec<_> = rows
            .iter()
            .zip(&names)
            .map(|((.., at, right), (s, i, t))| row(s, i, t, *at, *right))
            .collect();
        let straight = log_of(&log_rows);
        if !log_rows.is_empty() {
            let by = rotation % log_rows.len();
            log_rows.rotate_left(by);
        }
        let rotated = log_of(&log_rows);
        prop_assert_eq!(straight.at(), rotated.at());
        prop_assert_eq!(straight.student(), rotated.student());
        prop_assert_eq!(straight.items(), rotated.items());
        prop_assert_eq!(straight.answers(Duplicates::All), rotated.answers(Duplicates::All));
    }
}
