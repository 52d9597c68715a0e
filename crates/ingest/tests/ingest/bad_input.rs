//! Files that cannot be read, with the error and the hint.

use seedtest_ingest::{Error, Opened, Options, Reader, RejectReason, Wanted};

use crate::files::{File, gzip, read, read_path};

fn open_error(name: &str, content: impl AsRef<[u8]>) -> Error {
    let error = File::new(name, content).open_error(&Options::default());
    assert_clear(&error);
    error
}

/// One line, lower case, no full stop, with something to do about it.
fn assert_clear(error: &Error) {
    for text in [error.to_string(), error.hint()] {
        assert!(!text.is_empty() && !text.contains('\n') && !text.ends_with('.'), "{text}");
    }
}

#[test]
fn a_directory() {
    let file = File::new("log.csv", "");
    let error = Reader::open(file.dir(), &Options::default()).err().unwrap();
    assert!(matches!(error, Error::Directory { .. }), "{error}");
    assert_clear(&error);
    assert!(matches!(Opened::open(file.dir(), &Options::default()), Err(Error::Directory { .. })));
}

#[test]
fn an_empty_file() {
    for (name, content) in [
        ("log.csv", Vec::new()),
        ("log.csv.gz", gzip(b"")),
        ("log.jsonl", b" \n\n".to_vec()),
        ("log.csv", b"\n\r\n".to_vec()),
        ("log.csv", b"\xef\xbb\xbf".to_vec()),
    ] {
        let error = open_error(name, content);
        assert!(matches!(error, Error::Empty { .. }), "{error}");
    }
}

#[test]
fn a_header_and_nothing_else_is_no_error() {
    let content = read("log.csv", "student,item,correct");
    assert!(content.answers.is_empty() && content.rejects.is_empty() && content.failure.is_none());
}

#[test]
fn a_gzip_stream_that_is_cut_off() {
    let rows: String = (0..50_000).map(|i| format!("s{},q{},1\n", i * 7919, i % 97)).collect();
    let whole = gzip(format!("student,item,correct\n{rows}").as_bytes());
    let file = File::new("log.csv.gz", &whole[..whole.len() / 2]);
    let options = Options { batch_rows: 1_000, ..Options::default() };
    let content = read_path(file.path(), &options);
    let Some(Error::TruncatedGzip { rows, .. }) = content.failure else {
        panic!("{:?}", content.failure);
    };
    assert!((10_000..50_000).contains(&rows), "{rows}");
    assert_clear(&content.failure.unwrap());
}

#[test]
fn a_short_gzip_stream_that_is_cut_off() {
    let whole = gzip(b"student,item,correct\na,q,1\nb,q,1\n");
    for length in 2..whole.len() {
        let file = File::new("log.csv.gz", &whole[..length]);
        let failure = match Reader::open(file.path(), &Options::default()) {
            Err(error) => Some(error),
            Ok(_) => read_path(file.path(), &Options::default()).failure,
        };
        assert!(matches!(failure, Some(Error::TruncatedGzip { .. })), "{length}: {failure:?}");
    }
}

#[test]
fn a_gzip_stream_that_is_damaged() {
    let mut bytes = gzip("student,item,correct\na,q,1\n".repeat(1_000).as_bytes());
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 0xff;
    let content = read("log.csv.gz", bytes);
    assert!(matches!(content.failure, Some(Error::CorruptGzip { .. })), "{:?}", content.failure);
}

#[test]
fn a_name_in_gz_without_gzip_inside() {
    let error = open_error("log.csv.gz", "student,item,correct\n");
    assert!(matches!(error, Error::NotGzip { .. }), "{error}");
}

