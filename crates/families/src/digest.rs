//! Digests of results and of what they depend on, in hexadecimal.

use seedtest_digest::sha256_hex;
use serde::Serialize;

use crate::error::Error;

/// SHA-256 of a result as JSON, in hexadecimal. Floating-point numbers are written so that they
/// read back as the same bits: equal digests mean equal results.
pub fn result_digest(result: &impl Serialize) -> Result<String, Error> {
    Ok(sha256_hex(&[&serde_json::to_vec(result)?]))
}
