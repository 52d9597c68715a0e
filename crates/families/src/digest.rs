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

/// Names and values of a table.
pub(crate) fn put_table(digest: &mut Digest, table: &Table) {
    digest.count(table.columns.len());
    for (name, column) in &table.columns {
        digest.text(name);
        match column {
            TableColumn::Numeric(values) => digest.text("numbers").numbers(values),
            TableColumn::Text { levels, codes } => digest.text("texts").texts(levels).codes(codes),
        };
    }
}
