//! Rows of one subject that overlap.

use seedtest_survival::{Data, Error, refuse_overlaps};

#[test]
fn overlapping_rows_of_one_subject_are_refused_by_row() {
    let start = [0.0, 5.0, 0.0, 4.0, 9.0];
    let stop = [5.0, 9.0, 6.0, 8.0, 12.0];
    let event = [0, 1, 0, 1, 0];
    let data = Data { start: Some(&start), ..Data::new(&stop, &event, vec![]) };
    // Rows may touch, and those of others may overlap.
    refuse_overlaps(&data, &[1, 1, 2, 3, 1]).unwrap();
    let error = refuse_overlaps(&data, &[1, 1, 2, 2, 1]).unwrap_err();
    assert_eq!(error, Error::Overlap { row: 3, other: 2, start: 4.0, stop: 6.0 });
    assert_eq!(error.to_string(), "row 4 starts at 4, before row 3 of the same id ends at 6");
    let in_table = error.in_table(&[10, 11, 12, 13, 14]);
    assert_eq!(in_table, Error::Overlap { row: 13, other: 12, start: 4.0, stop: 6.0 });
    assert!(matches!(refuse_overlaps(&data, &[1]), Err(Error::Length { .. })));
    // Rows without a start stand for themselves.
    refuse_overlaps(&Data::new(&stop, &event, vec![]), &[1, 1, 1, 1, 1]).unwrap();
}

/// A long row that reaches past its neighbour still overlaps the one after it.
#[test]
fn a_row_inside_another_is_refused() {
    let (start, stop) = ([0.0, 1.0, 3.0], [10.0, 2.0, 4.0]);
    let data = Data { start: Some(&start), ..Data::new(&stop, &[0, 0, 1], vec![]) };
    assert!(matches!(refuse_overlaps(&data, &[7, 7, 7]), Err(Error::Overlap { row: 1, .. })));
}