#[test]
fn what_is_no_text() {
    let twice = gzip(&gzip(b"student,item,correct\n"));
    for (name, content) in [
        ("log.csv", b"PK\x03\x04workbook".to_vec()),
        ("log.csv.gz", twice),
        ("log.xls", b"<html><body><table><tr><td>student</td></tr></table></body></html>".to_vec()),
        ("log.xml", b"<?xml version=\"1.0\"?><answers/>".to_vec()),
        ("log.csv", vec![0; 100]),
        ("log.parquet.gz", gzip(b"PAR1....PAR1")),
    ] {
        let error = open_error(name, content);
        assert!(matches!(error, Error::UnsupportedFormat { .. }), "{error}");
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    let error = open_error("log.csv", b"student,item,correct,\xff\xfe\x81\n");
    assert!(matches!(error, Error::HeaderEncoding { .. }), "{error}");
    let content =
        read("log.csv", b"student,item,correct,x\nJ\xfcrgen,q,1,\namy,q,1,\xff\nb\0,q,1,\n");
    assert_eq!(content.reasons(), [(2, RejectReason::BadEncoding), (4, RejectReason::BadEncoding)]);
    assert_eq!(content.rejects[0].value, "J\u{fffd}rgen");
    assert_eq!(content.answers.len(), 1, "a column that is not read may hold anything");
}

#[test]
fn a_first_line_of_ten_megabytes() {
    for content in ["x".repeat(10_000_000), format!("student,\"{}", "x\n".repeat(5_000_000))] {
        let error = open_error("log.csv", content);
        assert!(matches!(error, Error::HeaderTooLong { .. }), "{error}");
    }
}

#[test]
fn json_that_is_not_one_object_a_line() {
    for (name, content) in [
        ("log.json", "[{\"student\":1}]"),
        ("log.jsonl", "[1, 2]"),
        ("log", " [\n {\"student\":1}]"),
        ("log.json", "{\n  \"student\": 1,\n}"),
        ("log.jsonl", "{student: 1}\n"),
    ] {
        let error = open_error(name, content);
        assert!(
            matches!(error, Error::NotJsonLines { .. } | Error::MissingColumn { .. }),
            "{error}"
        );
    }
}

#[test]
fn parquet_that_is_none() {
    for content in [b"PAR1".to_vec(), b"PAR1 and nothing behind".to_vec(), {
        let mut whole = include_bytes!("../data/attempts.parquet").to_vec();
        whole.truncate(8_000);
        whole
    }] {
        let error = open_error("log.parquet", content);
        assert!(matches!(error, Error::Parquet { .. }), "{error}");
    }
}

#[test]
fn a_bad_value_is_rejected_with_its_reason_and_the_rest_is_read() {
    let rows = [
        (",q,1,2024-09-02", RejectReason::MissingStudent, ""),
        ("NULL,q,1,2024-09-02", RejectReason::MissingStudent, "NULL"),
        ("a, ,1,2024-09-02", RejectReason::MissingItem, " "),
        ("a,NA,1,2024-09-02", RejectReason::MissingItem, "NA"),
        ("a,q,2,2024-09-02", RejectReason::BadCorrect, "2"),
        ("a,q,1,20225-01-01", RejectReason::TimeOutOfRange, "20225-01-01"),
        ("a,q,1,soon", RejectReason::BadTime, "soon"),
        ("a,q,1,", RejectReason::MissingTime, ""),
        ("a,q,1,2024-09-02", RejectReason::IdTooLong, ""),
    ];
    let last = rows.len() - 1;
    let too_long = rows[last].0.replacen('a', &"é".repeat(501), 1);
    let mut text = String::from("student,item,correct,time\n");
    for (cells, reason, _) in &rows {
        text += if *reason == RejectReason::IdTooLong { &too_long } else { cells };
        text += "\ngood,q,1,2024-09-02\n";
    }
    let options = Options { wanted: Wanted::Timed, ..Options::default() };
    let content = read_path(File::new("log.csv", text).path(), &options);
    assert_eq!(content.answers.len(), rows.len());
    assert!(content.answers.iter().all(|a| a.student == "good"));
    for (position, (_, reason, value)) in rows.iter().enumerate() {
        let reject = &content.rejects[position];
        assert_eq!((reject.line, reject.reason), (2 + 2 * position as u64, *reason));
        if *reason != RejectReason::IdTooLong {
            assert_eq!(reject.value, *value);
        }
    }
    assert_eq!(content.rejects[last].value.chars().count(), 80);
    assert_eq!(content.counts.read, 2 * rows.len() as u64);
}

#[test]
fn an_optional_cell_that_cannot_be_read_is_counted_and_costs_nothing() {
    let header = "student,item,correct,time,response_time_ms,hint,topic,session\n";
    let long = "x".repeat(2_000);
    let bad = format!("a,q,1,soon,-5,Think about the area,{long},{long}\n");
    let content = read(
        "log.csv",
        format!("{header}{bad}b,q,0,2024-09-02,5,1,t,s\nc,q,1,2024-09-03,5,1,t,s\n"),
    );
    assert!(content.rejects.is_empty());
    let (first, second) = (&content.answers[0], &content.answers[1]);
    assert_eq!((first.at, first.response_time_ms, first.hints), (None, None, None));
    assert_eq!((&first.topic, &first.session), (&None, &None));
    assert_eq!((second.response_time_ms, second.hints), (Some(5), Some(1)));
    let unknown: Vec<_> =
        content.counts.unknown.iter().map(|(field, n)| (field.name(), n)).collect();
    let expected = ["completed_at", "response_time_ms", "hints", "topic", "session"];
    assert_eq!(unknown, expected.map(|name| (name, 1)));
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_says_so() {
    // A directory in place of a parent is the failure that root meets too.
    let file = File::new("log.csv", "x");
    let below = file.path().join("log.csv");
    let error = Reader::open(&below, &Options::default()).err().unwrap();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_clear(&error);
}
