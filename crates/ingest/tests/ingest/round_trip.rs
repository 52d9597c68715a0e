//! What is written to a file of any format is read from it.

use std::fmt::Write as _;
use std::sync::Arc;

use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use seedtest_ingest::{Missing, Options};
use unicode_normalization::UnicodeNormalization;

use crate::files::{Answer, Content, File, gzip, read_path};

/// The largest count a database holds.
const MOST: u32 = i32::MAX as u32;

/// Text as files hold it: quotes, delimiters, line ends, any script; not blank, not edged by
/// space, and none of the words for "no value" that tags are read as.
fn id() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "a\"b",
        "\"",
        "x,y",
        "x;y\tz",
        "two\nlines",
        "cr\r\nlf",
        "é",
        "학생",
        "🎓",
        "'",
        "{}",
        "#3",
    ]);
    prop_oneof![3 => "[a-z0-9]{1,8}", 1 => nasty.prop_map(str::to_owned), 1 => "\\PC{1,12}"]
        .prop_filter("ids are trimmed and not blank", |id| {
            let is_canonical =
                id.nfc().collect::<String>() == *id && id.trim_matches(is_margin) == id;
            !id.is_empty()
                && is_canonical
                && !Missing::default().is_word(id)
                && !is_float(id)
                && !id.contains(char::REPLACEMENT_CHARACTER)
        })
}

