//! Whole files as response logs.

use seedtest_ingest::{LogFile, Options, RejectReason, read_log};
use seedtest_responses::{Duplicates, LogRow, Outcome, ResponseLog, ResponseLogBuilder};

use crate::files::{File, read_path};

#[test]
fn a_file_becomes_a_log() {
    let file = File::new(
        "log.csv",
        "user,item,topic,correct,time\nzoe,q2,t,1,2024-09-02\namy,q1,u,0,2024-09-03\n\
         zoe,q1,t,,2024-09-01\nbob,q1,t,x,2024-09-01\n",
    );
    let LogFile { log, columns, counts, first_rejects } =
        read_log(file.path(), &Options::default()).unwrap();
    assert_eq!(log.students(), ["amy".into(), "zoe".into()]);
    assert_eq!(log.outcome(), [Outcome::Wrong, Outcome::Unknown, Outcome::Right]);
    assert_eq!(columns.headers().len(), 5);
    assert_eq!(
        (counts.read, counts.answers, counts.rejected.total()),
        (log.len() as u64 + 1, log.len() as u64, 1)
    );
    assert_eq!(first_rejects[0].reason, RejectReason::BadCorrect);
    assert_eq!(log.answers(Duplicates::First).correct, [0, 1]);
}

#[test]
fn only_the_first_rejects_are_kept() {
    let rows = ",q,1\n".repeat(60_000);
    let file = File::new("log.csv", format!("student,item,correct\n{rows}a,q,1\n"));
    let read = read_log(file.path(), &Options::default()).unwrap();
    assert_eq!(read.counts.rejected.total(), 60_000);
    assert_eq!(read.first_rejects.len(), LogFile::FIRST_REJECTS);
    assert_eq!(read.log.len(), 1);
}

#[test]
fn a_student_who_answered_nothing_is_in_the_log() {
    let file = File::new("log.csv", "student_id,class,q0,q1\na,A,1,0\nb,B,,NA\nc,A,0,1\n");
    let map = seedtest_ingest::ColumnMap::parse("group=class").unwrap();
    let LogFile { log, counts, .. } =
        read_log(file.path(), &Options { map, ..Options::default() }).unwrap();
    assert_eq!(log.students(), ["a".into(), "b".into(), "c".into()]);
    assert_eq!(log.rows_of(1), 2..2);
    assert_eq!((counts.read, counts.answers, counts.unanswered), (6, 4, 2));
    let groups = log.groups().unwrap();
    assert_eq!(groups.names().iter().map(|name| &**name).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(log.answers(Duplicates::First).student, [0, 0, 2, 2]);
}

/// Students without ids go by the number of their row, whatever the rows before it hold.
#[test]
fn a_blank_row_among_numbered_students_is_one_of_them() {
    let file = File::new("log.csv", "q0,q1\n1,0\n,\n0,1\n,\n,\n");
    let LogFile { log, counts, .. } = read_log(file.path(), &Options::default()).unwrap();
    assert_eq!(log.students(), ["1".into(), "2".into(), "3".into()]);
    assert_eq!((log.rows_of(1).len(), log.rows_of(2).len()), (0, 2));
    assert_eq!((counts.read, counts.unanswered), (6, 2));
}

/// A long log with whatever may stand in one; `clock`: what stands behind the day, `odd`: what is put in the middle.
fn long_log(end: &str, clock: &str, odd: &str) -> String {
    let rows = 90_000;
    let mut text = format!("student,item,correct,time{end}");
    for row in 0..rows {
        let (student, item) = (row * 7 % 3_001, row % 211);
        let line = match row % 997 {
            3 => format!("s{student},q{item}"),
            5 => format!("s{student},q{item},maybe,2025-03-01 09:00"),
            7 => String::new(),
            11 => format!("\"s{student}\",\"q \"\"{item}\"\"\",1,2025-03-02"),
            13 => format!("평균,,,{end}Kim,q{item},O,2025-03-01T09:00:00Z"),
            _ => format!("s{student},q{item},{},2025-03-{:02}{clock}", row % 2, row % 28 + 1),
        };
        text.push_str(&line);
        text.push_str(end);
        if row == rows / 2 {
            text.push_str(odd);
        }
    }
    text
}

/// What stands in a file, read one row after the other.
fn in_order(file: &File) -> (ResponseLog, Vec<(u64, RejectReason)>) {
    let content = read_path(file.path(), &Options::default());
    let mut builder = ResponseLogBuilder::new();
    for answer in &content.answers {
        builder.push(&LogRow {
            student: &answer.student,
            item: &answer.item,
            at: answer.at,
            outcome: answer.outcome.into(),
            ..LogRow::default()
        });
    }
    (builder.finish(), content.reasons())
}

/// A long file is read on all threads, and says what it says to one.
#[test]
fn a_log_that_is_read_in_stretches_is_the_same() {
    let texts = [
        long_log("\n", " 09:05", ""),
        long_log("\r\n", " 09:05:01", ""),
        // A quote that nobody closed and a cell over two lines can be made out in their order only.
        long_log("\n", " 09:05", "s1,\"q1,1,2025-03-01\n"),
        long_log("\n", " 09:05", "s1,\"q\n1\",1,2025-03-01\n"),
        long_log("\n", " 09:05", "s1,q1,1,2025-03-01").trim_end().to_owned(),
        // Answers of one day are told apart by their order, and so are those without a time.
        long_log("\n", "", ""),
        long_log("\n", " 09:05", "").replace(",time\n", ",nothing\n"),
    ];
    for (at, text) in texts.iter().enumerate() {
        assert!(text.len() > 3 << 19, "{}", text.len());
        let file = File::new("log.csv", text);
        let (log, reasons) = in_order(&file);
        let found = read_log(file.path(), &Options::default()).unwrap();
        assert!(format!("{log:?}") == format!("{:?}", found.log), "text {at}");
        assert_eq!(found.counts.rejected.total(), reasons.len() as u64, "text {at}");
        let first: Vec<_> = found.first_rejects.iter().map(|row| (row.line, row.reason)).collect();
        assert_eq!(first, reasons[..first.len()], "text {at}");
    }
    // A damaged cell far behind is named by its line.
    let mut bytes = texts[0].clone().into_bytes();
    bytes.extend_from_slice(b"s1,q\xff,1,2025-03-01\n");
    let lines = String::from_utf8_lossy(&bytes).matches('\n').count() as u64;
    let file = File::new("log.csv", &bytes);
    let (_, reasons) = in_order(&file);
    assert_eq!(reasons.last(), Some(&(lines, RejectReason::BadEncoding)));
    let found = read_log(file.path(), &Options::default()).unwrap();
    assert_eq!(found.counts.rejected.total(), reasons.len() as u64);
}
