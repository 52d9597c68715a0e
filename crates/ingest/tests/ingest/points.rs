//! Raw options and partial credit are no right and wrong.

use std::fmt::Write as _;

use seedtest_ingest::{Error, Options, read_log};

use crate::files::File;

fn log(column: &str, values: &[&str]) -> File {
    let mut text = format!("student_id,item_id,{column}\n");
    for (row, value) in values.iter().cycle().take(60).enumerate() {
        writeln!(text, "s{},q{},{value}", row / 6, row % 6).unwrap();
    }
    File::new("log.csv", text)
}

fn refusal(column: &str, values: &[&str]) -> Error {
    read_log(log(column, values).path(), &Options::default()).unwrap_err()
}

#[test]
fn options_points_and_partial_credit_are_refused_with_their_row() {
    let cases: [(&[&str], u64, &str); 4] = [
        (&["0", "1", "3", "2"], 4, "3"),
        (&["A", "D", "B", "C"], 2, "A"),
        (&["0", "1", "2"], 4, "2"),
        (&["1", "0", "1", "0.75"], 5, "0.75"),
    ];
    for (values, first, shown) in cases {
        let error = refusal("correct", values);
        let text = error.to_string();
        assert!(text.contains(&format!("line {first}: correct is {shown:?}")), "{text}");
        assert!(error.hint().contains("--map correct=COLUMN"), "{}", error.hint());
        let Error::NotRightWrong { points, rows, .. } = error else { panic!("{text}") };
        assert!(points > 0 && rows == 60, "{points} {rows}");
    }
}

#[test]
fn a_slip_of_the_hand_costs_its_row_only() {
    let mut values = vec!["1", "0", "1", "1", "0"];
    values.extend(["0"; 40]);
    values.push("2");
    values.extend(["1"; 14]);
    let read = read_log(log("correct", &values).path(), &Options::default()).unwrap();
    assert_eq!((read.log.len(), read.reject_counts.total()), (59, 1));
    // Words are no options: their rows are left out and counted.
    let read = read_log(log("correct", &["1", "0", "maybe"]).path(), &Options::default()).unwrap();
    assert_eq!(read.reject_counts.total(), 20);
}

#[test]
fn a_table_of_options_names_the_cell_that_is_no_outcome() {
    let file = File::new("log.csv", "student_id,q0,q1,q2\na,1,0,1\nb,1,C,0\n");
    let error = read_log(file.path(), &Options::default()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("line 3, column q1: \"C\" is neither right nor wrong"), "{text}");
    assert!(error.hint().contains("--map item=COLUMN,correct=COLUMN"), "{}", error.hint());
}
