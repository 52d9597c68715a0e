//! Exam documents.

use std::path::Path;

use seedtest_ingest::{
    ExamBatch, ExamDocument, ExamReader, Field, Format, JsonShape, Opened, Options, Reader, Reject,
    RejectReason, Wanted,
};

use crate::files::{Answer, File, gzip, read, read_path};

const DOCUMENTS: &str = r#"
{"id":"6F9619FF-8B86-4D01-B42D-00CF4FC964FF","session_id":"e1","user_id":"amy","org_id":3,"exam_id":"7","status":"done","result_json":{"questions":[{"question_id":101,"is_correct":true,"time_spent_sec":2.5,"used_hints":1,"topic":"algebra"},{"question_id":"102","correct":0,"topic":""},{"question_id":""}],"note":"x"},"score_raw":"12.5","percentile":80,"created_at":"2024-09-02T00:00:00Z","updated_at":"2024-09-02T00:01:50Z"}
{"session_id":"e2","user_id":"bob","result_json":"{\"questions\":[{\"question_id\":101,\"is_correct\":null,\"correct\":true}]}","created_at":"2024-09-02T00:01:50Z"}
{"session_id":"e3","questions":[{"question_id":101,"is_correct":true}],"level":2}
"#;

fn documents_at(path: &Path) -> (Vec<ExamDocument>, Vec<Reject>) {
    let mut reader = ExamReader::open(path, &Options::default()).unwrap();
    let mut batch = ExamBatch::default();
    let (mut documents, mut rejects) = (Vec::new(), Vec::new());
    while reader.next_batch(&mut batch).unwrap() {
        documents.append(&mut batch.documents);
        rejects.append(&mut batch.rejects);
    }
    let progress = reader.progress();
    assert_eq!(progress.bytes_read, progress.bytes_total);
    (documents, rejects)
}

fn documents(text: &str) -> (Vec<ExamDocument>, Vec<Reject>) {
    documents_at(File::new("exams.jsonl", text).path())
}

#[test]
fn documents_keep_what_the_platform_stores() {
    let file = File::new("exams.jsonl.gz", gzip(DOCUMENTS.as_bytes()));
    let format = Opened::open(file.path(), &Options::default()).unwrap().format();
    assert_eq!(format, Format::ExamResults(JsonShape::Lines));
    let (documents, rejects) = documents_at(file.path());
    assert!(rejects.is_empty(), "{rejects:?}");
    let [first, second, third] = documents.as_slice() else { panic!("{documents:?}") };
    assert_eq!(first.line, 2);
    assert_eq!(first.id.as_deref(), Some("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"));
    assert_eq!((first.org_id, first.exam_id), (Some(3), Some(7)));
    assert_eq!((first.status.as_str(), second.status.as_str()), ("done", "ready"));
    assert_eq!((first.score_raw, first.percentile), (Some(12.5), Some(80.0)));
    assert_eq!(first.created_at, Some(1_725_235_200_000_000));
    assert_eq!(first.updated_at, Some(1_725_235_310_000_000));
    assert_eq!(first.result_json["note"], "x");
    assert_eq!(second.result_json["questions"][0]["question_id"], 101);
    assert_eq!((third.user_id.as_deref(), third.created_at), (None, None));
    assert_eq!(third.result_json["level"], 2);
    assert!(third.result_json.get("session_id").is_none());
}

#[test]
fn a_reader_sees_the_answers_inside() {
    let content = read("exams.jsonl", DOCUMENTS);
    let at = Some(1_725_235_310_000_000);
    let expected = [
        Answer {
            line: 2,
            student: "amy".into(),
            item: "101".into(),
            topic: Some("algebra".into()),
            session: Some("e1".into()),
            subject: Some("7".into()),
            at,
            outcome: Some(true),
            response_time_ms: Some(2_500),
            hints: Some(1),
            points: None,
        },
        Answer {
            line: 2,
            student: "amy".into(),
            item: "102".into(),
            session: Some("e1".into()),
            subject: Some("7".into()),
            at,
            outcome: Some(false),
            ..Answer::default()
        },
        Answer {
            line: 3,
            student: "bob".into(),
            item: "101".into(),
            session: Some("e2".into()),
            at,
            outcome: Some(true),
            ..Answer::default()
        },
    ];
    assert_eq!(content.answers, expected);
    assert_eq!(
        content.reasons(),
        [(2, RejectReason::MissingItem), (4, RejectReason::MissingStudent)]
    );
    let file = File::new("exams.jsonl", DOCUMENTS);
    let reader = Reader::open(file.path(), &Options::default()).unwrap();
    assert!(!reader.columns().has(Field::Student));
}

