//! JSON Lines files.

use seedtest_ingest::{ColumnMap, Error, Field, Options, Reader, RejectReason};

use crate::files::{Answer, File, gzip, read, read_path};

const LOG: &str = r#"
{"user_id": "s1", "question_id": 17, "is_correct": true, "responded_at": "2024-09-02T00:01:50Z", "used_hints": 2, "time_spent_sec": 1.25}
{"user_id": 5, "question_id": "q", "is_correct": 0, "responded_at": 1725235310, "extra": {"deep": [1, {"x": null}]}}

{"user_id": "s\u0031", "question_id": 18446744073709551615, "is_correct": null, "topic": "al\"gebra", "session_id": "x"}
"#;

#[test]
fn objects_of_any_shape_are_rows() {
    let at = Some(1_725_235_310_000_000);
    let expected = [
        Answer {
            line: 2,
            student: "s1".into(),
            item: "17".into(),
            at,
            outcome: Some(true),
            response_time_ms: Some(1_250),
            hints: Some(2),
            ..Answer::default()
        },
        Answer {
            line: 3,
            student: "5".into(),
            item: "q".into(),
            at,
            outcome: Some(false),
            ..Answer::default()
        },
        Answer {
            line: 5,
            student: "s1".into(),
            item: "18446744073709551615".into(),
            topic: Some("al\"gebra".into()),
            session: Some("x".into()),
            ..Answer::default()
        },
    ];
    for (name, content) in [
        ("log.jsonl", LOG.as_bytes().to_vec()),
        ("log.ndjson.gz", gzip(LOG.as_bytes())),
        ("log", LOG.as_bytes().to_vec()),
    ] {
        let content = read(name, content);
        assert_eq!(content.answers, expected);
        assert!(content.rejects.is_empty());
    }
}

#[test]
fn a_bad_line_is_rejected_and_the_next_one_read() {
    let long = format!(r#"{{"student":"{}","item":1,"correct":1}}"#, "x".repeat(10_000_000));
    let lines = [
        (r#"{"student":1,"item":1,"correct":1}"#.to_owned(), None),
        ("not json".to_owned(), Some(RejectReason::BadJson)),
        ("[1]".to_owned(), Some(RejectReason::BadJson)),
        (r#"{"student":1,"item":1,"correct":1} x"#.to_owned(), Some(RejectReason::BadJson)),
        (r#"{"student":1,"item":1,"item":2,"correct":1}"#.to_owned(), Some(RejectReason::BadJson)),
        (r#"{"student":[1],"item":1,"correct":1}"#.to_owned(), Some(RejectReason::BadJson)),
        (r#"{"item":1,"correct":1}"#.to_owned(), Some(RejectReason::MissingStudent)),
        (r#"{"student":1,"item":1,"correct":7}"#.to_owned(), Some(RejectReason::BadCorrect)),
        (
            r#"{"student":"a\u0000","item":1,"correct":1}"#.to_owned(),
            Some(RejectReason::BadEncoding),
        ),
        ("[".repeat(100_000), Some(RejectReason::BadJson)),
        (long, Some(RejectReason::LineTooLong)),
        (r#"{"student":2,"item":1,"correct":false}"#.to_owned(), None),
    ];
    let text: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
    let content = read("log.jsonl", text.join("\n"));
    let expected: Vec<_> = (1..)
        .zip(&lines)
        .filter_map(|(line, (_, reason))| reason.map(|reason| (line, reason)))
        .collect();
    assert_eq!(content.reasons(), expected);
    assert_eq!(content.brief(), [(1, "1", "1", Some(true)), (12, "2", "1", Some(false))]);
}

#[test]
fn a_key_that_comes_late_is_still_read() {
    let mut text = r#"{"student":1,"item":1,"correct":1}"#.to_owned() + "\n";
    text = text.repeat(50_000);
    text += r#"{"student":2,"item":1,"correct":1,"hint_count":3,"user":"other"}"#;
    let content = read("log.jsonl", text);
    let last = content.answers.last().unwrap();
    assert_eq!((last.student.as_str(), last.hints), ("2", Some(3)));
}

#[test]
fn keys_are_matched_as_columns_are() {
    let file = File::new("log.jsonl", r#"{"student_id":1,"user_id":2,"item":1,"correct":1}"#);
    let error = file.open_error(&Options::default());
    assert!(matches!(error, Error::AmbiguousColumns { field: Field::Student, .. }), "{error}");
    let options =
        Options { map: ColumnMap::parse("student=user_id").unwrap(), ..Options::default() };
    assert_eq!(read_path(file.path(), &options).brief(), [(1, "2", "1", Some(true))]);
    let reader = Reader::open(file.path(), &options).unwrap();
    assert_eq!(reader.columns().headers(), ["student_id", "user_id", "item", "correct"]);
    let file = File::new("log.jsonl", r#"{"item":1,"correct":1}"#);
    let error = file.open_error(&Options::default());
    assert!(error.to_string().ends_with("no student column among: item, correct"), "{error}");
}

#[test]
fn bytes_that_are_not_utf8_cost_one_line() {
    let good = br#"{"student":1,"item":1,"correct":1}"#.as_slice();
    let bad = b"{\"student\":\"\xff\",\"item\":1,\"correct\":1}".as_slice();
    let content = read("log.jsonl", [good, bad, good].join(&b'\n'));
    assert_eq!(content.reasons(), [(2, RejectReason::BadEncoding)]);
    assert_eq!(content.answers.len(), 2);
}
