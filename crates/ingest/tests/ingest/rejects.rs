//! Rows that were not read, and the file that lists them.

use std::io;

use seedtest_ingest::{Reject, RejectCounts, RejectReason, RejectWriter};

fn reject(line: u64, reason: RejectReason, value: &str) -> Reject {
    Reject { line, reason, value: value.to_owned() }
}

#[test]
fn rejects_are_written_as_csv() {
    let mut csv = Vec::new();
    let mut writer = RejectWriter::new(&mut csv).unwrap();
    let rejects =
        [reject(3, RejectReason::BadTime, "so,on"), reject(9, RejectReason::MissingStudent, "")];
    writer.write("log.csv", &rejects).unwrap();
    writer.flush().unwrap();
    drop(writer);
    let expected =
        "file,line,reason,value\nlog.csv,3,bad_time,\"so,on\"\nlog.csv,9,missing_student,\n";
    assert_eq!(String::from_utf8(csv).unwrap(), expected);
}

struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_not_hidden() {
    let mut writer = RejectWriter::new(Full).unwrap();
    writer.write("log.csv", &[reject(1, RejectReason::BadTime, "x")]).unwrap();
    assert_eq!(writer.flush().unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn counts_add_up_over_files() {
    let mut counts = RejectCounts::default();
    counts.add(&[reject(1, RejectReason::BadTime, ""), reject(2, RejectReason::BadTime, "")]);
    let mut other = RejectCounts::default();
    other.add(&[reject(1, RejectReason::MissingItem, ""), reject(2, RejectReason::BadTime, "")]);
    counts.merge(&other);
    let found: Vec<_> = counts.iter().collect();
    assert_eq!(found, [(RejectReason::MissingItem, 1), (RejectReason::BadTime, 3)]);
    assert_eq!(counts.total(), 4);
}