#[test]
fn a_bad_document_is_rejected_and_the_next_one_read() {
    let long = format!(r#"{{"session_id":"x","questions":["{}"]}}"#, "x".repeat(10_000_000));
    let lines = [
        (r#"{"session_id":"a","questions":[]}"#, None),
        ("{", Some(RejectReason::BadJson)),
        (r#"{"session_id":"a","result_json":7}"#, Some(RejectReason::BadJson)),
        (r#"{"session_id":"a","result_json":"{"}"#, Some(RejectReason::BadJson)),
        (r#"{"session_id":{},"questions":[]}"#, Some(RejectReason::BadJson)),
        (r#"{"questions":[]}"#, Some(RejectReason::MissingSession)),
        (r#"{"session_id":"a","id":"7","questions":[]}"#, Some(RejectReason::BadUuid)),
        (r#"{"session_id":"a","exam_id":1.5,"questions":[]}"#, Some(RejectReason::BadNumber)),
        (r#"{"session_id":"a","org_id":3e9,"questions":[]}"#, Some(RejectReason::BadNumber)),
        (r#"{"session_id":"a","score_raw":"x","questions":[]}"#, Some(RejectReason::BadNumber)),
        (r#"{"session_id":"a","created_at":"x","questions":[]}"#, Some(RejectReason::BadTime)),
        (
            r#"{"session_id":"a","created_at":"20225-01-01","questions":[]}"#,
            Some(RejectReason::TimeOutOfRange),
        ),
        (r#"{"session_id":"a","questions":["\u0000"]}"#, Some(RejectReason::BadEncoding)),
        (
            r#"{"session_id":"a","result_json":"{\"questions\":[\"\\u0000\"]}"}"#,
            Some(RejectReason::BadEncoding),
        ),
        (&long, Some(RejectReason::LineTooLong)),
        (r#"{"session_id":"b","questions":[]}"#, None),
    ];
    let text: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    let (documents, rejects) = documents(&text.join("\n"));
    let expected: Vec<_> = (1..)
        .zip(&lines)
        .filter_map(|(line, (_, reason))| reason.map(|reason| (line, reason)))
        .collect();
    let found: Vec<_> = rejects.iter().map(|r| (r.line, r.reason)).collect();
    assert_eq!(found, expected);
    let sessions: Vec<_> = documents.iter().map(|d| d.session_id.as_str()).collect();
    assert_eq!(sessions, ["a", "b"]);
}

#[test]
fn questions_that_are_no_list_are_no_answers() {
    let content = read(
        "exams.jsonl",
        "{\"session_id\":\"a\",\"questions\":{}}\n{\"session_id\":\"a\",\"user_id\":\"u\",\"questions\":[7]}\n",
    );
    assert_eq!(content.reasons(), [(1, RejectReason::BadJson), (2, RejectReason::BadJson)]);
}

#[test]
fn documents_come_in_batches() {
    let text: String =
        (0..2_500).map(|i| format!("{{\"session_id\":\"{i}\",\"questions\":[]}}\n")).collect();
    let file = File::new("exams.jsonl", text);
    let mut reader = ExamReader::open(file.path(), &Options::default()).unwrap();
    let mut batch = ExamBatch::default();
    let mut sizes = Vec::new();
    while reader.next_batch(&mut batch).unwrap() {
        sizes.push(batch.documents.len());
    }
    assert_eq!(sizes, [1_000, 1_000, 500]);
}

#[test]
fn answers_without_a_time_are_missed_where_it_is_needed() {
    let file = File::new(
        "exams.jsonl",
        r#"{"session_id":"a","user_id":"u","questions":[{"question_id":1,"correct":true}]}"#,
    );
    let options = Options { wanted: Wanted::Timed, ..Options::default() };
    let content = read_path(file.path(), &options);
    assert_eq!(content.reasons(), [(1, RejectReason::MissingTime)]);
}
