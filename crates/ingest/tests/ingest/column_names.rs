//! Columns found by their names and by what the user says.

use std::path::Path;

use seedtest_ingest::{ColumnMap, Error, Field, Options, Reader, Wanted};

use crate::files::{File, read_path};

fn mapped(map: &str) -> Options {
    Options { map: ColumnMap::parse(map).unwrap(), ..Options::default() }
}

fn matched(header: &str, options: &Options) -> Vec<(Field, String)> {
    let file = File::new("log.csv", format!("{header}\n"));
    let reader = Reader::open(file.path(), options).unwrap();
    reader.columns().matched().map(|(field, name)| (field, name.to_owned())).collect()
}

fn assert_matched(header: &str, options: &Options, expected: &[(Field, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(f, name)| (*f, (*name).to_owned())).collect();
    assert_eq!(matched(header, options), expected, "{header}");
}

#[test]
fn headers_of_public_data_sets_are_understood() {
    // ASSISTments 2009-2010 skill builder, some columns.
    assert_matched(
        "order_id,assignment_id,user_id,problem_id,correct,ms_first_response,skill_id,skill_name,\
         hint_count,hint_total,overlap_time",
        &Options::default(),
        &[
            (Field::Student, "user_id"),
            (Field::Item, "problem_id"),
            (Field::Correct, "correct"),
            (Field::ResponseTimeMs, "ms_first_response"),
            (Field::Hints, "hint_count"),
            (Field::Topic, "skill_id"),
        ],
    );
    // KDD Cup 2010 (tab-separated there).
    assert_matched(
        "Row,Anon Student Id,Problem Hierarchy,Problem Name,Step Name,First Transaction Time,\
         Step Duration (sec),Correct First Attempt,Hints,KC(Default)",
        &Options::default(),
        &[
            (Field::Student, "Anon Student Id"),
            (Field::Item, "Problem Name"),
            (Field::Correct, "Correct First Attempt"),
            (Field::CompletedAt, "First Transaction Time"),
            (Field::ResponseTimeS, "Step Duration (sec)"),
            (Field::Hints, "Hints"),
            (Field::Topic, "KC(Default)"),
        ],
    );
}

#[test]
fn what_the_user_says_goes_before_the_names() {
    assert_matched(
        "student_id,item_id,correct,WHO,WHAT",
        &mapped("student=who, item=#5"),
        &[(Field::Student, "WHO"), (Field::Item, "WHAT"), (Field::Correct, "correct")],
    );
}

#[test]
fn a_column_taken_by_the_user_is_not_taken_twice() {
    assert_matched(
        "student,skill,correct",
        &mapped("item=skill"),
        &[(Field::Student, "student"), (Field::Item, "skill"), (Field::Correct, "correct")],
    );
}

#[test]
fn the_better_name_wins_and_equal_names_are_refused() {
    assert_matched(
        "user,user_id,question,item_id,correct,y",
        &Options::default(),
        &[(Field::Student, "user_id"), (Field::Item, "item_id"), (Field::Correct, "correct")],
    );
    let file = File::new("log.csv", "student_id,item_id,user_id,correct\n");
    let error = file.open_error(&Options::default());
    let Error::AmbiguousColumns { field: Field::Student, first, second, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((first, second), (&(1, "student_id".to_owned()), &(3, "user_id".to_owned())));
    assert!(error.hint().contains("--map 'student=#1'"), "{}", error.hint());
    assert_matched(
        "student_id,item_id,user_id,correct",
        &mapped("student=#3"),
        &[(Field::Student, "user_id"), (Field::Item, "item_id"), (Field::Correct, "correct")],
    );
}

#[test]
fn duplicate_names_are_refused_where_they_matter() {
    let file = File::new("log.csv", "student,item,item,correct,note,note\na,p,q,1,,\n");
    assert!(matches!(
        file.open_error(&Options::default()),
        Error::AmbiguousColumns { field: Field::Item, .. }
    ));
    assert!(matches!(
        file.open_error(&mapped("item=item")),
        Error::AmbiguousColumns { field: Field::Item, .. }
    ));
    let content = read_path(file.path(), &mapped("item=#3"));
    assert_eq!(content.brief(), [(2, "a", "q", Some(true))]);
}

#[test]
fn a_missing_column_is_named_with_the_columns_there_are() {
    let file = File::new("log.csv", "who,item_id,correct\n");
    let error = file.open_error(&Options::default());
    assert!(
        error.to_string().ends_with("no student column among: who, item_id, correct"),
        "{error}"
    );
    assert_eq!(error.hint(), "say which column it is: --map student=COLUMN");
    assert!(!error.is_usage());
    let timed = Options { wanted: Wanted::Timed, ..Options::default() };
    let file = File::new("log.csv", "student_id,item_id,correct\n");
    let error = file.open_error(&timed);
    assert!(matches!(error, Error::MissingColumn { field: Field::CompletedAt, .. }), "{error}");
}

#[test]
fn a_map_that_cannot_be_right_is_refused() {
    assert!(matches!(ColumnMap::parse("student"), Err(Error::BadMap { .. })));
    assert!(matches!(ColumnMap::parse("student="), Err(Error::BadMap { .. })));
    assert!(matches!(ColumnMap::parse("shoe=x"), Err(Error::UnknownField { .. })));
    assert!(matches!(
        ColumnMap::parse("student=a,user_id=b"),
        Err(Error::FieldMappedTwice { field: Field::Student })
    ));
    let file = File::new("log.csv", "student,item,correct\n");
    for map in ["item=problem", "item=#0", "item=#4", "item=#x"] {
        let error = file.open_error(&mapped(map));
        assert!(matches!(error, Error::UnknownColumn { .. }), "{map}: {error}");
        assert!(error.is_usage() && error.to_string().contains("student, item, correct"));
    }
}

#[test]
fn an_unknown_column_is_refused_in_a_wide_table_too() {
    let file = File::new("wide.csv", "id,q1,q2\n1,0,1\n");
    let error = file.open_error(&mapped("student=pupil"));
    assert!(matches!(error, Error::UnknownColumn { .. }), "{error}");
}

#[test]
fn long_lists_of_columns_are_cut() {
    let header: Vec<String> = (0..100).map(|i| format!("c{i}")).collect();
    let file = File::new("log.csv", header.join(","));
    let message = file.open_error(&Options::default()).to_string();
    assert!(message.ends_with("c29, … (70 more)"), "{message}");
}

#[test]
fn a_path_that_is_not_there_is_no_reader() {
    let error = Reader::open(Path::new("no/such/file.csv"), &Options::default()).err().unwrap();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}
