//! Random secrets, and what is stored of them.

use seedtest_digest::{hex, keyed_hex, sha256_hex};
use subtle::ConstantTimeEq;

use crate::refusal::Refusal;

/// Bytes of a secret.
const BYTES: usize = 32;

/// 256 random bits in hexadecimal.
///
/// # Errors
/// When the system has no random numbers.
pub(crate) fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// Whether a text can be a secret that was made here.
pub(crate) fn is_secret(text: &str) -> bool {
    text.len() == 2 * BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What is stored of a secret.
pub(crate) fn digest(secret: &str) -> String {
    sha256_hex(&[secret.as_bytes()])
}

/// What the forms of a browser have to carry: known to its own pages, and to nobody who only makes it send cookies.
pub(crate) fn form_token(secret: &str) -> String {
    keyed_hex(secret.as_bytes(), &["form"])
}

/// Whether two texts are equal, in a time that does not depend on where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

impl From<getrandom::Error> for Refusal {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_their_tokens_do_not_tell_them() {
        let (one, other) = (secret().unwrap(), secret().unwrap());
        assert!(is_secret(&one) && one != other);
        assert_ne!(form_token(&one), form_token(&other));
        assert!(!form_token(&one).contains(&one) && form_token(&one) != digest(&one));
        for text in ["", "abc", &one[1..], &one.to_uppercase(), &format!("{one}0")] {
            assert!(!is_secret(text), "{text}");
        }
    }
}
