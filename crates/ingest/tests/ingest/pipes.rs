//! What can be read only once: a pipe gives what a file of the same bytes gives.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::thread;

use seedtest_ingest::{Options, TableFile, TableOptions, read_table_file};

use crate::files::{Content, File, gzip, read, read_path};

/// Runs `work` on the path of a pipe through which `content` comes.
fn through_a_pipe<T>(content: &[u8], work: impl FnOnce(&Path) -> T) -> T {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
    let content = content.to_vec();
    // Who reads only a part closes the pipe.
    let writing = thread::spawn(move || writer.write_all(&content).is_ok());
    let result = work(&path);
    drop(reader);
    writing.join().unwrap();
    result
}

/// Longer than what is looked at to find the format, and than a pipe holds.
fn log() -> String {
    let mut text = "student_id,item_id,correct,completed_at\n".to_owned();
    for row in 0..20_000 {
        writeln!(text, "s{},q{},{},2025-03-0{}", row % 500, row / 500, row % 2, row % 9 + 1)
            .unwrap();
    }
    text
}

fn same(piped: &Content, name: &str, bytes: &[u8]) {
    let file = read(name, bytes);
    assert!(piped.failure.is_none() && file.failure.is_none());
    assert_eq!(piped.answers.len(), 20_000);
    assert_eq!(piped.answers, file.answers);
    assert_eq!(piped.rejects, file.rejects);
}

#[test]
fn a_log_comes_whole() {
    let text = log();
    let piped = through_a_pipe(text.as_bytes(), |path| read_path(path, &Options::default()));
    same(&piped, "log.csv", text.as_bytes());
    let packed = gzip(text.as_bytes());
    let piped = through_a_pipe(&packed, |path| read_path(path, &Options::default()));
    same(&piped, "log.csv.gz", &packed);
}

#[test]
fn a_table_comes_whole_although_it_is_gone_over_twice() {
    let mut text = "student_id,week,score\n".to_owned();
    for row in 0..20_000 {
        writeln!(text, "s{},{},{}", row / 10, row % 10, row % 7).unwrap();
    }
    // What makes the first column one of texts, or of numbers, may come late.
    text.push_str("last,1,x\n");
    let file = File::new("scores.csv", &text);
    let expected = read_table_file(file.path(), &TableOptions::default()).unwrap();
    assert_eq!(expected.table.n_rows, 20_001);
    // All but the name of the pipe.
    let piped = |bytes: &[u8]| {
        let found =
            through_a_pipe(bytes, |path| read_table_file(path, &TableOptions::default()).unwrap());
        TableFile { path: file.path().to_owned(), ..found }
    };
    assert!(piped(text.as_bytes()) == expected);
    assert!(piped(&gzip(text.as_bytes())) == expected);
}

#[test]
fn parquet_comes_whole_although_it_ends_with_its_table_of_contents() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/attempts.parquet");
    let bytes = std::fs::read(&path).unwrap();
    let expected = read_path(&path, &Options::default());
    let piped = through_a_pipe(&bytes, |path| read_path(path, &Options::default()));
    assert!(!expected.answers.is_empty());
    assert_eq!(piped.answers, expected.answers);
}
