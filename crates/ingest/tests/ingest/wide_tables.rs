//! Tables with one student a row and one item a column.

use seedtest_ingest::{ColumnMap, Error, Options, Reader, RejectReason, Wanted};

use crate::files::{File, read, read_path};

#[test]
fn students_without_ids_are_numbered() {
    let content = read("wide.csv", "I01,I02,I03\n0,1,0\n1,,NA\n");
    assert_eq!(
        content.brief(),
        [
            (2, "1", "I01", Some(false)),
            (2, "1", "I02", Some(true)),
            (2, "1", "I03", Some(false)),
            (3, "2", "I01", Some(true)),
        ]
    );
}

#[test]
fn a_column_of_ids_of_some_kind_names_the_students() {
    let rows: String = (0..12)
        .map(|row| format!("{},{},{},1,0,{}\n", 1000 + row, row % 2, 14 + row % 3, row % 2))
        .collect();
    let content = read("study.csv", format!("studyid,gender,age,I01,I02,I03\n{rows}"));
    assert_eq!(content.answers[0].student, "1000");
    assert_eq!(content.answers.len(), 36);
    // One that several rows share is of something else.
    let content =
        read("study.csv", format!("schoolcode,q1,q2,q3\n{}", "7,1,0,1\n7,0,1,1\n8,1,1,0\n"));
    assert_eq!(content.answers[0].student, "1");
}

#[test]
fn students_are_named_by_a_first_column() {
    for header in ["student_id,q1,q2", "id,q1,q2", "\"\",q1,q2", "q1,learner,q2"] {
        let row = if header.starts_with("q1") { "1,amy,0" } else { "amy,1,0" };
        let file = File::new("wide.csv", format!("{header}\n{row}\n"));
        let content = read_path(file.path(), &Options::default());
        assert_eq!(content.brief(), [(2, "amy", "q1", Some(true)), (2, "amy", "q2", Some(false))]);
        assert!(Reader::open(file.path(), &Options::default()).unwrap().columns().is_wide());
    }
    let options = Options { map: ColumnMap::parse("student=pupil").unwrap(), ..Options::default() };
    let file = File::new("wide.csv", "q1,pupil\n1,amy\n");
    assert_eq!(read_path(file.path(), &options).brief(), [(2, "amy", "q1", Some(true))]);
}

#[test]
fn a_cell_that_is_no_outcome_is_rejected_alone() {
    let rows = "1,0\n".repeat(60);
    let content = read("wide.csv", format!("q1,q2\n{rows}1,7\n"));
    assert_eq!(content.reasons(), [(62, RejectReason::BadCorrect)]);
    assert_eq!(content.rejects[0].value, "q2=7");
    assert_eq!(content.answers.len(), 121);
}

#[test]
fn what_only_looks_wide_is_not() {
    for text in [
        "Q1,Q2,freq\n0,0,12\n0,1,19\n",
        "Comfort,Work\n4,3\n1,0\n",
        "student,correct\n1,0\n2,1\n",
        "item,correct\n1,0\n0,1\n",
        "q1,q2\n",
        "q1,q2\n,\n",
    ] {
        let error = File::new("table.csv", text).open_error(&Options::default());
        assert!(matches!(error, Error::MissingColumn { .. }), "{text}: {error}");
    }
}

#[test]
fn items_of_one_name_are_refused() {
    let error = File::new("wide.csv", "q1,q2,q1\n0,1,1\n").open_error(&Options::default());
    assert!(matches!(error, Error::DuplicateItem { first: 1, second: 3, .. }), "{error}");
}

#[test]
fn a_wide_table_has_no_times() {
    let options = Options { wanted: Wanted::Timed, ..Options::default() };
    let error = File::new("wide.csv", "q1,q2\n0,1\n").open_error(&options);
    assert!(matches!(error, Error::MissingColumn { .. }), "{error}");
}

#[test]
fn a_table_longer_than_the_first_look_is_recognised() {
    let header: Vec<String> = (0..400).map(|i| format!("item_{i}")).collect();
    let row = vec!["1"; 400].join(",");
    let text = format!("{}\n{}", header.join(","), format!("{row}\n").repeat(500));
    assert!(text.len() > 2 * 65_536);
    let content = read("wide.csv", text);
    assert_eq!(content.answers.len(), 200_000);
}
