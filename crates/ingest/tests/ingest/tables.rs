//! Tables of any columns.

use std::sync::Arc;

use seedtest_ingest::{Error, MISSING_TEXT, Table, TableColumn, read_table, read_table_with_names};
use serde_json::{Map, Value, json};

fn table(name: &str, content: &str) -> Result<Table, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    read_table(&path)
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
    let error = table("t.jsonl", "{\"a\": 1}\n{\"a\": [1]}\n").unwrap_err();
    assert!(error.to_string().contains("line 2 row 1: `a` is an array"), "{error}");
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
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "id,on,score\n01,true,1\n1,false,2\n 1e3,true,3\nNA,true,04\n").unwrap();
    let table = read_table_with_names(&path, &["id", "on", "nobody"]).unwrap();
    let ids = TableColumn::Text {
        levels: ["01", "1", "1e3"].map(Arc::from).to_vec(),
        codes: vec![0, 1, 2, MISSING_TEXT],
    };
    assert_eq!(table.column("id"), Some(&ids));
    assert_eq!(numbers(&table, "on"), [1.0, 0.0, 1.0, 1.0]);
    assert_eq!(numbers(&table, "score"), [1.0, 2.0, 3.0, 4.0]);
}
