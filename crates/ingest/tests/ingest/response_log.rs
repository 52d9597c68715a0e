//! Whole files as response logs.

use seedtest_ingest::{LogFile, Options, RejectReason, read_log};
use seedtest_responses::{Duplicates, Outcome};

use crate::files::File;

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
