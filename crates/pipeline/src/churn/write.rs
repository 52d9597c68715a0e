//! The data set as a file that anyone can check.

use std::io::{self, Write};

use seedtest_families::churn::{ChurnData, ChurnSpec};
use seedtest_ingest::{MISSING_TEXT, TableColumn};
use seedtest_store::Store;

use super::of_evidence::{data_set, evidence};
use crate::error::Error;

/// The column of students.
const STUDENT: &str = "user_id";

/// Makes the data set of a database.
///
/// # Errors
/// When the database cannot be read.
pub async fn churn_data(store: &Store, spec: &ChurnSpec) -> Result<ChurnData, Error> {
    let evidence = evidence(spec, store, None).await?;
    Ok(tokio::task::block_in_place(|| data_set(&evidence, spec)))
}

/// Writes the data set as CSV, numbers with all their digits; `name` gives what stands for a student.
///
/// # Errors
/// When the output refuses.
pub fn write_churn_csv(
    data: &ChurnData,
    name: &dyn Fn(&str) -> String,
    out: &mut dyn Write,
) -> io::Result<()> {
    let names: Vec<String> = data.table.columns.iter().map(|(name, _)| cell(name)).collect();
    writeln!(out, "{}", names.join(","))?;
    for row in 0..data.table.n_rows {
        for (at, (of, column)) in data.table.columns.iter().enumerate() {
            if at > 0 {
                write!(out, ",")?;
            }
            match column {
                TableColumn::Numeric(values) => write!(out, "{}", values[row])?,
                TableColumn::Text { levels, codes } if codes[row] != MISSING_TEXT => {
                    let level = &*levels[codes[row] as usize];
                    let is_student = of == STUDENT;
                    let text = if is_student { name(level) } else { level.to_owned() };
                    write!(out, "{}", cell(&text))?;
                }
                TableColumn::Text { .. } => {}
            }
        }
        writeln!(out)?;
    }
    out.flush()
}

/// A text as RFC 4180 has it.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
