//! Digests of results and of what they depend on, in hexadecimal.

use seedtest_digest::{Digest, sha256_hex};
use seedtest_ingest::{Table, TableColumn};
use serde::Serialize;

use crate::error::Error;

/// SHA-256 of a result as JSON, in hexadecimal. Floating-point numbers are written so that they
/// read back as the same bits: equal digests mean equal results.
pub fn result_digest(result: &impl Serialize) -> Result<String, Error> {
    Ok(sha256_hex(&[&serde_json::to_vec(result)?]))
}

/// Digest of everything a fit to tables depends on: its settings, its rows, and those it predicts.
pub(crate) fn input_digest(
    rows: &Table,
    newdata: Option<&Table>,
    spec: &impl Serialize,
) -> Result<String, Error> {
    let mut digest = Digest::new();
    digest.bytes(&serde_json::to_vec(spec)?);
    let tables: Vec<&Table> = std::iter::once(rows).chain(newdata).collect();
    digest.count(tables.len());
    for table in tables {
        put_table(&mut digest, table);
    }
    Ok(digest.finish())
}

/// Names and values of a table.
fn put_table(digest: &mut Digest, table: &Table) {
    digest.count(table.columns.len());
    for (name, column) in &table.columns {
        digest.text(name);
        match column {
            TableColumn::Numeric(values) => digest.text("numbers").numbers(values),
            TableColumn::Text { levels, codes } => digest.text("texts").texts(levels).codes(codes),
        };
    }
}
