//! Tables of any columns.

use std::sync::Arc;

use seedtest_ingest::{
    Error, MISSING_TEXT, Table, TableColumn, TableFile, TableOptions, read_table_file,
};
use serde_json::{Map, Value, json};

fn file(name: &str, content: &str, options: &TableOptions) -> Result<TableFile, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    read_table_file(&path, options)
}

fn table(name: &str, content: &str) -> Result<Table, Error> {
    file(name, content, &TableOptions::default()).map(|file| file.table)
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match table.column(name) {
        Some(TableColumn::Numeric(values)) => values.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn columns_are_numbers_or_texts() {
    let csv = "id,time,event,group\n007,1.5,true,b\nx,2,false,NA\n007,,1,a\n";
    let table = table("t.csv", csv).unwrap();
    assert_eq!(table.n_rows, 3);
    assert_eq!(numbers(&table, "event"), [1.0, 0.0, 1.0]);
    let time = numbers(&table, "time");
    assert_eq!(time[..2], [1.5, 2.0]);
    assert!(time[2].is_nan());
    let text = |levels: [&str; 2], codes: &[u32]| TableColumn::Text {
        levels: levels.map(Arc::from).to_vec(),
        codes: codes.to_vec(),
    };
    assert_eq!(table.column("id"), Some(&text(["007", "x"], &[0, 1, 0])));
    assert_eq!(table.column("group"), Some(&text(["a", "b"], &[1, MISSING_TEXT, 0])));
}

#[test]
fn json_lines_give_the_same_columns() {
    let lines = "{\"time\": 1.5, \"id\": \"007\"}\n{\"time\": null, \"id\": 8, \"event\": true}\n";
    let table = table("t.jsonl", lines).unwrap();
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["event", "id", "time"]);
    assert!(numbers(&table, "event")[0].is_nan());
    let Some(TableColumn::Text { levels, .. }) = table.column("id") else { panic!("texts") };
    assert_eq!(levels, &["007", "8"].map(Arc::from));
}

#[test]
fn a_row_of_another_shape_is_named() {
    let error = table("t.csv", "a,b\n1,2\n3\n").unwrap_err();
    assert!(error.to_string().ends_with("line 3 has 1 cells, not 2"), "{error}");
    for rest in ["", "7,8,\"z\"\n"] {
        let text = format!("a,b,note\n1,2,x\n3,4,\"open\n5,6,y\n{rest}");
        let error = table("t.csv", &text).unwrap_err().to_string();
        assert!(error.ends_with("line 3 opens a quote that is not closed"), "{error}");
    }
    assert_eq!(table("t.csv", "a,note\n1,x\n3,\"two\nlines\"\n").unwrap().n_rows, 2);
    let error = table("t.jsonl", "{\"a\": 1}\n{\"a\": [1]}\n").unwrap_err();
    assert!(error.to_string().contains("line 2 row 2: `a` is an array"), "{error}");
    let no_rows = table("t.csv", "a,b\n").unwrap_err();
    assert!(no_rows.to_string().ends_with("has a header and no row"), "{no_rows}");
    assert!(matches!(table("t.csv", ""), Err(Error::Empty { .. })));
    let twice = table("t.csv", "a,b,a\n1,2,3\n").unwrap_err();
    assert!(matches!(&twice, Error::DuplicateColumn { name, .. } if name == "a"), "{twice}");
    let row: Map<String, Value> = serde_json::from_value(json!({"a": {"b": 1}})).unwrap();
    assert_eq!(Table::from_objects(&[row]).unwrap_err().column, "a");
}

#[test]
fn cells_that_name_something_stay_texts() {
    let naming = ["id", "on", "nobody"].map(str::to_owned).to_vec();
    let options = TableOptions { naming, ..TableOptions::default() };
    let text = "id,on,score\n01,true,1\n1,false,2\n 1e3,true,3\nNA,true,04\n";
    let table = file("t.csv", text, &options).unwrap().table;
    let ids = TableColumn::Text {
        levels: ["01", "1", "1e3"].map(Arc::from).to_vec(),
        codes: vec![0, 1, 2, MISSING_TEXT],
    };
    assert_eq!(table.column("id"), Some(&ids));
    assert_eq!(numbers(&table, "on"), [1.0, 0.0, 1.0, 1.0]);
    assert_eq!(numbers(&table, "score"), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_quoted_number_with_a_zero_before_it_is_a_text() {
    let text = "school,class,y\n\"001\",01,1.5\n\"120\",02,2.5\n\"010\",10,\"3.5\"\n";
    let found = file("t.csv", text, &TableOptions::default()).unwrap();
    let schools = TableColumn::Text {
        levels: ["001", "010", "120"].map(Arc::from).to_vec(),
        codes: vec![0, 2, 1],
    };
    assert_eq!(found.table.column("school"), Some(&schools));
    assert_eq!(numbers(&found.table, "class"), [1.0, 2.0, 10.0]);
    assert_eq!(numbers(&found.table, "y"), [1.5, 2.5, 3.5]);
    assert!(found.notes[0].starts_with("school: \"001\" is marked as a text"), "{:?}", found.notes);
    assert!(found.notes[1].starts_with("class: 01 is read as a number"), "{:?}", found.notes);
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    // Quotes alone make no text, and a code far behind the rows that are looked at first does.
    let rows: String = (0..200_000).map(|row| format!("\"{}\",{row}\n", row % 7)).collect();
    let found = file("t.csv", &format!("x,y\n{rows}"), &TableOptions::default()).unwrap();
    assert_eq!(numbers(&found.table, "x")[6], 6.0);
    let found = file("t.csv", &format!("x,y\n{rows}\"07\",1\n"), &TableOptions::default());
    assert!(matches!(found.unwrap().table.column("x"), Some(TableColumn::Text { .. })));
}

#[test]
fn usual_names_of_students_name_something_where_that_is_asked_for() {
    let options = TableOptions { students_are_named: true, ..TableOptions::default() };
    let text = "User ID,학번,score\n001,0101,01\n1,101,2\n";
    let table = file("t.csv", text, &options).unwrap().table;
    let of = |levels: [&str; 2]| TableColumn::Text {
        levels: levels.map(Arc::from).to_vec(),
        codes: vec![0, 1],
    };
    assert_eq!(table.column("User ID"), Some(&of(["001", "1"])));
    assert_eq!(table.column("학번"), Some(&of(["0101", "101"])));
    assert_eq!(numbers(&table, "score"), [1.0, 2.0]);
    let table = file("t.csv", text, &TableOptions::default()).unwrap().table;
    assert_eq!(numbers(&table, "User ID"), [1.0, 1.0]);
}

#[test]
fn a_text_among_numbers_is_named_with_its_line() {
    let rows: String = (0..30).map(|row| format!("{row}.5,{row}\n")).collect();
    let found = file("t.csv", &format!("x,y\n{rows}oops,31\n"), &TableOptions::default()).unwrap();
    let odd = &found.odd[0];
    assert_eq!((odd.line, odd.column.as_str(), odd.value.as_str()), (32, "x", "oops"));
    assert_eq!((odd.odd, odd.numbers), (1, 30));
    assert!(matches!(found.table.column("x"), Some(TableColumn::Text { .. })));
    // The ways to write nothing make no category.
    for word in ["#N/A", "-", ".", "?", "NULL", "n/a", ""] {
        let found = file("t.csv", &format!("x,y\n{rows}{word},31\n"), &TableOptions::default());
        let found = found.unwrap();
        assert!(found.odd.is_empty(), "{word}");
        assert!(numbers(&found.table, "x")[30].is_nan(), "{word}");
    }
}

#[test]
fn long_tables_are_read_in_stretches_as_short_ones_are() {
    let mut text = String::from("id,x,note\n");
    for row in 0..200_000 {
        let note = if row % 3 == 0 { "\"a, \"\"quoted\"\"\nnote\"" } else { "plain" };
        text += &format!("s{},{}.25,{note}\n", row % 1_000, row);
    }
    let found = table("t.csv", &text).unwrap();
    assert_eq!(found.n_rows, 200_000);
    assert_eq!(numbers(&found, "x")[199_999], 199_999.25);
    let Some(TableColumn::Text { levels, codes }) = found.column("note") else { panic!("texts") };
    assert_eq!(levels, &["a, \"quoted\"\nnote", "plain"].map(Arc::from));
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 66_667);
    // A text that only comes late makes a column one of texts, with its earlier cells as they are written.
    let late = text.replace('s', "").replace("note", "n") + "x7,1,n\n";
    let found = table("t.csv", &late).unwrap();
    let Some(TableColumn::Text { levels, .. }) = found.column("id") else { panic!("texts") };
    assert_eq!(levels.len(), 1_001);
    let error = table("t.csv", &format!("{text}1,2\n")).unwrap_err().to_string();
    assert!(error.ends_with("line 266669 has 2 cells, not 3"), "{error}");
}

#[test]
fn decimal_commas_and_thousands_are_numbers() {
    let found = table("t.csv", "x;y\n1,5;1.000\n2,25;12.500\n").unwrap();
    assert_eq!(numbers(&found, "x"), [1.5, 2.25]);
    let found = table("t.csv", "x,y\n\"1,200\",1\n\"3,000,000\",2\n").unwrap();
    assert_eq!(numbers(&found, "x"), [1200.0, 3_000_000.0]);
}

#[test]
fn a_comma_before_three_digits_is_told_where_nothing_says_what_it_means() {
    let notes =
        |text: &str| file("t.csv", text, &TableOptions::default()).unwrap().notes.join("\n");
    let doubtful = notes("x,y\n\"1,234\",1\n512,2\n");
    assert!(doubtful.contains("x: 1,234 is read as 1234,"), "{doubtful}");
    assert!(!doubtful.contains("y:"), "{doubtful}");
    let doubtful = notes("x;y\n1,234;1\n512;2\n");
    assert!(doubtful.contains("x: 1,234 is read as 1.234,"), "{doubtful}");
    for decided in ["x,y\n\"1,234\",1\n\"1,234,567\",2\n", "x;y\n1,234;1\n0,5;2\n", "x,y\n1,2\n"] {
        assert!(!notes(decided).contains("is read as"), "{decided}");
    }
}

#[test]
fn numbers_with_a_unit_are_numbers() {
    let csv = "student,week,share,score,mixed\na,1,50%,70점,50%\nb,2,7.5 %,65 점,0.5\nc,3,,,1\n";
    let read = file("t.csv", csv, &TableOptions::default()).unwrap();
    let share = numbers(&read.table, "share");
    assert_eq!(share[..2], [0.5, 0.075]);
    assert!(share[2].is_nan());
    assert_eq!(numbers(&read.table, "score")[..2], [70.0, 65.0]);
    assert!(read.notes.iter().any(|note| note.contains("share: per cent")), "{:?}", read.notes);
    // A sign of per cent on some numbers alone says nothing certain: they stay texts.
    assert!(matches!(read.table.column("mixed"), Some(TableColumn::Text { .. })));
}
