//! Against files written by pyarrow; `data/make_parquet.py` says what is in them.

use std::path::{Path, PathBuf};

use seedtest_ingest::{ColumnMap, Error, Field, Format, Opened, Options, Reader};

use crate::files::read_path;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn mapped(map: &str) -> Options {
    Options { map: ColumnMap::parse(map).unwrap(), ..Options::default() }
}

/// 2024-09-02T00:00:00Z.
const START: i64 = 1_725_235_200_000_000;

#[test]
fn rows_are_those_that_pyarrow_wrote() {
    assert_eq!(
        Opened::open(&data("attempts.parquet"), &Options::default()).unwrap().format(),
        Format::Parquet
    );
    for batch_rows in [7, 300, 50_000] {
        let options = Options { batch_rows, ..Options::default() };
        let content = read_path(&data("attempts.parquet"), &options);
        assert!(content.failure.is_none() && content.rejects.is_empty());
        assert_eq!(content.answers.len(), 1_000);
        for (i, answer) in content.answers.iter().enumerate() {
            let n = i as i64;
            assert_eq!(answer.line, i as u64 + 1);
            assert_eq!(answer.student, format!("s{}", i % 50));
            assert_eq!(answer.item, (i % 7).to_string());
            assert_eq!(answer.outcome, (i % 10 != 9).then_some(i % 3 == 0));
            assert_eq!(answer.at, Some(START + n * 37_000_000 + n));
            assert_eq!(answer.response_time_ms, (i % 4 != 0).then_some(100 * i as u32));
        }
    }
}

#[test]
fn every_type_that_can_hold_a_field_is_read() {
    let at = START + 1_500_000;
    let student = "12345678-9abc-def0-1234-56789abcdef0";
    for (item, item_text) in [
        ("item_u64", "18446744073709551615"),
        ("item_i32", "-7"),
        ("item_f64", "12"),
        ("at_text", "2024-09-02T09:00:01.5+09:00"),
    ] {
        for correct in ["correct_i8", "correct_f32", "correct_text"] {
            for (time, expected) in
                [("at_ms", at), ("at_ns", at), ("at_text", at), ("at_date", START)]
            {
                let map = format!("student=student_uuid,item={item},correct={correct},time={time}");
                if item == time {
                    continue;
                }
                let content = read_path(&data("types.parquet"), &mapped(&map));
                assert_eq!(content.brief(), [(1, student, item_text, Some(true))], "{map}");
                assert_eq!(content.answers[0].at, Some(expected), "{map}");
            }
        }
    }
}

#[test]
fn the_old_time_type_is_read() {
    let content = read_path(&data("int96.parquet"), &Options::default());
    assert_eq!(content.brief(), [(1, "a", "q", Some(false))]);
    assert_eq!(content.answers[0].at, Some(START + 1_500_000));
}

#[test]
fn types_that_can_hold_no_field_are_refused() {
    for (column, found) in [("struct", "nested"), ("decimal", "Decimal")] {
        let map = mapped(&format!("student=student_uuid,correct=correct_i8,item={column}"));
        let error = Reader::open(&data("types.parquet"), &map).err().unwrap();
        let Error::ColumnType { field: Field::Item, found: type_, .. } = &error else {
            panic!("{error}");
        };
        assert!(type_.contains(found), "{error}");
    }
}

#[test]
fn progress_ends_at_the_size_of_the_file() {
    let mut reader = Reader::open(&data("attempts.parquet"), &Options::default()).unwrap();
    assert_eq!(reader.progress().bytes_read, 0);
    let mut batch = seedtest_ingest::Batch::new();
    while reader.next_batch(&mut batch).unwrap() {}
    let progress = reader.progress();
    assert_eq!(progress.bytes_read, progress.bytes_total);
}