/// Space and what nobody sees.
fn is_margin(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Whether the id may lose its point in a column of such ids.
fn is_float(id: &str) -> bool {
    id.contains('.') && id.parse::<f64>().is_ok()
}

fn answer() -> impl Strategy<Value = Answer> {
    let ids = (id(), id(), prop::option::of(id()), prop::option::of(id()), prop::option::of(id()));
    let at = prop::option::of(631_152_000_000_000i64..4_102_444_800_000_000);
    let counts = (prop::option::of(1..=MOST), prop::option::of(0..=MOST));
    (ids, at, any::<Option<bool>>(), counts).prop_map(|(ids, at, outcome, counts)| {
        let (student, item, topic, session, subject) = ids;
        let (response_time_ms, hints) = counts;
        Answer {
            line: 0,
            student,
            item,
            topic,
            session,
            subject,
            at,
            outcome,
            response_time_ms,
            hints,
            points: None,
        }
    })
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    prop::collection::vec(answer(), 1..40)
}

const HEADER: [&str; 9] = [
    "student",
    "item",
    "topic",
    "session",
    "subject",
    "timestamp",
    "correct",
    "response_time_ms",
    "hints",
];

fn text(value: Option<impl ToString>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn delimited(answers: &[Answer], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(HEADER).unwrap();
    for a in answers {
        let row = [
            a.student.clone(),
            a.item.clone(),
            text(a.topic.as_ref()),
            text(a.session.as_ref()),
            text(a.subject.as_ref()),
            text(a.at),
            text(a.outcome.map(u8::from)),
            text(a.response_time_ms),
            text(a.hints),
        ];
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

fn json_lines(answers: &[Answer]) -> Vec<u8> {
    let mut lines = String::new();
    for a in answers {
        let object = serde_json::json!({
            "student": a.student, "item": a.item, "topic": a.topic, "session": a.session,
            "subject": a.subject, "timestamp": a.at, "correct": a.outcome,
            "response_time_ms": a.response_time_ms, "hints": a.hints,
        });
        writeln!(lines, "{object}").unwrap();
    }
    lines.into_bytes()
}

/// One column of optional values.
fn column<T: parquet::data_type::DataType>(
    mut column: SerializedColumnWriter<'_>,
    values: &[Option<T::T>],
) {
    let levels: Vec<i16> = values.iter().map(|v| i16::from(v.is_some())).collect();
    let present: Vec<T::T> = values.iter().flatten().cloned().collect();
    column.typed::<T>().write_batch(&present, Some(&levels), None).unwrap();
    column.close().unwrap();
}

fn parquet(answers: &[Answer], rows_per_group: usize) -> Vec<u8> {
    let schema = parse_message_type(
        "message log {
            optional binary student (string); optional binary item (string);
            optional binary topic (string); optional binary session (string);
            optional binary subject (string);
            optional int64 timestamp (timestamp(micros, true)); optional boolean correct;
            optional int64 response_time_ms; optional int32 hints (integer(32, false));
        }",
    )
    .unwrap();
    let mut writer =
        SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::default()).unwrap();
    for rows in answers.chunks(rows_per_group) {
        let bytes = |text: Option<&String>| text.map(|t| ByteArray::from(t.as_str()));
        let texts = [
            rows.iter().map(|a| bytes(Some(&a.student))).collect::<Vec<_>>(),
            rows.iter().map(|a| bytes(Some(&a.item))).collect(),
            rows.iter().map(|a| bytes(a.topic.as_ref())).collect(),
            rows.iter().map(|a| bytes(a.session.as_ref())).collect(),
            rows.iter().map(|a| bytes(a.subject.as_ref())).collect(),
        ];
        let at: Vec<_> = rows.iter().map(|a| a.at).collect();
        let correct: Vec<_> = rows.iter().map(|a| a.outcome).collect();
        let times: Vec<_> = rows.iter().map(|a| a.response_time_ms.map(i64::from)).collect();
        let hints: Vec<_> = rows.iter().map(|a| a.hints.map(u32::cast_signed)).collect();
        let mut group = writer.next_row_group().unwrap();
        for values in &texts {
            column::<ByteArrayType>(group.next_column().unwrap().unwrap(), values);
        }
        column::<Int64Type>(group.next_column().unwrap().unwrap(), &at);
        column::<BoolType>(group.next_column().unwrap().unwrap(), &correct);
        column::<Int64Type>(group.next_column().unwrap().unwrap(), &times);
        column::<Int32Type>(group.next_column().unwrap().unwrap(), &hints);
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn assert_read(name: &str, bytes: Vec<u8>, answers: &[Answer]) -> Result<(), TestCaseError> {
    let options = Options { batch_rows: 7, ..Options::default() };
    let Content { answers: found, rejects, failure, .. } =
        read_path(File::new(name, bytes).path(), &options);
    prop_assert!(rejects.is_empty() && failure.is_none(), "{rejects:?} {failure:?}");
    prop_assert!(found.windows(2).all(|pair| pair[0].line < pair[1].line));
    let found: Vec<Answer> = found.into_iter().map(|a| Answer { line: 0, ..a }).collect();
    prop_assert_eq!(&found, answers, "{}", name);
    Ok(())
}

proptest! {
    #[test]
    fn delimited_text(answers in answers()) {
        assert_read("a.csv", delimited(&answers, b','), &answers)?;
        assert_read("a.tsv", delimited(&answers, b'\t'), &answers)?;
        assert_read("a.txt", delimited(&answers, b';'), &answers)?;
        assert_read("a.csv.gz", gzip(&delimited(&answers, b',')), &answers)?;
    }

    #[test]
    fn json(answers in answers()) {
        assert_read("a.jsonl", json_lines(&answers), &answers)?;
        assert_read("a.jsonl.gz", gzip(&json_lines(&answers)), &answers)?;
    }

    #[test]
    fn parquet_files(answers in answers(), rows_per_group in 1usize..50) {
        assert_read("a.parquet", parquet(&answers, rows_per_group), &answers)?;
    }

    /// Records cross the ends of buffers and batches wherever they fall.
    #[test]
    fn long_files(width in 1usize..200, rows in 3_000usize..6_000) {
        let answers: Vec<Answer> = (0..rows)
            .map(|i| Answer {
                student: format!("{}{i}", "x\"\n".repeat(1 + i % width).trim()),
                item: format!("q{i}"),
                outcome: Some(i % 2 == 0),
                ..Answer::default()
            })
            .collect();
        assert_read("a.csv", delimited(&answers, b','), &answers)?;
    }
}
