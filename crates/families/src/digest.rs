//! Digests of results and of what they depend on, in hexadecimal.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::Error;

/// SHA-256 of a result as JSON, in hexadecimal. Floating-point numbers are written so that they
/// read back as the same bits: equal digests mean equal results.
pub fn result_digest(result: &impl Serialize) -> Result<String, Error> {
    Ok(sha256_hex(&[&serde_json::to_vec(result)?]))
}

/// SHA-256 of parts that follow one another, in hexadecimal.
pub fn sha256_hex(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
